"""What is handed out: the sdist and the wheel hold what they must, say what they need, and a bare installation says what it lacks."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement

import harness
from harness.images.unpacking import unpack

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SDIST = f"sockmatrix-{harness.__version__}"


def build(tree: Path, out: Path, target: str) -> Path:
    """The one file that is built, as any build front end would have it built; without the net, as hatchling is there."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}
    ended = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("sdist"), "sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    unpack(sdist, folder)
    return folder / SDIST


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def metadata(wheel: Path) -> Metadata:
    """Raises where an index would refuse it."""
    with zipfile.ZipFile(wheel) as archive:
        return Metadata.from_email(archive.read(f"{SDIST}.dist-info/METADATA"), validate=True)


def test_the_sdist_gives_the_same_wheel_as_the_repository_byte_by_byte(wheel: Path, unpacked: Path, tmp_path: Path) -> None:
    again = build(unpacked, tmp_path / "again", "wheel")
    assert again.name == wheel.name == f"{SDIST}-py3-none-any.whl"
    assert again.read_bytes() == wheel.read_bytes()


def test_the_sdist_is_the_repository(unpacked: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout:
        pytest.skip("not a clone of the repository")
    missing = [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists() and not (unpacked / name).exists()]
    assert missing == []


def test_the_wheel_has_the_harness_its_library_and_images_and_nothing_else(wheel: Path) -> None:
    inside = names(wheel)
    assert {name.split("/")[0] for name in inside} == {"harness", "sockmatrix.py", f"{SDIST}.dist-info"}
    for tree, folder in ((ROOT / "scenarios", "harness/library"), (ROOT / "docker", "harness/image_definitions")):
        wanted = {f"{folder}/{file.relative_to(tree).as_posix()}" for file in tree.rglob("*") if file.is_file()}
        assert wanted <= set(inside)
    code = {file.relative_to(ROOT).as_posix() for file in (ROOT / "harness").rglob("*.py")}
    assert code | {"harness/py.typed", "harness/agents/agent.py", f"{SDIST}.dist-info/licenses/LICENSE"} <= set(inside)
    assert [name for name in inside if re.search(r"(^|/)(tests?|__pycache__|conftest\.py)(/|$)", name)] == []


def test_its_metadata_are_what_an_index_takes(wheel: Path) -> None:
    said = metadata(wheel)
    assert (said.name, str(said.version), str(said.requires_python)) == ("sockmatrix", harness.__version__, ">=3.11")
    assert said.description_content_type == "text/markdown"
    assert said.license_expression == "Apache-2.0"
    assert said.provides_extra == ["all", "docker", "pytest", "tox"]


def requirements(wheel: Path, extra: str) -> set[str]:
    needed = [each for each in metadata(wheel).requires_dist or () if each.marker is None or each.marker.evaluate({"extra": extra})]
    return {each.name.lower() for each in needed}


def test_a_bare_installation_needs_what_playing_on_this_machine_needs(wheel: Path) -> None:
    base = {"click", "findpython", "jinja2", "msgspec", "platformdirs", "pyyaml", "regex", "rich"}
    assert requirements(wheel, "") == base
    assert requirements(wheel, "docker") == base | {"docker"}
    assert requirements(wheel, "tox") == base | {"tox"}
    assert requirements(wheel, "pytest") == base | {"pytest", "pytest-xdist"}


def test_what_tests_need_of_the_extras_is_asked_for_in_the_same_versions() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    extras = [each for extra in ("docker", "tox", "pytest") for each in PROJECT["optional-dependencies"][extra]]
    assert [each for each in extras if each not in groups["test"]] == []


IMPORTED_FROM = {"yaml": "pyyaml", "markupsafe": "jinja2", "requests": "docker", "_pytest": "pytest", "xdist": "pytest-xdist"}
"""Modules that have another name than what they are installed by, or that come with it."""


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_what_the_harness_imports_is_asked_for_and_nothing_else() -> None:
    # The agents have names of Python 2 and of MicroPython, and a reproduction those of its readers; test_architecture looks at them.
    files = [file for file in (ROOT / "harness").rglob("*.py") if file.name not in ("agent.py", "micro.py", "prelude.py")]
    used = {name for file in files for name in imported(file)} - sys.stdlib_module_names - {"harness"}
    declared = [
        *PROJECT["dependencies"],
        *(each for extra in ("docker", "tox", "pytest") for each in PROJECT["optional-dependencies"][extra]),
    ]
    asked_for = {Requirement(each).name.lower() for each in declared}
    assert {IMPORTED_FROM.get(name, name) for name in used} - asked_for == set()
    # Nothing of pytest is imported before there is the plugin, and xdist is for those who run it.
    assert asked_for - {IMPORTED_FROM.get(name, name) for name in used} <= {"pytest", "pytest-xdist"}


WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({modules!r}))
from harness.commands.main import main
sys.argv[:] = ["sockmatrix", *sys.argv[1:]]
main()
"""
"""A program in which modules are not to be had, as in an installation without an extra."""

OF_EXTRAS = ("docker", "requests", "urllib3", "tox", "pytest", "_pytest", "xdist", "pluggy")


def sockmatrix(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    program = WITHOUT.format(modules=OF_EXTRAS)
    return python("-c", program, *arguments, folder=folder, COLUMNS="200", **settings)


def python(*arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with the modules of this one, wherever they come from."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | settings
    return subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)


NO_SDK = "containers need the Docker SDK for Python, which is not installed; pip install 'sockmatrix[docker]'"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "-t", "docker:python:3.8"], 2, f"sockmatrix: 'docker:python:3.8' cannot be a target: {NO_SDK}"),
        (["run", "-t", "docker:python:3.8@*"], 2, f"sockmatrix: 'docker:python:3.8@*' cannot be a target: {NO_SDK}"),
        (["run", "-t", "current", "-t", "docker:python:3.8"], 2, f"sockmatrix: 'docker:python:3.8' cannot be a target: {NO_SDK}"),
        (["targets", "docker:python:3.8"], 2, f"sockmatrix: 'docker:python:3.8' cannot be a target: {NO_SDK}"),
        (["facts", "docker:python:3.8"], 2, f"sockmatrix: 'docker:python:3.8' cannot be a target: {NO_SDK}"),
        (["images", "list"], 3, f"sockmatrix: {NO_SDK}"),
        (["images", "build", "--quick"], 3, f"sockmatrix: {NO_SDK}"),
        (["images", "remove", "bookworm"], 3, f"sockmatrix: {NO_SDK}"),
        (["clean"], 3, f"sockmatrix: {NO_SDK}"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_without_the_extra_for_containers_one_line_says_what_to_install(
    arguments: list[str], code: int, message: str, tmp_path: Path
) -> None:
    ended = sockmatrix(*arguments, folder=tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", message + "\n")


def test_without_the_extra_for_tox_and_without_one_on_path_one_line_says_what_to_do(tmp_path: Path) -> None:
    ended = sockmatrix("run", "-t", "tox:*", folder=tmp_path, PATH=str(tmp_path))
    message = "sockmatrix: tox is not installed; pip install 'sockmatrix[tox]', or put the project's own tox on PATH\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", message)


def test_without_any_extra_doctor_says_so_and_images_are_listed_all_the_same(tmp_path: Path) -> None:
    said = sockmatrix("doctor", folder=tmp_path).stdout
    assert "containers    containers need the Docker SDK for Python, which is not installed" in said
    assert "try  pip install 'sockmatrix[docker]'" in said
    listed = sockmatrix("targets", "--docker", folder=tmp_path)
    assert (listed.returncode, listed.stderr) == (0, f"sockmatrix: which images there are is not known: {NO_SDK}\n")


@pytest.mark.end_to_end
def test_without_any_extra_the_library_is_played_reported_and_reproduced(tmp_path: Path) -> None:
    played = sockmatrix("run", "-t", "current", "-k", "tcp/greets_three_clients", "--out", "run", "--quiet", folder=tmp_path)
    assert (played.returncode, played.stderr) == (0, "")
    for arguments in (["report", "run"], ["summary", "run"], ["reproduce", "tcp/greets_three_clients"]):
        ended = sockmatrix(*arguments, folder=tmp_path)
        assert (arguments, ended.returncode, ended.stderr) == (arguments, 0, "")


@pytest.mark.parametrize("module", ["sockmatrix", "harness"])
def test_the_module_is_the_command(module: str, tmp_path: Path) -> None:
    said = python("-m", module, "--version", folder=tmp_path)
    assert (said.returncode, said.stdout, said.stderr) == (0, f"sockmatrix, version {harness.__version__}\n", "")


def test_the_module_calls_itself_by_the_command_s_name(tmp_path: Path) -> None:
    refused = python("-m", "sockmatrix", "runn", folder=tmp_path)
    usage = "Usage: sockmatrix [OPTIONS] COMMAND [ARGS]...\nTry 'sockmatrix --help' for help.\n\n"
    assert (refused.returncode, refused.stdout, refused.stderr) == (2, "", usage + "Error: no command 'runn'; did you mean 'run'?\n")


LOADED = """
import contextlib, io, sys
from harness.commands.main import cli
with contextlib.redirect_stdout(io.StringIO()):
    cli.main({arguments!r}, standalone_mode=False)
