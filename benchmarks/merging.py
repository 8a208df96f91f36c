"""How long 500 runs of 400 scenarios take to be merged, and how much memory that needs: of 500 targets, of one that was played 500 times,
and of 50 machines with 10 shards each.

One real run of 400 scenarios of the library is played on this interpreter; the others are made of it. `--runs N` for another number,
`--keep FOLDER` to keep them.
"""

import argparse
import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path

import msgspec
from measure import machine, measure
from msgspec import structs

from harness.matrix.cutting import cut
from harness.matrix.weighing import weights
from harness.records.run import Footer, Header, TargetRecord
from harness.runs.folder import HEADER, RESULTS, SCENARIOS, Run, header_bytes, read

SCENARIOS_PLAYED = 400
SHARDS = 10
MERGING = (
    "import sys; from pathlib import Path; from harness.merging.merge import merge; from harness.merging.pieces import find_runs; "
    "import gc; gc.set_threshold(200_000); merge(find_runs([Path(sys.argv[1])]), Path(sys.argv[2]))"
)
sockmatrix = str(Path(sys.executable).with_name("sockmatrix"))
encode = msgspec.json.encode


def first_run(folder: Path) -> Run:
    """400 scenarios that measure no time, on this interpreter."""
    listed = subprocess.run([sockmatrix, "list", "--json", "-k", "!tag:slow"], capture_output=True, check=True).stdout
    names = [each["id"] for each in msgspec.json.decode(listed)][::9][:SCENARIOS_PLAYED]
    words = [word for name in names for word in ("-k", f"id:{name}")]
    subprocess.run([sockmatrix, "run", "-q", "-t", "current", "--out", str(folder), *words], stdout=subprocess.DEVNULL, check=False)
    return read(folder)


def save(run: Run, folder: Path, number: int, target: TargetRecord, scenarios: frozenset[str], **header: object) -> None:
    """A run like the first one, of another target, at another time."""
    folder.mkdir(parents=True)
    elsewhere = tuple(name for name in run.header.scenarios if name not in scenarios)
    head: Header = structs.replace(
        run.header,
        started=f"2026-01-31T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}+00:00",
        targets=(target,),
        cells=len(scenarios),
        unplanned={target.id: elsewhere} if elsewhere else {},
        **header,
    )
    results = [structs.replace(result, target=target.id) for (name, _), result in run.results.items() if name in scenarios]
    lines = [encode(result) for result in results] + [encode(Footer(len(results), head.started, 1.0)), b""]
    (folder / HEADER).write_bytes(header_bytes(head))
    (folder / RESULTS).write_bytes(b"\n".join(lines))
    (folder / SCENARIOS).write_bytes(b"".join(encode(plan) + b"\n" for plan in run.plans.values()))


def of_targets(run: Run, folder: Path, runs: int) -> None:
    """Each run is of a target of its own."""
    (target,) = run.header.targets
    for number in range(runs):
        save(run, folder / str(number), number, structs.replace(target, id=f"cpython-3.{number}.0"), frozenset(run.plans))


def of_one(run: Run, folder: Path, runs: int) -> None:
    """All are of the same cells."""
    (target,) = run.header.targets
    for number in range(runs):
        save(run, folder / str(number), number, target, frozenset(run.plans))


def of_shards(run: Run, folder: Path, runs: int) -> None:
    """Every ten of them are the shards of one machine."""
    (target,) = run.header.targets
    where = cut(weights(run.plans.values(), {}), SHARDS)
    for number in range(runs):
        machine_number, shard = divmod(number, SHARDS)
        own = frozenset(name for name, at in where.items() if at == shard + 1)
        named = structs.replace(target, id=f"cpython-3.{machine_number}.0")
        save(run, folder / str(number), number, named, own, job=f"machine-{machine_number}", shard=f"{shard + 1}/{SHARDS}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=500)
    options.add_argument("--keep", type=Path)
    asked = options.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        run = first_run(folder / "first")
        numbers = count()
        for what, make in (("targets of their own", of_targets), ("one target", of_one), (f"machines with {SHARDS} shards", of_shards)):
            runs = folder / make.__name__
            make(run, runs, asked.runs)
            out = ["", ""]
            for name, command in (("merge", [sys.executable, "-c", MERGING]), ("with the summary", [sockmatrix, "merge"])):
                arguments = [*command, str(runs), *(["--out"] if name != "merge" else []), ""]

                def fresh(arguments: list[str] = arguments) -> None:
                    arguments[-1] = f"{folder}/merged{next(numbers)}"

                figures = measure(arguments, before=fresh, runs=1, good=(0, 1, 2, 3))
                print(f"{asked.runs} runs of {len(run.plans)} scenarios, {what}, {name:<17}", figures, flush=True)
            del out


if __name__ == "__main__":
    main()
