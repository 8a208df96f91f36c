"""Play the library against each mutant and count which are noticed. Judges nothing itself: a verdict is the harness's own.

    python -m tests.mutants [NAME…] [--python PY] [--jobs N] [--json FILE] [--all] [--form subclass] [--everywhere]

A scenario counts only if it passes with the wrapper and no defect. Scenarios whose steps name what a mutant changes are played
first, and a mutant is left as soon as enough of them have caught it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from harness.engine.batches import cut
from harness.engine.crew import Crew, new_place
from harness.engine.order import Cast, Order
from harness.engine.player import FINAL, Player, Suspect
from harness.engine.troupe import Troupe
from harness.hosts.grounds import Containers, Grounds
from harness.language.library import bundled, load
from harness.records.observation import Verdict
from harness.records.plan import Expectation, Plan, Step
from harness.records.run import Result, TargetRecord
from harness.targets.asking import ISOLATING_FLAGS
from harness.targets.spec import TargetSpec
from tests.mutants.catalogue import HARMLESS, MUTANTS, Layer, Mutant, find

WRAPPER = Path(__file__).with_name("wrapper.py")
NEEDED = 0.95
"""Part of the mutants that must be caught by `fail`."""
FIRST = 60
"""Scenarios of the first round; the others follow if these notice too little."""
LIMIT = 2.0
"""Seconds after which a step hangs: what a mutant holds up need not be waited for as long as a slow machine."""
PATIENCE = 20.0
"""Seconds for one mutant, after which what has been seen must do."""
JOBS = 16


class Way(Struct, frozen=True):
    """How mutants are put in."""

    python: str
    form: str = ""
    scope: str = ""
    catches: int = 3
    """How many scenarios must fail before a mutant is left; 0: play all."""


class Seen(Struct, frozen=True):
    """What came of one mutant."""

    name: str
    category: str
    about: str
    caught: dict[str, Verdict]
    """Scenarios that passed without the defect, and what they came to with it."""
    changed: tuple[str, ...]
    """Scenarios with the verdict as before and other observations."""
    met: int
    """How often a step met the defect."""
    played: int
    seconds: float
    finished: bool = True
    """Everything was played, or enough had failed; else patience was at an end."""

    @property
    def outcome(self) -> str:
        """The strongest way in which it was noticed."""
        verdicts = set(self.caught.values())
        for verdict in ("fail", "stale", "hang", "crash", "error", "bug", "inconclusive", "unsupported"):
            if verdict in verdicts:
                return verdict
        return "difference" if self.changed else "survived" if self.finished else "unfinished"


Results = dict[str, Result]
"""What each scenario came to."""


class Before(Struct, frozen=True):
    """What the library comes to without a defect."""

    results: Results
    stable: frozenset[str]
    """Scenarios with the same observations each time."""
    plans: tuple[Plan, ...]
    """Those of the scenarios that are good."""
    words: dict[str, frozenset[str]]
    """Names that the steps of each use."""
    judged: dict[str, frozenset[str]]
    """Names that those steps use of which something is expected."""


# ------------------------------------------------------------------------------------------------- playing


@cache
def plans() -> tuple[Plan, ...]:
    """The whole library, each step with less time than usual."""
    return tuple(msgspec.structs.replace(plan, limit=min(plan.limit, LIMIT)) for plan in load([bundled()]).plans)


def play(chosen: Sequence[Plan], command: tuple[str, ...], enough: int = 0) -> Results:
    """Play plans on a target until `enough` of them have failed (0: all of them)."""
    return asyncio.run(_play(chosen, command, enough))


class Hasty(Player):
    """Confirms a failure at once and not at the end, and begins nothing more when enough has failed."""

    def __init__(self, cast: Cast, order: Order, report: Callable[[Result], None], place: str, enough: int) -> None:
        super().__init__(cast, order, {plan.id: cut(plan) for plan in order.plans}, self._take, _heard, _here(cast, place))
        self.tell = report
        self.left = enough
        self.second: Troupe | None = None
        """Agents that play nothing but what is to be confirmed, one at a time."""
        self.turn = asyncio.Semaphore(1)

    def _take(self, result: Result) -> None:
        self.left -= result.verdict == "fail"
        self.tell(result)

    def _second(self, first: Troupe) -> Troupe:
        if self.second is None:
            self.second = Troupe(first.terms, Crew(first.crew.ground), first.facts)
        return self.second

    async def _play_warm(self, plan: Plan, troupe: Troupe, suspects: list[Suspect]) -> None:
        attempt = await self._attempt(plan, troupe) if self.left > 0 else None
        if attempt is not None and attempt.judgement.verdict in FINAL | {"hang"}:
            self._finish(plan, attempt)
            return
        async with self.turn:
            again = await self._attempt(plan, self._second(troupe)) if self.left > 0 else None
            if again is not None and self.left > 0:
                self._finish(plan, again)

    async def _play_own(self, plan: Plan, troupe: Troupe, suspects: list[Suspect]) -> None:
        if self.left > 0:
            self._finish(plan, await self._attempt_alone(plan, troupe, watch=False))

    async def close(self) -> None:
        second, self.second = self.second, None
        await asyncio.gather(super().close(), *([second.close()] if second else []))


def _heard(record: TargetRecord) -> None:
    """Local targets have nothing to say of other grounds."""


def _here(cast: Cast, place: str) -> Grounds:
    return Grounds(cast.specs, "", place, Containers("mutants"))


async def _play(chosen: Sequence[Plan], command: tuple[str, ...], enough: int) -> Results:
    found: Results = {}

    def take(result: Result) -> None:
        found[result.scenario] = result

    spec = TargetSpec("target", "target", command)
    cast = Cast("target", "target", (spec,))
    place = new_place()
    order = Order(casts=(cast,), plans=tuple(chosen), folder=Path(place), jobs=JOBS)
    if enough:
        player: Player = Hasty(cast, order, take, place, enough)
    else:
        player = Player(cast, order, {plan.id: cut(plan) for plan in chosen}, take, _heard, _here(cast, place))
    try:
        await player.prepare()
        async with asyncio.timeout(PATIENCE if enough else None):
            await player.play(chosen)
    except TimeoutError:
        pass
    finally:
        await player.close()
        shutil.rmtree(place, ignore_errors=True)
    return found


def command_of(way: Way, name: str) -> tuple[str, ...]:
    """The command of a target with one mutant; of the bare interpreter if there is no name."""
    return (way.python, *ISOLATING_FLAGS, *((str(WRAPPER), name) if name else ()))


def good(results: Results) -> frozenset[str]:
    """Scenarios that came to what was expected."""
    return frozenset(name for name, result in results.items() if result.verdict in ("pass", "variation"))


# ------------------------------------------------------------------------------------------------- one mutant


def words_of(steps: Iterable[Step]) -> frozenset[str]:
    """Names that steps use."""
    return frozenset(_words([step.call.do for step in steps]))


def judged_words(plan: Plan) -> frozenset[str]:
    """Names used by the steps of which something is expected: what the scenario is about, more than what it only needs."""
    awaited = {step.call.job for step in plan.steps if step.call.kind == "await"}
    return words_of(step for step in plan.steps if step.expect != Expectation() or step.call.job in awaited)


def _words(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    elif isinstance(tree, list):
        for item in tree:
            yield from _words(item)
    elif isinstance(tree, dict):
        yield from _words(list(tree.values()))


UNNAMED = {
    "__init__": "socket", "__repr__": "repr", "__enter__": "enter", "__exit__": "leave", "__getstate__": "pickled",
    "_real_close": "close", "_decref_socketios": "makefile",
}  # fmt: skip
"""What steps write where Python calls a method without a name."""


def touched(mutant: Mutant) -> frozenset[str]:
    """What a mutant changes, by the names that steps use."""
    layer = Layer(live=False)
    mutant.apply(layer)
    return frozenset(UNNAMED.get(name, name) for name in layer.touched)


def rounds(mutant: Mutant, before: Before) -> Iterator[tuple[Plan, ...]]:
    """Plans in the order in which they are worth playing: those that use most of what is changed, each topic once, then the rest."""
    names = touched(mutant)
    seen: Counter[str] = Counter()

    def worth(plan: Plan) -> tuple[int, int, int]:
        topic = plan.id.partition("[")[0]
        seen[topic] += 1
        return -len(names & before.judged[plan.id]), seen[topic], -len(names & before.words[plan.id])

    ranked = sorted(before.plans, key=worth)
    related = [plan for plan in ranked if names & before.words[plan.id]]
    others = [plan for plan in ranked if not names & before.words[plan.id]]
    yield from (part for part in (tuple(related[:FIRST]), tuple(related[FIRST:]), tuple(others)) if part)


def differs(one: Result, other: Result) -> bool:
    """Whether something else was observed."""
    return one.steps != other.steps


def try_out(name: str, way: Way, before: Before) -> Seen:
    """Play against one mutant until it is caught, or everything has been played."""
    mutant = find(name)
    baseline = before.results
    report = Path(tempfile.mkdtemp(prefix="mutant-")) / "met"
    os.environ.update(SOCKMATRIX_MUTANT_REPORT=str(report), SOCKMATRIX_MUTANT_FORM=way.form, SOCKMATRIX_MUTANT_SCOPE=way.scope)
    started = time.perf_counter()
    found: Results = {}
    for chosen in rounds(mutant, before):
        found |= play(chosen, command_of(way, name), way.catches)
        caught = any(result.verdict == "fail" for result in found.values())
        if way.catches and (caught or time.perf_counter() - started > PATIENCE):
            break
    met = report.stat().st_size if report.exists() else 0
    shutil.rmtree(report.parent)
    return Seen(
        name=name,
        category=mutant.category,
        about=mutant.about,
        caught={each: result.verdict for each, result in sorted(found.items()) if result.verdict != baseline[each].verdict},
        changed=tuple(
            each
            for each, result in sorted(found.items())
            if each in before.stable and result.verdict == baseline[each].verdict and differs(result, baseline[each])
        ),
        met=met,
        played=len(found),
        seconds=round(time.perf_counter() - started, 2),
        finished=len(found) >= len(before.plans) or any(result.verdict == "fail" for result in found.values()),
    )


# ------------------------------------------------------------------------------------------------- all of them


def prepared(results: Results, stable: frozenset[str], playable: tuple[Plan, ...]) -> Before:
    """With what is known of the plans themselves."""
    words = {plan.id: words_of(plan.steps) for plan in playable}
    return Before(results, stable, playable, words, {plan.id: judged_words(plan) for plan in playable})


def unmutated(way: Way) -> Before:
    """What the wrapper alone comes to. Ends the program if the wrapper itself makes a difference."""
    os.environ.update(SOCKMATRIX_MUTANT_REPORT="", SOCKMATRIX_MUTANT_FORM=way.form, SOCKMATRIX_MUTANT_SCOPE=way.scope)
    bare = play(plans(), command_of(way, ""))
    if not good(bare):
        sys.exit(f"{way.python} passes no scenario: is it a Python that can be started?")
    wrapped = play(plans(), command_of(way, "none"))
    lost = sorted(good(bare) - good(wrapped))
    if lost and way.form:
        print(f"a subclass by itself changes {', '.join(lost)}: left out", file=sys.stderr)
    elif lost:
        sys.exit(f"the wrapper without a defect loses {len(lost)} scenarios, among them {', '.join(lost[:5])}: nothing would be proved")
    stable = frozenset(name for name in good(wrapped) & good(bare) if not differs(bare[name], wrapped[name]))
    playable = tuple(plan for plan in plans() if plan.id in good(wrapped))
    return prepared(wrapped, stable, playable)


_given: list[tuple[Way, Before]] = []
"""What a worker was given when it started: once, since the results are many."""


def _begin(way: Way, before: Before) -> None:
    _given.append((way, before))


def _work(name: str) -> Seen:
    return try_out(name, *_given[0])


def measure(names: Sequence[str], way: Way, jobs: int) -> Iterator[Seen]:
    """Each mutant's outcome, in the order of the names."""
    before = unmutated(way)
    if jobs == 1:
        yield from (try_out(name, way, before) for name in names)
        return
    with ProcessPoolExecutor(jobs, initializer=_begin, initargs=(way, before)) as pool:
        yield from pool.map(_work, names)


