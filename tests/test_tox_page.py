"""The tox.ini of docs/tox.md does what the page says, as it stands there; and ours has the environments that the page names."""

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "tox.md"
OWN = f"py{sys.version_info[0]}{sys.version_info[1]}"

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="an installed package has no docs")

SCENARIO = """
title: A socket that is not connected has no peer
about: A small scenario of the library's own.
see: [posix:getpeername]
needs: [ipv4]
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  - client: s.getpeername()
    raises: {type: OSError, errno: ENOTCONN}
"""


def ten_lines() -> str:
    page = PAGE.read_text("utf-8")
    block = re.search(r"<!-- ten lines -->\n```ini\n(.*?)```\n<!-- end -->", page, re.DOTALL)
    assert block
    return block[1]


def test_it_has_ten_lines_at_most() -> None:
    assert len(ten_lines().splitlines()) <= 10


@pytest.mark.end_to_end
def test_a_library_s_own_scenarios_are_played_on_the_pythons_of_its_env_list(tmp_path: Path) -> None:
    if OWN not in ("py311", "py312", "py313"):
        pytest.skip(f"env_list of the page has no {OWN}")
    (tmp_path / "tox.ini").write_text(ten_lines(), "utf-8")
    (tmp_path / "scenarios" / "own").mkdir(parents=True)
    (tmp_path / "scenarios" / "own" / "no_peer.yaml").write_text(SCENARIO, "utf-8")
    # Only that nothing is installed from the net is otherwise: the command is the one beside these tests.
    overridden = ["deps=", "allowlist_externals=sockmatrix", f"base_python={sys.executable}", "pass_env=PYTHONPATH,XDG_CACHE_HOME"]
    command = [sys.executable, "-m", "tox", "run", "-e", "sockets"]
    command += [word for each in overridden for word in ("-x", f"testenv:sockets.{each}")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOX")}
    environment["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), environment["PATH"]])
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(rf" cpython-{sys.version_info[0]}\.{sys.version_info[1]}\.\S+ +1\n", ended.stdout), ended.stdout
    assert "✓ as expected in" in ended.stdout


def test_our_own_file_has_the_environments_that_the_page_names() -> None:
    command = [sys.executable, "-m", "tox", "list", "--no-desc"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOX")}
    listed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.split()
    pythons = [f"conformance-python{version}" for version in "2.7 3.6 3.7 3.8 3.9 3.10 3.11 3.12 3.13".split()]
    assert [name for name in listed if name.startswith("conformance-")] == [*pythons, "conformance-docker"]
    assert {"report", "conformance", "machine"} <= set(listed)
    together = subprocess.run([*command, "-m", "conformance"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert together.stdout.split() == [*pythons, "conformance-docker", "report"]


def rooms_with(*markers: str) -> set[str]:
    """The rooms of the tests in which any of these markers is used."""
    used = re.compile(rf"\bmark\.({'|'.join(markers)})\b")
    files = (ROOT / "tests").rglob("*.py")
    return {file.relative_to(ROOT).parts[1] for file in files if file != Path(__file__) and used.search(file.read_text("utf-8"))}


@pytest.mark.parametrize(
    ("environment", "markers"), [("testenv:machine", ("interpreters", "containers")), ("testenv:browser", ("browser",))]
)
def test_an_environment_that_collects_some_rooms_leaves_none_out(environment: str, markers: tuple[str, ...]) -> None:
    settings = configparser.RawConfigParser()
    settings.read(ROOT / "tox.ini", encoding="utf-8")
    assert set(re.findall(r"\btests/(\w+)", settings[environment]["commands"])) == rooms_with(*markers)
