"""What is said of a feature, in a sentence and in a cell."""

import pytest

from harness.compat.records import Feature, Support
from harness.reports.compat_words import alike, differs, is_everywhere, is_nowhere, sentence, short

SUPPORTS = [
    (Support("yes", since="2.7.18"), "since 2.7.18 or before", "yes"),
    (Support("yes", since="3.8.18", without="3.7.16"), "since 3.8.18 (3.7.16 is without)", "3.8.18"),
    (Support("yes", since="3.8.18", unknown=("2.7.18", "3.6.15")), "since 3.8.18 or before; not known of 2.7.18, 3.6.15", "yes*"),
    (Support("no"), "on none that was run", "no"),
    (
        Support("removed", since="3.6.15", without="2.7.18", last="3.10.13", removed="3.11.2"),
        "from 3.6.15 (2.7.18 is without) to 3.10.13; 3.11.2 is without",
        "3.6.15 to 3.10.13",
    ),
    (
        Support("removed", since="2.7.18", last="3.7.16", removed="3.8.18"),
        "from 2.7.18 or before to 3.7.16; 3.8.18 is without",
        "to 3.7.16",
    ),
    (Support("mixed", having=("3.11.2",), lacking=("3.11.7",)), "on 3.11.2; not on 3.11.7", "some"),
]


@pytest.mark.parametrize(("support", "words", "letters"), SUPPORTS)
def test_a_statement_in_words_and_in_letters(support: Support, words: str, letters: str) -> None:
    assert (sentence(support), short(support)) == (words, letters)


def test_what_is_not_known_is_a_question_mark() -> None:
    assert short(None) == "?"


def test_families_of_which_the_same_is_said_go_together() -> None:
    feature = Feature(
        "function", {"jython-linux": Support("no"), "pypy-linux": Support("yes", since="3.9"), "cpython-linux": Support("yes", since="2.7")}
    )
    assert list(alike(feature)) == [(("cpython-linux", "pypy-linux"), "yes"), (("jython-linux",), "no")]


@pytest.mark.parametrize(
    ("one", "other", "notes", "differ"),
    [
        (Support("yes", since="2.7"), Support("yes", since="3.9"), (), False),
        (Support("no"), Support("no"), (), False),
        (Support("yes", since="2.7"), Support("no"), (), True),
        (Support("yes", since="3.6", without="2.7"), Support("yes", since="3.9"), (), True),
        (Support("mixed"), Support("mixed"), (), True),
        (Support("yes", since="2.7"), Support("yes", since="3.9"), ("tcp/close#2",), True),
        (Support("yes", since="2.7"), None, (), False),
    ],
)
def test_what_differs(one: Support, other: Support | None, notes: tuple[str, ...], differ: bool) -> None:
    feature = Feature("function", {"a": one} if other is None else {"a": one, "b": other}, notes=notes)
    assert differs(feature, ("a", "b")) is differ


def test_everywhere_means_every_version_of_every_family() -> None:
    whole = Feature("function", {"a": Support("yes", since="2.7")})
    assert (is_everywhere(whole, ("a",)), is_everywhere(whole, ("a", "b")), is_nowhere(whole)) == (True, False, False)
