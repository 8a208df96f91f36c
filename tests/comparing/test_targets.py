"""Who stands for whom, and what is other about them."""

from msgspec import structs

from harness.comparing.targets import Stand, counterparts, fact_changes, list_changes, stand
from harness.records.comparison import FactChange
from harness.records.run import TargetRecord
from tests.comparing.telling import facts, target


def asked_as(name: str, of: str, **others: object) -> Stand:
    """A target that was asked for by a name."""
    return stand(structs.replace(target(of, **others), name=name))


def test_a_target_is_known_by_its_id() -> None:
    before = [asked_as("all", "cpython-3.8.18"), asked_as("all", "pypy-3.9.16")]
    after = [asked_as("python3", "pypy-3.9.16"), asked_as("all", "cpython-3.8.18")]
    assert counterparts(before, after) == {"pypy-3.9.16": "pypy-3.9.16", "cpython-3.8.18": "cpython-3.8.18"}


def test_a_target_is_known_by_the_name_it_was_asked_for_by() -> None:
    before, after = [asked_as("python3", "cpython-3.8.18")], [asked_as("python3", "cpython-3.12.1")]
    assert counterparts(before, after) == {"cpython-3.12.1": "cpython-3.8.18"}


def test_a_name_that_stands_for_whatever_there_is_says_nothing() -> None:
    for name in ("all", "pyenv:*", "pyenv:3.[89]*", "current", "@old", "python3>pyenv:3.1?"):
        assert counterparts([asked_as(name, "cpython-3.8.18")], [asked_as(name, "cpython-3.12.1")]) == {}


def test_a_name_that_several_have_says_nothing() -> None:
    before = [asked_as("docker:x", "cpython-3.8.18"), asked_as("docker:x", "cpython-3.9.1")]
    assert counterparts(before, [asked_as("docker:x", "cpython-3.12.1")]) == {}


def test_the_only_one_of_a_family_is_known_by_it() -> None:
    before = [asked_as("all", "cpython-3.8.18"), asked_as("all", "cpython-3.11.2"), asked_as("all", "cpython-3.11.7")]
    after = [asked_as("all", "cpython-3.8.20"), asked_as("all", "cpython-3.11.2"), asked_as("all", "cpython-3.11.9")]
    assert counterparts(before, after) == {
        "cpython-3.8.20": "cpython-3.8.18",
        "cpython-3.11.2": "cpython-3.11.2",
        "cpython-3.11.9": "cpython-3.11.7",
    }


def test_two_of_a_family_could_each_be_the_other() -> None:
    before = [asked_as("all", "cpython-3.11.2"), asked_as("all", "cpython-3.11.3")]
    assert counterparts(before, [asked_as("all", "cpython-3.11.7")]) == {}


def test_another_implementation_libc_or_system_is_another_family() -> None:
    before = [asked_as("all", "cpython-3.8.18", libc="glibc")]
    for other in (
        asked_as("all", "pypy-3.8.16"),
        asked_as("all", "cpython-3.8.20", libc="musl"),
        asked_as("all", "cpython-3.8.20", os="macos"),
    ):
        assert counterparts(before, [other]) == {}


def test_a_target_that_could_not_be_started_has_no_family() -> None:
    dead = stand(TargetRecord("cpython-3.8.20", "all", trouble="no"))
    assert dead == Stand("cpython-3.8.20", "all")
    assert counterparts([asked_as("all", "cpython-3.8.18")], [dead]) == {}
    assert fact_changes(asked_as("all", "cpython-3.8.18").facts, dead.facts) == ()


def test_nobody_stands_for_two() -> None:
    before = [asked_as("python3", "cpython-3.8.18")]
    after = [asked_as("all", "cpython-3.8.18"), asked_as("python3", "cpython-3.9.1")]
    assert counterparts(before, after) == {"cpython-3.8.18": "cpython-3.8.18"}


def test_changes_of_facts_are_told_as_text() -> None:
    before = target("cpython-3.8.18", root=True, capabilities=("chown", "kill"), settings={"net.a": "1", "net.b": "2"})
    after = target("cpython-3.8.18", root=False, capabilities=("kill",), settings={"net.a": "3"}, image="sha256:1")
    assert fact_changes(stand(before).facts, stand(after).facts) == (
        FactChange("root", "yes", "no"),
        FactChange("capabilities", "chown kill", "kill"),
        FactChange("setting net.a", "1", "3"),
        FactChange("setting net.b", "2", ""),
        FactChange("image", "", "sha256:1"),
    )


def test_facts_of_pairs_say_whose_they_are() -> None:
    before = structs.replace(target("cpython-3.8.18"), partners=(facts("3.9.1"),))
    after = structs.replace(target("cpython-3.8.18"), partners=(facts("3.9.2"),))
    assert fact_changes(stand(before).facts, stand(after).facts) == (FactChange("client: python", "3.9.1", "3.9.2"),)


def test_long_lists_tell_what_came_and_went() -> None:
    before = target("cpython-3.8.18", names=("socket.a", "socket.b"), constants={"socket.X": 1})
    after = target("cpython-3.8.18", names=("socket.b", *(f"socket.n{number}" for number in range(6))), constants={"socket.X": 2})
    assert list_changes(before, after) == (
        FactChange("names", "socket.a", "socket.n0, socket.n1, socket.n2, socket.n3 and 2 more"),
        FactChange("constants", "socket.X=1", "socket.X=2"),
    )
