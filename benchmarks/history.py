"""How long 1,000 runs of 400 scenarios on 12 targets take to be taken into a history, and to be asked for what changed when.

The runs are made in memory, with what happens to a project in three years: patch releases with which some cells change, scenarios that are
edited and added, cells that flip for no reason, flaky ones, and now and then an interrupted run. `--runs N` for another number.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from measure import machine, measure
from msgspec import structs

from harness.history.database import open_history
from harness.history.looking import CHANGED, EVERYTHING, Wanted, look
from harness.history.taking import take
from harness.records.facts import Facts
from harness.records.observation import Observation, Raised
from harness.records.plan import Call, Place, Plan, Step
from harness.records.run import Footer, Header, Result, TargetRecord, Volatile
from harness.runs.folder import Run

SCENARIOS, TARGETS, STEPS = 400, 12, 12
START = datetime(2026, 1, 1, tzinfo=UTC)


class Project:
    """What a project's scenarios and targets are at one time, and what they come to."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.plans = {plan.id: plan for plan in (self._plan(number, 0) for number in range(SCENARIOS))}
        self.patches = dict.fromkeys(range(TARGETS), 0)
        self.results = {(name, target): self._result(name, target, 0) for name in self.plans for target in range(TARGETS)}

    def _plan(self, number: int, edition: int) -> Plan:
        steps = tuple(Step("client", Call(at), f"s.call_{at}()", Place(at + 5, 5)) for at in range(STEPS))
        name = f"area{number % 20}/topic{number}"
        return Plan(1, name, f"{number}.{edition}", f"scenarios/{name}.yaml", "A title", "About", (), (), (), {"client": 1}, steps)

    def _result(self, name: str, target: int, edition: int) -> Result:
        steps = [Observation(at, value={"tuple": [{"str": name}, at, target % 3, edition]}) for at in range(STEPS - 1)]
        raised = Raised("OSError", ("Exception", "BaseException"), 111, ("ECONNREFUSED",), f"Connection refused {edition}")
        times = Volatile(seconds=(0.0001,) * STEPS)
        return Result(name, "", "pass", (*steps, Observation(STEPS - 1, raises=raised)), volatile=times)

    def goes_on(self, number: int) -> None:
        """What happens between two runs."""
        if number % 20 == 0:
            target = (number // 20) % TARGETS
            self.patches[target] += 1
            for name in self.chance.sample(sorted(self.plans), 15):
                self.results[name, target] = self._result(name, target, number)
        if number % 25 == 0:
            for name in self.chance.sample(sorted(self.plans), 5):
                self.plans[name] = structs.replace(self.plans[name], digest=f"{name}.{number}")

    def run(self, number: int) -> Run:
        targets = tuple(self._target(target) for target in range(TARGETS))
        ids = [target.id for target in targets]
        results = {}
        for (name, target), result in self.results.items():
            results[name, ids[target]] = structs.replace(result, target=ids[target])
        for name, target in self.chance.sample(sorted(results), 5):
            results[name, target] = structs.replace(results[name, target], flaky=("fail: something",))
        for name, target in self.chance.sample(sorted(results), 2):
            results[name, target] = structs.replace(self._result(name, 0, -1), target=target, verdict="fail")
        started = (START + timedelta(days=number)).isoformat(timespec="seconds")
        digests = {name: plan.digest for name, plan in self.plans.items()}
        header = Header(1, "0.1.0", 1, started, {"cores": 2}, {"repeat": 1}, targets, digests, len(results))
        footer = None if number % 100 == 99 else Footer(len(results), started, 1.0)
        return Run(Path(f"runs/{number}"), header, dict(self.plans), results, footer)

    def _target(self, target: int) -> TargetRecord:
        version = f"3.{target + 2}.{self.patches[target]}"
        facts = Facts(python=version, implementation="cpython", implementation_version=version, os="linux", libc="glibc", machine="x86_64")
        return TargetRecord(f"cpython-{version}", "all", facts)


def runs(count: int) -> Iterator[Run]:
    """One after the other, as they would come."""
    project = Project()
    for number in range(count):
        project.goes_on(number)
        yield project.run(number)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="Keep the history in this file, and use it if it is there.")
    asked = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        file = asked.keep or Path(folder) / "history.sqlite"
        if not file.exists():
            fill(file, asked.runs)
        print(f"file          {file.stat().st_size / 1e6:7.2f} MB")
        ask(file)
        ask_as_command(file)


def fill(file: Path, count: int) -> None:
    """Take the runs in."""
    taken = []
    for run in runs(count):
        with open_history(file, make=True) as history:
            started = time.process_time()
            take(history, run)
            taken.append(time.process_time() - started)
    of = f"{count} runs of {SCENARIOS * TARGETS} cells"
    print(f"taking in     {sum(taken):7.2f} s CPU for {of}, {1000 * sorted(taken)[count // 2]:.1f} ms a run (median)")
    print(f"              {1000 * sum(taken[-20:]) / len(taken[-20:]):.1f} ms for one of the last 20")


def ask(file: Path) -> None:
    """Query, without a process around it."""
    for words, wanted in (
        ("what ever changed", CHANGED),
        ("one scenario", Wanted(scenario=lambda name: name == "area1/topic1", steady=True)),
        ("one target", Wanted(target=lambda target, _: target.startswith("cpython-3.5"), steady=True)),
        ("everything", EVERYTHING),
    ):
        started, used = time.perf_counter(), time.process_time()
        with open_history(file) as history:
            found = look(history, wanted)
        took = f"{time.perf_counter() - started:6.3f} s, {time.process_time() - used:6.3f} s CPU"
        print(f"{words:18}{took}  {len(found.lines)} lines, {sum(len(line.turns) for line in found.lines)} turns", flush=True)


def ask_as_command(file: Path) -> None:
    """The same as a user does."""
    for words in ("show", "show --scenario area1/topic1", "show --json", "list"):
        print(f"history {words:30}{measure([sys.executable, '-m', 'harness', 'history', *words.split(), '--file', str(file)])}")


if __name__ == "__main__":
    main()
