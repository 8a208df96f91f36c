"""The line that an interpreter without a file of ours is started with: it says so where the agent cannot run."""

import ast
import struct
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from harness.agents import agent, program
from harness.agents.program import BOOT, Compiled, pipe_arguments
from harness.engine.messages import decode_reply
from harness.language.vocabulary import SETTINGS

SAYS = "print('the agent')\n"


def boot(version: tuple[int, ...], python: str = sys.executable) -> tuple[int, str, str]:
    """Exit status, output and errors of an interpreter that takes itself for another version."""
    text = ".".join(map(str, version))
    disguise = f"import sys;sys.version_info={version!r};sys.version='{text} (main, May  1 2001)';"
    ended = subprocess.run([python, "-c", disguise + BOOT], input=SAYS, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize("version", [(2, 0), (2, 6, 9), (3, 0, 0), (3, 3, 7)])
def test_a_python_that_is_too_old_says_so(version: tuple[int, ...]) -> None:
    text = ".".join(map(str, version))
    assert boot(version) == (1, "", f"Python {text} is too old; an agent runs on 2.7 and on 3.4 and later\n")


@pytest.mark.parametrize("version", [(2, 7, 0), (2, 7, 18), (3, 4, 0), (3, 10, 1), (4, 0, 0)])
def test_others_run_their_first_line_of_input(version: tuple[int, ...]) -> None:
    assert boot(version) == (0, "the agent\n", "")


def test_it_needs_no_quoting_that_shells_differ_in() -> None:
    assert not set('"$`!%^\\\n') & set(BOOT)
    assert pipe_arguments() == ["-u", "-c", BOOT]


def test_byte_code_is_kept_by_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(program, "folder", lambda: tmp_path)
    monkeypatch.setattr(program, "_recalled", {})
    compiled = Compiled("3.8.18 (default)", "\x00\xff")
    program.keep("sha256:1 /usr/bin/python3", compiled)
    assert program.recall("sha256:1 /usr/bin/python3") == compiled
    assert program.recall("sha256:2 /usr/bin/python3") is None
    program._recalled.clear()
    assert program.recall("sha256:1 /usr/bin/python3") == compiled
    for file in tmp_path.iterdir():
        file.write_text("{")
    program._recalled.clear()
    assert program.recall("sha256:1 /usr/bin/python3") is None


def test_what_is_no_byte_code_is_a_misdeed_of_the_agent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(msgspec.ValidationError, match="byte code has characters that stand for no byte"):
        decode_reply(b'{"id":1,"compiled":{"version":"3","code":"\\u1234"}}')
    assert decode_reply(b'{"id":1,"compiled":{"version":"3","code":"a\\u00ff"}}').compiled == Compiled("3", "a\xff")
    monkeypatch.setattr(program, "folder", lambda: tmp_path)
    program._kept("x").write_text('{"version":"3","code":"\\u1234"}')
    assert program.recall("x") is None


def test_the_language_knows_the_settings_that_an_agent_reports() -> None:
    assert list(SETTINGS) == agent.SETTINGS


@pytest.mark.parametrize(("number", "form"), [(20, "@ll"), (66, "@qq")])
def test_a_time_limit_of_the_kernel_has_the_form_that_its_number_stands_for(
    monkeypatch: pytest.MonkeyPatch, number: int, form: str
) -> None:
    """On a processor of 32 bits whose time has 64, the name stands for Linux's other number."""
    monkeypatch.setattr("socket.SO_RCVTIMEO", number)
    assert agent.timeval(None, 1.5) == struct.pack(form, 1, 500_000)


def test_what_travels_does_the_same_on_the_same_lines() -> None:
    whole = Path(agent.__file__).read_text(encoding="utf-8")
    travels = program.source().decode()
    assert _without_descriptions(whole) == _without_descriptions(travels)
    assert len(whole.splitlines()) == len(travels.splitlines())
    compile(travels, "agent", "exec")  # what only a compiler sees, such as what may stand before an import from the future
    assert not [line for line in travels.splitlines()[1:] if line.lstrip().startswith("#")]


def test_what_is_in_a_string_is_no_comment() -> None:
    text = """x = '''\n# said\n'''\n# not said\ndef f():\n    "a description"\n"""
    assert program.without_words(text) == """x = '''\n# said\n'''\n\ndef f():\n    ""\n"""


def test_jython_takes_it() -> None:
    """Its parser marks the begin of a program, and goes back there, if that is no more than so many characters away: with more it says
    "Resetting to invalid mark" (MARK_LIMIT in org.python.core.ParserFacade)."""
    limit = 100_000
    assert len(program.pipe_line()) < limit


def _without_descriptions(text: str) -> tuple[str, list[int]]:
    """Its tree, and the lines of all that is in it, but for statements that do nothing."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                setattr(node, name, [each for each in statements if not _does_nothing(each)])
    return ast.dump(tree), [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt | ast.expr)]


def _does_nothing(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
    )
