"""What the fixtures give to people's own tests: a target, and scenarios played on it. Asserts only when asked to."""

import subprocess
from functools import cached_property
from pathlib import Path

import pytest
from msgspec import Struct

from harness.engine.order import Cast
from harness.plugin import outcomes, telling
from harness.plugin.rules import FOLDER, SUFFIXES
from harness.plugin.session import Session, install, session_of
from harness.plugin.stage import Cell, Settled
from harness.records.facts import Facts
from harness.records.observation import GOOD, Observation, Verdict
from harness.records.plan import Plan
from harness.records.run import Result
from harness.runs.safe import safe, safe_lines
from harness.targets.spec import TargetSpec, arguments

SECONDS = 60.0
"""What a program may take that a test runs on a target."""


class TargetTrouble(RuntimeError):
    """A target cannot be started, or not in this way."""


class Target:
    """One target, as people's tests see it."""

    def __init__(self, session: Session, cast: Cast) -> None:
        self._session = session
        self.id = cast.id
        """`cpython-3.8.18`"""
        self.name = cast.name
        """As it was asked for."""
        self.spec: TargetSpec = cast.specs[0]

    def __repr__(self) -> str:
        return f"<Target {self.id}>"

    @cached_property
    def facts(self) -> Facts:
        """What it says of itself: `facts.python`, `facts.implementation`, `facts.ipv6`, … Starts it. Raises `TargetTrouble`."""
        record = self._session.stage.record(self.id)
        if record.facts is None:
            raise TargetTrouble(f"{self.id} could not be started: {safe(record.trouble)}")
        return record.facts

    def command(self, *extra: str) -> list[str]:
        """The command line that starts its interpreter with these arguments. Raises `TargetTrouble` for a container."""
        if self.spec.image:
            raise TargetTrouble(f"{self.id} is inside an image, and has no command on this machine")
        return arguments(self.spec, extra)

    def python(self, source: str, *, timeout: float = SECONDS) -> "subprocess.CompletedProcess[str]":
        """Run a program on it, without its site-packages, and return how it ended and what it printed."""
        return subprocess.run(self.command("-c", source), capture_output=True, text=True, timeout=timeout, check=False)


class Played(Struct, frozen=True):
    """What came of a scenario."""

    result: Result
    plan: Plan
    outcome: outcomes.Outcome
    text: str
    """All that can be said of it, as of a failing item."""

    @property
    def verdict(self) -> Verdict:
        """`pass`, `variation`, `fail`, …"""
        return self.result.verdict

    @property
    def reason(self) -> str:
        """One line."""
        return self.result.reason

    @property
    def steps(self) -> tuple[Observation, ...]:
        """What each step did."""
        return self.result.steps

    @property
    def is_good(self) -> bool:
        """As expected, or a documented departure, or not played since a need is not met."""
        return self.verdict in GOOD

    def check(self) -> "Played":
        """Pass, skip (a need is not met), or fail, as the scenario's own item would; known failures of the settings count."""
        __tracebackhide__ = True
        if self.verdict == "unsupported":
            pytest.skip(safe(self.reason))
        entry = self.outcome.known
        if self.outcome.excused and entry is not None:
            pytest.xfail(safe(outcomes.known_verdict_words(entry, self.result)))
        if not self.is_good:
            pytest.fail(self.text, pytrace=False)
        if entry is not None and entry.kind == "xfail":
            pytest.fail(f"[XPASS(strict)] {safe(outcomes.known_verdict_words(entry, self.result))}", pytrace=False)
        return self


class Play:
    """Plays scenarios on one target."""

    def __init__(self, config: pytest.Config, target: Target) -> None:
        self._session = session_of(config)
        self._target = target

    def __call__(self, scenario: str) -> Played:
        """Play a scenario by its id, or the only one of a file by its path.

        Raises `UnknownScenario` with the nearest id, `BrokenScenario` with every mistake of its file; skips the test if the settings
        say that it must not be played.
        """
        __tracebackhide__ = True
        plan = self._plan(scenario)
        cell = Cell(plan, self._target.id)
        settled = self._session.stage.settle(cell)
        if settled.result is None:
            assert settled.known is not None
            pytest.skip(safe(outcomes.known_verdict_words(settled.known, None)))
        outcome = outcomes.outcome_of(cell, settled)
        return Played(settled.result, plan, outcome, self._text(cell, settled, outcome))

    def _plan(self, scenario: str) -> Plan:
        __tracebackhide__ = True
        config = self._session.config
        roots = [*self._session.rules.folders, *(folder for folder in [config.rootpath / FOLDER] if folder.is_dir())]
        if scenario.endswith(SUFFIXES):
            return self._session.shelf.only_one(config.rootpath / scenario)
        return self._session.shelf.find(scenario, roots)

    def _text(self, cell: Cell, settled: Settled, outcome: outcomes.Outcome) -> str:
        session = self._session
        file, start = Path(cell.plan.file).absolute(), session.config.invocation_params.dir
        what = telling.told(cell, settled, outcome, telling.Surroundings(file, start, of_library=not file.is_relative_to(start)))
        lines = [f"{what.path}:{what.line}: {what.message}", *what.source, *what.findings, *what.more]
        return safe_lines("\n".join(lines))


def parametrise(metafunc: pytest.Metafunc) -> None:
    """Make a test for every target, unless it says itself for which, by `parametrize("sockmatrix_target", […], indirect=True)`."""
    install(metafunc.config).fixtures_used = True
    for mark in metafunc.definition.iter_markers("parametrize"):
        names = mark.args[0] if mark.args else mark.kwargs.get("argnames", "")
        if "sockmatrix_target" in (names.replace(",", " ").split() if isinstance(names, str) else names):
            return
    targets = install(metafunc.config).targets
    metafunc.parametrize("sockmatrix_target", targets, indirect=True, scope="session")


def target_of(config: pytest.Config, name: str) -> Target:
    """The target with an id, or with the name that it was asked for by. Raises `TargetTrouble`."""
    session = install(config)
    found = next((cast for cast in session.settings.casts if name in (cast.id, cast.name)), None)
    if found is None:
        there = ", ".join(cast.id for cast in session.settings.casts)
        raise TargetTrouble(f"'{name}' is none of the targets of this session, which are {there}; name it with --sockmatrix-target")
    return Target(session, found)
