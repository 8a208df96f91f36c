"""(c) 40 exchanges, three of them time-outs of 50 ms, on every CPython of pyenv: three ways side by side."""

import subprocess
import sys
import tempfile
from itertools import count
from pathlib import Path

from generate import exchanges
from measure import machine, measure

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from harness.targets.config import Config  # noqa: E402 - the path has to be set first
from harness.targets.resolve import resolve  # noqa: E402

sockmatrix = str(Path(sys.executable).with_name("sockmatrix"))
tox = str(Path(sys.executable).with_name("tox"))


def ours(folder: Path) -> None:
    scenarios = exchanges(folder, 40, waits=3)
    numbers = count()
    command = [sockmatrix, "run", "--quiet", "--out", "", str(scenarios), "--target", "pyenv:*"]

    def fresh() -> None:
        command[4] = f"{folder}/run{next(numbers)}"

    print("sockmatrix, 9 interpreters       ", measure(command, before=fresh))


def plain(pythons: list[str]) -> None:
    script = " & ".join(f"{python} {HERE / 'plain_exchanges.py'} 2>/dev/null" for python in pythons) + " & wait"
    print(f"unittest, {len(pythons)} processes at once    ", measure(["sh", "-c", script]))


def through_tox(folder: Path, pythons: list[str]) -> None:
    """Only the interpreters for which tox can still make an environment with pytest."""
    served = [python for python in pythons if serves(python, folder)]
    names = ", ".join(f"e{number}" for number in range(len(served)))
    pytest = f"pytest -q -c {folder}/none.ini --rootdir {folder} -p no:cacheprovider {HERE / 'plain_exchanges.py'}"
    text = f"[tox]\nskipsdist = true\nenv_list = {names}\n[testenv]\ndeps = pytest\ncommands = {pytest}\n"
    for number, python in enumerate(served):
        text += f"[testenv:e{number}]\nbase_python = {python}\n"
    (folder / "none.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "tox.ini").write_text(text, encoding="utf-8")
    command = [tox, "-c", str(folder / "tox.ini"), "run-parallel", "--quiet"]
    print(f"pytest through warm tox -p, {len(served)}     ", measure(command))


def serves(python: str, folder: Path) -> bool:
    made = subprocess.run([sys.executable, "-m", "virtualenv", "-q", "-p", python, str(folder / "probe")], capture_output=True, check=False)
    return made.returncode == 0


def main() -> None:
    pythons = [spec.command[0] for spec in resolve(["pyenv:*"], Config()).targets]
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        ours(Path(name))
        plain(pythons)
        through_tox(Path(name), pythons)


main()
