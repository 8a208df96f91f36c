"""Make the files of a CI system out of templates and shell steps. Writes none of them."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from msgspec import Struct

from harness import __version__
from harness.recipes.actions import ACTIONS
from harness.recipes.entries import MOST_OF_GITLAB, TooManyParts
from harness.records.ci import CiEntry

WORKFLOW = ".github/workflows/sockmatrix.yml"
COMMENT = ".github/workflows/sockmatrix-comment.yml"
ACTION = "action.yml"
GITLAB = ".gitlab/sockmatrix.yml"
GITLAB_START = ".gitlab-ci.yml"

INSTALL = f"sockmatrix[docker]=={__version__}"
"""What pip installs where nothing else is said: a matrix is played and merged by one version."""

STEPS = tuple(
    sorted(file.name.removesuffix(".sh") for file in files("harness.recipes").joinpath("steps").iterdir() if file.name.endswith(".sh"))
)
"""The shell steps of which the files are made."""

INCLUDE = f"include:\n  - local: {GITLAB}\n"

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._/-]*(?: [A-Za-z0-9._/-]+)*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
"""What YAML takes for something else than a text."""


class Group(Struct, frozen=True):
    """Parts of a matrix that are one job of GitLab."""

    name: str
    parts: tuple[CiEntry, ...]
    tag: str = ""
    """Of the runners; empty: the runner of each part is an image."""

    @property
    def containers(self) -> bool:
        """Some part plays in containers of its own."""
        return any(part.images for part in self.parts)

    @property
    def pythons(self) -> bool:
        """Some part needs a Python that is not there by itself."""
        return any(part.python for part in self.parts)


def github(install: str = INSTALL, branch: str = "main") -> dict[str, str]:
    """The two workflows of a user's repository, by path."""
    about = "Written by `sockmatrix ci init github`, and yours to edit."
    words = {"about": about, "name": "Sockmatrix", "install": install, "branch": branch, "reusable": False}
    return {WORKFLOW: render("github.yml", words), COMMENT: render("github_comment.yml", {**words, "checkout": _is_here(install)})}


def own() -> dict[str, str]:
    """The files of this project's repository: the action, the workflow that others call, and the comment on our own pull requests."""
    about = "The whole matrix of a repository, for the workflows of others to call by a commit."
    words = {"about": about, "name": "Sockmatrix", "install": INSTALL, "reusable": True}
    return {
        ACTION: render("action.yml", {}),
        WORKFLOW: render("github.yml", words),
        COMMENT: render("github_comment.yml", {"name": "Conformance", "install": ".", "checkout": True}),
    }


def gitlab(entries: Sequence[CiEntry], install: str = INSTALL) -> dict[str, str]:
    """The file of a user's repository, by path. Raises `TooManyParts`."""
    groups = _groups(entries)
    for group in groups:
        if len(group.parts) > MOST_OF_GITLAB:
            raise TooManyParts(len(group.parts), MOST_OF_GITLAB, "GitLab")
    return {GITLAB: render("gitlab.yml", {"groups": groups, "install": install})}


def is_image(runner: str) -> bool:
    """On GitLab: the runner is an image; else it is a tag of runners."""
    return ":" in runner or "/" in runner


def _groups(entries: Iterable[CiEntry]) -> tuple[Group, ...]:
    found: dict[tuple[str, str], list[CiEntry]] = {}
    for entry in entries:
        if not is_image(entry.runner):
            # Only those that need it wait for an engine, and for a runner that may start one.
            key = (f"sockmatrix play {'in containers ' if entry.images else ''}on {entry.runner}", entry.runner)
        else:
            key = ("sockmatrix play in containers" if entry.images else "sockmatrix play", "")
        found.setdefault(key, []).append(entry)
    return tuple(Group(name, tuple(parts), tag) for (name, tag), parts in found.items())


def _is_here(install: str) -> bool:
    """What is installed lies in the repository itself."""
    return install.startswith((".", "/"))


def render(template: str, words: Mapping[str, object]) -> str:
    """One file."""
    source = files("harness.recipes").joinpath("templates", f"{template}.jinja").read_text("utf-8")
    return _environment().from_string(source).render(**words)


@cache
def _environment() -> Environment:
    # GitHub's expressions look like those of Jinja, so ours look otherwise.
    environment = Environment(
        block_start_string="<%", block_end_string="%>", variable_start_string="<%=", variable_end_string="%>",
        comment_start_string="<%#", comment_end_string="%>",
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined, autoescape=False,
    )  # fmt: skip
    environment.filters["yaml"] = as_yaml
    environment.globals["step"] = step
    environment.globals["actions"] = ACTIONS
    return environment


def step(name: str) -> str:
    """A shell step, without the line end that closes it."""
    return files("harness.recipes").joinpath("steps", f"{name}.sh").read_text("utf-8").rstrip("\n")


def as_yaml(text: str) -> str:
    """A text as YAML has it, in quotes where it could be taken for something else."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
