"""Play the library on everything that this machine has, and write reports/: what `tox run -e compat` does.

    python tools/make_compat.py                 every interpreter found, every image of docs/images.md that is there, every system prepared
    python tools/make_compat.py RUN [RUN ...]   of runs that there are

It is one run, of `all-here`. It is kept in .tox/compat-runs, and gone on with when it was interrupted; remove it to play anew. Not part of
the package; needs the command `sockmatrix`.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / ".tox" / "compat-runs"
REPORTS = ROOT / "reports"

ENDED = {0, 1, 3}
"""Exit codes of runs that came to their end. 1: some target is not as it should be, which is told in the data; 3: some cells say nothing,
and are left out of them."""


def sockmatrix(*arguments: str) -> int:
    """Perform a command; its exit code."""
    print("sockmatrix", *arguments, flush=True)
    return subprocess.run(["sockmatrix", *arguments], cwd=ROOT, check=False).returncode


def play(name: str, *selection: str) -> str:
    """The folder of a run; one that there is already is gone on with."""
    folder = RUNS / name
    if not (folder / "run.json").exists():
        code = sockmatrix("run", "--quiet", *selection, "--out", str(folder))
    else:
        code = 0 if is_complete(folder) else sockmatrix("run", "--quiet", "--resume", "--out", str(folder))
    if code not in ENDED:
        sys.exit(f"{folder}: the run did not come to its end; go on with: tox run -e compat")
    return str(folder)


def is_complete(folder: Path) -> bool:
    """The run has its footer."""
    lines = (folder / "results.jsonl").read_bytes().splitlines() if (folder / "results.jsonl").exists() else []
    return bool(lines) and lines[-1].startswith(b'{"footer"')


def play_all() -> list[str]:
    """Folders of all runs: one, of everything that is here."""
    return [play("all-here", "-t", "all-here")]


def main() -> int:
    """Play, or take what was played, and write."""
    made = sys.argv[1:] or play_all()
    code = sockmatrix("compat", *made, "--write", str(REPORTS))
    return code or sockmatrix("compat", "--check", str(REPORTS / "compat.json"))


if __name__ == "__main__":
    sys.exit(main())
