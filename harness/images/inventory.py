"""What the engine has of the registry's images, and removing what was built. Builds nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from harness.images.registry import Image

if TYPE_CHECKING:
    from docker import APIClient

IMAGE_LABEL = "org.sockmatrix.image"
"""On every image that is built: its name in the registry."""

RECIPE_LABEL = "org.sockmatrix.recipe"
"""On every image that was built and found to run: the digest of its recipe."""

INTERPRETERS_LABEL = "org.sockmatrix.interpreters"
"""What its interpreters said of themselves, as JSON."""

ABSENT = "not there"
"""Why an image was not removed, where there was nothing to remove."""

State = Literal["present", "stale", "absent", "unknown"]
"""`stale`: its recipe, or the interpreters that it was made of, are others now. `unknown`: there is no engine to ask."""


class Seen(Struct, frozen=True):
    """What an interpreter said of itself inside its image."""

    path: str
    python: str
    implementation: str
    byteorder: str
    bits: int


class Held(Struct, frozen=True):
    """An image that the engine has."""

    id: str
    size: int
    digest: str = ""
    """Of the registry that it was pulled from, if it was."""
    architecture: str = ""
    """As the engine names it."""
    name: str = ""
    """In our registry, if it was built."""
    recipe: str = ""
    interpreters: tuple[Seen, ...] = ()


class Status(Struct, frozen=True):
    """One image of the registry, and what the engine has of it."""

    name: str
    image: str
    family: str
    state: State
    size: int = 0
    id: str = ""
    digest: str = ""
    interpreters: tuple[Seen, ...] = ()
    architecture: str = ""
    """As the engine names it."""


def held(client: "APIClient", reference: str) -> Held | None:
    """The image under a reference, or None."""
    from docker.errors import ImageNotFound

    try:
        found = client.inspect_image(reference)
    except ImageNotFound:
        return None
    labels = (found.get("Config") or {}).get("Labels") or {}
    digests = found.get("RepoDigests") or []
    return Held(
        id=found["Id"],
        size=found.get("Size", 0),
        digest=digests[0].partition("@")[2] if digests else "",
        architecture=found.get("Architecture", ""),
        name=labels.get(IMAGE_LABEL, ""),
        recipe=labels.get(RECIPE_LABEL, ""),
        interpreters=_seen(labels.get(INTERPRETERS_LABEL, "[]")),
    )


def statuses(client: "APIClient | None", images: Sequence[Image]) -> tuple[Status, ...]:
    """Each image with what the engine has of it; nothing is known where there is no engine."""
    return tuple(_status(image, held(client, image.image), known=True) if client else _status(image, None, known=False) for image in images)


def state_of(image: Image, found: Held | None) -> State:
    """Whether what the engine has is what would be built now."""
    from harness.images.recipes import digest
    from harness.images.tools import BuildFailed

    if found is None:
        return "absent"
    if image.recipe is None:
        return "present"
    try:
        wanted = digest(image)
    except BuildFailed:
        # Nothing could be built in its place, so there is nothing that it could be older than.
        wanted = found.recipe
    return "present" if found.recipe and found.recipe == wanted else "stale"


def remove(client: "APIClient", images: Sequence[Image]) -> dict[str, str]:
    """Remove images that were built; all of them, forgotten ones too, if none is named. Each with what kept it, or nothing.

    What does not carry our label is left alone, and said to be.
    """
    if not images:
        return {_title(each): _remove(client, each["Id"], each.get("RepoTags")) for each in _ours(client)}
    return {image.image: _remove_named(client, image) for image in images}


def _status(image: Image, found: Held | None, *, known: bool) -> Status:
    state = state_of(image, found) if known else "unknown"
    if found is None:
        return Status(image.name, image.image, image.family, state)
    return Status(image.name, image.image, image.family, state, found.size, found.id, found.digest, found.interpreters, found.architecture)


def _seen(text: str) -> tuple[Seen, ...]:
    try:
        return msgspec.json.decode(text, type=tuple[Seen, ...])
    except msgspec.MsgspecError:
        return ()


def _ours(client: "APIClient") -> list[dict[str, Any]]:
    return list(client.images(filters={"label": IMAGE_LABEL}))


def _title(image: dict[str, Any]) -> str:
    tags = [tag for tag in image.get("RepoTags") or [] if tag != "<none>:<none>"]
    # Podman puts its own name before those that name no registry.
    return tags[0].removesuffix(":latest").removeprefix("localhost/") if tags else str(image["Id"]).removeprefix("sha256:")[:12]


def _remove_named(client: "APIClient", image: Image) -> str:
    found = held(client, image.image)
    if found is None:
        return ABSENT
    if found.name != image.name:
        return "not built by sockmatrix, so it is left alone"
    return _remove(client, found.id, [image.image])


def _remove(client: "APIClient", identity: str, tags: Sequence[str] | None) -> str:
    from docker.errors import APIError

    known = [tag for tag in tags or [] if tag != "<none>:<none>"]
    try:
        for reference in known or [identity]:
            client.remove_image(reference)
    except APIError as error:
        return " ".join(str(error.explanation or error).split())
    return ""
