"""An interpreter is asked what it is; whatever it does instead of answering becomes one line."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.targets.asking import MARK, NoAnswer, ask

Script = Callable[[str, str], str]


def refusal(path: str, limit: float = 30.0) -> str:
    with pytest.raises(NoAnswer) as caught:
        ask(path, limit)
    assert caught.value.path == path
    return caught.value.reason


def test_the_interpreter_of_this_test_knows_itself() -> None:
    answer = ask(sys.executable)
    assert answer.implementation == sys.implementation.name
    assert answer.version.startswith(".".join(map(str, sys.version_info[:3])))
    assert answer.home == os.path.realpath(sys.base_prefix)


def test_lines_before_the_answer_are_passed_over(script: Script) -> None:
    said = '{"implementation": "jython", "version": "2.7.3", "build": "", "home": "/j", "executable": ""}'
    talkative = script("jython", f"echo 'Java says hello'\necho '{MARK}{said}'")
    assert ask(talkative).version == "2.7.3"


def test_a_missing_file(tmp_path: Path) -> None:
    assert refusal(str(tmp_path / "none")) == "cannot be started: No such file or directory"


def test_a_file_that_is_not_executable(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("no such permission on Windows")
    (tmp_path / "python").write_text("#!/bin/sh\n")
    assert refusal(str(tmp_path / "python")) == "cannot be started: Permission denied"


def test_an_exit_with_an_error_says_its_first_line(script: Script) -> None:
    shim = script("python3.9", "echo; echo 'pyenv: python3.9: command not found' >&2; echo more >&2; exit 127")
    assert refusal(shim) == "ended with status 127: pyenv: python3.9: command not found"


def test_a_death_by_a_signal(script: Script) -> None:
    assert refusal(script("python", "kill -9 $$")) == "ended by signal 9"


def test_a_program_that_is_no_python(script: Script) -> None:
    assert refusal(script("python", "exit 0")) == "ran, but does not behave like a Python interpreter"


def test_an_answer_that_cannot_be_read(script: Script) -> None:
    assert refusal(script("python", f"echo '{MARK}{{}}'")).startswith("ran, but its answer cannot be read: ")


def test_an_interpreter_that_waits_for_ever_is_ended_with_its_children(script: Script) -> None:
    # The child holds the pipe open: without ending the whole group the question would last as long as the child.
    assert refusal(script("python", "tail -f /dev/null & wait"), limit=0.2) == "gave no answer within 0.2 s"
