"""`python -m tests.reproducing RUN`: every reproduction on every interpreter of this machine, against what a saved run has.

    sockmatrix run --out runs/reference
    python -m tests.reproducing runs/reference [-t TARGET] [-k WORD] [--every N --turn K] [--marked] [--json FILE]

Without RUN, one is made first. Ends with 1 if a file shows something else than the harness saw.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

from harness.runs.folder import read
from harness.targets.config import Config
from harness.targets.resolve import resolve
from tests.reproducing.marked import marked_cells
from tests.reproducing.playing import Cell, Outcome, play

GOOD = ("agrees", "refused", "unplayed")


def main() -> int:
    """Play, print a line for each target, then every disagreement."""
    parser = argparse.ArgumentParser(prog="python -m tests.reproducing")
    parser.add_argument("run", type=Path, nargs="?", help="a run of the library; without one, it is played first")
    parser.add_argument("-t", "--target", action="append", default=[])
    parser.add_argument("-k", "--word", default="")
    parser.add_argument("--marked", action="store_true", help="only cells with a step to mark: does the file find it as reported?")
    parser.add_argument("--every", type=int, default=1, help="only one scenario in so many, others on each target")
    parser.add_argument("--turn", type=int, default=0, help="which of them")
    parser.add_argument("--again", type=int, default=1, help="how often a disagreement is played again, alone")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    run = read(given.run or reference())
    specs = {spec.id: spec for spec in resolve(["all"], Config()).targets}
    targets = [target.id for target in run.header.targets if target.id in specs and (not given.target or target.id in given.target)]
    everything: list[Outcome] = []
    for target in targets:
        started = time.perf_counter()
        offset = [each.id for each in run.header.targets].index(target)
        turn = [plan for at, plan in enumerate(run.plans.values()) if (at + offset + given.turn) % given.every == 0]
        chosen = [plan for plan in turn if given.word in plan.id]
        wanted = marked_cells(run, target, chosen) if given.marked else [Cell(plan, target) for plan in chosen]
        outcomes = {outcome.scenario: outcome for outcome in play(run, specs[target], wanted)}
        for _ in range(given.again):
            odd = [cell for cell in wanted if outcomes[cell.plan.id].kind not in GOOD]
            if odd:
                outcomes |= {outcome.scenario: outcome for outcome in play(run, specs[target], odd)}
        counts = Counter(outcome.kind for outcome in outcomes.values())
        print(f"{target:18} {time.perf_counter() - started:6.1f} s  {dict(counts)}", flush=True)
        for outcome in outcomes.values():
            if outcome.kind not in GOOD:
                print(f"{outcome.kind:9} {outcome.target:16} {outcome.scenario}\n          {outcome.detail[:400]}", flush=True)
        everything += outcomes.values()
    bad = [outcome for outcome in everything if outcome.kind not in GOOD]
    told = Counter(outcome.as_reported for outcome in everything if outcome.as_reported is not None)
    if told:
        print(f"marked steps as reported: {told[True]}, not: {told[False]}")
        for outcome in everything:
            if outcome.as_reported is False:
                print(f"not as reported  {outcome.target} {outcome.scenario}")
    print(f"in all: {dict(Counter(outcome.kind for outcome in everything))}")
    if given.json:
        given.json.write_bytes(msgspec.json.encode(everything))
    return 1 if bad else 0


def reference() -> Path:
    """A run of the whole library on every interpreter of this machine, made now and kept."""
    folder = Path(tempfile.mkdtemp(prefix="smx-reference-")) / "run"
    subprocess.run([sys.executable, "-m", "harness", "run", "--quiet", "--out", str(folder)], check=False, stdout=subprocess.DEVNULL)
    print(f"reference: {folder}", flush=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
