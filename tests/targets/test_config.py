"""Settings about targets, and every mistake in them with its place."""

from pathlib import Path

import pytest

from harness.targets.config import Config, ConfigError, read


def problem(folder: Path, text: str, file: str = "sockmatrix.toml") -> str:
    (folder / file).write_text(text)
    with pytest.raises(ConfigError) as caught:
        read(folder)
    return str(caught.value)


def test_no_file_means_no_settings(tmp_path: Path) -> None:
    assert read(tmp_path) == Config()


def test_a_pyproject_without_our_table_means_no_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert read(tmp_path) == Config()


def test_settings_of_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.sockmatrix]\ntargets = ["@old", "current"]\n[tool.sockmatrix.groups]\nold = ["pyenv:2.7*", "jython"]\n'
    )
    assert read(tmp_path) == Config(("@old", "current"), {"old": ("pyenv:2.7*", "jython")}, "pyproject.toml")


def test_settings_of_a_file_of_our_own(tmp_path: Path) -> None:
    (tmp_path / "sockmatrix.toml").write_text('targets = ["python3.8"]\n')
    assert read(tmp_path) == Config(("python3.8",), {}, "sockmatrix.toml")


def test_a_history_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "sockmatrix.toml").write_text('history = "kept.sqlite"\n')
    assert read(tmp_path).history == "kept.sqlite"


def test_bad_toml_says_its_place(tmp_path: Path) -> None:
    assert problem(tmp_path, "targets = []\nx 1\n") == "sockmatrix.toml:2:3: Expected '=' after a key in a key/value pair"


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "sockmatrix.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(ConfigError) as caught:
        read(tmp_path)
    assert str(caught.value) == "sockmatrix.toml: is not UTF-8: invalid start byte at byte 5"


def test_an_unknown_key_has_a_hint(tmp_path: Path) -> None:
    assert problem(tmp_path, "target = []\n") == "sockmatrix.toml: target: unknown key 'target'; did you mean 'targets'?"
    assert problem(tmp_path, "zz = 1\n") == "sockmatrix.toml: zz: unknown key 'zz'; the keys are targets, groups, history, ci and known"


def test_values_of_the_wrong_kind(tmp_path: Path) -> None:
    assert problem(tmp_path, 'targets = "all"\n') == 'sockmatrix.toml: targets: must be a list of targets: ["python3.8", "pypy3"]'
    assert problem(tmp_path, "history = 1\n") == 'sockmatrix.toml: history: must be the name of a file: "sockmatrix-runs/history.sqlite"'
    assert problem(tmp_path, "groups = []\n") == 'sockmatrix.toml: groups: must be a table of lists of targets: old = ["python2.7"]'
    assert problem(tmp_path, "groups.a = [1]\n") == 'sockmatrix.toml: groups.a: must be a list of targets: ["python3.8", "pypy3"]'


def test_our_table_must_be_one(tmp_path: Path) -> None:
    assert problem(tmp_path, "tool.sockmatrix = 1\n", "pyproject.toml") == "pyproject.toml: tool.sockmatrix: must be a table"


def test_a_bad_name_is_found_where_it_stands(tmp_path: Path) -> None:
    text = '[tool.sockmatrix.groups]\nold = ["pypy3", "pyton2.7"]\n'
    assert problem(tmp_path, text, "pyproject.toml") == (
        "pyproject.toml: tool.sockmatrix.groups.old[1]: unknown target 'pyton2.7'; did you mean 'python2.7'?"
    )


def test_two_places_for_settings_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "sockmatrix.toml").write_text("targets = []\n")
    assert problem(tmp_path, "[tool.sockmatrix]\n", "pyproject.toml") == (
        "pyproject.toml: tool.sockmatrix: there is a sockmatrix.toml too; keep one of them"
    )
