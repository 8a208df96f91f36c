"""Outputs fit what a page shows, or the first line that does not is told."""

import pytest

from tests.docs.fitting import misfit

REAL = "Sockmatrix  3 scenarios  2026-11-29 21:03:28 UTC, 0.1 s\n\n ✓ pass   12\nnext  sockmatrix show a/b\nend\n"


@pytest.mark.parametrize(
    "shown",
    [
        REAL,
        "Sockmatrix 1 scenarios 2020-01-01 00:00:00 UTC, 17.25 s\n✓ pass 1\nnext sockmatrix show a/b\nend",
        "Sockmatrix …\n…\nend",
        "…\n✓ pass 1\n…",
        "…",
    ],
)
def test_what_may_differ_may_differ(shown: str) -> None:
    assert misfit(shown, REAL) == ""


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        ("…\n ✗ fail  1\n…", " ✗ fail  1"),
        ("Sockmatrix …\nfinish", "finish"),
        ("…\nend\n✓ pass 1", "✓ pass 1"),
        ("Sockmatrix …\n ✓ pass 1", "(the output goes on where the page's ends)"),
        ("", "(the output goes on where the page's ends)"),
    ],
)
def test_what_differs_is_told(shown: str, line: str) -> None:
    assert misfit(shown, REAL) == line


def test_lines_may_be_broken_elsewhere() -> None:
    assert misfit("in a/b  …/b.yaml:9  s.recv(10)", "in a/b\n   /a/long/way/to/b.yaml:12\n   s.recv(10)\n") == ""
