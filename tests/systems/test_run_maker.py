"""Parts that a program makes out of others."""

import sys
from pathlib import Path

import pytest

from harness.images.tools import BuildFailed
from harness.systems.makers import MakeContext, options_of
from harness.systems.makers.run import make


def context(folder: Path, told: list[str]) -> MakeContext:
    for name in ("folder", "scratch", "part"):
        (folder / name).mkdir()
    (folder / "part" / "source").write_text("6 * 7")
    return MakeContext(folder / "folder", folder / "scratch", {"source": folder / "part"}, "", told.append)


def options(program: str, makes: str = "answer"):  # type: ignore[no-untyped-def]  # what the kind's options are is its own business
    command = [sys.executable, "-c", program, "{source}/source", "{folder}/answer"]
    return options_of("run", {"command": command, "about": "work it out", "makes": makes})


def test_the_program_is_given_the_folders_of_parts(tmp_path: Path) -> None:
    told: list[str] = []
    make(options("import sys; open(sys.argv[2], 'w').write(open(sys.argv[1]).read())"), context(tmp_path, told))
    assert (tmp_path / "folder" / "answer").read_text() == "6 * 7"
    assert told == ["work it out"]


def test_a_program_that_makes_nothing_has_failed(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=f"^{sys.executable} has ended without an error, and there is no 'answer'$"):
        make(options("pass"), context(tmp_path, []))


def test_what_a_program_complains_of_is_told(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match=r"failed \(exit code 1\): no memory$"):
        make(options("raise SystemExit('no memory')"), context(tmp_path, []))


def test_an_option_that_there_is_not_is_a_mistake_of_the_recipe() -> None:
    with pytest.raises(BuildFailed, match="the recipe has a wrong part of kind"):
        options_of("run", {"command": ["true"], "about": "x", "makes": "y", "shell": True})
