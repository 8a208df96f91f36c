"""The names by which a target in an image is asked for, one for each interpreter. Starts nothing."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from harness.images.inventory import State, Status
from harness.images.recipes import expected
from harness.images.registry import Image, Interpreter
from harness.images.tools import BuildFailed


class Row(Struct, frozen=True):
    """One interpreter of one image."""

    target: str
    """What `-t` is given."""
    python: str
    implementation: str
    libc: str
    architecture: str
    family: str
    image: str
    name: str
    """Of the image in the registry."""
    ci: bool
    state: State


def rows(images: Sequence[Image], statuses: Sequence[Status]) -> tuple[Row, ...]:
    """A row for each interpreter, in the order of the registry; tools have none."""
    by_name = {status.name: status for status in statuses}
    return tuple(row for image in images if image.role == "target" for row in _rows(image, by_name))


def target_name(image: Image, interpreter: Interpreter, count: int) -> str:
    """`docker:IMAGE`, which is the interpreter that the image starts by itself; with `@PATH` where it has several."""
    return f"docker:{image.image}" if count == 1 else f"docker:{image.image}@{interpreter.path}"


def _rows(image: Image, statuses: Mapping[str, Status]) -> Iterator[Row]:
    status = statuses[image.name]
    found = _interpreters(image, status)
    for each in found:
        yield Row(
            target=target_name(image, each, len(found)),
            python=each.python,
            implementation=each.implementation,
            libc=image.libc,
            architecture=image.architecture,
            family=image.family,
            image=image.image,
            name=image.name,
            ci=image.ci,
            state=status.state,
        )


def _interpreters(image: Image, status: Status) -> tuple[Interpreter, ...]:
    """What the image has, the registry's short versions made full where it was built; what it would have, where it was not."""
    if not image.interpreters and status.interpreters:
        return tuple(Interpreter(seen.path, seen.python) for seen in status.interpreters)
    try:
        promised = expected(image)
    except BuildFailed:
        return ()
    versions = {seen.path: seen.python for seen in status.interpreters}
    return tuple(Interpreter(each.path, versions.get(each.path, each.python), each.implementation) for each in promised)