print(*sorted(sys.modules))
"""


MOST_MODULES = 60
"""More than are loaded for Click alone; most are of the standard library. Loading one takes half a millisecond or more."""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["targets", "--help"], ["report", "--help"]], ids=" ".join
)
def test_help_loads_next_to_nothing(arguments: list[str], tmp_path: Path) -> None:
    loaded = python("-c", LOADED.format(arguments=arguments), folder=tmp_path).stdout.split()
    bare = python("-c", "import sys, click; print(*sys.modules)", folder=tmp_path).stdout.split()
    packages = {name.partition(".")[0] for name in set(loaded) - set(bare)}
    assert packages - sys.stdlib_module_names <= {"click", "harness"}, "something heavy is imported for a page of help"
    assert "asyncio" not in packages
    assert len([name for name in loaded if name.startswith("harness.")]) <= 12
    assert len(loaded) <= len(bare) + MOST_MODULES


def test_every_command_has_examples_in_its_help() -> None:
    import click

    from harness.commands.main import COMMANDS, cli

    context = click.Context(cli, info_name="sockmatrix")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        assert re.search(rf"^ *sockmatrix {name}\b|^ *sockmatrix run .*--network", command.help or "", re.MULTILINE), name
        parameters = [each for each in command.params if isinstance(each, click.Option)]
        assert [option.name for option in parameters if not option.help] == [], name
