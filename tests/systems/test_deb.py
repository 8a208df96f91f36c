"""Of packages: the version that a recipe is of, and bytes that a build has wrong."""

from pathlib import Path

import pytest

from harness.images.tools import BuildFailed
from harness.systems.makers.deb import Options, check_version, correct


def test_the_version_that_the_recipe_is_of() -> None:
    check_version(Options(suite="sid", package="toy", version="2024"), "0.0~20240729.0-7+b1")
    check_version(Options(suite="sid", package="toy"), "1.0")


def test_another_version_is_refused() -> None:
    with pytest.raises(BuildFailed) as caught:
        check_version(Options(suite="sid", package="toy", version="20240729"), "0.0~20260101.0-1")
    assert caught.value.problem == "Debian sid has toy 0.0~20260101.0-1 now, and the recipe is of 20240729"
    assert caught.value.hint == "the recipe, and what is known of that version, need to be looked at again"


def test_bytes_that_are_there_once_are_corrected(tmp_path: Path) -> None:
    program = tmp_path / "toy"
    program.write_bytes(b"before wrong after")
    program.chmod(0o755)
    correct(program, b"wrong", b"right")
    assert program.read_bytes() == b"before right after"
    assert program.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(("content", "by"), [(b"nothing", b"right"), (b"wrong wrong", b"right"), (b"wrong", b"longer")])
def test_a_program_of_another_build_is_left_alone(tmp_path: Path, content: bytes, by: bytes) -> None:
    program = tmp_path / "toy"
    program.write_bytes(content)
    with pytest.raises(BuildFailed) as caught:
        correct(program, b"wrong", by)
    assert (caught.value.problem, caught.value.hint) == (
        "toy has not, or not once, what the recipe corrects",
        "the recipe is of another build",
    )
    assert program.read_bytes() == content
