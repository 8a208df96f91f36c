"""The commands of every page, run one after the other as a reader would, in a folder of its own. What is not run says why."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs import examples, world
from tests.docs.examples import SHELLS, Block, Typed, blocks, pages, typed
from tests.docs.fitting import misfit
from tests.docs.world import World, elsewhere

pytestmark = [
    pytest.mark.documentation,
    pytest.mark.skipif(not (examples.ROOT / "docs" / "README.md").is_file(), reason="an installed package has no docs"),
]

MOST_ELSEWHERE = 61
"""Lines of blocks that are run otherwise which need something that a test has not. It may become smaller."""

LACKING = re.compile(r"(no interpreter for|the run has no target|the history has nothing of) '[^']+'|nothing in \S+ is like '[^']+'")
"""What is said of interpreters that a machine, or a run on some of them, has not."""

STORIES = tuple(page for page in pages() if any(block.page == page and block.language in SHELLS for block in blocks()))


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world in which something has been played already."""
    here = world.make(tmp_path_factory.mktemp("saved"))
    world.add_runs(here)
    return here.folder


def story(page: str) -> Iterator[Block]:
    """What there is to do on a page, in its order: files to save, commands to type."""
    for block in blocks():
        if block.page == page and (block.language in SHELLS or block.mark.startswith("file: ")):
            yield block


@pytest.mark.parametrize("page", STORIES)
def test_a_reader_can_do_what_the_page_says(page: str, saved: Path, tmp_path: Path) -> None:
    here = world.make(tmp_path)
    shutil.copytree(saved / "here", tmp_path / "here", dirs_exist_ok=True)
    told = [said for block in story(page) for said in done(block, here)]
    print(*(line for line in told if line.startswith("not run")), sep="\n")
    wrong = [line for line in told if not line.startswith("not run")]
    assert not wrong, "\n".join(wrong)


def done(block: Block, here: World) -> Iterator[str]:
    """Do what a block says; what went wrong, and what was not run."""
    if block.mark.startswith("file: "):
        here.write(block.mark.removeprefix("file: ").partition(",")[0], block.text)
    elif block.language in SHELLS and not block.mark.startswith("not run: ") and block.mark not in ("main job", "tests"):
        for line in typed(block):
            yield from run(line, here)


def run(line: Typed, here: World) -> Iterator[str]:
    if reason := elsewhere(line.text):
        yield f"not run: {line.place}: {line.text}: {reason}"
        return
    outcome = here.run(line)
    if lacking := LACKING.search(outcome.output):
        yield f"not run: {line.place}: {line.text}: {lacking[0]}"
    elif line.output is not None:
        if said := misfit(line.output, outcome.output):
            yield f"{line.place}: {line.text}: {said!r} does not fit\n{outcome.output}"
    elif outcome.code not in (0, 1):
        yield f"{line.place}: {line.text}: exit {outcome.code}: {outcome.output[-600:]}"


def test_few_lines_need_what_a_test_has_not() -> None:
    lines = [
        line for page in STORIES for block in story(page) if not block.mark.startswith(("file: ", "not run: ")) for line in typed(block)
    ]
    left_out = [f"{line.place}: {line.text}: {elsewhere(line.text)}" for line in lines if elsewhere(line.text)]
    print(*left_out, sep="\n")
    assert len(left_out) <= MOST_ELSEWHERE
