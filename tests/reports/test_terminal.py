"""Lines, tables and what they do with too little room."""

from harness.reports.symbols import VERDICT_SYMBOLS
from tests.reports.making import paper, printed


def test_a_long_line_goes_on_further_in() -> None:
    page, stream = paper(40)
    page.line("one two three four five six seven eight nine ten", indent=2, hang=3)
    assert printed(stream) == "  one two three four five six seven\n     eight nine ten\n"


def test_a_word_longer_than_the_line_is_cut() -> None:
    page, stream = paper(40)
    page.line("x" * 50)
    assert printed(stream) == "x" * 40 + "\n" + "x" * 10 + "\n"


def test_wide_letters_take_two_cells() -> None:
    page, stream = paper(60)
    page.table([["网络", "a"], ["b", "c"]])
    assert printed(stream) == "网络  a\nb     c\n"


def test_numbers_stand_against_the_right_edge() -> None:
    page, stream = paper(60)
    page.table([["target", "pass"], ["a", "7"], ["b", "12"]], right=(1,))
    assert printed(stream) == "target  pass\na          7\nb         12\n"


def test_the_last_column_wraps_below_itself() -> None:
    page, stream = paper(40)
    page.table([["id", "one two three four five six seven eight nine"]])
    assert printed(stream) == "id  one two three four five six seven\n    eight nine\n"


def test_with_too_little_room_the_last_column_goes_below_the_others() -> None:
    page, stream = paper(40)
    page.table([["x" * 30, "a reason that needs quite some room"]])
    assert printed(stream) == "x" * 30 + "\n    a reason that needs quite some room\n"


def test_neither_markup_nor_control_characters_get_through() -> None:
    page, stream = paper(60)
    page.line("[red]x[/red] \x1b[0m :smile:")
    page.table([["[b]", "\x07"]])
    assert printed(stream) == "[red]x[/red] \\x1b[0m :smile:\n[b]  \\x07\n"


def test_signs_are_plain_where_the_encoding_has_none() -> None:
    page, _ = paper(60, "ascii")
    assert page.sign(VERDICT_SYMBOLS["pass"]) == ("+", "green")
    page, _ = paper(60)
    assert page.sign(VERDICT_SYMBOLS["pass"]) == ("✓", "green")
