"""The whole file, and its parts."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from harness import __version__
from harness.records.plan import Plan
from harness.records.reproduction import Mark
from harness.records.run import TargetRecord
from harness.reproducing.file import assembled, file_name, helper_sources, parts, reproduce
from harness.reproducing.limits import NotReproducible
from tests.reports.making import GREETING, REFUSED, facts, plan_of

PLAN = plan_of(REFUSED, "connect/refused")
MARK = Mark(
    1, "pypy-3.9.16", "errno", "raises ECONNREFUSED", ("posix:connect",), "OSError: refused", holds='type(outcome).__name__ == "OSError"'
)


def run(file: str, folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of a file, and what it prints, with addresses and descriptors left out."""
    program = folder / "reproduction.py"
    program.write_text(file, "utf-8")
    ended = subprocess.run([sys.executable, *arguments, str(program)], capture_output=True, text=True, timeout=60, check=False, cwd=folder)
    return ended.returncode, ended.stdout + ended.stderr


def test_a_file_begins_with_what_it_is_about() -> None:
    assert reproduce(PLAN).partition("import errno")[0].partition("import linecache")[0] == (
        "# -*- coding: utf-8 -*-\n"
        '"""Connecting to a port where nobody listens is refused\n'
        "\n"
        "The first error that a client meets.\n"
        "\n"
        "Nothing but the standard library is needed; it runs on Python 2.7, 3.4 and newer, PyPy and Jython:\n"
        "\n"
        "    python connect_refused.py\n"
        "\n"
        "It prints what each call comes to.\n"
        "It needs ipv4.\n"
        "\n"
        "See:\n"
        "  python:socket.socket.connect https://docs.python.org/3/library/socket.html#socket.socket.connect\n"
        "\n"
        f"Made by Sockmatrix {__version__} from the scenario connect/refused; there it is played with\n"
        "\n"
        "    sockmatrix run -k id:connect/refused\n"
        '"""\n'
        "from __future__ import print_function\n"
        "\n"
    )


def test_a_file_ends_with_the_steps() -> None:
    assert reproduce(PLAN).endswith(
        "def main():\n"
        "    s = show(socket.socket(socket.AF_INET, socket.SOCK_STREAM))\n"
        "    try:\n"
        "        show(s.connect((HOST, unused_port())))\n"
        "    except Exception as error:\n"
        "        show_error(error)\n"
        "    show(s.close())\n"
        "\n\n"
        'if __name__ == "__main__":\n'
        "    main()\n"
    )


def test_the_marked_step_says_what_was_expected_and_what_was_seen() -> None:
    file = reproduce(PLAN, MARK)
    assert (
        "    #\n"
        "    # HERE. Expected: raises ECONNREFUSED\n"
        "    # because posix:connect https://pubs.opengroup.org/onlinepubs/9799919799/functions/connect.html\n"
        "    # Seen on pypy-3.9.16: OSError: refused\n"
        "    #\n"
        "    try:\n"
        "        outcome = show(s.connect((HOST, unused_port())))\n"
        "    except Exception as error:\n"
        "        outcome = show_error(error)\n"
        '    as_reported(type(outcome).__name__ == "OSError")\n'
    ) in file
    assert file.endswith('    sys.exit(run(main, "what was seen on pypy-3.9.16"))\n')


def test_a_file_shows_each_step_and_ends_with_0_where_the_marked_one_does_otherwise(tmp_path: Path) -> None:
    code, printed = run(reproduce(PLAN, MARK), tmp_path)
    assert code == 0, printed
    lines = printed.splitlines()
    assert lines[0] == "  s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)"
    assert lines[2:4] == [
        "  s.connect((HOST, unused_port()))",
        "      -> raised ConnectionRefusedError: [Errno 111] Connection refused" if sys.platform == "linux" else lines[3],
    ]
    assert lines[4:] == ["  s.close()", "      -> None", "", "The marked step does not do what was seen on pypy-3.9.16."]


def test_a_file_ends_with_1_where_the_marked_step_does_what_was_seen(tmp_path: Path) -> None:
    import msgspec

    mark = msgspec.structs.replace(MARK, holds="outcome.errno == errno.ECONNREFUSED")
    code, printed = run(reproduce(PLAN, mark), tmp_path)
    assert (code, printed.splitlines()[-1]) == (1, "The marked step does what was seen on pypy-3.9.16.")


def test_a_file_ends_with_3_where_the_marked_step_is_not_reached(tmp_path: Path) -> None:
    plan = plan_of("title: T\nabout: A.\nsee: [posix:accept]\nsteps:\n  - any: x = socket.htons(1.5)\n  - any: x + 1\n", "names/stops")
    code, printed = run(reproduce(plan, Mark(1, "a", holds="outcome == 1")), tmp_path)
    assert code == 3
    assert printed.splitlines()[1] == "The marked step was not reached."


def test_a_hang_is_watched_for(tmp_path: Path) -> None:
    steps = "limit: 0.3\nsteps:\n  - any: a, b = socket.socketpair()\n  - any: a.recv(1)\n"
    plan = plan_of(f"title: T\nabout: A.\nsee: [posix:recv]\n{steps}", "names/hangs")
    code, printed = run(reproduce(plan, Mark(1, "a", "hang", seen="still under way")), tmp_path)
    assert (code, printed.splitlines()[-1]) == (1, "Still under way after 0.3 s, as reported")


