"""Links of a page lead to the same places in the site as in the repository."""

import pytest

from tools.docs.links import links, relinked

PAGES = {"docs/reports.md": "reports", "scenarios/README.md": "language", "docs/README.md": "index"}
ASSETS = {"reports/compat.svg": "compat.svg"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[a](page.md)", "[a](repository:docs/page.md)"),
        ("[a](../scenarios/README.md#helpers)", "[a](language.md#helpers)"),
        ("[a](README.md)", "[a](index.md)"),
        ("[a](../scenarios/tcp/x.yaml#L7)", "[a](repository:scenarios/tcp/x.yaml#L7)"),
        ("![p](../reports/compat.svg)", "![p](compat.svg)"),
        ("[![p](../reports/compat.svg)](README.md)", "[![p](compat.svg)](index.md)"),
        ("[a](https://example.invalid/x.md)", "[a](https://example.invalid/x.md)"),
        ("[a](#below)", "[a](#below)"),
        ("`[a](page.md)` and ``[a](`page.md)``", "`[a](page.md)` and ``[a](`page.md)``"),
        ("```\n[a](page.md)\n```\n[b](README.md)", "```\n[a](page.md)\n```\n[b](index.md)"),
        ("<!-- [a](page.md) -->", "<!-- [a](page.md) -->"),
    ],
)
def test_links_follow_their_targets(written: str, expected: str) -> None:
    assert relinked(written, "docs/reports.md", "reports", PAGES, ASSETS) == expected


def test_a_page_that_moves_down_looks_up() -> None:
    assert relinked("[a](reports.md)", "docs/x.md", "reference/x", PAGES, ASSETS) == "[a](../reports.md)"


def test_links_are_listed_as_written() -> None:
    assert links("[a](b.md#c) `[x](y)` [d](<e.md>)") == ["b.md#c", "e.md"]
