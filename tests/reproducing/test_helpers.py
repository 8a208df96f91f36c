"""The helpers are cut out of one file, each with what it needs."""

import ast
import os
import subprocess
import sys

import pytest

from harness.language.vocabulary import CONSTANTS, HELPERS
from harness.reproducing.helpers import import_lines, laid_out, names_in, needed, prelude
from harness.reproducing.source import Writer
from tests.test_architecture import newer_than_python2

BLOCKS = tuple(dict.fromkeys(prelude()[1].values()))


def test_a_helper_comes_with_those_that_it_uses_and_with_no_others() -> None:
    assert [block.names[0] for block in needed(["fill_buffer"])] == ["fill", "fill_buffer"]
    assert [block.names[0] for block in needed(["recv_all"])] == ["recv_all"]


def test_what_an_if_at_the_top_adds_belongs_to_the_name_above_it() -> None:
    assert needed(["ERRORS"])[0].source.startswith("ERRORS = (Exception,)\nif sys.platform.startswith")


def test_imports_are_those_of_the_names_that_are_used() -> None:
    assert import_lines(["socket", "Decimal", "errno", "s"]) == ["import errno", "import socket", "from decimal import Decimal"]


def test_definitions_stand_apart_and_assignments_together() -> None:
    text = laid_out(needed(["clock", "step", "utf8"]))
    assert text.startswith('clock = getattr(time, "perf_counter", time.time)\nstep = {')
    assert "}\n\n\ndef utf8(" in text


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.names[0])
def test_a_helper_is_complete_and_written_in_the_syntax_of_python_2(block: object) -> None:
    source = laid_out(needed([block.names[0]]))  # type: ignore[attr-defined]
    assert newer_than_python2(source) == []
    assert source.isascii()
    defined = {name for each in needed([block.names[0]]) for name in each.names}  # type: ignore[attr-defined]
    used = names_in([ast.parse(source)]) & prelude()[1].keys()
    assert used <= defined


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.is_definition], ids=lambda block: block.names[0])
def test_a_helper_says_what_it_is(block: object) -> None:
    node = ast.parse(block.source).body[0]  # type: ignore[attr-defined]
    assert isinstance(node, (ast.FunctionDef, ast.ClassDef))
    assert ast.get_docstring(node)


def test_every_helper_and_constant_of_the_language_is_there() -> None:
    import builtins

    imports, blocks = prelude()
    write = Writer(lambda name: name)
    for name in HELPERS.keys() - {"forget"}:
        first = write(["help", name, [["name", "x"]]]).partition("(")[0].partition(".")[0]
        assert first in blocks or first in imports or hasattr(builtins, first), name
    assert set(CONSTANTS) - {"INDEX"} <= blocks.keys()


@pytest.mark.skipif(not os.path.exists("/proc/self/wchan"), reason="where a thread blocks cannot be seen")
def test_an_alarm_for_one_call_comes_when_that_blocks_however_late_it_begins() -> None:
    """Between the two lines goes what a busy machine may take; the byte that the alarm sends is all that ends the call."""
    used = ["alarm", "alarms"]
    steps = (
        "a, b = socket.socketpair()\n"
        "alarm(0.05, tells=a)\n"
        "begun = time.time()\n"
        "while time.time() - begun < 0.5:\n"
        "    pass\n"
        "early = alarms()\n"
        "print(early, b.recv(10), alarms())\n"
    )
    pieces = needed(used)
    names = {name for piece in pieces for name in names_in([ast.parse(piece.source)])} | {"socket", "time"}
    file = "\n".join([*import_lines(sorted(names)), laid_out(pieces), steps])
    ended = subprocess.run([sys.executable, "-c", file], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.stdout, ended.stderr) == ("0 b'!' 1\n", "")
