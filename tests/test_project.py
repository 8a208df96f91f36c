"""What the project promises of its own files: the library, its schema, the pages that are made from them."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.language.document import Mapping, Node, Scalar, Sequence, parse, resolve
from harness.language.library import Library, bundled, load
from harness.language.schema import scenario_schema
from harness.records.plan import Expectation, Plan

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def library() -> Library:
    return load([bundled()], cache=False)


def test_the_library_has_no_mistakes(library: Library) -> None:
    assert [str(mistake) for mistake in library.mistakes] == []
    assert len(library.plans) > 600


def plain(node: Node) -> Any:
    """What a YAML reader makes of a node."""
    if isinstance(node, Scalar):
        return resolve(node)
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {key: plain(value) for key, (_, value) in node.entries.items()}


def test_every_file_of_the_library_fits_the_published_schema() -> None:
    validator = jsonschema.Draft202012Validator(scenario_schema())
    for path in sorted(bundled().rglob("*.yaml")):
        node = parse(path.read_text(encoding="utf-8"), path.as_posix(), [])
        assert [error.message for error in validator.iter_errors(plain(node))] == [], path


@pytest.mark.skipif(not (ROOT / "docs" / "sources.toml").is_file(), reason="an installed package has no docs")
def test_the_page_of_the_sources_is_up_to_date(library: Library) -> None:
    from harness.reports.sources import cover, page, read_rows, unknown_rows

    rows = read_rows(ROOT / "docs" / "sources.toml")
    covered = cover(rows, library.plans)
    assert not unknown_rows(rows, library.plans)
    assert (ROOT / "docs" / "sources.md").read_text(encoding="utf-8") == page(covered)


def can_fail(plan: Plan) -> bool:
    free = (Expectation(), Expectation(records=True))
    return any(step.call.kind == "pending" or step.expect not in free or step.varies for step in plan.steps)


def test_every_scenario_has_an_expectation_that_can_fail(library: Library) -> None:
    assert [plan.id for plan in library.plans if not can_fail(plan)] == []


def test_every_scenario_says_who_promises_it(library: Library) -> None:
    promises = ("python:", "since:", "posix:", "rfc:", "man:", "issue:", "winsock:", "macos:", "freebsd:", "https:")
    assert [plan.id for plan in library.plans if not any(entry.startswith(promises) for entry in plan.see)] == []
    assert [plan.id for plan in library.plans if not plan.about.strip()] == []


def test_every_variation_has_a_reason_and_a_source(library: Library) -> None:
    varied = [(plan.id, variation) for plan in library.plans for step in plan.steps for variation in step.varies]
    assert [name for name, variation in varied if not variation.because or not variation.see] == []


def test_no_scenario_needs_to_wait_for_long(library: Library) -> None:
    waits = {plan.id: sum(step.expect.takes.least or 0 for step in plan.steps if step.expect.takes) for plan in library.plans}
    # On a network something must really have passed: a kernel that gives up asks for a second or two before it does.
    longest = {plan.id: 4 if plan.condition else 2 for plan in library.plans}
    assert [name for name, seconds in waits.items() if seconds > longest[name]] == []


@pytest.mark.skipif(not (ROOT / "docs" / "coverage.md").is_file(), reason="an installed package has no docs")
def test_the_goals_of_coverage_are_reached_and_the_page_says_so(library: Library) -> None:
    from harness.coverage.catalogue import catalogue
    from harness.coverage.measure import is_reached, measure
    from harness.coverage.unobserved import unobserved
    from harness.reports.coverage_page import page

    coverage = measure(catalogue(), library.plans)
    assert [(total.kind, total.percent, total.goal) for total in coverage.totals if not total.reached] == []
    assert is_reached(coverage)
    assert (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8") == page(coverage, unobserved(library.plans).departures)


def test_the_page_says_how_many_departures_nobody_here_can_confirm(library: Library) -> None:
    from harness.coverage.unobserved import unobserved

    conditions = [each.when for each in unobserved(library.plans).departures]
    of = {name: [when for when in conditions if f'"{name.lower()}"' in when] for name in ("Windows", "macOS", "FreeBSD")}
    rest = [when for when in conditions if not any(when in some for some in of.values())]
    of["every system but Linux"] = [when for when in rest if when == 'os != "linux"']
    of["a machine that is not Linux"] = [when for when in rest if "ipv4" in when]
    text = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
    assert [name for name, some in of.items() if f"| {len(some)} | {name}" not in text] == []
    assert [when for when in rest if "linux" not in when and "ipv4" not in when and "openbsd" not in when] == []


def test_the_page_says_how_many_departures_a_run_here_has_shown(library: Library) -> None:
    import re

    entries = {
        (plan.file, each.place.line): each.when for plan in library.plans for step in plan.steps for each in step.varies if each.observed
    }
    said = {
        "Wine ({} entries)": r"\bwine\b",
        "gVisor ({})": "gvisor",
        "a kernel ({})": "kernel|hypervisor",
        "musl ({})": "musl",
        "big-endian or 32-bit processor ({})": "emulated|byteorder|bits",
        "MicroPython ({})": '== "micropython"',
        "Emscripten or WASI ({})": "emscripten|wasi",
    }
    text = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8").replace("\n", " ")
    numbers = {words: sum(bool(re.search(pattern, when)) for when in entries.values()) for words, pattern in said.items()}
    assert [words.format(number) for words, number in numbers.items() if words.format(number) not in text] == []


def test_departures_of_systems_that_were_never_run_are_marked(library: Library) -> None:
    nowhere = ("windows", "macos", "freebsd", "openbsd", "netbsd", "dragonfly", "solaris", "sunos", "aix")
    marked = {(plan.file, each.place.line): each for plan in library.plans for step in plan.steps for each in step.varies if each.observed}
    unmarked = [place for place, each in marked.items() if any(f'"{system}"' in each.when for system in nowhere) and "!=" not in each.when]
    assert [place for place in unmarked if "wine" not in marked[place].when] == []
