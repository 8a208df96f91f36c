"""Build the images that are made here: layers, into the engine, seen to run, labelled. Chooses none and prints nothing."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from harness.images import checking, compiled, musl, rootfs, trees
from harness.images.archive import Config, Layer, layer, load
from harness.images.inventory import IMAGE_LABEL, INTERPRETERS_LABEL, RECIPE_LABEL, Held, Seen, held
from harness.images.recipes import digest, expected
from harness.images.registry import Image, Musl, Pyenv
from harness.images.tools import BuildFailed

if TYPE_CHECKING:
    from docker import APIClient

UNCHECKED = "unchecked"
"""Tag of an image until its interpreters were seen to run."""

SEARCHED = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")

Tell = Callable[[str], None]
"""Is told what is being done."""


class Options(Struct, frozen=True):
    """How to build."""

    mirror: str = ""
    """Where Debian's packages come from; empty: from where this machine's own do."""
    force: bool = False
    """Also what is up to date."""


class Built(Struct, frozen=True):
    """What became of one image."""

    name: str
    image: str
    state: Literal["built", "up to date", "failed"]
    seconds: float = 0.0
    size: int = 0
    id: str = ""
    interpreters: tuple[Seen, ...] = ()
    problem: str = ""
    hint: str = ""


def build(client: "APIClient", image: Image, options: Options, tell: Tell) -> Built:
    """Build one image unless it is there already; what went wrong is in the result.

    Raises the SDK's own errors where the engine goes away.
    """
    started = time.monotonic()
    try:
        with _told():
            return _build(client, image, options, tell, started)
    except BuildFailed as failed:
        return Built(image.name, image.image, "failed", time.monotonic() - started, problem=failed.problem, hint=failed.hint)


def _build(client: "APIClient", image: Image, options: Options, tell: Tell, started: float) -> Built:
    recipe = digest(image)
    found = held(client, image.image)
    if found is not None and found.recipe == recipe and not options.force:
        return _result(image, "up to date", found, started)
    with TemporaryDirectory(prefix="sockmatrix-images-") as folder:
        _make(client, image, recipe, options.mirror or rootfs.own_mirror(), Path(folder), tell)
    now = held(client, image.image)
    _forget(client, found, now)
    return _result(image, "built", now, started)


@contextmanager
def _told() -> Iterator[None]:
    """What the engine or the disk refuses is told as a failed build; an engine that is gone is not, for no other image can be built."""
    from docker.errors import APIError
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        raise BuildFailed(f"the engine says: {' '.join(str(error.explanation or error).split())}", "see: docker system df") from error
    except RequestException:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise BuildFailed(f"{where}{error.strerror or error}", "set TMPDIR to a folder with room for a root file system") from error


def _make(client: "APIClient", image: Image, recipe: str, mirror: str, folder: Path, tell: Tell) -> None:
    """The stages in their order."""
    from docker.errors import APIError

    layers = [layer(path) for path in _layers(image, mirror, folder, tell)]
    unchecked = f"{image.image}:{UNCHECKED}"
    labels = {IMAGE_LABEL: image.name}
    tell("into the engine")
    try:
        load(client, unchecked, layers, _config(image, labels), folder)
        seen = _check(client, image, unchecked, tell)
        layers += _compiled(client, image, unchecked, folder, tell)
        labels |= {RECIPE_LABEL: recipe, INTERPRETERS_LABEL: msgspec.json.encode(seen).decode()}
        load(client, f"{image.image}:latest", layers, _config(image, labels), folder)
    finally:
        with suppress(APIError):
            client.remove_image(unchecked)


def _layers(image: Image, mirror: str, folder: Path, tell: Tell) -> list[Path]:
    recipe = image.recipe
    if recipe is None:
        raise BuildFailed("it is pulled, not built", f"docker pull {image.image}")
    tell(f"packages of Debian {recipe.suite} for {image.architecture}")
    layers = [rootfs.make(recipe, image.architecture, folder, mirror)]
    if isinstance(recipe, Pyenv):
        found = trees.find()
        tell(f"{len(found)} CPythons of pyenv")
        layers.append(trees.make(found, folder / "trees.tar"))
    elif isinstance(recipe, Musl):
        layers.append(musl.make(recipe, mirror, folder, tell))
    return layers


def _config(image: Image, labels: dict[str, str]) -> Config:
    interpreters = expected(image)
    folders = dict.fromkeys((*SEARCHED, *(str(Path(each.path).parent) for each in interpreters)))
    command = (interpreters[0].path,) if interpreters else ()
    return Config(image.architecture, ":".join(folders), command, labels, image.environment)


def _check(client: "APIClient", image: Image, reference: str, tell: Tell) -> Sequence[Seen]:
    for program in image.programs:
        tell(f"does {program[0]} run?")
        checking.try_program(client, reference, image, program)
    seen = []
    for interpreter in expected(image):
        tell(f"does {interpreter.path} run?")
        seen.append(checking.ask(client, reference, image, interpreter))
    return seen


def _compiled(client: "APIClient", image: Image, reference: str, folder: Path, tell: Tell) -> list[Layer]:
    """Byte code of each interpreter, a layer each."""
    interpreters = expected(image)
    if interpreters:
        tell("byte code of what an agent imports")
    made = (
        compiled.make(client, reference, image, interpreter, folder / f"compiled{number}.tar")
        for number, interpreter in enumerate(interpreters)
    )
    return [layer(path) for path in made if path is not None]


def _forget(client: "APIClient", old: Held | None, new: Held | None) -> None:
    """Remove the image that another has taken the place of, unless a container still needs it."""
    from docker.errors import APIError

    # Built twice within a second from the same layers, both are the same image.
    if old is not None and old.name and new is not None and old.id != new.id:
        with suppress(APIError):
            client.remove_image(old.id)


def _result(image: Image, state: Literal["built", "up to date"], found: Held | None, started: float) -> Built:
    seconds = time.monotonic() - started
    if found is None:
        return Built(image.name, image.image, "failed", seconds, problem="the engine has lost it", hint="build it again")
    return Built(image.name, image.image, state, seconds, found.size, found.id, found.interpreters)
