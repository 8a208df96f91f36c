"""Play the library on everything that this machine has, and write reports/: what `tox run -e compat` does.

    python tools/make_compat.py                 every interpreter found, and every image of docs/images.md that is there
    python tools/make_compat.py RUN [RUN ...]   of runs that there are

Images that are emulated play a part of the library, as the emulator takes its time. Runs that are made are kept in .tox/compat-runs, and
gone on with when they were interrupted; remove them to play anew. Not part of the package; needs the command `sockmatrix`.
"""

import json
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = ROOT / ".tox" / "compat-runs"
REPORTS = ROOT / "reports"

NATIVE = {"x86_64": ("amd64", "i386"), "aarch64": ("arm64",), "s390x": ("s390x",)}
"""Processors of images that need no emulator, by the machine's own."""

IN_IMAGES = ("-k", "!area:network")
"""Scenarios on networks need containers of their own for each target, which takes long; what they show is mostly a kernel's."""

EMULATED = ("-k", "area:addresses", "-k", "area:udp", "-k", "area:options")

ENDED = {0, 1, 3}
"""Exit codes of runs that came to their end. 1: some target is not as it should be, which is told in the data; 3: some cells say nothing,
and are left out of them."""


def sockmatrix(*arguments: str) -> int:
    """Perform a command; its exit code."""
    print("sockmatrix", *arguments, flush=True)
    return subprocess.run(["sockmatrix", *arguments], cwd=ROOT, check=False).returncode


def images() -> tuple[list[str], list[str]]:
    """Targets in images that are there: of this machine's processor, and emulated ones."""
    asked = subprocess.run(["sockmatrix", "targets", "--docker", "--json"], cwd=ROOT, check=False, capture_output=True, text=True)
    if asked.returncode:
        print("no container engine, and so no images:", asked.stderr.strip())
        return [], []
    rows = [row for row in json.loads(asked.stdout)["targets"] if row["state"] == "present"]
    emulated = [row["target"] for row in rows if row["architecture"] not in NATIVE.get(platform.machine(), ())]
    return [row["target"] for row in rows if row["target"] not in emulated], emulated


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
    """Folders of all runs, one for each kind of targets that there is."""
    here, emulated = images()
    runs = [play("interpreters")]
    if here:
        runs.append(play("images", *(word for target in here for word in ("-t", target)), *IN_IMAGES))
    if emulated:
        runs.append(play("emulated", *(word for target in emulated for word in ("-t", target)), *EMULATED))
    return runs


def main() -> int:
    """Play, or take what was played, and write."""
    made = sys.argv[1:] or play_all()
    code = sockmatrix("compat", *made, "--write", str(REPORTS))
    return code or sockmatrix("compat", "--check", str(REPORTS / "compat.json"))


if __name__ == "__main__":
    sys.exit(main())
