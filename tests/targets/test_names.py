"""What a person may write for a target, and what is said of everything else."""

import pytest

from harness.targets.names import TargetName, TargetNameError, parse, split_name, stands_for_many

FORMS = (
    "current, all, all-here, slow-here, a name like python3.8, a path, pyenv:3.8*, uv:*, tox:ENV, docker:IMAGE, ssh:USER@HOST, "
    "cmd:COMMAND, @GROUP or a system of 'sockmatrix targets --all'"
)

MACHINE = "it is written ssh:HOST, ssh:USER@HOST, ssh:USER@HOST:PORT, and behind that /PATH/OF/PYTHON or /python3.9"
THERE = "behind the host comes the interpreter's path there, or its name: ssh:USER@HOST/usr/bin/python3.9"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("current", TargetName("current", "current")),
        (" all ", TargetName("all", "all")),
        ("python3.8", TargetName("python3.8", "name", "python3.8")),
        ("pypy3", TargetName("pypy3", "name", "pypy3")),
        ("jython", TargetName("jython", "name", "jython")),
        ("python3.13t", TargetName("python3.13t", "name", "python3.13t")),
        ("cpython-3.11.7", TargetName("cpython-3.11.7", "id", "cpython-3.11.7")),
        ("cpython-3.11.7+pyenv", TargetName("cpython-3.11.7+pyenv", "id", "cpython-3.11.7+pyenv")),
        ("/opt/python/bin/python", TargetName("/opt/python/bin/python", "path", "/opt/python/bin/python")),
        ("./python", TargetName("./python", "path", "./python")),
        (r"C:\Python38\python.exe", TargetName(r"C:\Python38\python.exe", "path", r"C:\Python38\python.exe")),
        ("pyenv:3.8*", TargetName("pyenv:3.8*", "source", "3.8*", source="pyenv")),
        ("tox:py38", TargetName("tox:py38", "tox", "py38")),
        ("tox:3.13t-django5.1", TargetName("tox:3.13t-django5.1", "tox", "3.13t-django5.1")),
        ("tox:*", TargetName("tox:*", "tox", "*")),
        ("uv:*", TargetName("uv:*", "source", "*", source="uv")),
        ("cmd:ssh host python3 -c '/x'", TargetName("cmd:ssh host python3 -c '/x'", "command", "ssh host python3 -c '/x'")),
        ("@old", TargetName("@old", "group", "old")),
        ("docker:python:3.12", TargetName("docker:python:3.12", "container", "python:3.12")),
        ("docker:a/b@/usr/bin/py", TargetName("docker:a/b@/usr/bin/py", "container", "a/b", interpreter="/usr/bin/py")),
        ("ssh:host", TargetName("ssh:host", "ssh", "host")),
        ("ssh:me@host:2222", TargetName("ssh:me@host:2222", "ssh", "me@host:2222")),
        ("ssh:me@host/python3.8", TargetName("ssh:me@host/python3.8", "ssh", "me@host", interpreter="python3.8")),
        ("ssh:me@host:22/usr/bin/py", TargetName("ssh:me@host:22/usr/bin/py", "ssh", "me@host:22", interpreter="/usr/bin/py")),
        ("ssh:me@[::1]:22/opt/a b/py", TargetName("ssh:me@[::1]:22/opt/a b/py", "ssh", "me@[::1]:22", interpreter="/opt/a b/py")),
        ("docker:a@sha256:00@/py", TargetName("docker:a@sha256:00@/py", "container", "a@sha256:00", interpreter="/py")),
    ],
)
def test_a_name_is_taken_apart(text: str, name: TargetName) -> None:
    assert parse(text) == name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pyton3.8", "unknown target 'pyton3.8'; did you mean 'python3.8'?"),
        ("Python3.8", "unknown target 'Python3.8'; did you mean 'python3.8'?"),
        ("pypi3", "unknown target 'pypi3'; did you mean 'pypy3'?"),
        ("3.8", "unknown target '3.8'; did you mean 'python3.8'?"),
        ("curent", "unknown target 'curent'; did you mean 'current'?"),
        ("pyenv", "unknown target 'pyenv'; did you mean 'pyenv:*'?"),
        ("pyenb:3.8*", "unknown target 'pyenb:3.8*'; did you mean 'pyenv:3.8*'?"),
        ("ruby", f"unknown target 'ruby'; a target is {FORMS}"),
        ("", f"unknown target ''; a target is {FORMS}"),
        ("tx:py38", "unknown target 'tx:py38'; did you mean 'tox:py38'?"),
        ("tox:", "bad target 'tox:': nothing follows 'tox:'"),
        ("tox:py38,py39", "bad target 'tox:py38,py39': it names one environment, or a pattern; write one target for each"),
        (
            "tox:ALL",
            "bad target 'tox:ALL': behind 'tox:' comes the name of an environment, or a pattern like * for those of env_list",
        ),
        (
            "tox:--result-json",
            "bad target 'tox:--result-json': behind 'tox:' comes the name of an environment, or a pattern like * for those of env_list",
        ),
        ("cmd:", "bad target 'cmd:': nothing follows 'cmd:'"),
        ("@", "bad target '@': a group is written @NAME"),
        ("ssh:", "bad target 'ssh:': nothing follows 'ssh:'"),
        ("ssh:-oProxyCommand=x", f"bad target 'ssh:-oProxyCommand=x': {MACHINE}"),
        ("ssh:-l@host", f"bad target 'ssh:-l@host': {MACHINE}"),
        ("ssh:a host", f"bad target 'ssh:a host': {MACHINE}"),
        ("ssh:me@host:ssh", f"bad target 'ssh:me@host:ssh': {MACHINE}"),
        ("ssh:::1", f"bad target 'ssh:::1': {MACHINE}"),
        ("ssh:host/", f"bad target 'ssh:host/': {THERE}"),
        ("ssh:host/-c", f"bad target 'ssh:host/-c': {THERE}"),
    ],
)
def test_an_unknown_form_is_an_error_with_the_nearest_right_word(text: str, message: str) -> None:
    with pytest.raises(TargetNameError) as caught:
        parse(text)
    assert str(caught.value) == message


def test_a_name_says_implementation_and_version() -> None:
    assert split_name("python3.8") == ("cpython", "3.8")
    assert split_name("pypy3") == ("pypy", "3")
    assert split_name("jython") == ("jython", "")
    with pytest.raises(ValueError, match="not the name of an interpreter: 'ruby3'"):
        split_name("ruby3")


@pytest.mark.parametrize(
    "text", ["", "all", "current", "@old", "pyenv:*", "pyenv:3.1?", "uv:3.[89]*", "tox:*", "docker:sockmatrix/pythons@*"]
)
def test_some_names_stand_for_many(text: str) -> None:
    assert stands_for_many(text)


@pytest.mark.parametrize(
    "text", ["python3.8", "cpython-3.8.18", "pyenv:3.8", "tox:py38", "/opt/[a]*/python", "cmd:sh -c 'python3*'", "docker:python:3.8@/a"]
)
def test_other_names_are_of_one(text: str) -> None:
    assert not stands_for_many(text)
