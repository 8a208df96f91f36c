"""The rooms know only the rooms above them, and the agent is a program of its own that runs on Python 2.7."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "harness"

ROOMS = (
    "records",
    "language",
    "agents",
    "images",
    "systems",
    "targets",
    "hosts",
    "judging",
    "runs",
    "gates",
    "matrix",
    "engine",
    "checking",
    "merging",
    "comparing",
    "query",
    "reproducing",
    "history",
    "coverage",
    "compat",
    "reports",
    "pages",
    "recipes",
    "commands",
    "plugin",
)
"""From the first to the last; each may import those before it."""

AGENT = ROOT / "agents" / "agent.py"

OLD_NAMES = {
    "Queue",
    "StringIO",
    "__builtin__",
    "cPickle",
    "cStringIO",
    "exceptions",
    "imp",
    "jarray",
    "java",
    "js",
    "org",
    "pyodide",
    "thread",
}
"""Standard modules of Python 2, of Jython, of Pyodide, or of versions older than the one that steers."""

SOURCES = sorted(ROOT.rglob("*.py"))


def imported_modules(source: str, package: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that is imported anywhere in a source, inside functions and under TYPE_CHECKING too.

    `from harness import x` counts as `harness.x`; a name that is passed to an import function as text counts as well.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node.module or "", node.level, package)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, name) for name in imported_by_call(node))


def absolute(module: str, level: int, package: str) -> str:
    """The full name of a relative import."""
    if not level:
        return module
    parents = package.split(".")
    return ".".join([*parents[: len(parents) - level + 1], *filter(None, [module])])


def imported_by_call(call: ast.Call) -> Iterator[str]:
    """The module that `import_module("…")` or `__import__("…")` names."""
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if function in ("import_module", "__import__"):
        yield from (first.value for first in call.args[:1] if isinstance(first, ast.Constant) and isinstance(first.value, str))


def room_of(module: str) -> str:
    """`targets` of `harness.targets.names`; empty for what is not in a room."""
    parts = module.split(".")
    return parts[1] if parts[0] == "harness" and len(parts) > 1 and parts[1] in ROOMS else ""


def wrong_imports(file: str, source: str) -> list[str]:
    """What a file imports against the direction. `file` is its path below the project, with slashes."""
    folders = file.split("/")[:-1]
    rank = {room: number for number, room in enumerate(ROOMS)}
    # The package itself is below every room; `python -m harness` is above them all.
    own = rank.get(folders[1], -1) if len(folders) > 1 else (len(ROOMS) if file.endswith("/__main__.py") else -1)
    return [
        f"{file}:{line}: imports {module}"
        for line, module in imported_modules(source, ".".join(folders))
        if room_of(module) and rank[room_of(module)] > own
    ]


@pytest.mark.skipif(not (ROOT.parent / "docs").is_dir(), reason="an installed package has no docs")
def test_the_page_on_the_design_has_the_rooms_in_their_order() -> None:
    page = (ROOT.parent / "docs" / "design.md").read_text(encoding="utf-8")
    said = page.partition("**Rooms.** ")[2].partition("\nEach imports only")[0]
    assert tuple(re.findall(r"(?:^|← )`(\w+)`", said)) == ROOMS


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_go_one_way(file: Path) -> None:
    name = file.relative_to(ROOT.parent).as_posix()
    assert wrong_imports(name, file.read_text("utf-8")) == []


def test_every_folder_is_a_room() -> None:
    folders = {file.relative_to(ROOT).parts[0] for file in SOURCES if file.parent != ROOT}
    assert folders <= set(ROOMS)


@pytest.mark.parametrize(
    "source",
    [
        "import harness.engine",
        "from harness import engine",
        "from harness.engine.play import play",
        "from ..engine import play",
        "from .. import engine",
        "def late():\n    from harness.engine import play",
        "if TYPE_CHECKING:\n    from harness.engine import play",
        "import_module('harness.engine.play')",
        "importlib.import_module('harness.engine')",
    ],
)
def test_every_way_of_importing_a_later_room_is_seen(source: str) -> None:
    assert len(wrong_imports("harness/targets/names.py", source)) == 1


@pytest.mark.parametrize("source", ["import harness", "from harness.records.run import Header", "from . import names", "import engine"])
def test_earlier_rooms_and_the_own_room_may_be_imported(source: str) -> None:
    assert wrong_imports("harness/targets/names.py", source) == []


def test_the_package_itself_imports_no_room() -> None:
    assert wrong_imports("harness/__init__.py", "from harness.records import run") == ["harness/__init__.py:1: imports harness.records.run"]
    assert wrong_imports("harness/__main__.py", "from harness.commands.main import main") == []


def test_the_agent_imports_the_standard_library_only() -> None:
    modules = {module.split(".")[0] for _, module in imported_modules(AGENT.read_text("utf-8"), "harness.agents")}
    assert modules - sys.stdlib_module_names - OLD_NAMES == set()


NEWER_SYNTAX = (
    ast.AnnAssign, ast.AsyncFor, ast.AsyncFunctionDef, ast.AsyncWith, ast.Await, ast.JoinedStr, ast.MatMult, ast.Match, ast.NamedExpr,
    ast.Nonlocal, ast.TryStar, ast.YieldFrom,
)  # fmt: skip


def newer_than_python2(source: str) -> list[str]:
    """What in a source Python 2.7 cannot parse, though a Python of today can: line and kind."""
    return [f"{getattr(node, 'lineno', '?')}: {type(node).__name__}" for node in ast.walk(ast.parse(source)) if is_newer(node)]


def is_newer(node: ast.AST) -> bool:
    """The node has no form in the grammar of Python 2.7."""
    if isinstance(node, ast.arguments):
        return bool(node.kwonlyargs or node.posonlyargs or any(each.annotation for each in [*node.args, node.vararg, node.kwarg] if each))
    if isinstance(node, ast.FunctionDef):
        return node.returns is not None
    if isinstance(node, ast.ClassDef):
        return bool(node.keywords)
    if isinstance(node, ast.Raise):
        return node.cause is not None
    if isinstance(node, ast.Call):
        return call_is_newer(node)
    if isinstance(node, (ast.Assign, ast.List, ast.Tuple, ast.Set)):
        return any(isinstance(child, ast.Starred) for child in ast.iter_child_nodes(node))
    if isinstance(node, ast.Dict):
        return None in node.keys
    return isinstance(node, NEWER_SYNTAX)


def call_is_newer(call: ast.Call) -> bool:
    """More than one `*` or `**`, or a `*` that another positional argument follows."""
    stars = [number for number, argument in enumerate(call.args) if isinstance(argument, ast.Starred)]
    return stars not in ([], [len(call.args) - 1]) or sum(keyword.arg is None for keyword in call.keywords) > 1


def test_the_agent_is_written_in_the_syntax_of_python_2() -> None:
    assert newer_than_python2(AGENT.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "f'{x}'",
        "x: int = 1",
        "def f(a: int): pass",
        "def f() -> int: pass",
        "def f(*, a): pass",
        "class A(metaclass=B): pass",
        "raise A from B",
        "a, *b = c",
        "[*a]",
        "{**a}",
        "f(*a, b)",
        "f(**a, **b)",
        "(a := 1)",
    ],
)
def test_newer_syntax_is_seen(source: str) -> None:
    assert newer_than_python2(source)


def test_the_syntax_of_python_2_is_not_taken_for_newer() -> None:
    source = "class A(B):\n    def f(self, a, b=1, *c, **d):\n        with x as y:\n            raise A(*c, **d)\n"
    assert newer_than_python2(source) == []


@pytest.mark.end_to_end
def test_the_agent_compiles_on_every_interpreter_of_this_machine(tmp_path: Path) -> None:
    from harness.targets.discover import find_all

    program = "import io, sys; compile(io.open(sys.argv[1], 'rb').read(), 'agent.py', 'exec')"
    for interpreter in find_all().interpreters:
        argv = [interpreter.path, "-E", "-s", "-S", "-c", program, str(AGENT)]
        ended = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert (interpreter.label, ended.returncode, ended.stderr) == (interpreter.label, 0, "")


def test_the_version_is_written_in_one_place() -> None:
    project = (ROOT.parent / "pyproject.toml").read_text("utf-8")
    assert 'dynamic = ["version"]' in project
    assert re.search(r'^__version__ = "\d+\.\d+\.\d+\S*"$', (ROOT / "__init__.py").read_text("utf-8"), re.MULTILINE)
