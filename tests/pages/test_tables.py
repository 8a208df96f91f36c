"""What occurs often is kept once."""

from harness.pages.tables import LONGEST, Tables


def test_texts_and_lists_have_places() -> None:
    tables = Tables({"a": 0, "b": 1})
    assert [tables.text("x"), tables.text("y"), tables.text("x")] == [0, 1, 0]
    assert [tables.targets(("b", "a")), tables.targets(("a", "b")), tables.targets(("b",))] == [0, 0, 1]
    assert (tables.texts, tables.lists) == (("x", "y"), ((0, 1), (1,)))
    assert tables.optional("") is None


def test_lines_of_a_program_are_whole() -> None:
    tables = Tables({})
    tables.line("\tx = '" + "y" * 10_000 + "'  # \u202e")
    assert tables.texts == ("\tx = '" + "y" * 10_000 + r"'  # \u202e",)


def test_texts_are_printable_and_bounded() -> None:
    tables = Tables({})
    tables.text("\x1b[31m\u202e")
    tables.text("é" * 1_000_000)
    assert tables.texts == (r"\x1b[31m\u202e", "é" * LONGEST + "… (1000000 characters)")
