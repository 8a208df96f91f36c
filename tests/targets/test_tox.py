"""tox is asked which interpreters its environments are for, and what it says instead of an answer is told."""

import json
import os
import re
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.targets import tox
from harness.targets.tox import Environment, Environments, ToxError, environments, find_tox

ScriptMaker = Callable[[str, str], str]

OWN = f"py{sys.version_info[0]}{sys.version_info[1]}"
"""How tox calls the Python that runs these tests, which it finds wherever it is."""

WRITE_ANSWER = 'while [ "$1" != --answer ]; do shift; done; echo "$ANSWER" > "$2"'


@pytest.fixture
def fake_tox(script: ScriptMaker, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a script in tox's place."""

    def make(body: str) -> None:
        path = script("fake/tox", body)
        monkeypatch.setattr(tox, "find_tox", lambda: (path,))

    return make


def complaint(folder: Path, *names: str) -> str:
    with pytest.raises(ToxError) as caught:
        environments(names, folder)
    return str(caught.value)


def test_what_tox_answers_is_read(fake_tox: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"name": "py38", "says": True, "executable": "/usr/bin/python3.8", "problem": ""}
    monkeypatch.setenv("ANSWER", json.dumps({"file": "/project/tox.ini", "environments": [row]}))
    fake_tox(f"echo much; {WRITE_ANSWER}")
    assert environments([], tmp_path) == Environments((Environment("py38", True, "/usr/bin/python3.8"),), "/project/tox.ini")


def test_it_is_asked_in_the_folder_for_the_names_with_the_plugin_first(
    fake_tox: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/of/the/user")
    fake_tox('echo "$PWD|$1|$4 $5|$PYTHONPATH"; ls "${PYTHONPATH%%:*}"')
    told = complaint(tmp_path, "py38", "py39-django4")
    said = re.escape(f"{tmp_path}|interpreters-for-sockmatrix|-e py38,py39-django4|")
    assert re.search(said + r"/\S+/plugin:/of/the/user sockmatrix_tox_plugin-1\.dist-info sockmatrix_tox_plugin\.py$", told), told


def test_the_plugin_adds_the_command_that_is_asked_for() -> None:
    plugin = Path(tox.__file__).with_name("tox_plugin.py").read_text("utf-8")
    assert f'COMMAND = "{tox.COMMAND}"' in plugin


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("", "tox gave no answer"),
        (
            "ROOT: HandledError| provided environments not found in configuration file:\npy40",
            "tox cannot say which interpreters there are: provided environments not found in configuration file: py40",
        ),
        ("\x1b[31mERROR: bad\x1b[39m", "tox cannot say which interpreters there are: ERROR: bad"),
        (
            "Traceback (most recent call last):\n  File x\nTypeError: of tox itself",
            "tox cannot say which interpreters there are: TypeError: of tox itself",
        ),
        ("this tox is older than 4.0", "this tox is older than 4.0; install a newer one: pip install 'tox>=4'"),
        (
            "ROOT: will install another tox\nCollecting\nDownloading\nERROR: No matching distribution found\nROOT: exit 1",
            "tox cannot say which interpreters there are: Collecting Downloading ERROR: No matching distribution found exit 1",
        ),
    ],
)
def test_without_an_answer_it_is_told_what_tox_said(said: str, message: str, fake_tox: Callable[[str], None], tmp_path: Path) -> None:
    (tmp_path / "said").write_text(said)
    fake_tox(f"cat {tmp_path}/said; exit 1")
    assert complaint(tmp_path) == message


def test_half_an_answer_is_none(fake_tox: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER", '{"environments": [')
    fake_tox(WRITE_ANSWER)
    assert complaint(tmp_path) == "tox gave no answer"


def test_a_tox_that_never_answers_is_ended(fake_tox: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tox, "LIMIT", 0.2)
    fake_tox("exec sleep 60")
    assert complaint(tmp_path) == "tox gave no answer within 0.2 s"


def test_a_tox_that_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tox, "find_tox", lambda: ("/no/such/tox",))
    assert complaint(tmp_path) == "tox (/no/such/tox) cannot be started: No such file or directory"


