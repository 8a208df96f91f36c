"""Read the project's own settings about targets. Says what is wrong with the file; whether the targets exist is for `resolve`.

What is known to fail (`known`) stands in the same file, and is read by `harness.gates`.
"""

import re
from pathlib import Path
from typing import Any

from msgspec import Struct

from harness.targets.ci_settings import Ci, read_ci, target_names
from harness.targets.config_error import ConfigError as ConfigError
from harness.targets.names import nearest

KEYS = ("targets", "groups", "history", "ci", "known")


class Config(Struct, frozen=True):
    """Settings of `[tool.sockmatrix]`, or of the whole of `sockmatrix.toml`."""

    targets: tuple[str, ...] = ()
    """What is played on where the command line names no target; empty: every interpreter found."""
    groups: dict[str, tuple[str, ...]] = {}
    """Names by group, for `@group`."""
    file: str = ""
    """Where the settings came from, empty if nowhere."""
    history: str = ""
    """File of the history that every run is added to; empty: none."""
    ci: Ci = Ci()
    """What the machines of a CI system play."""


class Settings(Struct, frozen=True):
    """The settings as they stand in their file, unchecked."""

    table: dict[str, Any] = {}
    file: str = ""
    """`sockmatrix.toml` or `pyproject.toml`; empty: there are none."""
    prefix: str = ""
    """What comes before a key of the table in the file: `tool.sockmatrix.`."""


def read(folder: Path) -> Config:
    """The settings in `sockmatrix.toml` or in `[tool.sockmatrix]` of `pyproject.toml` of this folder; empty ones if there are none.

    Raises ConfigError for bad TOML, an unknown key, a value of the wrong kind, or settings in both files.
    """
    found = settings(folder)
    return _config(found.table, found.file, found.prefix) if found.file else Config()


def settings(folder: Path) -> Settings:
    """The table that settings are read from. Raises ConfigError for bad TOML, or settings in both files."""
    own = _table(folder / "sockmatrix.toml", ())
    shared = _table(folder / "pyproject.toml", ("tool", "sockmatrix"))
    if own is not None and shared is not None:
        raise ConfigError("pyproject.toml: tool.sockmatrix", "there is a sockmatrix.toml too; keep one of them")
    if own is not None:
        return Settings(own, "sockmatrix.toml")
    return Settings(shared, "pyproject.toml", "tool.sockmatrix.") if shared is not None else Settings()


def settings_of(file: Path) -> Settings:
    """The table of one file: of a `pyproject.toml` ours, of another all of it. Raises ConfigError."""
    is_shared = file.name == "pyproject.toml"
    table = _table(file, ("tool", "sockmatrix") if is_shared else ())
    return Settings(table or {}, file.name, "tool.sockmatrix." if is_shared else "")


def _table(file: Path, keys: tuple[str, ...]) -> dict[str, Any] | None:
    table = _parse(file)
    for number, key in enumerate(keys, 1):
        if table is None or key not in table:
            return None
        table = table[key]
        if not isinstance(table, dict):
            raise ConfigError(f"{file.name}: {'.'.join(keys[:number])}", "must be a table")
    return table


def _parse(file: Path) -> dict[str, Any] | None:
    import tomllib

    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ConfigError(file.name, f"is not UTF-8: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise ConfigError(file.name, f"cannot be read: {error.strerror or error}") from None
    except RecursionError:
        raise ConfigError(file.name, "is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        raise _toml_error(file.name, str(error)) from None


def _toml_error(file: str, message: str) -> ConfigError:
    # Python tells the place only in the text before 3.14.
    placed = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    return ConfigError(f"{file}:{placed[2]}:{placed[3]}", placed[1]) if placed else ConfigError(file, message)


def _config(table: dict[str, Any], file: str, prefix: str) -> Config:
    for key in table:
        if key not in KEYS:
            raise ConfigError(f"{file}: {prefix}{key}", _unknown_key(key))
    groups = table.get("groups", {})
    if not isinstance(groups, dict):
        raise ConfigError(f"{file}: {prefix}groups", 'must be a table of lists of targets: old = ["python2.7"]')
    return Config(
        _names(table.get("targets", []), f"{file}: {prefix}targets"),
        {group: _names(names, f"{file}: {prefix}groups.{group}") for group, names in groups.items()},
        file,
        _file(table.get("history", ""), f"{file}: {prefix}history"),
        read_ci(table.get("ci", {}), f"{file}: {prefix}ci"),
    )


def _file(value: object, place: str) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ConfigError(place, 'must be the name of a file: "sockmatrix-runs/history.sqlite"')
    return value


def _unknown_key(key: str) -> str:
    right = nearest(key, KEYS)
    return f"unknown key '{key}'; " + (f"did you mean '{right}'?" if right else f"the keys are {', '.join(KEYS[:-1])} and {KEYS[-1]}")


def _names(value: object, place: str) -> tuple[str, ...]:
    return target_names(value, place, '["python3.8", "pypy3"]')
