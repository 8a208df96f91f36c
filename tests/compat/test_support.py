"""Since when a family has a feature: no more is said than was seen."""

from harness.compat.records import FeatureKind, Support
from harness.compat.support import support

VERSIONS = ("2.7.18", "3.6.15", "3.8.18", "3.11.2", "3.11.7")


def told(*has: bool | None, kind: FeatureKind = "function") -> Support | None:
    """The statement where each version has the feature, lacks it, or is not known."""
    answers = {version: frozenset({each}) for version, each in zip(VERSIONS, has, strict=True) if each is not None}
    return support(kind, VERSIONS, answers)


def test_what_all_have_may_be_older_than_the_oldest() -> None:
    assert told(True, True, True, True, True) == Support("yes", since="2.7.18")


def test_since_names_the_neighbour_that_was_seen_without() -> None:
    assert told(False, False, True, True, True) == Support("yes", since="3.8.18", without="3.6.15")


def test_a_version_that_says_nothing_is_no_neighbour() -> None:
    assert told(False, None, True, True, True) == Support("yes", since="3.8.18", without="2.7.18", unknown=("3.6.15",))
    assert told(None, None, True, True, True) == Support("yes", since="3.8.18", unknown=("2.7.18", "3.6.15"))


def test_none_has_it() -> None:
    assert told(False, False, False, None, False) == Support("no", unknown=("3.11.2",))


def test_nothing_is_known() -> None:
    assert told(None, None, None, None, None) is None


def test_it_went_again() -> None:
    assert told(False, True, True, False, False) == Support("removed", since="3.6.15", without="2.7.18", last="3.8.18", removed="3.11.2")


def test_releases_of_one_minor_version_that_differ_are_no_matter_of_versions() -> None:
    assert told(False, False, False, True, False) == Support("mixed", having=("3.11.2",), lacking=("2.7.18", "3.6.15", "3.8.18", "3.11.7"))
    assert told(False, False, False, False, True) == Support("mixed", having=("3.11.7",), lacking=("2.7.18", "3.6.15", "3.8.18", "3.11.2"))


def test_neither_is_what_comes_goes_and_comes_again() -> None:
    assert told(True, False, True, True, True) == Support("mixed", having=("2.7.18", "3.8.18", "3.11.2", "3.11.7"), lacking=("3.6.15",))


def test_two_builds_of_one_version_may_differ_in_their_names() -> None:
    answers = {"3.8.18": frozenset({True, False})}
    assert support("constant", ("3.8.18",), answers) == Support("mixed", having=("3.8.18",), lacking=("3.8.18",))


def test_an_option_or_error_is_there_if_it_was_seen_anywhere() -> None:
    answers = {"3.8.18": frozenset({True, False})}
    assert support("error", ("3.8.18",), answers) == Support("yes", since="3.8.18")
