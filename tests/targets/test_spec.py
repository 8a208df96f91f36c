"""How the agent's arguments are joined to a target's command."""

import pytest

from harness.targets.spec import CommandError, TargetSpec, arguments, command_spec, why_apart

PROGRAM = ["-c", "import sys; print('a b')"]
QUOTED = """'import sys; print('"'"'a b'"'"')'"""


def test_a_local_interpreter_takes_them_at_the_end() -> None:
    spec = TargetSpec("cpython-3.8.18", "python3.8", ("/usr/bin/python3.8", "-S"))
    assert arguments(spec, PROGRAM) == ["/usr/bin/python3.8", "-S", *PROGRAM]


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        ("wine python.exe", ["wine", "python.exe", *PROGRAM]),
        ("run -- python3 {} --end", ["run", "--", "python3", *PROGRAM, "--end"]),
        ("docker exec -i box sh -c 'exec python3 {}'", ["docker", "exec", "-i", "box", "sh", "-c", f"exec python3 -c {QUOTED}"]),
        ("ssh host python3", ["ssh", "host", "python3", "-c", QUOTED]),
        ("/usr/bin/ssh host python3 {} '2>/dev/null'", ["/usr/bin/ssh", "host", "python3", "-c", QUOTED, "2>/dev/null"]),
        ("ssh host 'cd /tmp; python3 {}'", ["ssh", "host", f"cd /tmp; python3 -c {QUOTED}"]),
    ],
)
def test_a_command_takes_them_where_it_says(command: str, argv: list[str]) -> None:
    assert arguments(command_spec(f"cmd:{command}", command), PROGRAM) == argv


def test_the_id_is_the_command_if_it_is_short() -> None:
    assert command_spec("cmd:ssh  host python3", "ssh  host python3").id == "cmd:ssh host python3"


def test_long_commands_that_begin_alike_have_different_stable_ids() -> None:
    long = "ssh -o BatchMode=yes -o StrictHostKeyChecking=yes host-{} python3"
    one, two = (command_spec("", long.format(number)).id for number in (1, 2))
    assert one != two
    assert one == command_spec("", long.format(1)).id
    assert one.startswith("cmd:ssh -o BatchMode=yes -o StrictH~")
    assert len(one) <= len("cmd:") + 40


@pytest.mark.parametrize(("command", "problem"), [("ssh 'host", "No closing quotation"), ("''", "no command in it")])
def test_a_command_that_is_no_command(command: str, problem: str) -> None:
    with pytest.raises(CommandError) as caught:
        command_spec("cmd:", command)
    assert caught.value.problem == problem


def test_what_keeps_targets_apart_is_said_once_for_all_who_ask() -> None:
    here, contained = TargetSpec("a", "current", ("a",)), TargetSpec("b", "docker:b", ("b",), image="b")
    machine, linked = TargetSpec("c", "gvisor:c", ("c",), machine=True), TargetSpec("d", "uml:d", ("d",), machine=True, link="eth0")
    on_this = "'current' is of this machine and shares no network with a container; name docker: targets for both"
    alone = "'gvisor:c' shares no network with another target: let it play all roles, or name two of uml:"
    assert why_apart([contained, here], helped=False) == why_apart([contained, here], helped=True) == on_this
    assert why_apart([linked, machine], helped=False) == alone
    assert why_apart([machine, here], helped=False) == alone
    together: list[list[TargetSpec]] = [[here, here], [contained, contained], [linked, linked], [machine]]
    assert [why_apart(specs, helped=False) for specs in together] == ["", "", "", ""]
    assert why_apart([machine, here], helped=True) == ""
