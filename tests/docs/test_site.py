"""The built site, as a reader meets it: in a browser, from disk, without a network. Skipped where nobody has built it."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from harness.commands.main import COMMANDS
from tests.docs.examples import ROOT
from tests.pages.conftest import FLAGS, find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.documentation

FOLDER = Path(os.environ.get("SOCKMATRIX_DOCS", ROOT / "build" / "docs"))

SHOWN = ("index", "tutorial", "reference/library/threads", "reference/commands/run", "reference/formats/footer")
"""Pages that stand for all of their kind."""


@pytest.fixture(scope="module")
def site() -> Path:
    if not (FOLDER / "site" / "index.html").is_file():
        pytest.skip(f"no site is built in {FOLDER}; build it: python -m tools.docs")
    return FOLDER / "site"


def addresses(page: Path, attributes: str = "href|src") -> list[str]:
    return re.findall(rf'\b(?:{attributes})="([^"]*)"', page.read_text("utf-8"))


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    dead = []
    for page in sorted(site.rglob("*.html")):
        for address in addresses(page):
            parts = urlsplit(address)
            if not parts.scheme and parts.path and not (page.parent / unquote(parts.path)).exists():
                dead.append(f"{page.relative_to(site)}: {address}")
    assert dead == []


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    loading = r'<(?:script|img|iframe|link(?! rel="(?:canonical|index|search|next|prev)"))\b[^>]*\b(?:src|href)="((?:https?:)?//[^"]+)"'
    assert [f"{page.name}: {found}" for page in site.rglob("*.html") for found in re.findall(loading, page.read_text("utf-8"))] == []
    assert [
        sheet.name for sheet in site.rglob("*.css") if re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", sheet.read_text("utf-8"))
    ] == []


def test_there_is_a_manual_page_for_every_command(site: Path) -> None:
    made = {file.stem for file in (site.parent / "man").glob("*.1")}
    assert made == {"sockmatrix", *(f"sockmatrix-{name}" for name in COMMANDS)}
    page = (site.parent / "man" / "sockmatrix-run.1").read_text("utf-8")
    assert r"\-\-target NAME" in page
    assert "Interpreter to play on" in page


def test_no_address_of_a_file_is_left_open(site: Path) -> None:
    assert [page.name for page in site.rglob("*.html") if "repository:" in page.read_text("utf-8")] == []


Opened = Callable[..., "Page"]


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    pytest.importorskip("playwright.sync_api", reason="needs the dependency group browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: "Browser", site: Path) -> Iterator[Opened]:
    """`opened("tutorial", color_scheme="dark")`; the test fails if the page complains of anything or asks another host for anything."""
    complaints: list[str] = []
    contexts = []

    def open_page(name: str, **options: object) -> "Page":
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith("file:") else complaints.append(asked.url))
        page.goto((site / f"{name}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "scheme"), [*((name, "light") for name in SHOWN), ("tutorial", "dark"), ("reference/library/threads", "dark")]
)
def test_pages_are_accessible(name: str, scheme: str, opened: Opened) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has none

    found = Axe().run(opened(name, color_scheme=scheme)).response["violations"]
    grave = [(each["id"], each["nodes"][0]["html"][:200]) for each in found if each["impact"] in ("serious", "critical")]
    assert grave == []


@pytest.mark.browser
@pytest.mark.parametrize("name", SHOWN)
def test_pages_fit_a_telephone(name: str, opened: Opened) -> None:
    page = opened(name, viewport={"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.browser
def test_the_search_works_from_disk(opened: Opened) -> None:
    page = opened("index")
    page.fill("input[name=q]", "nobody_answers")
    page.press("input[name=q]", "Enter")
    page.get_by_role("link", name="Find out what recv raises on your Pythons").first.wait_for()
