"""300 scenarios × 10 targets × 15 steps, without waits: start-up and results on disk included."""

import sys
import tempfile
from itertools import count
from pathlib import Path

from generate import exchanges
from measure import machine, measure

sockmatrix = str(Path(sys.executable).with_name("sockmatrix"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        scenarios = exchanges(Path(folder), 300)
        numbers = count()
        command = [
            sockmatrix,
            "run",
            "--quiet",
            "--out",
            "",
            str(scenarios),
            "--target",
            "pyenv:*",
            "--target",
            sys.argv[1] if sys.argv[1:] else "pypy3",
        ]

        def fresh() -> None:
            command[4] = f"{folder}/run{next(numbers)}"

        print(machine())
        print("300 x 10 x 15", measure(command, before=fresh))


main()
