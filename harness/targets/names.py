"""Take the name of a target apart. Only the text is looked at: whether such a target exists is the business of `resolve`."""

import re
from fnmatch import fnmatchcase
from typing import Literal

from msgspec import Struct

from harness.systems.recipe import families, targets_of_systems

Kind = Literal[
    "current", "all", "all-here", "slow-here", "name", "id", "path", "source", "command", "group", "container", "tox", "system", "ssh"
]

SOURCES: tuple[str, ...] = ("pyenv", "uv", "asdf", "rye")
"""Installers whose interpreters can be named `INSTALLER:PATTERN`."""

IMPLEMENTATIONS: tuple[str, ...] = ("python", "cpython", "pypy", "jython", "graalpy", "ironpython")

FORMS = (
    "current, all, all-here, slow-here, a name like python3.8, a path, pyenv:3.8*, uv:*, tox:ENV, docker:IMAGE, ssh:USER@HOST, "
    "cmd:COMMAND, @GROUP or a system of 'sockmatrix targets --all'"
)

WORDS = ("current", "all", "all-here", "slow-here")
"""Names that are kinds as well."""

_PREFIXES = (*SOURCES, "tox", "cmd", "docker", "ssh")
_ENVIRONMENT = re.compile(r"[\w.*?\[\]][\w.+*?!\[\]-]*")
_MACHINE = re.compile(r"(?:[A-Za-z0-9_][\w.+-]*@)?(?:[A-Za-z0-9_][\w.-]*|\[[0-9A-Fa-f:.]+(?:%\w+)?\])(?::[1-9][0-9]{0,4})?")
"""Nothing in it can be taken for an option of ssh."""
_INTERPRETER = re.compile(r"[^\s/-][^\n\r\0]*")
_PREFIXED = re.compile(r"([A-Za-z][A-Za-z0-9]+):(.*)", re.DOTALL)
_REFERENCE = re.compile(r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?")
_NAMED = re.compile(r"([a-z]+?)-?(\d+(?:\.\d+)*t?)?")
_ID = re.compile(r"([a-z]+)-(\d+\.\d+\.\d+[a-z0-9]*)(\+\S+)?")


class TargetError(Exception):
    """Something is wrong with the targets that were asked for; a usage error (exit code 2)."""


class TargetNameError(TargetError):
    """A text is not the name of a target. `hint` is the nearest right text, or empty."""

    def __init__(self, text: str, problem: str = "", hint: str = "") -> None:
        self.text = text
        self.problem = problem
        self.hint = hint
        super().__init__(_name_error_text(text, problem, hint))


class TargetName(Struct, frozen=True):
    """One name, taken apart."""

    text: str
    """As it was written."""
    kind: Kind
    argument: str = ""
    """`python3.8` of a name, the path, the pattern of a source, of tox environments or of a family's members, the command, the image, the
    group without `@`."""
    source: str = ""
    """`pyenv`, `uv`, … where `kind` is `source`; the family where it is `system`."""
    interpreter: str = ""
    """The path inside a container, `*` for all that the image says it has; the path or the word on another machine; empty if not said."""


def parse(text: str) -> TargetName:
    """Take a target's name apart.

    Raises TargetNameError, with the nearest right word, where `text` has none of the known forms.
    """
    text = text.strip()
    if text in WORDS:
        return TargetName(text, text)  # type: ignore[arg-type]  # these words are kinds
    if text in families():
        return TargetName(text, "system", "", source=text)
    if text.startswith("@"):
        return _group(text)
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed:
        return _prefixed(text, prefixed[1], prefixed[2].strip())
    if _looks_like_path(text):
        return TargetName(text, "path", text)
    return _plain(text)


def split_name(name: str) -> tuple[str, str]:
    """`python3.8` to its implementation and version: `("cpython", "3.8")`; the version is empty where none is said."""
    match = _NAMED.fullmatch(name)
    if not match or match[1] not in IMPLEMENTATIONS:
        raise ValueError(f"not the name of an interpreter: {name!r}")
    return ("cpython" if match[1] == "python" else match[1]), match[2] or ""


def stands_for_many(text: str) -> bool:
    """Whether a target's name does not say which one it is: it may mean several, or another elsewhere, or is empty."""
    if text in ("", *WORDS) or text.startswith("@") or (text in families() and text not in targets_of_systems()):
        return True
    return text.partition(":")[0] in (*SOURCES, "docker", "tox", *families()) and is_pattern(text)


def is_meant(name: str, asked: str) -> bool:
    """Whether a target that bears a name was asked for by another: some forms stand for several, whose names are told apart."""
    return name == asked or ("*" in asked and fnmatchcase(name, asked))


def is_pattern(text: str) -> bool:
    """The text may mean several."""
    return any(character in text for character in "*?[")


def nearest(word: str, words: tuple[str, ...]) -> str:
    """The word most like `word`, or an empty text if none is alike."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, words, n=1)), "")


def _group(text: str) -> TargetName:
    if len(text) == 1 or re.search(r"\s", text):
        raise TargetNameError(text, "a group is written @NAME")
    return TargetName(text, "group", text[1:])


def _prefixed(text: str, prefix: str, rest: str) -> TargetName:
    if prefix not in (*_PREFIXES, *families()):
        raise TargetNameError(text, hint=_near_prefix(prefix, rest))
    if not rest:
        raise TargetNameError(text, f"nothing follows '{prefix}:'")
    if prefix in families():
        return TargetName(text, "system", rest, source=prefix)
    if prefix == "cmd":
        return TargetName(text, "command", rest)
    if prefix == "ssh":
        return _machine(text, rest)
    if prefix == "docker":
        return _container(text, rest)
    if prefix == "tox":
        return _environment(text, rest)
    return TargetName(text, "source", rest, source=prefix)


def _environment(text: str, rest: str) -> TargetName:
    if "," in rest:
        raise TargetNameError(text, "it names one environment, or a pattern; write one target for each")
    if rest == "ALL" or not _ENVIRONMENT.fullmatch(rest):
        raise TargetNameError(text, "behind 'tox:' comes the name of an environment, or a pattern like * for those of env_list")
    return TargetName(text, "tox", rest)


def _machine(text: str, rest: str) -> TargetName:
    """`user@host:port/usr/bin/python3.9`: behind the first slash is a path; or, if there is none in it, a word for the PATH there."""
    where, slash, interpreter = rest.partition("/")
    if not _MACHINE.fullmatch(where):
        raise TargetNameError(
            text, "it is written ssh:HOST, ssh:USER@HOST, ssh:USER@HOST:PORT, and behind that /PATH/OF/PYTHON or /python3.9"
        )
    if slash and not _INTERPRETER.fullmatch(interpreter):
        raise TargetNameError(text, "behind the host comes the interpreter's path there, or its name: ssh:USER@HOST/usr/bin/python3.9")
    path = f"/{interpreter}" if "/" in interpreter else interpreter
    return TargetName(text, "ssh", where, interpreter=path)


def _container(text: str, rest: str) -> TargetName:
    if rest.endswith("@*"):
        return TargetName(text, "container", _image(text, rest[:-2]), interpreter="*")
    image, _, interpreter = rest.partition("@/")
    _image(text, image)
    return TargetName(text, "container", image, interpreter="/" + interpreter if interpreter else "")


def _image(text: str, image: str) -> str:
    """The reference of an image, if it can be one. An empty one is most likely a variable that was not set."""
    if not image:
        raise TargetNameError(text, "it names no image; write docker:IMAGE or docker:IMAGE@/PATH/IN/IT")
    if "+" in image:
        raise TargetNameError(text, "an image has no '+' in its name; a network is chosen with --network")
    reference, at, digest = image.partition("@")
    if at and not re.fullmatch(r"sha256:[0-9a-f]+", digest):
        raise TargetNameError(text, "behind '@' comes the interpreter's path, which begins with '/', or '*', or a digest (sha256:...)")
    if not _REFERENCE.fullmatch(reference):
        raise TargetNameError(text, "that is no name of an image: small letters, digits and . _ - / with a tag behind ':'")
    return image


def _looks_like_path(text: str) -> bool:
    return bool(re.search(r"[/\\]", text)) or text.startswith("~")


def _plain(text: str) -> TargetName:
    identified = _ID.fullmatch(text)
    if identified and identified[1] in IMPLEMENTATIONS:
        return TargetName(text, "id", text)
    named = _NAMED.fullmatch(text)
    if named and named[1] in IMPLEMENTATIONS:
        return TargetName(text, "name", text)
    raise TargetNameError(text, hint=_near_word(text))


def _near_prefix(prefix: str, rest: str) -> str:
    right = nearest(prefix.lower(), (*_PREFIXES, *families()))
    return f"{right}:{rest}" if right else ""


def _near_word(text: str) -> str:
    stem, version = re.fullmatch(r"(.*?)-?([\d.]*)", text.lower(), re.DOTALL).groups()  # type: ignore[union-attr]  # matches any text
    if not stem:
        return f"python{version}" if version else ""
    right = nearest(stem, (*WORDS, *IMPLEMENTATIONS, *SOURCES, *families()))
    if right in SOURCES:
        return f"{right}:{version or '*'}"
    return right + version if right in IMPLEMENTATIONS else right


def _name_error_text(text: str, problem: str, hint: str) -> str:
    if problem:
        return f"bad target '{text}': {problem}"
    return f"unknown target '{text}'; " + (f"did you mean '{hint}'?" if hint else f"a target is {FORMS}")
