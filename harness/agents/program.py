"""How the agent gets into an interpreter: from a copy on disk that keeps its byte code, or down its standard input."""

import hashlib
import os
import tempfile
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path

import msgspec
import platformdirs
from msgspec import Struct

PROTOCOL_VERSION = 1
MODULE = "sockmatrix_agent"
MICRO_HEAP = "160m"
"""MicroPython's memory is one piece, of a size that is said at start; pages that are not used cost nothing."""
BOOT = (
    "import sys;v=sys.version_info;"
    "(v<(2,7)or(3,)<=v<(3,4))and sys.exit('Python '+sys.version.split()[0]+' is too old; an agent runs on 2.7 and on 3.4 and later');"
    "exec(sys.stdin.readline())"
)
"""Program of an interpreter that has no file of ours: its first line of input is the whole agent. Says so on every Python since 2.0 that
cannot run it."""


@cache
def source() -> bytes:
    """The agent's source as it travels, without what only people read: Jython takes no program of more than 100,000 characters."""
    return without_words(Path(__file__).with_name("agent.py").read_text(encoding="utf-8")).encode()


def without_words(program: str) -> str:
    """A program without its comments and descriptions; each line keeps its number."""
    import ast

    lines = program.split("\n")
    said: set[int] = set()
    """Lines inside of strings, of which nothing is a comment."""
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            said.update(range(node.lineno + 1, (node.end_lineno or 0) + 1))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
            lines[first : last + 1] = [" " * node.col_offset + '""', *[""] * (last - first)]
    return "\n".join("" if line.lstrip().startswith("#") and at not in (1, *said) else line for at, line in enumerate(lines, 1))


@cache
def digest() -> str:
    """Short digest of the agent's source: another agent, another copy."""
    return hashlib.sha256(source()).hexdigest()[:16]


@cache
def folder() -> Path:
    """A folder that holds the agent as a module, where interpreters can keep their byte code of it."""
    place = Path(platformdirs.user_cache_dir("sockmatrix")) / f"agent-{digest()}"
    target = place / f"{MODULE}.py"
    try:
        if not target.exists() or target.read_bytes() != source():
            _write(target, source())
        return place
    except OSError:
        return _private_folder()


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o644)
    os.replace(name, target)


def _private_folder() -> Path:
    """Where there is no cache, a folder of this process alone."""
    import atexit
    import shutil

    place = Path(tempfile.mkdtemp(prefix="sockmatrix-agent-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    _write(place / f"{MODULE}.py", source())
    return place


def local_arguments() -> list[str]:
    """Arguments that make an interpreter on this machine run the agent. It must not serve while it is being imported:
    Python 2 holds its import lock as long as that takes."""
    program = f"import sys;sys.path.insert(0,{str(folder())!r});import {MODULE} as a;del sys.path[0];a.main()"
    return ["-c", program]


def pipe_arguments(agent: str = "python") -> list[str]:
    """Arguments that make an interpreter wait for its agent on its standard input."""
    if agent == "micropython":
        return ["-X", f"heapsize={MICRO_HEAP}", "-c", f"import sys;exec(sys.stdin.buffer.read({len(micro_program())}))"]
    return ["-u", "-c", BOOT]


def sent_program(agent: str) -> bytes:
    """What a target of `pipe_arguments` is sent before anything else."""
    return micro_program() if agent == "micropython" else pipe_line()


@cache
def micro_program() -> bytes:
    """The agent for MicroPython as it travels. Its length is known where it starts, as a line is read there byte by byte."""
    return Path(__file__).with_name("micro.py").read_bytes() + b"\nmain()\n"


def pipe_line() -> bytes:
    """The line that `BOOT` executes: compiles the agent under a name of its own and serves."""
    text = ascii(source().decode("utf-8"))
    program = f"c=compile({text},'sockmatrix-agent','exec');exec(c,{{'__name__':'__main__','CODE':c}})"
    return f"{program}\n".encode("ascii")


class Compiled(Struct, frozen=True):
    """The agent's byte code, as an interpreter has made it."""

    version: str
    """`sys.version` of that interpreter: no other is given it."""
    code: str
    """One character U+0000 to U+00FF for each byte."""

    def __post_init__(self) -> None:
        if not self.code.isascii() and max(self.code) > "\xff":
            raise ValueError("byte code has characters that stand for no byte")


@lru_cache(maxsize=32)
def compiled_lines(compiled: Compiled) -> bytes:
    """Two lines: a program that serves from byte code, and for an interpreter that is another after all, `pipe_line`."""
    program = _FROM_BYTE_CODE.format(version=compiled.version, code=compiled.code.encode("latin-1"))
    return f"exec({program!a})\n".encode("ascii") + pipe_line()


_FROM_BYTE_CODE = """
import marshal, sys
line = sys.stdin.readline()
code = None
if sys.version == {version!a}:
    try:
        code = marshal.loads({code!r})
    except Exception:
        pass
if code is None:
    exec(line)
else:
    exec(code, {{'__name__': '__main__'}})
"""


_recalled: dict[str, Compiled] = {}


def recall(interpreter: str) -> Compiled | None:
    """What an interpreter made of this agent earlier. `interpreter` tells it from every other one, wherever it is."""
    if interpreter not in _recalled and (found := _read(interpreter)) is not None:
        _recalled[interpreter] = found
    return _recalled.get(interpreter)


def _read(interpreter: str) -> Compiled | None:
    try:
        return msgspec.json.decode(_kept(interpreter).read_bytes(), type=Compiled)
    except (OSError, msgspec.DecodeError):
        return None


def keep(interpreter: str, compiled: Compiled) -> None:
    """Remember byte code for the next process of the same interpreter, and for no other: whoever could change it already runs there."""
    with suppress(OSError):
        _write(_kept(interpreter), msgspec.json.encode(compiled))


def _kept(interpreter: str) -> Path:
    return folder() / f"{hashlib.sha256(interpreter.encode()).hexdigest()[:32]}.json"
