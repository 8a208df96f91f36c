"""`cmd:` targets: the agent goes down the pipe of anything that ends in an interpreter without a file of ours."""

import os
import shlex
import shutil
import sys
from pathlib import Path

import pytest
from msgspec import structs

from harness.records.run import Result
from harness.runs.folder import Run
from harness.targets.config import Config
from harness.targets.resolve import resolve
from harness.targets.spec import TargetSpec
from tests.engine.expected import unavailable
from tests.engine.playing import Stage, verdicts
from tests.engine.test_misdeeds import GOOD

pytestmark = pytest.mark.end_to_end

SYSTEM_PYTHON = "/usr/bin/python3"
TIMEOUT = {
    "area/times_out": """
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.bind((HOST, 0))
  - client: s.settimeout(0.1)
  - client: s.recv(10)
    raises: socket.timeout
    takes: 0.1..2
"""
}


def play(folder: Path, command: str, scenarios: dict[str, str]) -> tuple[Run, str]:
    """Play on the target behind a command; the run and the target's id."""
    (spec,) = resolve([f"cmd:{command}"], Config()).targets
    return Stage(folder).play([spec], scenarios), spec.id


def all_pass(folder: Path, command: str) -> Run:
    run, target = play(folder, command, {**GOOD, **TIMEOUT})
    assert run.header.targets[0].trouble == ""
    assert set(verdicts(run, target).values()) == {"pass"}
    return run


def need(what: str, path: str | None) -> str:
    if path is None or not os.access(path, os.X_OK):
        unavailable(what, f"{path or what} is not there")
    return path


def need_root() -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        unavailable("root", "only root may change user, root directory or network namespace")


def test_an_empty_environment(tmp_path: Path) -> None:
    need("env", shutil.which("env"))
    all_pass(tmp_path, f"env -i {shlex.quote(sys.executable)}")


def test_a_place_for_the_arguments(tmp_path: Path) -> None:
    need("sh", shutil.which("sh"))
    all_pass(tmp_path, f"sh -c 'exec {shlex.quote(sys.executable)} {{}}'")


def test_another_user(tmp_path: Path) -> None:
    need_root()
    need("setpriv", shutil.which("setpriv"))
    need("system python", SYSTEM_PYTHON)
    run = all_pass(tmp_path, f"setpriv --reuid=65534 --regid=65534 --clear-groups {SYSTEM_PYTHON}")
    facts = run.header.targets[0].facts
    assert facts is not None
    assert not facts.root
    assert facts.capabilities == ()


def test_another_root_directory(tmp_path: Path) -> None:
    need_root()
    need("unshare", shutil.which("unshare"))
    need("system python", SYSTEM_PYTHON)
    root = tmp_path / "root"
    for name in ("usr", "dev", "tmp"):
        (root / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64"):
        if Path("/", name).is_symlink():
            (root / name).symlink_to(os.readlink(f"/{name}"))
    mounts = f"mount --bind /usr {root}/usr && mount --bind /dev {root}/dev"
    # The mounts end with the namespace, whatever becomes of the test.
    run = all_pass(tmp_path, f"unshare --mount sh -c '{mounts} && exec chroot {root} {SYSTEM_PYTHON} {{}}'")
    facts = run.header.targets[0].facts
    assert facts is not None
    assert (facts.services, facts.hostname) == (False, False)


def test_a_network_namespace_without_loopback_is_unsupported_and_not_a_fail(tmp_path: Path) -> None:
    need_root()
    need("unshare", shutil.which("unshare"))
    run, target = play(tmp_path, f"unshare --net {shlex.quote(sys.executable)}", GOOD)
    facts = run.header.targets[0].facts
    assert facts is not None
    assert not facts.ipv4
    assert set(verdicts(run, target).values()) == {"unsupported"}
    assert "ipv4" in run.results["good/echo_0", target].reason


def test_a_network_namespace_with_loopback(tmp_path: Path) -> None:
    need_root()
    need("ip", shutil.which("ip"))
    all_pass(tmp_path, f"unshare --net sh -c 'ip link set lo up && exec {shlex.quote(sys.executable)} {{}}'")


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        ("sh -c cat", "no agent: its standard output begins with "),
        ("false", "ended before its hello: exit status 1"),
        ("sh -c 'echo no route to host >&2; exit 255'", "ended before its hello: exit status 255: no route to host"),
        ("/no/such/command", "/no/such/command: No such file or directory"),
        (f"{shlex.quote(sys.executable)} /no/such/file.py", "ended before its hello: exit status 2: "),
    ],
)
def test_a_command_that_is_no_python_says_what_it_did(tmp_path: Path, command: str, trouble: str) -> None:
    run, target = play(tmp_path, command, {"good/echo_0": GOOD["good/echo_0"]})
    result: Result = run.results["good/echo_0", target]
    assert result.verdict == "error"
    assert run.header.targets[0].trouble.startswith(trouble)


