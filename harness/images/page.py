"""The page `docs/images.md`: the registry in Markdown. Asks neither the engine nor the machine, so it is the same everywhere."""

from collections.abc import Iterator, Sequence

from harness.images.naming import target_name
from harness.images.registry import Debian, Image, Musl, Pyenv, Recipe

PAGE = "images.md"

HEAD = """# Container images

Each interpreter of these images is a target: `sockmatrix run -t NAME`. The list is [docker/targets.toml](../docker/targets.toml);
`sockmatrix targets --docker` shows it with what is there on your machine, and `sockmatrix images list` shows the images.
This page is generated: `sockmatrix images table --write`.
"""

OFFICIAL = """
## Official images

They are pulled from Docker Hub: `docker pull IMAGE`.
"""

BUILT = """
## Images that are built

`sockmatrix images build NAME` makes them from Debian's packages and from what the machine has, without a registry: mmdebstrap unpacks a
root file system, the engine gets it as an image, and every interpreter is started once in a container before the image gets its name. It is
built anew when its recipe, or what was taken from the machine, has changed; what Debian has published since is fetched with `--force`.

Needed are mmdebstrap (`sudo apt-get install mmdebstrap`) and a Debian mirror
(the one of the machine's own packages, or `--mirror URL`). Images for other processors
need qemu-user's handlers in the kernel of the engine (`sudo apt-get install qemu-user-static binfmt-support`), the image `musl` a compiler
(`sudo apt-get install musl-tools make binutils linux-libc-dev`), the image `pythons` pyenv.
"""


def page(images: Sequence[Image]) -> str:
    """The page."""
    official = [image for image in images if image.family == "official"]
    made = [image for image in images if image.family == "built"]
    return "".join((HEAD, OFFICIAL, "\n", *_table(official), BUILT, "\n", *_table(made)))


def _table(images: Sequence[Image]) -> Iterator[str]:
    how = any(image.recipe for image in images)
    yield f"| name of the target | what it is | Python | libc | processor | {'made of' if how else 'CI'} |\n"
    yield "|---|---|---|---|---|---|\n"
    for image in images:
        last = f"{_words(image.recipe)}{'' if image.quick else '; slow'}{'; CI' if image.ci else ''}" if image.recipe else _yes(image.ci)
        yield f"| {_names(image)} | {image.about} | {_versions(image)} | {image.libc} | {image.architecture} | {last} |\n"


def _names(image: Image) -> str:
    if image.role == "tools":
        return f"none: `{image.image}`"
    if not image.interpreters:
        return f"`docker:{image.image}@PATH`"
    return "<br>".join(f"`{target_name(image, each, len(image.interpreters))}`" for each in image.interpreters)


def _versions(image: Image) -> str:
    if image.role == "tools":
        return ""
    if not image.interpreters:
        return "all of pyenv"
    return "<br>".join(
        each.python if each.implementation == "cpython" else f"{each.python} ({each.implementation})" for each in image.interpreters
    )


def _words(recipe: Recipe) -> str:
    match recipe:
        case Debian():
            return f"Debian {recipe.suite}"
        case Pyenv():
            return f"Debian {recipe.suite}, pyenv"
        case Musl():
            return "source, musl-gcc"


def _yes(flag: bool) -> str:
    return "yes" if flag else ""
