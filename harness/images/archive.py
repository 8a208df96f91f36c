"""Put layers into the engine as an image, through its format for saved images. Knows nothing of how layers are made.

The classic `docker import` cannot name an architecture, and a Dockerfile would need a second pass for every label.
"""

import io
import tarfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from harness.images.tools import BuildFailed

if TYPE_CHECKING:
    from docker import APIClient

CHUNK = 1 << 20


class Layer(Struct, frozen=True):
    """A tar file that is part of an image."""

    path: Path
    digest: str
    """Its SHA-256."""


class Config(Struct, frozen=True):
    """What an image says of itself."""

    architecture: str
    """Debian's name."""
    path: str
    """The variable PATH inside it."""
    command: tuple[str, ...]
    labels: Mapping[str, str]
    environment: Mapping[str, str] = {}


ENCODING = "LANG=C.UTF-8"
"""As official images have it: without it the oldest Pythons know no path but in ASCII."""

ARCHITECTURES: dict[str, dict[str, str]] = {
    "i386": {"architecture": "386"},
    "armhf": {"architecture": "arm", "variant": "v7"},
    "ppc64el": {"architecture": "ppc64le"},
}
"""Names of the engine for those that Debian names otherwise."""


def layer(path: Path) -> Layer:
    """A tar file with its digest."""
    with open(path, "rb") as file:
        whole = sha256()
        while chunk := file.read(CHUNK):
            whole.update(chunk)
    return Layer(path, whole.hexdigest())


def load(client: "APIClient", reference: str, layers: Sequence[Layer], config: Config, folder: Path) -> str:
    """Load an image under a reference; its id.

    Raises BuildFailed where the engine refuses it. `folder` is for temporary files.
    """
    archive = folder / "image.tar"
    _write(archive, reference, layers, _config_text(layers, config))
    with open(archive, "rb") as file:
        answers: Any = client.load_image(file)
        for answer in answers:
            if "error" in answer:
                raise BuildFailed(f"the engine refuses the image {reference}: {answer['error']}", "is its disk full? see: docker system df")
    archive.unlink()
    return str(client.inspect_image(reference)["Id"])


def _config_text(layers: Sequence[Layer], config: Config) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return msgspec.json.encode(
        {
            "created": now,
            "os": "linux",
            **ARCHITECTURES.get(config.architecture, {"architecture": config.architecture}),
            "config": {"Env": _environment(config), "Cmd": list(config.command), "Labels": dict(config.labels)},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{each.digest}" for each in layers]},
            "history": [{"created": now, "created_by": "sockmatrix images build"} for _ in layers],
        }
    )


def _environment(config: Config) -> list[str]:
    return [f"PATH={config.path}", ENCODING, *(f"{name}={value}" for name, value in sorted(config.environment.items()))]


def _write(archive: Path, reference: str, layers: Sequence[Layer], config: bytes) -> None:
    name = f"{sha256(config).hexdigest()}.json"
    names = [f"{each.digest}/layer.tar" for each in layers]
    manifest = msgspec.json.encode([{"Config": name, "RepoTags": [reference], "Layers": names}])
    with tarfile.open(archive, "w") as tar:
        for text, entry in ((config, name), (manifest, "manifest.json")):
            info = tarfile.TarInfo(entry)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
        for each, entry in zip(layers, names, strict=True):
            tar.add(each.path, entry)
