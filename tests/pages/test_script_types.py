"""The page's script says of which types its values are, and is held to it by TypeScript's checker."""

import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from harness.pages.page import SCRIPTS
from harness.records import page
from tests.engine.expected import unavailable

CONFIG = Path(__file__).parent / "tsconfig.json"
ASSETS = Path(__file__).parents[2] / "harness" / "pages" / "assets"


def test_the_script_is_of_the_types_that_it_says() -> None:
    tsc = os.environ.get("SOCKMATRIX_TSC") or shutil.which("tsc")
    if not tsc:
        unavailable("tsc", "TypeScript's checker is not on the path; npm install --global typescript, or name it: SOCKMATRIX_TSC=PATH")
    ended = subprocess.run([tsc, "--project", str(CONFIG)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "")


def test_every_part_of_the_script_is_in_the_page() -> None:
    assert sorted(SCRIPTS) == sorted(file.name for file in ASSETS.glob("*.js"))


def test_every_part_says_its_job() -> None:
    assert [name for name in SCRIPTS if not (ASSETS / name).read_text("utf-8").startswith("// ")] == []


def test_the_types_of_the_data_are_those_of_the_records() -> None:
    """Each field of the records that a page carries is named in the types of the script, and may be absent where it may be."""
    told = (ASSETS / "types.d.ts").read_text("utf-8")
    carried = (
        page.PageTarget, page.PageScenario, page.PageBehaviour, page.PageDifference, page.PageStep, page.PageOutcome, page.PageVerdict,
        page.PageVariation, page.PageDetails, page.PageRed, page.PageDetailsChunk,
    )  # fmt: skip
    for record in carried:
        body = told.partition(f"interface {record.__name__} {{")[2].partition("}\n\n")[0]
        fields = [f"{field.name}: " if field.required else f"{field.name}?: " for field in msgspec.structs.fields(record)]
        assert [field for field in fields if f"\n  {field}" not in body] == [], record.__name__