def test_where_no_configuration_is_nothing_is_made_up(
    fake_tox: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWER", json.dumps({"file": "", "environments": [{"name": "py", "says": True, "executable": "/usr/bin/python3"}]}))
    fake_tox(WRITE_ANSWER)
    assert complaint(tmp_path) == f"there is no configuration of tox in {tmp_path} or above it; write a tox.ini, or name the interpreters"


def test_the_tox_beside_this_program_comes_first() -> None:
    assert find_tox() == (sys.executable, "-P", "-m", "tox")


def test_then_the_one_on_path(script: ScriptMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ToxError) as caught:
        find_tox()
    assert str(caught.value) == "tox is not installed; pip install 'sockmatrix[tox]', or put the project's own tox on PATH"
    path = script("bin/tox", "true")
    assert find_tox() == (path,)


real = pytest.mark.end_to_end


def rows(folder: Path, *names: str) -> dict[str, tuple[bool, str]]:
    """Each environment: whether it says which Python it is for, and the version of that one or the problem."""
    found = environments(names, folder).environments
    return {each.name: (each.says, os.path.basename(each.executable) if each.executable else each.problem) for each in found}


def is_python(name: str) -> bool:
    return name.startswith("python")


@real
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("tox.ini", "[tox]\nenv_list = {OWN}-{{a,b}}, docs, py399, py\n"),
        ("setup.cfg", "[tox:tox]\nenv_list = {OWN}-{{a,b}}, docs, py399, py\n"),
        ("tox.toml", 'env_list = ["{OWN}-a", "{OWN}-b", "docs", "py399", "py"]\n'),
        ("pyproject.toml", '[tool.tox]\nenv_list = ["{OWN}-a", "{OWN}-b", "docs", "py399", "py"]\n'),
    ],
)
def test_every_kind_of_configuration_is_tox_s_own_business(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text.format(OWN=OWN))
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True)
    found = rows(inside)
    assert list(found) == [f"{OWN}-a", f"{OWN}-b", "docs", "py399", "py"]
    assert [says for says, _ in found.values()] == [True, True, False, True, True]
    assert all(is_python(found[name][1]) for name in (f"{OWN}-a", f"{OWN}-b", "docs", "py"))
    assert "py399" in found["py399"][1]
    assert not is_python(found["py399"][1])
    assert not list(tmp_path.rglob("pyvenv.cfg")), "an environment was made"


@real
def test_an_environment_may_be_named_that_env_list_has_not(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text("[tox]\nenv_list = py399\n[testenv:release]\ncommands = true\n")
    assert list(rows(tmp_path, OWN, "release")) == [OWN, "release"]


@real
def test_settings_of_the_environment_and_the_user_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tox.ini").write_text(f"[tox]\nenv_list = old, new\n[testenv:new]\nbase_python = python{OWN[2]}.{OWN[3:]}\n")
    assert {name: says for name, (says, _) in rows(tmp_path).items()} == {"old": False, "new": True}
    monkeypatch.setenv("TOX_SKIP_ENV", "old")
    assert list(rows(tmp_path)) == ["new"]


@real
def test_what_is_wrong_with_one_environment_leaves_the_others_alone(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text(f"[tox]\nenv_list = {OWN}, py399\n[testenv]\nbase_python = python{OWN[2]}.{OWN[3:]}\n")
    found = rows(tmp_path)
    assert is_python(found[OWN][1])
    assert found["py399"][1] == f"env name py399 conflicting with base python python{OWN[2]}.{OWN[3:]}"


@real
def test_a_configuration_that_tox_cannot_read_is_told_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text("nonsense\n[tox")
    told = complaint(tmp_path)
    assert told.startswith(f"tox cannot say which interpreters there are: ToxIni failed loading {tmp_path / 'tox.ini'} due to")
    assert "Traceback" not in told


@real
def test_an_unknown_environment_is_told_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text(f"[tox]\nenv_list = {OWN}\n")
    told = complaint(tmp_path, "nonsense")
    assert told.startswith("tox cannot say which interpreters there are: provided environments not found in configuration file: nonsense")


@real
def test_nothing_is_made_up_where_there_is_no_configuration(tmp_path: Path) -> None:
    assert complaint(tmp_path).startswith(f"there is no configuration of tox in {tmp_path} or above it")


def test_the_oldest_tox_that_is_asked_for_is_the_one_of_our_own_file() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    least = re.findall(r'"tox>=([\d.]+)"', project)
    assert least == ["4.22", "4.22"]
    assert tuple(map(int, version("tox").split(".")[:2])) >= (4, 22)