def test_a_prepared_system_that_does_not_start_says_how_its_parts_are_made_anew(tmp_path: Path) -> None:
    damaged = TargetSpec("toy:red", "toy:red", ("false",), pipe=True, system="toy")
    run = Stage(tmp_path).play([damaged], {"good/echo_0": GOOD["good/echo_0"]})
    anew = "if it has ever started, make its parts anew: sockmatrix targets prepare --force toy:red"
    assert run.header.targets[0].trouble == f"ended before its hello: exit status 1; {anew}"
    lacking = structs.replace(damaged, trouble="root is not prepared; try: sockmatrix targets prepare toy:red")
    run = Stage(tmp_path / "two").play([lacking], {"good/echo_0": GOOD["good/echo_0"]})
    assert run.header.targets[0].trouble == lacking.trouble


def wine_target() -> TargetSpec:
    """A Windows CPython, if its parts are prepared here."""
    (spec,) = resolve(["wine:python3.13"], Config()).targets
    if spec.trouble:
        unavailable("wine", spec.trouble)
    return spec


WINDOWS = {
    "windows/refused": """
needs: [os:windows]
steps:
  - client: s = socket.socket()
  - client: port = unused_port()
  - client: s.connect((HOST, port))
    raises: {type: ConnectionRefusedError, errno: ECONNREFUSED}
""",
    "windows/no_unix": "needs: [unix]\nsteps:\n  - client: socket.socket(socket.AF_UNIX)\n    returns: instance('socket.socket')\n",
    "windows/size_is_no_descriptor": "steps:\n  - client: file = open_file('f', b'data')\n  - client: file.read(3)\n    returns: b\"dat\"\n"
    '  - client: file.read(4)\n    returns: b"a"\n',
    "windows/path": "steps:\n  - client: p = path('a')\n  - client: exists(p)\n    returns: false\n",
}


BLOCKS = """
limit: 1
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.bind((HOST, 0))
  - client: s.recv(10)
    returns: b""
"""


def test_a_windows_python(tmp_path: Path) -> None:
    target = wine_target()
    run = Stage(tmp_path).play([target], {**GOOD, **TIMEOUT, **WINDOWS})
    facts = run.header.targets[0].facts
    assert facts is not None
    assert (facts.os, facts.wine, facts.implementation, facts.kernel.split(".")[0]) == ("windows", True, "cpython", "10")
    expected = {**dict.fromkeys((*GOOD, *TIMEOUT, *WINDOWS), "pass"), "windows/no_unix": "unsupported"}
    assert verdicts(run, target.id) == expected
    refused = run.results["windows/refused", target.id].steps[-1].raises
    assert refused is not None
    assert (refused.errno, refused.symbols) == (10061, ("ECONNREFUSED", "WSAECONNREFUSED"))


def test_a_call_that_blocks_under_wine_is_woken_and_costs_no_agent(tmp_path: Path) -> None:
    target = wine_target()
    run = Stage(tmp_path).play([target], {"windows/blocks": BLOCKS, **GOOD}, jobs=1)
    hung = run.results["windows/blocks", target.id]
    assert (hung.verdict, hung.reason) == ("hang", "still under way after 2 s")  # the recipe says that Wine may take twice as long
    assert {result.verdict for result in run.results.values()} == {"hang", "pass"}