def line_of(seen: Seen) -> str:
    """One mutant in a line: what noticed it, the strongest first."""
    by = sorted(seen.caught, key=lambda each: (seen.caught[each] != seen.outcome, each)) or list(seen.changed)
    examples = ", ".join(f"{each} ({seen.caught[each]})" if each in seen.caught else each for each in by[:3])
    return f"{seen.outcome:<12} {seen.name:<44} {examples or '-'}{'' if seen.met else '   never met'}"


def summary(all_seen: Sequence[Seen]) -> str:
    """How many were noticed, and how."""
    counts = Counter(seen.outcome for seen in all_seen)
    others = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common() if outcome != "fail") or "no other"
    part = counts["fail"] / len(all_seen)
    return f"killed by fail: {counts['fail']} of {len(all_seen)} = {part:.1%}   ({others})"


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Does the library notice a wrong socket layer?")
    known = {mutant.category for mutant in MUTANTS}
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"mutants, or categories: {', '.join(sorted(known))}; without it: all")
    parser.add_argument("--python", default=sys.executable, metavar="PY", help="interpreter to change; this one if not said")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="mutants at a time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all outcomes there")
    parser.add_argument("--all", action="store_true", help="play the whole library against each, to see everything that notices")
    parser.add_argument("--form", choices=("patch", "subclass"), default="patch", help="change the class, or put a subclass in its place")
    parser.add_argument("--everywhere", action="store_true", help="hit what the agent does for its own ends, too")
    parser.add_argument("--list", action="store_true", help="only name the mutants")
    return parser.parse_args(words)


