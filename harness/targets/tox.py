"""Ask tox which interpreters a project's environments are for. Chooses none of them, and makes no environment: that is left to tox.

tox runs as a process of its own, whichever version is installed wherever, and `tox_plugin` is lent to it through `PYTHONPATH`. So it is
tox's own reading of the configuration and its own search that answer, and nothing that it prints for people has to be understood.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from harness.targets.asking import end
from harness.targets.names import TargetError

LIMIT = 600.0
"""Seconds that tox has. It needs one; but where a project requires another tox, it first installs that."""

COMMAND = "interpreters-for-sockmatrix"
"""The command that the plugin adds to tox; written there a second time, since that module can be imported by a tox only."""

MODULE = "sockmatrix_tox_plugin"

METADATA = {
    "METADATA": f"Metadata-Version: 2.1\nName: {MODULE.replace('_', '-')}\nVersion: 1\n",
    "entry_points.txt": f"[tox]\nsockmatrix = {MODULE}\n",
}
"""What makes a module on `PYTHONPATH` a plugin that is installed."""

_TOO_OLD = "this tox is older than 4.0"
_PREFIX = re.compile(r"^ROOT: (HandledError\| )?|\x1b\[\d*m", re.MULTILINE)


class Environment(Struct, frozen=True):
    """One environment of a tox configuration."""

    name: str
    says: bool
    """Whether its name or its settings say which Python it is for. If not, it is made with the one that runs tox."""
    executable: str
    """The interpreter that it is made with, as tox finds it; empty if there is none."""
    problem: str = ""
    """Why there is none."""


class Environments(Struct, frozen=True):
    """The environments that were asked for, in tox's order."""

    environments: tuple[Environment, ...]
    file: str = ""
    """The configuration that they are from; empty if tox has found none, and made up an environment."""


class ToxError(TargetError):
    """tox could not be asked, or the configuration could not be read. `problem` says why; `hint` what to try, or is empty."""

    def __init__(self, problem: str, hint: str = "") -> None:
        self.problem = problem
        self.hint = hint
        super().__init__(f"{problem}; {hint}" if hint else problem)


def environments(names: Sequence[str], folder: Path) -> Environments:
    """The environments of these names; without names those of `env_list`, or what `TOXENV` says instead, as `tox run` takes them.

    The configuration is that of `folder`, or of the next one above it that has one. Raises ToxError.
    """
    from tempfile import TemporaryDirectory

    command = find_tox()
    with TemporaryDirectory(prefix="sockmatrix-") as place:
        answer = Path(place, "answer.json")
        _lend_plugin(Path(place, "plugin"))
        output = _run([*command, *_question(names, answer)], folder, str(Path(place, "plugin")))
        found = _read(answer, output)
    if not found.file:
        raise ToxError(f"there is no configuration of tox in {folder} or above it", "write a tox.ini, or name the interpreters")
    return found


def find_tox() -> tuple[str, ...]:
    """The tox beside this program, else the one on `PATH`. Raises ToxError."""
    import shutil
    from importlib.util import find_spec

    if find_spec("tox") is not None:
        return (sys.executable, "-P", "-m", "tox")
    path = shutil.which("tox")
    if not path:
        raise ToxError("tox is not installed", "pip install 'sockmatrix[tox]', or put the project's own tox on PATH")
    return (path,)


def _question(names: Sequence[str], answer: Path) -> list[str]:
    return [COMMAND, "--answer", str(answer), *(["-e", ",".join(names)] if names else [])]


def _lend_plugin(folder: Path) -> None:
    """Make a folder which, on `PYTHONPATH`, gives the plugin to any tox."""
    import shutil

    about = folder / f"{MODULE}-1.dist-info"
    about.mkdir(parents=True)
    for name, text in METADATA.items():
        (about / name).write_text(text, "utf-8")
    shutil.copyfile(Path(__file__).with_name("tox_plugin.py"), folder / f"{MODULE}.py")


def _run(command: Sequence[str], folder: Path, plugin: str) -> str:
    """What tox says while it answers; it is shown only if there is no answer."""
    path = os.pathsep.join(filter(None, [plugin, os.environ.get("PYTHONPATH", "")]))
    settings = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=settings, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ToxError(f"tox ({command[0]}) cannot be started: {error.strerror or error}") from None
    with process:
        try:
            output, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            end(process)
            raise ToxError(f"tox gave no answer within {LIMIT:g} s") from None
        except KeyboardInterrupt:
            end(process)
            raise
    return output.decode("utf-8", "replace")


def _read(answer: Path, output: str) -> Environments:
    try:
        return msgspec.json.decode(answer.read_bytes(), type=Environments)
    except (OSError, msgspec.DecodeError):
        raise _refusal(output) from None


def _refusal(output: str) -> ToxError:
    """tox's own words, without what it puts before them."""
    said = [line.strip() for line in _PREFIX.sub("", output).splitlines() if line.strip()]
    if _TOO_OLD in said:
        return ToxError(_TOO_OLD, "install a newer one: pip install 'tox>=4'")
    if not said:
        return ToxError("tox gave no answer")
    # An installation that failed says much before it comes to the point.
    shown = said[-1] if said[0].startswith("Traceback") else " ".join(said[-4:])
    return ToxError(f"tox cannot say which interpreters there are: {shown[:1000]}")
