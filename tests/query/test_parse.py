"""Queries as text: which words there are, and what is said of wrong ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.query.parse import KEYS, LONGEST, QueryError, Word, parse

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))


def test_words_are_taken_apart() -> None:
    query = parse('udp !area:TCP cause:"python < 3.10" target:pypy* "[a*]"')
    assert query.words == (
        Word("", "udp"),
        Word("area", "tcp", negated=True),
        Word("cause", "python < 3.10"),
        Word("target", "pypy*", wild=True),
        Word("", "[a*]"),
    )


def test_words_are_about_scenarios_cells_or_differences() -> None:
    query = parse("udp area:udp verdict:fail kind:errno")
    assert [[word.value for word in query.of(about)] for about in ("scenario", "cell", "difference")] == [
        ["udp", "udp"],
        ["fail"],
        ["errno"],
    ]


@pytest.mark.parametrize("wrong", VECTORS["errors"], ids=lambda wrong: wrong["query"])
def test_a_wrong_word_is_named_with_its_place_and_the_nearest_right_one(wrong: Any) -> None:
    with pytest.raises(QueryError) as raised:
        parse(wrong["query"])
    found = raised.value
    assert (found.offset, found.message, found.hint) == (wrong["offset"], wrong["message"], wrong["hint"])


def test_the_whole_message() -> None:
    with pytest.raises(QueryError) as raised:
        parse("area:udp kidn:errno")
    assert str(raised.value) == "unknown word 'kidn:' in query 'area:udp kidn:errno', character 10; did you mean 'kind:'?"


def test_a_query_without_end_is_refused() -> None:
    with pytest.raises(QueryError, match=f"a query has at most {LONGEST} characters in query 'x+…', character 1001"):
        parse("x" * (LONGEST + 1))


def test_every_word_is_explained() -> None:
    assert all(key.says and not key.says.endswith(".") for key in KEYS.values())
    page = (Path(__file__).parents[2] / "docs" / "query.md").read_text("utf-8")
    assert [name for name in KEYS if f"| `{name}:" not in page] == []
