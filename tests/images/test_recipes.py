"""What makes a recipe another one, and how mmdebstrap is called for it."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from harness.images import rootfs
from harness.images.recipes import digest, expected
from harness.images.registry import Debian, Image, Interpreter, Pyenv
from harness.images.tools import BuildFailed
from tests.images.test_trees import make_tree

RECIPE = Debian("bookworm", ("netbase", "pypy3"), {"/usr/bin/it": "../lib/it's"})
PYPY = Interpreter("/usr/bin/pypy3", "3.9", "pypy")
IMAGE = Image("small", "A test", "built", "sockmatrix/small", "glibc", interpreters=(PYPY,), recipe=RECIPE)


def test_a_digest_is_the_same_as_long_as_the_recipe_is() -> None:
    assert digest(IMAGE) == digest(replace(IMAGE, about="Said otherwise", ci=True, quick=True))
    assert len(digest(IMAGE)) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"architecture": "s390x"},
        {"recipe": replace(RECIPE, packages=("netbase",))},
        {"recipe": replace(RECIPE, suite="sid")},
        {"interpreters": (replace(PYPY, python="3.10"),)},
        {"environment": {"QEMU_CPU": "max"}},
    ],
)
def test_a_change_of_the_recipe_changes_the_digest(change: dict[str, object]) -> None:
    assert digest(replace(IMAGE, **change)) != digest(IMAGE)


def test_a_change_of_the_builder_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(IMAGE)
    monkeypatch.setattr("harness.images.recipes.BUILDER", 99)
    assert digest(IMAGE) != before


def test_the_pythons_of_the_machine_are_part_of_the_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    image = replace(IMAGE, interpreters=(), recipe=Pyenv("bookworm", ("netbase",)))
    make_tree(tmp_path, "3.8.18")
    before = digest(image)
    assert digest(image) == before
    make_tree(tmp_path, "3.9.18")
    assert digest(image) != before
    assert [each.python for each in expected(image)] == ["3.8.18", "3.9.18"]


def test_no_pyenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    with pytest.raises(BuildFailed) as caught:
        digest(replace(IMAGE, recipe=Pyenv("bookworm", ("netbase",))))
    assert str(caught.value) == (
        f"there is no CPython of pyenv in {tmp_path}/versions; "
        "install pyenv and the versions to test: pyenv install 3.8 3.13; or set PYENV_ROOT"
    )


def test_how_mmdebstrap_is_called() -> None:
    called = rootfs.command(RECIPE, "s390x", Path("/tmp/x/root.tar"), "http://mirror.invalid/debian")
    assert called == [
        "mmdebstrap",
        "--quiet",
        "--variant=extract",
        "--format=tar",
        "--skip=check/qemu,output/dev",
        "--architectures=s390x",
        '--aptopt=Acquire::Check-Valid-Until "false"',
        "--include=netbase,pypy3",
        f"--setup-hook={rootfs.MERGE}",
        '--extract-hook=sh /tmp/x/settle.sh "$1"',
        "--extract-hook=ln -sf '../lib/it'\"'\"'s' \"$1\"/usr/bin/it",
        "bookworm",
        "/tmp/x/root.tar",
        "http://mirror.invalid/debian",
    ]


def test_without_mmdebstrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildFailed) as caught:
        rootfs.make(RECIPE, "amd64", tmp_path, "http://mirror.invalid/debian")
    assert str(caught.value) == "mmdebstrap is not installed; on Debian and Ubuntu: sudo apt-get install mmdebstrap"


def test_what_mmdebstrap_complains_of_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "mmdebstrap"
    fake.write_text("#!/bin/sh\necho I: working; echo 'E: Unable to locate package pypy9' >&2; echo I: cleaning; exit 25\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(BuildFailed) as caught:
        rootfs.make(RECIPE, "amd64", tmp_path, "http://mirror.invalid/debian")
    assert caught.value.problem == "mmdebstrap failed (exit code 25): E: Unable to locate package pypy9"
    assert caught.value.hint == (
        "try another mirror: --mirror URL (suites that have left the mirrors are in Debian's archive of old releases)"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sources.list", "# deb http://comment.invalid/debian x main\ndeb [arch=amd64] http://mirror.invalid/debian x main\n"),
        (
            "sources.list.d/debian.sources",
            "Types: deb\n# http://comment.invalid/debian\nURIs: http://mirror.invalid/debian\n",
        ),
        ("sources.list.d/slash.sources", "URIs: http://mirror.invalid/debian/\n"),
    ],
)
def test_the_mirror_is_that_of_the_machine(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / name).write_text(text)
    assert rootfs.own_mirror(tmp_path) == "http://mirror.invalid/debian"


def test_a_machine_without_a_mirror_of_debian(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb http://mirror.invalid/ubuntu x main\ndeb http://mirror.invalid/debian-security x main\n")
    with pytest.raises(BuildFailed) as caught:
        rootfs.own_mirror(tmp_path)
    assert caught.value.problem == f"no Debian mirror is named in {tmp_path}"


@pytest.mark.skipif(os.name != "posix", reason="users of Unix")
def test_a_user_without_ids_for_others_is_told_how_to_get_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = tmp_path / "subuid"
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    assert rootfs._hint(ids).endswith("--add-subgids 100000-165535 4000000000")
    ids.write_text("somebody:100000:65536\n", "utf-8")
    assert rootfs._hint(ids).startswith("mmdebstrap needs user ids")
    ids.write_text("4000000000:100000:65536\n", "utf-8")
    assert rootfs._hint(ids) == rootfs.OTHER_MIRROR
    ids.write_text("", "utf-8")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert rootfs._hint(ids) == rootfs.OTHER_MIRROR
