"""`python -m tools.docs`: build the site, the manual pages, or both. Makes no page itself."""

import argparse
import subprocess
import sys
from pathlib import Path

from tools.docs.assemble import Misplaced, assemble
from tools.docs.emptying import NotOurs, emptied
from tools.docs.places import ROOT

BUILDERS = {"site": "html", "man": "man"}


def main() -> int:
    """Build what is asked for; a warning of Sphinx is an error."""
    asked = _arguments()
    source = asked.out / "source"
    try:
        print(f"{assemble(source)} pages in {source}", flush=True)
        return max(_sphinx(source, asked.out, what, asked.source_url) for what in asked.what or list(BUILDERS))
    except (Misplaced, NotOurs) as problem:
        print(f"tools.docs: {problem}", file=sys.stderr)
        return 2


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="Build the documentation, offline; warnings are errors.")
    parser.add_argument("what", nargs="*", metavar="{site,man}", type=_builder, help="both if not said")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "docs", help="folder of what is made (default: build/docs)")
    parser.add_argument("--source-url", default="", help="where files of the repository can be read: https://…/blob/main")
    return parser.parse_args()


def _builder(word: str) -> str:
    if word not in BUILDERS:
        raise argparse.ArgumentTypeError(f"there is no '{word}'; site and man can be built")
    return word


def _sphinx(source: Path, out: Path, what: str, source_url: str) -> int:
    """Sphinx's exit code. The folder is emptied first, so that no page stays that there is no source of any more."""
    emptied(out / what)
    words = [sys.executable, "-m", "sphinx", "-b", BUILDERS[what], "-c", str(ROOT / "docs"), "-d", str(out / "doctrees")]
    words += [
        "--fail-on-warning",
        "--nitpicky",
        "--quiet",
        "--jobs",
        "auto",
        "-D",
        f"source_url={source_url}",
        str(source),
        str(out / what),
    ]
    code = subprocess.run(words, check=False, cwd=ROOT).returncode
    print(f"{what}: {out / what}" if code == 0 else f"{what}: not made, Sphinx ended with {code}")
    return code


if __name__ == "__main__":
    sys.exit(main())
