"""The registry's own data, and how images are named."""

import subprocess
import sys
from pathlib import Path, PurePosixPath

import msgspec
import pytest

from harness.images.archive import Config, _config_text
from harness.images.page import page
from harness.images.registry import Debian, Image, Musl, Pyenv, UnknownImage, built, choose, definitions, registry

ROOT = Path(__file__).parents[2]
IMAGES = registry()


def test_names_and_references_are_each_used_once() -> None:
    names = [image.name for image in IMAGES]
    references = [image.image for image in IMAGES]
    assert len(set(names)) == len(names)
    assert len(set(references)) == len(references)


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_each_entry_is_whole(image: Image) -> None:
    assert (image.family == "built") == (image.recipe is not None)
    assert (image.image == f"sockmatrix/{image.name}") == (image.family == "built")
    assert (image.role == "tools") == bool(image.programs)
    assert bool(image.interpreters) == (image.role == "target" and not isinstance(image.recipe, Pyenv))
    assert all(PurePosixPath(each.path).is_absolute() for each in image.interpreters)
    assert len(image.about) < 120
    assert not image.about.endswith(".")


def test_recipes_name_each_package_once_and_in_order() -> None:
    for image in built(IMAGES):
        assert image.recipe is not None
        assert list(image.recipe.packages) == sorted(set(image.recipe.packages)), image.name


def test_what_issues_ask_for_is_there() -> None:
    have = {(each.implementation, each.python, image.architecture) for image in built(IMAGES) for each in image.interpreters}
    wanted = {("cpython", version, "amd64") for version in ("3.9", "3.11", "3.13", "3.14", "3.15")}
    assert wanted | {("cpython", "3.13", other) for other in ("i386", "arm64")} | {("cpython", "3.11", "s390x")} <= have
    assert {type(image.recipe) for image in built(IMAGES)} == {Debian, Pyenv, Musl}


def test_images_are_chosen_by_name_and_by_reference() -> None:
    chosen = choose(["trixie", "sockmatrix/bookworm", "python:3.8-slim", "trixie"], IMAGES)
    assert [image.name for image in chosen] == ["trixie", "bookworm", "python-3.8"]
    assert choose([], IMAGES) == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bokworm", "no image 'bokworm'; did you mean 'bookworm'?"),
        ("sockmatrix/trixy", "no image 'sockmatrix/trixy'; did you mean 'trixie'?"),
        ("xyzzy", "no image 'xyzzy'; see: sockmatrix images list"),
    ],
)
def test_an_unknown_name_leads_to_the_nearest(name: str, message: str) -> None:
    with pytest.raises(UnknownImage) as caught:
        choose([name], IMAGES)
    assert str(caught.value) == message


@pytest.mark.skipif(not (ROOT / "docs" / "images.md").is_file(), reason="an installed package has no docs")
def test_the_page_of_the_images_is_up_to_date() -> None:
    assert (ROOT / "docs" / "images.md").read_text("utf-8") == page(IMAGES)


def test_the_definitions_come_with_their_script() -> None:
    assert (definitions() / "settle.sh").is_file()


def test_commands_that_need_no_engine_do_not_load_its_client() -> None:
    program = (
        "import sys, harness.targets.resolve, harness.commands.images_command, harness.commands.targets_command\n"
        "print(sorted({'docker', 'requests', 'rich', 'tarfile'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


def test_variables_of_an_image_stand_behind_those_of_every_image() -> None:
    config = Config("arm64", "/usr/bin", ("/usr/bin/python3",), {}, {"QEMU_CPU": "max,pauth-impdef=on", "A": "b"})
    told = msgspec.json.decode(_config_text([], config))
    assert told["config"]["Env"] == ["PATH=/usr/bin", "LANG=C.UTF-8", "A=b", "QEMU_CPU=max,pauth-impdef=on"]
