"""Order, age and ids of interpreters."""

import pytest

from harness.targets.interpreter import Interpreter, folder_name, ids, ordered, too_old


def cpython(version: str, path: str = "/usr/bin/python3", source: str = "path", build: str = "") -> Interpreter:
    return Interpreter(path, "cpython", version, source, build)


def test_cpython_comes_first_and_versions_count_as_numbers() -> None:
    jython, pypy = Interpreter("/j", "jython", "2.7.3", "path"), Interpreter("/p", "pypy", "3.9.16", "path")
    versions = [cpython("3.15.0"), cpython("3.10.1"), cpython("3.9.2"), cpython("3.15.0rc1"), cpython("3.15.0b2")]
    assert [each.label for each in ordered([pypy, jython, *versions])] == [
        "cpython-3.9.2", "cpython-3.10.1", "cpython-3.15.0b2", "cpython-3.15.0rc1", "cpython-3.15.0", "jython-2.7.3", "pypy-3.9.16",
    ]  # fmt: skip


@pytest.mark.parametrize("version", ["2.6.9", "1.5.2", "3.0.1", "3.3.7"])
def test_a_python_that_no_agent_runs_on_is_too_old(version: str) -> None:
    assert too_old(version) == f"Python {version} is too old; an agent runs on 2.7 and on 3.4 and later"


@pytest.mark.parametrize("version", ["2.7.0", "2.7.18", "3.4.0", "3.15.0a1", "4.0.0"])
def test_other_pythons_are_not(version: str) -> None:
    assert too_old(version) == ""


def test_one_version_from_several_places_gets_ids_that_say_the_place() -> None:
    same = [
        cpython("3.11.7", "/opt/py/bin/python3"),
        cpython("3.11.7", "/pyenv/versions/3.11.7/bin/python", "pyenv"),
        cpython("3.11.7", "/srv/py/bin/python3"),
        cpython("3.11.7", "/data/py/bin/python3"),
    ]
    assert ids(same) == ("cpython-3.11.7", "cpython-3.11.7+pyenv", "cpython-3.11.7+py", "cpython-3.11.7+data-py")


def test_ids_are_unique_even_in_one_folder() -> None:
    same = [cpython("3.11.7", f"/bin/python{letter}") for letter in "abc"]
    assert ids(same) == ("cpython-3.11.7", "cpython-3.11.7+2", "cpython-3.11.7+3")


def test_a_free_threaded_build_has_an_id_of_its_own() -> None:
    assert ids([cpython("3.13.0"), cpython("3.13.0", build="t")]) == ("cpython-3.13.0", "cpython-3.13.0t")


def test_the_folder_of_an_installation() -> None:
    assert folder_name("/home/me/.pyenv/versions/3.8.18/bin/python") == "3.8.18"
    assert folder_name("/opt/python38/python") == "python38"
