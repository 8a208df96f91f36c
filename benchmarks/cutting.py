"""How alike the shards of the library are, and how many scenarios move when one is added: the table of docs/sharding.md.

By steps, and with `--run RUN` by the seconds that the scenarios took there. What moves is counted for every hundredth scenario: the cut
without it beside the cut with it.
"""

import argparse
import sys
from pathlib import Path
from statistics import mean

from harness.commands.run_command import load_plans
from harness.matrix.cutting import cut, loads
from harness.matrix.weighing import seconds_of, weights
from harness.runs.folder import read

SHARDS = (2, 4, 8, 16)
EVERY = 100


def over_the_fair_share(found: dict[str, float], shards: int) -> str:
    """Of the fullest and the emptiest shard."""
    sums, fair = loads(found, shards), sum(found.values()) / shards
    return f"{max(sums) / fair:.2f}, {min(sums) / fair:.2f}"


def moves(found: dict[str, float], shards: int) -> str:
    """The share of the other scenarios that change their shard, in percent."""
    whole = cut(found, shards)
    shares = []
    for name in sorted(found)[::EVERY]:
        before = cut({each: weight for each, weight in found.items() if each != name}, shards)
        shares.append(100 * sum(whole[each] != number for each, number in before.items()) / len(before))
    return f"{mean(shares):.3f} % ({max(shares):.2f} %)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="a saved run of the library")
    run = parser.parse_args().run
    plans = load_plans([], ())
    by_steps = weights(plans, {})
    rows = {"fullest and emptiest, by steps": [over_the_fair_share(by_steps, shards) for shards in SHARDS]}
    if run is not None:
        by_seconds = weights(plans, seconds_of(read(run).results.values()))
        rows["fullest and emptiest, by seconds"] = [over_the_fair_share(by_seconds, shards) for shards in SHARDS]
    rows["scenarios that move, mean (most)"] = [moves(by_steps, shards) for shards in SHARDS]
    sys.stdout.write(f"{len(plans):,} scenarios in {', '.join(map(str, SHARDS))} shards\n")
    for what, figures in rows.items():
        sys.stdout.write(f"{what}: {' | '.join(figures)}\n")


if __name__ == "__main__":
    main()
