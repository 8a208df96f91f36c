"""The actions of others that our workflows use, each by a commit. Whoever moves a tag cannot change what runs."""

from msgspec import Struct


class Action(Struct, frozen=True):
    """An action at a commit, which is that of a release."""

    name: str
    tag: str
    commit: str

    def __str__(self) -> str:
        return f"{self.name}@{self.commit} # {self.tag}"


CHECKOUT = Action("actions/checkout", "v7.0.1", "3d3c42e5aac5ba805825da76410c181273ba90b1")
SETUP_PYTHON = Action("actions/setup-python", "v7.0.0", "5fda3b95a4ea91299a34e894583c3862153e4b97")
UPLOAD_ARTIFACT = Action("actions/upload-artifact", "v7.0.0", "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f")
DOWNLOAD_ARTIFACT = Action("actions/download-artifact", "v8.0.1", "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c")

ACTIONS = {
    "checkout": CHECKOUT,
    "setup_python": SETUP_PYTHON,
    "upload_artifact": UPLOAD_ARTIFACT,
    "download_artifact": DOWNLOAD_ARTIFACT,
}
"""Read from the tags of copies of their repositories, in November 2026."""
