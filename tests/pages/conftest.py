"""A Chromium of this machine with the page of a run in it; skipped, with the reason, where there is none."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.pages.page import page_of
from harness.runs.folder import Run
from tests.engine.expected import unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium")

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
"""Nothing but the page is loaded, and a container without a sandbox of its own will do."""

Opened = Callable[..., "Page"]
Saver = Callable[[Callable[[], Run], str], Path]


def find_chromium(playwright: "Playwright") -> str:
    """The browser's program: as it was named, on the path, where systems put it, or Playwright's own."""
    found = (os.environ.get("SOCKMATRIX_CHROMIUM"), *map(shutil.which, NAMES), *PLACES, playwright.chromium.executable_path)
    program = next((each for each in found if each and os.access(each, os.X_OK)), "")
    if not program:
        unavailable("browser", "no Chromium was found; install one, or name it: SOCKMATRIX_CHROMIUM=PATH")
    return program


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """A browser with nothing in it."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        unavailable("browser", f"{error}; install it: pip install --group browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(playwright), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def saved_pages(tmp_path_factory: pytest.TempPathFactory) -> Saver:
    """The page of a run, as a file; each is made once."""
    folder = tmp_path_factory.mktemp("pages")

    def save(make: Callable[[], Run], where: str) -> Path:
        file = folder / f"{make.__name__}{where.replace(':', '-')}.html"
        if not file.exists():
            file.write_bytes(page_of(make(), where=where, reproducer=lambda plan: f"import socket\n# {plan.id}: <b>\n"))
        return file

    return save


@pytest.fixture
def opened(chromium: "Browser", saved_pages: Saver) -> Iterator[Opened]:
    """`opened(varied_run, "#q=area:udp")`: the page, ready; a test fails if the page complains of anything or loads anything else."""
    complaints: list[str] = []
    contexts = []

    def open_page(make: Callable[[], Run], address: str = "", where: str = "", **options: object) -> "Page":
        context = chromium.new_context(**{"viewport": {"width": 1300, "height": 900}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.on(
            "request", lambda request: complaints.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None
        )
        page.goto(saved_pages(make, where).as_uri() + address)
        page.wait_for_selector("html.ready")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
