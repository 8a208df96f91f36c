"""One known entry and what is seen of it in a run: the cells that it speaks of, which of them depart, and what that makes of the entry."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from harness.gates.classes import telling_plays
from harness.gates.known import applies, expects, is_pattern
from harness.gates.rates import is_beyond, is_quiet
from harness.records.facts import Facts
from harness.records.gate import KnownState, KnownUse
from harness.records.known import Known
from harness.records.observation import GOOD
from harness.records.run import Result

MOST_NAMED = 3
"""Targets named in a note."""

Cell = tuple[str, str]
"""A scenario on a target, by their ids."""


class Use:
    """Filled while the cells of a run are looked at."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.cells: list[Cell] = []
        """All that it speaks of."""
        self.played = 0
        """Those that said something of their target."""
        self.departed = 0
        self.stale: list[Cell] = []
        self.unsteady: list[Cell] = []
        """Of kind `xfail`: cells that depart in some plays only."""
        self.otherwise: list[Cell] = []
        """Cells that depart, and not as the entry says."""
        self.of_others: list[Cell] = []
        """Of kind `xfail`: cells of two interpreters that do not depart, where only one of them is meant."""
        self.excused = 0
        """Of kind `skip`: cells that were not played because of it."""
        self.played_anyway: list[Cell] = []
        """Of kind `skip`: cells of a run that was made without it."""
        self.plays: dict[Cell, tuple[int, int]] = {}
        """Of kind `flaky`: departures and plays that the rate is held against."""

    @property
    def area(self) -> str:
        """The folder that the scenarios lie in that it speaks of."""
        return self.known.scenario.partition("/")[0]

    def holds(self, facts: Sequence[Facts]) -> tuple[bool, bool]:
        """Whether its condition holds for some interpreter, and for all of them."""
        found = [applies(self.known, each) for each in facts]
        return any(found), bool(found) and all(found)

    def explains(self, result: Result, *, everyone: bool) -> bool:
        """Look at a cell that it speaks of; whether it departs as the entry says. `everyone`: the condition holds for all interpreters."""
        self.played += 1
        plays = telling_plays(result)
        red = [verdict for verdict in plays if verdict not in GOOD]
        cell = (result.scenario, result.target)
        if not departs_as_known(self.known, result):
            self.otherwise.append(cell)
            return False
        if self.known.kind == "flaky":
            self.plays[cell] = _held_against_a_rate(result)
        elif len(red) < len(plays):
            self._note(cell, is_red=bool(red), everyone=everyone)
            return False
        self.departed += bool(red)
        return bool(red)

    def _note(self, cell: Cell, *, is_red: bool, everyone: bool) -> None:
        """Of two interpreters with each other, the one that is not meant may be why a cell passes."""
        if is_red:
            self.unsteady.append(cell)
        elif everyone:
            self.stale.append(cell)
        else:
            self.of_others.append(cell)

    def told(self, state: KnownState, note: str) -> KnownUse:
        """All of it, as data."""
        departures, plays = _sum(self.plays.values())
        cells = self.excused if self.known.kind == "skip" else len(self.cells)
        return KnownUse(self.known, state, cells, self.departed, tuple(self.stale), plays, departures, note)

    # -- what becomes of an entry that has cells

    def state(self, *, silent: bool) -> tuple[KnownState, str]:
        """Its state, and a note. `silent`: some of its cells say nothing of their target."""
        if self.known.kind == "skip" and (self.excused or self.played_anyway):
            return self._state_of_skip()
        if not self.played:
            return "unplayed", "its cells say nothing of their targets" if silent else "unsupported wherever it is known"
        return self._state_of_flaky() if self.known.kind == "flaky" else self._state_of_xfail()

    def _state_of_xfail(self) -> tuple[KnownState, str]:
        if self.stale:
            return "stale", f"passes on {self._named(self.stale)}; narrow its condition, or remove it"
        state: KnownState = "used" if self.departed or self.unsteady else "quiet"
        return state, "; ".join(self._notes_of_xfail(quiet=state == "quiet"))

    def _notes_of_xfail(self, *, quiet: bool) -> Iterator[str]:
        if self.unsteady:
            yield f'departs only now and then on {self._named(self.unsteady)}; that is kind = "flaky"'
        if self.otherwise:
            yield f"departs otherwise on {self._named(self.otherwise)}; the entry says {self._said()}"
        if quiet and self.of_others:
            yield f"passes on {self._named(self.of_others)}, where one of the two interpreters is meant; if it departs nowhere, remove it"

    def _said(self) -> str:
        """How it departs: `fail at step 3`."""
        return " or ".join(self.known.verdicts) + (f" at step {self.known.step}" if self.known.step else "")

    def _state_of_skip(self) -> tuple[KnownState, str]:
        """A run that was made without it has played its cells."""
        count = len(self.played_anyway)
        note = f"{count} {'was' if count == 1 else 'were'} played, because the run was made without it" if count else ""
        return "used" if self.excused else "quiet", note

    def _state_of_flaky(self) -> tuple[KnownState, str]:
        """Each cell is held against the rate, and all of them together."""
        rate, tests = self.known.rate, len(self.plays) + 1
        self.stale = [cell for cell, (departures, plays) in self.plays.items() if is_beyond(departures, plays, rate, tests)]
        departures, plays = _sum(self.plays.values())
        if self.stale or is_beyond(departures, plays, rate, tests):
            departures, plays = _sum(self.plays[cell] for cell in self.stale or self.plays)
            where = f" on {self._named(self.stale)}" if self.stale else ""
            return "stale", f"{departures} of {plays} plays departed{where}; a rate of {rate:g} does not explain that"
        if is_quiet(departures, plays, rate):
            return "quiet", f"no departure in {plays} plays; lower its rate, or remove it"
        return "used", ""

    def _named(self, cells: Sequence[Cell]) -> str:
        """`cpython-3.8.18`; where the entry speaks of several scenarios, with them."""
        words = [f"{target} ({scenario})" if is_pattern(self.known) else target for scenario, target in cells[:MOST_NAMED]]
        more = len(cells) - len(words)
        return ", ".join(words) + (f" and {more} more" if more else "")


def departs_as_known(known: Known, result: Result) -> bool:
    """Whether every play of a cell that departed did so in the way that an entry tells; true also where none did."""
    red = {verdict for verdict in telling_plays(result) if verdict not in GOOD}
    return red <= set(known.verdicts) and (result.verdict in GOOD or expects(known, result.verdict, result.step))


def _held_against_a_rate(result: Result) -> tuple[int, int]:
    """Departures and plays. Those that `--retry-unexpected` asked for end with the first that does not depart, and do not count."""
    counted = telling_plays(structs.replace(result, plays=result.plays[: len(result.plays) - result.retried]))
    return sum(verdict not in GOOD for verdict in counted), len(counted)


def _sum(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    found = list(pairs)
    return sum(one for one, _ in found), sum(other for _, other in found)
