"""(a) The whole library on every CPython of pyenv."""

import sys
import tempfile
from itertools import count
from pathlib import Path

from measure import machine, measure

sockmatrix = str(Path(sys.executable).with_name("sockmatrix"))
targets = sys.argv[1:] or ["pyenv:*"]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        numbers = count()
        command = [sockmatrix, "run", "--quiet", "--out", ""]
        for target in targets:
            command += ["--target", target]

        def fresh() -> None:
            command[4] = f"{folder}/run{next(numbers)}"

        print(machine())
        print("whole library on", " ".join(targets), measure(command, before=fresh))


main()
