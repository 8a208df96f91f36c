"""A plugin of tox: a command that writes down which interpreter tox takes for each environment. Makes no environment, runs nothing in one.

Runs inside somebody's tox, which knows nothing of us: this file is copied into a folder that is put on `PYTHONPATH` (`asking_tox`). So it
imports tox and the standard library only, and is written for Python 3.7, with which tox 4 began.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

try:
    from tox.plugin import impl
except ImportError:
    sys.exit("this tox is older than 4.0")

from tox.session.env_select import CliEnv, register_env_select_flags

if TYPE_CHECKING:
    from tox.config.cli.parser import ToxParser
    from tox.session.state import State

COMMAND = "interpreters-for-sockmatrix"


@impl
def tox_add_option(parser: ToxParser) -> None:
    """Add the command."""
    command = parser.add_command(COMMAND, [], "say which interpreter is taken for each environment", write_down)
    command.add_argument("--answer", type=str, default="", help="file that is written")
    register_env_select_flags(command, default=CliEnv())


def write_down(state: State) -> int:
    """Write the interpreter of each environment that was asked for, or why there is none."""
    file = state.conf.src_path
    rows = [describe(state, name) for name in state.envs.iter(only_active=True)]
    answer = {"file": str(file) if file.is_file() else "", "environments": rows}
    with open(state.conf.options.answer, "w", encoding="utf-8") as written:
        json.dump(answer, written)
    return 0


def describe(state: State, name: str) -> dict[str, object]:
    """What is known of one environment. Whatever is wrong with it is said of it, and leaves the others alone."""
    row: dict[str, object] = {"name": name, "says": True, "executable": "", "problem": ""}
    try:
        environment = state.envs[name]
        base = [str(each) for each in environment.conf["base_python"]]
        # `py` is how a name says that the Python which runs tox is meant.
        row["says"] = base != [sys.executable] or "py" in name.split("-")
        row["executable"] = executable_of(environment)
    except KeyError as error:
        row["problem"] = "it is no Python environment" if error.args == ("base_python",) else "nothing is known of " + str(error)
    except Exception as error:  # of tox, of its discovery, of another plugin: every kind is possible
        row["problem"] = str(error) or type(error).__name__
    return row


def executable_of(environment: Any) -> str:
    """The interpreter that the environment would be made of."""
    found = environment.base_python.extra.get("executable")
    if found:
        return str(found)
    if hasattr(environment, "uv") and hasattr(environment, "env_version_spec"):
        return found_by_uv(environment)
    raise LookupError("this tox does not say which interpreter it takes")


def found_by_uv(environment: Any) -> str:
    """tox-uv looks for nothing before it makes an environment: uv is asked as it would ask it, and downloads nothing."""
    wanted = environment.env_version_spec()
    command = [environment.uv, "python", "find", "--no-python-downloads", wanted]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ended.returncode:
        raise LookupError(ended.stderr.decode("utf-8", "replace").strip() or "uv finds no " + wanted)
    return ended.stdout.decode("utf-8", "surrogateescape").strip()
