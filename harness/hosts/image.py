"""What an image is and where its Python is, found without starting it. Pulls and builds nothing."""

import posixpath
from typing import Any

from msgspec import Struct

from harness.hosts.engine import Engine
from harness.hosts.process import CannotStart
from harness.images.architectures import is_emulated
from harness.images.labels import missing
from harness.targets.spec import TargetSpec

NAMES = ("python3", "python", "pypy3", "pypy", "python2", "jython", "graalpy")
"""What an interpreter is called, likeliest first."""
USUAL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Image(Struct, frozen=True):
    """An image that agents can run in."""

    reference: str
    """As it was asked for."""
    digest: str
    """That of the registry if it came from one, else the engine's own id of it: `sha256:…`."""
    command: tuple[str, ...]
    """The interpreter."""
    emulated: bool = False
    """It is for another processor than the engine's."""


async def look_at(engine: Engine, spec: TargetSpec) -> Image:
    """The image of a target. Raises `CannotStart` where it is not there, or has no Python."""
    from docker.errors import ImageNotFound

    try:
        found = await engine.call(engine.client.inspect_image, spec.image)
    except CannotStart as error:
        if isinstance(error.__cause__, ImageNotFound):
            raise CannotStart(missing(spec.image)) from None
        raise
    path = spec.command[0] if spec.command else await _interpreter(engine, spec.image, found)
    digests = found.get("RepoDigests") or [found["Id"]]
    return Image(spec.image, digests[0].rpartition("@")[2], (path,), await _is_emulated(engine, found))


async def _is_emulated(engine: Engine, found: dict[str, Any]) -> bool:
    own = await engine.architecture()
    return is_emulated(found.get("Architecture", own), own)


async def _interpreter(engine: Engine, image: str, found: dict[str, Any]) -> str:
    """What the image starts by itself if that is a Python, else the first one on its path."""
    config = found.get("Config") or {}
    first = next(iter([*(config.get("Entrypoint") or []), *(config.get("Cmd") or [])]), "")
    if _is_python(first):
        return str(first)
    settings = dict(setting.partition("=")[::2] for setting in config.get("Env") or [])
    path = settings.get("PATH") or USUAL_PATH
    there = await engine.call(_first_there, engine, image, [posixpath.join(folder, name) for name in NAMES for folder in path.split(":")])
    if not there:
        raise CannotStart(f"no Python in the image '{image}' (looked for {', '.join(NAMES)} in {path}); name it: docker:{image}@/its/path")
    return there


def _is_python(word: str) -> bool:
    name = posixpath.basename(word).rstrip("0123456789.")
    return name in ("python", "pypy", "jython", "graalpy")


def _first_there(engine: Engine, image: str, paths: list[str]) -> str:
    """Look into a container that is made for it and never started."""
    from docker.errors import NotFound

    client = engine.client
    made = client.create_container(image, entrypoint=["none"], command=[], labels=engine.labels, network_disabled=True)
    try:
        for path in paths:
            try:
                stream, _ = client.get_archive(made["Id"], path)
            except NotFound:
                continue
            stream.close()
            return path
    finally:
        client.remove_container(made["Id"], v=True, force=True)
    return ""
