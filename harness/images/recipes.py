"""What the content of an image depends on, as one digest; and the interpreters that it will have. Makes nothing."""

from hashlib import sha256
from typing import Any

import msgspec

from harness.images import rootfs, trees
from harness.images.registry import Image, Interpreter, Pyenv, definitions

BUILDER = 2
"""Version of how images are made; raised when the same recipe gives another image."""


def digest(image: Image) -> str:
    """The digest of a recipe: of the entry, of the builder, and of what is taken from the machine.

    What Debian has published since is not in it: `--force` builds anew. Raises BuildFailed where the machine has nothing to take.
    """
    entry = (image.image, image.architecture, image.recipe, image.interpreters, image.programs)
    settle = (definitions() / rootfs.SETTLE).read_text("utf-8")
    # Only where there are some: what was built before there could be any is still up to date.
    some = (image.environment,) if image.environment else ()
    parts = (BUILDER, entry, rootfs.MERGE, settle, _inputs(image), *some)
    return sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def expected(image: Image) -> tuple[Interpreter, ...]:
    """The interpreters of an image, those that the machine decides on included.

    Raises BuildFailed where the machine has none.
    """
    return trees.interpreters(trees.find()) if isinstance(image.recipe, Pyenv) else image.interpreters


def _inputs(image: Image) -> Any:
    if isinstance(image.recipe, Pyenv):
        return [(tree.version, str(tree.path), trees.stamp(tree)) for tree in trees.find()]
    return []
