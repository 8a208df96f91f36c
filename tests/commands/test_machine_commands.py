"""Commands that look at the machine: targets, doctor, facts, run."""

import json
import sys
from pathlib import Path

import pytest

from harness.commands import casting, exits
from harness.commands.doctor_command import can_test
from harness.engine.order import Order
from harness.targets.discover import Found
from harness.targets.doctor import Check
from harness.targets.here import Here
from harness.targets.interpreter import Interpreter
from tests.commands.conftest import Sockmatrix

FOUND = Found(
    (Interpreter("/opt/py/bin/python3.8", "cpython", "3.8.18", "pyenv"), Interpreter("/usr/bin/pypy3", "pypy", "3.9.16", "path")),
    {"/opt/old/python2.6": "Python 2.6.6 is too old; an agent runs on 2.7 and on 3.4 and later"},
)


def test_targets_are_listed_with_what_was_left_out(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.targets.discover.find_all", lambda: FOUND)
    monkeypatch.setenv("COLUMNS", "120")
    assert sockmatrix("targets") == (
        0,
        (
            "id              implementation  version  found     path\n"
            "cpython-3.8.18  cpython         3.8.18   in pyenv  /opt/py/bin/python3.8\n"
            "pypy-3.9.16     pypy            3.9.16   on PATH   /usr/bin/pypy3\n"
            "\n"
            "Left out\n"
            "  /opt/old/python2.6  Python 2.6.6 is too old; an agent runs on 2.7 and on 3.4 and later\n"
        ),
        "",
    )
    data = json.loads(sockmatrix("targets", "--json").out)
    assert data["targets"][0] == {
        "id": "cpython-3.8.18", "implementation": "cpython", "version": "3.8.18", "found": "in pyenv", "path": "/opt/py/bin/python3.8",
    }  # fmt: skip
    assert list(data["skipped"]) == ["/opt/old/python2.6"]


def test_no_target_at_all(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.targets.discover.find_all", lambda: Found((), {}))
    assert sockmatrix("targets") == (3, "no interpreter found; 'sockmatrix doctor' says where it was looked for\n", "")


def test_names_of_targets_are_resolved(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("targets", "cmd:ssh host python3", "--json")
    assert [target["id"] for target in json.loads(ended.out)["targets"]] == ["cmd:ssh host python3"]
    assert sockmatrix("targets", "pythn3.8") == (2, "", "sockmatrix: unknown target 'pythn3.8'; did you mean 'python3.8'?\n")


def test_bad_settings_end_as_one_line(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    (tmp_path / "sockmatrix.toml").write_text("target = []\n")
    message = "sockmatrix: sockmatrix.toml: target: unknown key 'target'; did you mean 'targets'?\n"
    assert sockmatrix("targets", "current") == (2, "", message)
    assert sockmatrix("facts", "current") == (2, "", message)


def test_doctor_tells_each_check_and_what_to_do(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = (Check("ipv4", "ok", "127.0.0.1 can be bound"), Check("interpreters", "missing", "no interpreter found", "install a Python"))
    monkeypatch.setattr("harness.targets.doctor.examine", lambda: checks)
    assert sockmatrix("doctor") == (
        3,
        (
            "✓ ipv4          127.0.0.1 can be bound\n"
            "✗ interpreters  no interpreter found\n"
            "                try  install a Python\n"
            "\n"
            "nothing can be tested on this machine\n"
        ),
        "",
    )
    assert json.loads(sockmatrix("doctor", "--json").out)[0]["state"] == "ok"


def test_one_kind_of_socket_is_enough() -> None:
    families = [Check("ipv4", "missing", ""), Check("ipv6", "missing", ""), Check("unix", "limited", "")]
    assert can_test([*families, Check("interpreters", "ok", "")])
    assert not can_test([*families[:2], Check("unix", "missing", ""), Check("interpreters", "ok", "")])


@pytest.mark.end_to_end
def test_facts_of_this_interpreter(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("facts", "current", "--json")
    assert ended.code == 0
    (facts,) = json.loads(ended.out)["facts"].values()
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))


def test_facts_of_what_cannot_be_started(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("facts", "cmd:./nothing-here")
    assert ended.code == 3
    assert ended.out == "\nCould not be started\n  cmd:./nothing-here  ./nothing-here: No such file or directory\n"


@pytest.mark.end_to_end
def test_a_run_from_the_first_cell_to_the_summary(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    ended = sockmatrix("run", "scenarios", "-t", "current", "-o", "one")
    assert ended.code == 0, ended
    assert "✓ as expected in 2 cells  exit 0\n" in ended.out
    assert ended.err.startswith("2 cells to play\n")
    assert ended.err.endswith("2/2 cells (100 %)\n")
    quiet = sockmatrix("run", "scenarios", "-t", "current", "-o", "two", "--json")
    assert (quiet.code, quiet.err, json.loads(quiet.out)["verdicts"]) == (0, "", {"pass": 2})
    assert sockmatrix("diff", "one", "two").code == 0
    again = sockmatrix("run", "scenarios", "-t", "current", "-o", "one", "-q")
    assert again == (2, "", "sockmatrix: one: there is a run in it already; name another folder, or go on with it: --resume\n")


def test_an_interruption_says_what_is_kept(
    sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted_after_the_header(order: Order, observer: object) -> None:
        order.folder.mkdir()
        (order.folder / "run.json").touch()
        raise KeyboardInterrupt

    async def interrupted_at_once(order: Order, observer: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.engine.run.perform", interrupted_at_once)
    arguments = ("run", "scenarios", "-t", "cmd:nothing", "-o", "one", "-q")
    assert sockmatrix(*arguments) == (130, "", "sockmatrix: interrupted before the first cell; nothing was kept\n")
    monkeypatch.setattr("harness.engine.run.perform", interrupted_after_the_header)
    message = "sockmatrix: interrupted; what there is, is in one - go on with: sockmatrix run --resume --out one\n"
    assert sockmatrix(*arguments) == (130, "", message)


EITHER = "either --target (with or without --pairs), or --server and --client"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--server", "current"), "--server and --client go together"),
        (("--server", "current", "--client", "current", "-t", "current"), EITHER),
        (("--server", "current", "--client", "current", "--pairs", "all"), EITHER),
        (
            ("-t", "current", "--network", "plain"),
            "the network condition 'plain' is made of containers; 'current' is none: name docker: targets",
        ),
        (("-t", "docker:one", "--network", "plane"), "unknown network condition 'plane'; did you mean 'plain'?"),
        (
            ("--server", "current", "--client", "docker:one"),
            "'current' is of this machine and shares no network with a container; name docker: targets for both",
        ),
        (
            ("-t", "docker:one", "--pairs", "all", "--network", "no-network"),
            "two containers without a network cannot reach each other; choose another condition",
        ),
        (("-k", "area:sctp"), "no scenario matches 'area:sctp'; see 'sockmatrix list'"),
        (("--resume",), "there is no run in sockmatrix-runs/ to go on with; name one with --out"),
    ],
)
def test_what_cannot_be_run(sockmatrix: Sockmatrix, scenarios: Path, arguments: tuple[str, ...], message: str) -> None:
    targets = () if "-t" in arguments or "--server" in arguments else ("-t", "cmd:nothing")
    assert sockmatrix("run", "scenarios", *targets, *arguments) == (2, "", f"sockmatrix: {message}\n")


def test_pairs_play_each_with_each() -> None:
    casts, _ = casting.casts(casting.Wanted((), "cmd:a", "cmd:b"))
    assert [cast.id for cast in casts] == ["cmd:a>cmd:b"]


@pytest.mark.parametrize(("server", "client", "alone"), [("uml:5.10", "cmd:a", "uml:5.10"), ("cmd:a", "gvisor:trixie", "gvisor:trixie")])
def test_a_machine_that_cannot_be_linked_is_refused_before_anything_is_played(server: str, client: str, alone: str) -> None:
    with pytest.raises(exits.Problem) as problem:
        casting.casts(casting.Wanted((), server, client))
    assert problem.value.message == f"'{alone}' shares no network with another target: let it play all roles, or name two of uml:"
    assert problem.value.code == exits.USAGE


def test_two_kernels_that_can_be_linked_are_a_pair() -> None:
    casts, _ = casting.casts(casting.Wanted((), "uml:5.10", "uml:7.2"))
    assert [cast.id for cast in casts] == ["uml:5.10>uml:7.2"]


@pytest.mark.parametrize("command", [["targets"], ["facts"], ["run", "-t"]])
def test_where_nothing_slow_is_ready_it_says_so(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setattr("harness.targets.resolve.whatever_is_here", Here)
    code, out, err = sockmatrix(*command, "slow-here")
    assert code == 3
    assert "nothing that is many times slower is ready here; 'sockmatrix targets --all' says" in " ".join((out + err).split())


def test_a_system_that_is_not_prepared_is_listed_with_what_prepares_it(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = sockmatrix("targets", "wasi").out
    assert shown.endswith(
        "\nCannot be started\n  wasi  wasmtime, runtime, compiled are not prepared; try: sockmatrix targets prepare wasi\n"
    )


def test_all_pairs_of_some_targets() -> None:
    casts, _ = casting.casts(casting.Wanted(["cmd:a", "cmd:b"], pairs="all"))
    assert [cast.id for cast in casts] == ["cmd:a>cmd:a", "cmd:a>cmd:b", "cmd:b>cmd:a", "cmd:b>cmd:b"]


def test_every_target_on_every_network() -> None:
    casts, _ = casting.casts(casting.Wanted(["docker:one", "docker:two"], networks=["plain", "no-ipv6"]))
    assert [(cast.id, cast.condition) for cast in casts] == [
        ("docker:one+plain", "plain"),
        ("docker:one+no-ipv6", "no-ipv6"),
        ("docker:two+plain", "plain"),
        ("docker:two+no-ipv6", "no-ipv6"),
    ]


def test_what_is_removed_is_told_by_name_with_the_room_that_it_gives_back(
    sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    store = tmp_path / "parts"
    store.mkdir()
    monkeypatch.setattr("harness.systems.parts.store", lambda: store)
    assert sockmatrix("targets", "remove") == (0, "there is nothing to remove\n", "")
    (store / "deb-of-another-time").mkdir()
    (store / "deb-of-another-time" / "file").write_bytes(b"x" * 20_000_000)
    ended = sockmatrix("targets", "remove")
    assert ended == (0, "removed deb-of-another-time of an older recipe  20 MB\n1 removed, 20 MB given back\n", "")
    (store / "deb-of-another-time").mkdir()
    data = json.loads(sockmatrix("targets", "remove", "--json").out)
    assert data == {"removed": ["deb-of-another-time of an older recipe"], "kept": {}, "room": 0}
