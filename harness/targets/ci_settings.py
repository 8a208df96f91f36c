"""Read the table `[ci]` of the settings into jobs. Says what is wrong with it; whether the targets exist is for the jobs' machines."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from msgspec import Struct

from harness.records.matrix import Job
from harness.targets.config_error import ConfigError
from harness.targets.names import TargetNameError, nearest, parse

KEYS = ("shards", "scenarios", "select", "jobs")
JOB_KEYS = ("runner", "python", "targets", "name", "shards")
MOST_SHARDS = 256
"""So many jobs a matrix of GitHub can have."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"(?:(pypy|graalpy)-?)?(\d+(?:\.\d+){0,2}t?)")


class Ci(Struct, frozen=True):
    """What the machines of a CI system play."""

    jobs: tuple[Job, ...] = ()
    """One for each version of Python, and one for each list of targets."""
    scenarios: tuple[str, ...] = ()
    """Files or folders; none: the library that comes with sockmatrix."""
    select: tuple[str, ...] = ()
    """Words of `-k`."""


def read_ci(table: object, place: str) -> Ci:
    """The table at a place of the settings. Raises `ConfigError`."""
    if not isinstance(table, dict):
        raise ConfigError(place, "must be a table: [ci]")
    _only(table, KEYS, place)
    shards = _shards(table.get("shards", 1), f"{place}.shards")
    jobs = tuple(_jobs(table.get("jobs", []), shards, f"{place}.jobs"))
    return Ci(
        jobs,
        _texts(table.get("scenarios", []), f"{place}.scenarios", '["scenarios"]'),
        _texts(table.get("select", []), f"{place}.select", '["area:tcp"]'),
    )


def _only(table: Mapping[str, Any], keys: tuple[str, ...], place: str) -> None:
    for key in table:
        if key not in keys:
            right = nearest(key, keys)
            hint = f"did you mean '{right}'?" if right else f"the keys are {', '.join(keys[:-1])} and {keys[-1]}"
            raise ConfigError(f"{place}.{key}", f"unknown key '{key}'; {hint}")


def _shards(value: object, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_SHARDS:
        raise ConfigError(place, f"must be a number from 1 to {MOST_SHARDS}")
    return value


def _texts(value: object, place: str, example: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() and "\0" not in each for each in value):
        raise ConfigError(place, f"must be a list of texts: {example}")
    return tuple(value)


def _jobs(value: object, shards: int, place: str) -> Iterator[Job]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ConfigError(place, "must be tables: [[ci.jobs]]")
    names: dict[str, str] = {}
    for number, table in enumerate(value):
        here = f"{place}[{number}]"
        for job in _expanded(table, shards, here):
            if job.name in names:
                raise ConfigError(here, f"the job '{job.name}' is there already, in {names[job.name]}; give one of them another name")
            names[job.name] = here
            yield job


def _expanded(table: Mapping[str, Any], shards: int, place: str) -> Iterator[Job]:
    """A job for each version of Python, or one for the list of targets."""
    _only(table, JOB_KEYS, place)
    runner = _runner(table.get("runner"), f"{place}.runner")
    name = _name(table.get("name"), runner, place)
    shards = _shards(table.get("shards", shards), f"{place}.shards")
    if ("python" in table) == ("targets" in table):
        raise ConfigError(place, 'needs either python = ["3.8", "3.13"] or targets = ["docker:python:3.8-slim"]')
    if "targets" in table:
        yield Job(name, _targets(table["targets"], f"{place}.targets"), runner, shards=shards)
        return
    for version in _versions(table["python"], f"{place}.python"):
        target = _target(version)
        yield Job(f"{name}-{target}", (target,), runner, version, shards)


def _runner(value: object, place: str) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ConfigError(place, 'must name the machine: "ubuntu-latest"')
    return value


def _name(value: object, runner: str, place: str) -> str:
    """Names of jobs become names of files."""
    if value is None:
        return re.sub(r"[^A-Za-z0-9._-]+", "-", runner).strip("-.") or "job"
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ConfigError(f"{place}.name", "must be letters, digits, '.', '-' and '_': it becomes part of names of files")
    return value


def _versions(value: object, place: str) -> tuple[str, ...]:
    """TOML reads `3.10` without quotes as the number 3.1, so only texts will do."""
    if not isinstance(value, list) or not value or not all(isinstance(each, str) for each in value):
        raise ConfigError(place, 'must be a list of versions, in quotes: ["3.8", "3.13"]')
    for number, version in enumerate(value):
        if not _VERSION.fullmatch(version):
            raise ConfigError(f"{place}[{number}]", f"'{version}' is no version of Python; write '3.8', '3.13t' or 'pypy3.10'")
    return tuple(value)


def _target(version: str) -> str:
    found = _VERSION.fullmatch(version)
    assert found is not None
    return f"{found[1] or 'python'}{found[2]}"


def _targets(value: object, place: str) -> tuple[str, ...]:
    example = '["python3.8", "docker:python:3.13-alpine"]'
    return target_names(value, place, example) or _no_targets(place, example)


def _no_targets(place: str, example: str) -> NoReturn:
    raise ConfigError(place, f"must be a list of targets: {example}")


def target_names(value: object, place: str, example: str) -> tuple[str, ...]:
    """A list of names that targets can have, there or not. Raises `ConfigError`."""
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        _no_targets(place, example)
    for number, name in enumerate(value):
        try:
            parse(name)
        except TargetNameError as error:
            raise ConfigError(f"{place}[{number}]", str(error)) from None
    return tuple(value)