def chosen_names(words: Sequence[str]) -> list[str]:
    """Mutants by name or category; without words all that must be noticed."""
    if not words:
        return [mutant.name for mutant in MUTANTS]
    everything = HARMLESS + MUTANTS
    return [name for word in words for name in ([mutant.name for mutant in everything if mutant.category == word] or [find(word).name])]


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and say with the exit status whether enough was noticed."""
    asked = arguments(words)
    if asked.jobs < 1:
        print("--jobs needs 1 or more", file=sys.stderr)
        return 2
    try:
        names = chosen_names(asked.names)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    if asked.list:
        print("\n".join(f"{mutant.category:<12} {mutant.name:<44} {mutant.about}" for mutant in map(find, names)))
        return 0
    way = Way(
        shutil.which(asked.python) or asked.python,
        "subclass" if asked.form == "subclass" else "",
        "everywhere" if asked.everywhere else "",
        0 if asked.all else 3,
    )
    started = time.perf_counter()
    all_seen = []
    for seen in measure(names, way, asked.jobs):
        all_seen.append(seen)
        print(line_of(seen), flush=True)
    print(f"\n{summary(all_seen)}   {time.perf_counter() - started:.0f} s")
    if asked.json:
        asked.json.write_bytes(json.dumps([{**msgspec.to_builtins(seen), "outcome": seen.outcome} for seen in all_seen], indent=1).encode())
    return 0 if sum(seen.outcome == "fail" for seen in all_seen) >= NEEDED * len(all_seen) else 1
