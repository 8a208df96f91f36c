"""The commands that show and build container images, as far as they go without an engine; and what they say where there is none."""

import json
from pathlib import Path

import pytest

from harness.images.registry import registry
from tests.commands.conftest import Sockmatrix


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The address of an engine that is not there; what is said of it."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    return (
        f"no container engine answers at unix://{tmp_path}/none.sock: there is no such socket; "
        "start one: sudo systemctl start docker (or: systemctl --user start podman.socket); "
        "to install one: sudo apt-get install docker.io (or podman); "
        "or name another engine with DOCKER_HOST=unix://PATH or tcp://HOST:PORT\n"
    )


@pytest.mark.parametrize("arguments", [("list",), ("build", "--quick"), ("build", "bookworm"), ("remove",)])
def test_without_an_engine(sockmatrix: Sockmatrix, no_engine: str, arguments: tuple[str, ...]) -> None:
    assert sockmatrix("images", *arguments) == (3, "", f"sockmatrix: {no_engine}")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build",), "name images, or say --quick or --all; see: sockmatrix images list"),
        (("build", "bokworm"), "no image 'bokworm'; did you mean 'bookworm'?"),
        (("build", "python-3.8"), "'python-3.8' is pulled, not built: docker pull python:3.8-slim"),
        (("remove", "trixi"), "no image 'trixi'; did you mean 'trixie'?"),
    ],
)
def test_what_cannot_be_asked_for(sockmatrix: Sockmatrix, arguments: tuple[str, ...], message: str) -> None:
    assert sockmatrix("images", *arguments) == (2, "", f"sockmatrix: {message}\n")


def test_the_page_is_printed_and_checked(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("images", "table")
    assert ended.code == 0
    assert ended.out.startswith("# Container images\n")


def test_the_page_that_is_out_of_date(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr("harness.commands.checkout.library_folder", lambda: tmp_path / "scenarios")
    stale = "docs/images.md is out of date; write it again: sockmatrix images table --write\n"
    assert sockmatrix("images", "table", "--check") == (1, stale, "")
    assert sockmatrix("images", "table", "--write") == (0, "", "")
    assert sockmatrix("images", "table", "--check") == (0, "", "")


def test_targets_in_images_are_listed_without_an_engine(sockmatrix: Sockmatrix, no_engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert sockmatrix("targets", "--docker", "python-3.8", "bullseye") == (
        0,
        (
            "python  implementation  libc   architecture  state    target\n"
            "3.8     cpython         glibc  amd64         unknown  docker:python:3.8-slim\n"
            "3.9     cpython         glibc  amd64         unknown  docker:sockmatrix/bullseye@/usr/bin/python3\n"
            "2.7     cpython         glibc  amd64         unknown  docker:sockmatrix/bullseye@/usr/bin/python2.7\n"
            "2.7     pypy            glibc  amd64         unknown  docker:sockmatrix/bullseye@/usr/bin/pypy\n"
        ),
        f"sockmatrix: which images there are is not known: {no_engine}",
    )


def test_targets_for_ci_as_a_matrix(sockmatrix: Sockmatrix, no_engine: str) -> None:
    targets = json.loads(sockmatrix("targets", "--docker", "--ci", "--json").out)["targets"]
    assert targets[0] == {
        "target": "docker:python:2.7-slim", "python": "2.7", "implementation": "cpython", "libc": "glibc", "architecture": "amd64",
        "family": "official", "image": "python:2.7-slim", "name": "python-2.7", "ci": True, "state": "unknown",
    }  # fmt: skip
    assert {target["name"] for target in targets} == {image.name for image in registry() if image.ci}


def test_ci_alone_means_nothing(sockmatrix: Sockmatrix) -> None:
    assert sockmatrix("targets", "--ci") == (2, "", "sockmatrix: --ci goes with --docker\n")
