"""Which family a target is of, and how its versions are written and ordered."""

import pytest

from harness.compat.families import family_of, in_order, minor, numbers, version_of
from tests.comparing.telling import facts


@pytest.mark.parametrize(
    ("others", "family"),
    [
        ({}, "cpython-linux-glibc"),
        ({"libc": "musl"}, "cpython-linux-musl"),
        ({"libc": "", "os": "windows", "wine": True}, "cpython-windows-wine"),
        ({"implementation": "jython", "libc": ""}, "jython-linux"),
        ({"bits": 32}, "cpython-linux-glibc-32bit"),
        ({"byteorder": "big", "machine": "s390x", "emulated": True}, "cpython-linux-glibc-big-endian-emulated-s390x"),
        ({"machine": "aarch64"}, "cpython-linux-glibc"),
        ({"root": True, "kernel": "5.4", "libc_version": "2.28", "image": "sha256:1"}, "cpython-linux-glibc"),
    ],
)
def test_a_family_is_what_the_api_depends_on(others: dict[str, object], family: str) -> None:
    assert family_of(facts("3.8.18", **others))[0] == family


def test_an_implementation_with_releases_of_its_own_names_both() -> None:
    assert version_of(facts("3.8.18")) == "3.8.18"
    assert version_of(facts("3.9.16", implementation="pypy", implementation_version="7.3.11")) == "3.9.16 (7.3.11)"


def test_versions_are_ordered_by_number_the_language_first() -> None:
    versions = ["3.11.2", "3.9.18", "3.9.16 (7.3.12)", "3.9.16 (7.3.9)", "2.7.18"]
    assert sorted(versions, key=numbers) == ["2.7.18", "3.9.16 (7.3.9)", "3.9.16 (7.3.12)", "3.9.18", "3.11.2"]
    assert minor("3.9.16 (7.3.11)") == (3, 9)


def test_cpython_comes_first_and_the_plainest_of_each() -> None:
    families = ["jython-linux", "pypy-linux-glibc", "cpython-linux-glibc-32bit", "cpython-linux-musl", "cpython-linux-glibc"]
    assert in_order(families) == [
        "cpython-linux-glibc",
        "cpython-linux-musl",
        "cpython-linux-glibc-32bit",
        "pypy-linux-glibc",
        "jython-linux",
    ]
