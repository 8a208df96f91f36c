"""Text from targets in Markdown: whatever it is, it stays text."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.runs.markdown_text import clipped, code, comment, link, prose
from harness.runs.safe import safe
from tests.reports.hostile import MEAN

READER = MarkdownIt("commonmark", {"html": True}).enable("table")


class Seen(HTMLParser):
    """What a reader sees, and of which elements it is made."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(source: str) -> Seen:
    return Seen(READER.render(source))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("socket.timeout: timed out", "`socket.timeout: timed out`"),
        ("", "(nothing)"),
        ("   ", "(blanks)"),
        (" x", "`  x `"),
        ("a`b", "<code>a&#96;b</code>"),
        ("a|b", "<code>a&#124;b</code>"),
        ("a\\b", "<code>a&#92;b</code>"),
        ("two\nlines\x00", "<code>two&#92;nlines&#92;x00</code>"),
        ("@you and #1", "`@you and #1`"),
        ("a|you@example.org, www.x.y", "<code>a&#124;you<span>&#64;</span>example.org, www&#46;x.y</code>"),
    ],
)
def test_code_is_readable_where_it_can_be_and_harmless_everywhere(text: str, written: str) -> None:
    assert code(text) == written


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_any_text_is_one_cell_of_code(text: str) -> None:
    seen = rendered(f"| a | b |\n|---|---|\n| {code(text)} | after |\n")
    shown = safe(text) if text.strip(" ") else ("(nothing)" if not text else "(blanks)")
    cells = [part.strip() for part in seen.text.split("\n") if part.strip()]
    assert cells == ["a", "b", shown.strip(), "after"]
    assert seen.elements.count("td") == 2
    assert set(seen.elements) <= {"table", "thead", "tbody", "tr", "th", "td", "code", "span"}


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_prose_without_markup(text: str) -> None:
    for before in ("because ", "", "before\n"):
        seen = rendered(f"{before}{prose(text)} so")
        assert set(seen.elements) <= {"p", "code"}
        assert seen.text.split() == f"{before}{safe(' '.join(text.split()))} so".split()


MARKS = st.text(st.sampled_from("a1 _*`~#+-=.)(:&;<>[]!|\\$/@\n"), max_size=12)


@settings(deadline=None)
@given(MARKS)
def test_text_of_marks_is_prose_without_markup(text: str) -> None:
    test_any_text_is_prose_without_markup.hypothesis.inner_test(text)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("recv_into of non-blocking sockets (cpython-2.7.18): done", "recv_into of non-blocking sockets (cpython-2.7.18): done"),
        ("<b> &lt; _so_ *so* ~so~ [a](b)", "&#60;b&#62; &#38;lt; &#95;so&#95; &#42;so&#42; &#126;so&#126; &#91;a&#93;(b)"),
        ("- a", "&#45; a"),
        ("12. a", "12&#46; a"),
        ("# a", "&#35; a"),
        ("=", "&#61;"),
        ("ftp://a.b :smile:", "ftp&#58;//a.b &#58;smile:"),
    ],
)
def test_prose_can_be_read_in_the_source_too(text: str, written: str) -> None:
    assert prose(text) == written


def test_nobody_is_called_by_prose_and_nothing_is_linked() -> None:
    assert prose("see @team/x, owner/name#12, #7 and https://evil.example/?a=1") == (
        "see `@team/x`, `owner/name#12`, `#7` and `https://evil.example/?a=1`"
    )
    assert prose("an e-mail a@b, C#7 and 3 * 4") == "an e-mail `a@b`, `C#7` and 3 &#42; 4"


def test_a_comment_cannot_be_left() -> None:
    assert comment("sockmatrix report nightly") == "<!-- sockmatrix report nightly -->"
    assert comment("a --> <b> -- c --") == "<!-- a - -b- - c  -->"
    assert rendered(comment(MEAN)).text.strip() == ""


def test_a_link_keeps_its_address_whole() -> None:
    assert link("a.yaml:3", "https://example.org/a b>c#L3") == "[`a.yaml:3`](<https://example.org/a%20b%3Ec#L3>)"
    assert link("a.yaml:3", "") == "`a.yaml:3`"


def test_what_is_long_is_cut_and_said_to_be() -> None:
    assert clipped("x" * 10, 4) == "xxxx… (10 characters)"
    assert re.fullmatch(r"`x{300}… \(1000000 characters\)`", code("x" * 1_000_000))