def test_both_roles_are_inside(tmp_path: Path) -> None:
    code, printed = run(reproduce(plan_of(GREETING, "tcp/greeting")), tmp_path)
    assert code == 0, printed
    assert [line for line in printed.splitlines() if not line.startswith(" ")] == ["server", "client", "server", "client"]
    assert "      -> b'\\xe7\\xbd\\x91\\xe7\\xbb\\x9c'\n" in printed
    assert "The roles server and client are both inside; they act in turn, as they would in two programs." in reproduce(
        plan_of(GREETING, "tcp/greeting")
    )


def test_warnings_are_shown_where_a_scenario_is_about_them(tmp_path: Path) -> None:
    steps = "steps:\n  - any: s = socket.socket()\n  - any: forget(s)\n    warns: ResourceWarning\n"
    plan = plan_of(f"title: T\nabout: A.\nsee: [posix:recv]\n{steps}", "names/warns")
    _, printed = run(reproduce(plan), tmp_path)
    assert "      warning: ResourceWarning: unclosed <socket.socket fd=" in printed


def test_a_page_can_keep_the_helpers_apart() -> None:
    made = parts(PLAN, MARK)
    sources = helper_sources()
    assert set(made.helpers) <= set(sources)
    assert made.helpers == tuple(name for name in sources if name in made.helpers)
    assert assembled(made.head, made.helpers, made.body) == made.file
    assert made.name == "connect_refused.py"
    assert made.mark == MARK


HOSTILE = 'title: \'A """ title \\ with <script>\'\nabout: \'It """ ends \\\'\nsee: [posix:accept]\nsteps:\n  - any: socket.htons(1)\n'


def test_no_text_can_end_the_docstring_or_a_comment() -> None:
    plan = plan_of(HOSTILE, "names/hostile")
    mark = Mark(0, "t", seen='"""\nimport os\r\x1b[2J\u202e', elsewhere=("a\nb",), because="x\x00y", holds="outcome == 1")
    tree = ast.parse(reproduce(plan, mark))
    docstring = ast.get_docstring(tree)
    assert docstring is not None
    assert docstring.startswith('A """ title \\ with <script>\n\nIt """ ends \\\n')
    assert "import os" not in {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import)}
    assert "\x1b" not in reproduce(plan, mark)
    assert "\u202e" not in reproduce(plan, mark)


def network_plan(needs: str, step: str = "") -> Plan:
    steps = "  - server: socket.htons(1)\n  - client: socket.htons(1)\n" + step
    return plan_of(f"title: T\nabout: A.\nsee: [posix:accept]\nneeds: [{needs}]\nsteps:\n{steps}", "network/story")


def test_what_needs_two_hosts_is_refused_with_the_command_that_plays_it() -> None:
    with pytest.raises(NotReproducible) as refused:
        reproduce(network_plan("network:filtered"))
    assert str(refused.value) == (
        "network/story cannot be one program: it needs two hosts and the network condition 'filtered' between them; "
        "play it again: sockmatrix run -k id:network/story -t docker:sockmatrix/bookworm"
    )


def test_a_network_that_acts_is_refused() -> None:
    with pytest.raises(NotReproducible) as refused:
        reproduce(network_plan("network:plain", "  - network: cut(server)\n"))
    assert refused.value.problem == "the network between its roles acts in it (cut(server))"


def test_a_condition_of_one_host_is_told() -> None:
    made = parts(network_plan("network:no-ipv6"))
    assert made.limits == (
        "The harness played it in a container under the network condition 'no-ipv6': IPv6 is switched off, on loopback too.",
    )


def test_two_interpreters_are_told_to_be_one_here() -> None:
    pair = TargetRecord("a/b", "x", facts("3.12.1"), server="python2.7", client="python3.12", partners=(facts("3.12.1"),))
    made = parts(plan_of(GREETING, "tcp/greeting"), None, pair)
    assert made.limits == (
        "The harness played python2.7 as the first role with python3.12 as the others; here one Python plays all roles.",
    )
    assert made.rerun == "sockmatrix run -k id:tcp/greeting --server python2.7 --client python3.12"


def test_a_target_is_named_so_that_it_is_found_again() -> None:
    """As everywhere: tests/runs/test_again.py."""
    assert parts(PLAN, None, TargetRecord("cpython-3.8.18", "pyenv:*")).rerun == "sockmatrix run -k id:connect/refused -t cpython-3.8.18"
    assert parts(PLAN, None, TargetRecord("cmd:x", "cmd:ssh host python3")).rerun.endswith(" -t 'cmd:ssh host python3'")


def test_a_case_is_in_the_name_of_the_file() -> None:
    import msgspec

    assert file_name(msgspec.structs.replace(PLAN, id="tcp/close[by.peer]")) == "tcp_close_by_peer.py"


def test_process_ids_of_two_roles_are_told_to_be_one() -> None:
    steps = "steps:\n  - server: pid = os.getpid()\n  - client: pid == os.getpid()\n"
    made = parts(plan_of(f"title: T\nabout: A.\nsee: [posix:accept]\n{steps}", "unix/pids"))
    assert made.limits == ("The harness gives each role a process of its own; here they are one, so that they have one process id.",)
