"""Starting up and checking: `--help`, 300 files cold and warm."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from generate import exchanges
from measure import machine, measure

sockmatrix = str(Path(sys.executable).with_name("sockmatrix"))


def main() -> None:
    print(machine())
    print("--help             ", measure([sockmatrix, "--help"]))
    with tempfile.TemporaryDirectory() as folder:
        scenarios = exchanges(Path(folder), 300)
        cache = Path(folder, "cache")
        os.environ["XDG_CACHE_HOME"] = str(cache)
        check = [sockmatrix, "check", str(scenarios)]
        print("check 300 files cold", measure(check, before=lambda: shutil.rmtree(cache, ignore_errors=True)))
        print("check 300 files warm", measure(check))


main()
