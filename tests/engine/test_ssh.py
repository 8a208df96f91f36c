"""`ssh:` targets, against an OpenSSH server that the test starts: what is played there, and what is said when it cannot be."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.engine.order import Cast, Observer, Order
from harness.engine.run import perform
from harness.records.run import Result
from harness.runs.folder import Run, read
from harness.targets.config import Config
from harness.targets.resolve import resolve
from tests.engine.playing import Stage, plans, verdicts
from tests.engine.test_commands import TIMEOUT
from tests.engine.test_misdeeds import GOOD
from tests.hosts.sshd import Server, serving

pytestmark = pytest.mark.end_to_end


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    with serving(folder, monkeypatch) as made:
        yield made


def play(folder: Path, target: str, scenarios: dict[str, str]) -> Run:
    return Stage(folder).play(resolve([target], Config()).targets, scenarios)


def trouble(folder: Path, target: str) -> str:
    """Why a target could not be started; every cell of it is an error then."""
    run = play(folder, target, GOOD)
    assert set(verdicts(run, target).values()) == {"error"}
    return run.header.targets[0].trouble


def test_all_roles_play_there_and_share_one_connection(server: Server, tmp_path: Path) -> None:
    run = play(tmp_path, server.target, {**GOOD, **TIMEOUT})
    assert run.header.targets[0].trouble == ""
    assert set(verdicts(run, server.target).values()) == {"pass"}
    assert server.logins == 1


def test_what_a_login_prints_is_left_out(server: Server, tmp_path: Path) -> None:
    """A file of the shell that prints a greeting, and a banner that the server sends before anybody is let in."""
    (server.folder / "banner").write_text("NOTICE: you are being watched\n")
    server.more = f"Banner {server.folder}/banner"
    server.admit('printf \'Welcome!\\n{\\"id\\": 1}\\nno end of line\'; eval \\"$SSH_ORIGINAL_COMMAND\\"'.replace('\\"id\\"', "id"))
    run = play(tmp_path, server.target, GOOD)
    assert set(verdicts(run, server.target).values()) == {"pass"}


def test_a_login_that_runs_something_else_is_quoted(server: Server, tmp_path: Path) -> None:
    server.admit("echo This account is disabled.")
    where = server.target.removeprefix("ssh:").removesuffix(sys.executable)
    destination, _, port = where.rpartition(":")
    assert trouble(tmp_path, server.target) == (
        f"{where} has ended the connection before it answered; the login says 'This account is disabled.'; "
        f"try 'ssh -p {port} {destination} {sys.executable} --version'"
    )


def test_a_wrong_key(server: Server, tmp_path: Path) -> None:
    server.use_key("stranger")
    where = server.target.removeprefix("ssh:").removesuffix(sys.executable)
    destination, _, port = where.rpartition(":")
    assert trouble(tmp_path, server.target) == (
        f"{where} does not let us in: {destination}: Permission denied (publickey).; a key is needed for which nobody has to be asked: "
        f"try 'ssh -p {port} {destination} true'"
    )


def test_an_unknown_host_key(server: Server, tmp_path: Path) -> None:
    server.know("stranger")
    assert trouble(tmp_path, server.target).startswith(
        f"the host key of {server.target.removeprefix('ssh:').removesuffix(sys.executable)} is not the one that is known here, or none is: "
    )


def test_nobody_is_there(server: Server, tmp_path: Path) -> None:
    server.cut()
    where = server.target.removeprefix("ssh:").removesuffix(sys.executable)
    assert trouble(tmp_path, server.target) == (
        f"{where} cannot be reached: ssh: connect to host 127.0.0.1 port {server.port}: Connection refused; "
        "is sshd running there, on that port? (ssh:user@host:port)"
    )


def test_no_python_there(server: Server, tmp_path: Path) -> None:
    target = f"{server.target.removesuffix(sys.executable)}/no/such/python"
    where = server.target.removeprefix("ssh:").removesuffix(sys.executable)
    assert trouble(tmp_path, target).startswith(f"there is no '/no/such/python' on {where}: ")
    assert trouble(tmp_path / "again", target).endswith(f"; name the Python there: ssh:{where}/usr/bin/python3.9")


def test_a_host_that_goes_away_in_mid_run_is_an_error(server: Server, tmp_path: Path) -> None:
    """Whoever is left waiting for it did nothing wrong, and neither did the Python there."""
    order = Order(
        casts=tuple(Cast(spec.id, spec.name, (spec,)) for spec in resolve([server.target], Config()).targets),
        plans=plans(tmp_path, {**GOOD, **{f"late/{number}": TIMEOUT["area/times_out"].replace("0.1)", "5)") for number in range(3)}}),
        folder=tmp_path / "run",
        jobs=1,
    )

    def cut(result: Result) -> None:
        server.cut()

    asyncio.run(perform(order, Observer(lambda _: None, lambda _: None, cut)))
    run = read(order.folder)
    told = [result.verdict for result in run.results.values()]
    assert len(told) == len(order.plans)
    assert told.count("error") == len(told) - 1
    reasons = {result.reason for result in run.results.values() if result.verdict == "error"}
    assert all(("connection to" in reason and "lost" in reason) or "cannot be reached" in reason for reason in reasons), reasons


DIES = """#!{python}
import os, sys
program = sys.argv[-1]
if "stdin.read()" in program:
    exec(program)
exec(program.partition("import sys;v=")[0])
held = {{}}
exec(sys.stdin.readline().rpartition(";exec(")[0], held)
agent = {{"__name__": "agent"}}
exec(held["c"], agent)
agent["Agent"].ACTIONS["run"] = lambda *arguments: os.kill(os.getpid(), 9)
agent["main"]()
"""
"""A Python that is killed at the first request for steps."""


def test_a_python_that_ends_there_is_a_crash(server: Server, tmp_path: Path) -> None:
    """The client says 255 then, as when the connection is lost, which it was not."""
    program = server.folder / "dies"
    program.write_text(DIES.format(python=sys.executable))
    program.chmod(0o755)
    run = play(tmp_path, f"{server.target.removesuffix(sys.executable)}{program}", GOOD)
    assert {result.verdict for result in run.results.values()} == {"crash"}
