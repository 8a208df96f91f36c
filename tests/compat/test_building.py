"""The whole data set of small runs."""

from harness.compat.building import build, digests
from harness.compat.records import Behaving, CompatNote, SeenTarget
from tests.comparing.telling import raised, seen
from tests.compat.showing import NEW, OLD, Did, data, played, scenario, target

STEPS = """
- a: s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
- a: s.recv(1)
  returns: b""
  varies:
    - {when: python < 3.8, raises: {type: OSError}, because: it was so, see: ["python:socket.socket.recv"]}
"""
SOCKET = seen(0, {"socket": 1})
EMPTY = [SOCKET, seen(1, {"bytes": ""})]
RAISED = [SOCKET, raised(1, "OSError", "not connected", symbols=("ENOTCONN",), errno=107)]


def test_a_difference_is_a_note_of_what_its_step_is_about() -> None:
    found = data([target(NEW), target(OLD)], (scenario(STEPS), [EMPTY, (RAISED, "variation")]))
    assert found.features["socket.socket.recv"].notes == ("tcp/close#2",)
    assert found.features["socket.socket.connect"].notes == ()
    assert found.notes == {
        "tcp/close#2": CompatNote(
            scenario="tcp/close",
            step=2,
            line=6,
            text="s.recv(1)",
            kind="exception",
            behaviours=(
                Behaving("OSError: [ENOTCONN] not connected", {"cpython-linux-glibc": ("3.7.16",)}, "python < 3.8"),
                Behaving("b''", {"cpython-linux-glibc": ("3.8.18",)}, "python >= 3.8"),
            ),
            because="it was so",
            see=("python:socket.socket.recv",),
        )
    }


def test_cases_that_part_the_targets_in_the_same_way_are_one_note() -> None:
    cases = [scenario(STEPS, f"tcp/close[{name}]") for name in ("a", "b", "c")]
    departed: list[Did | None] = [EMPTY, (RAISED, "variation")]
    found = data([target(NEW), target(OLD)], (cases[0], departed), (cases[1], departed), (cases[2], [EMPTY, EMPTY]))
    assert {name: note.cases for name, note in found.notes.items()} == {"tcp/close#2": ("a", "b")}


def test_cases_that_part_them_otherwise_are_notes_of_their_own() -> None:
    cases = [scenario(STEPS, f"tcp/close[{name}]") for name in ("a", "b")]
    third = target("cpython-3.9.18")
    found = data(
        [target(NEW), target(OLD), third],
        (cases[0], [EMPTY, (RAISED, "variation"), EMPTY]),
        (cases[1], [EMPTY, (RAISED, "variation"), (RAISED, "fail")]),
    )
    assert {name: note.cases for name, note in found.notes.items()} == {"tcp/close#2": ("a",), "tcp/close#2.2": ("b",)}


def test_what_was_not_played_for_a_need_is_no_note_and_no_lack() -> None:
    found = data([target(NEW), target(OLD)], (scenario(STEPS), [EMPTY, ([], "unsupported")]))
    assert found.notes == {}
    assert found.targets[OLD].cells == {"unsupported": 1}


def test_targets_are_told_with_what_was_particular_about_them() -> None:
    found = data([target(NEW, root=True, image="sha256:1")], (scenario(STEPS), [EMPTY]))
    assert found.targets == {NEW: SeenTarget("cpython-linux-glibc", "3.8.18", "6.1", "", "", True, "sha256:1", {"pass": 1})}
    assert [version.targets for version in found.families["cpython-linux-glibc"].versions] == [(NEW,)]


def test_one_version_in_two_surroundings_may_be_in_two_behaviours() -> None:
    found = data([target(NEW, named="one"), target(NEW, named="two", root=True)], (scenario(STEPS), [EMPTY, (RAISED, "fail")]))
    assert [each.on for each in found.notes["tcp/close#2"].behaviours] == [{"cpython-linux-glibc": ("3.8.18",)}] * 2
    assert {each.cause for each in found.notes["tcp/close#2"].behaviours} == {"root", "not root"}
    assert found.notes["tcp/close#2"].surroundings


def test_a_cause_that_no_version_has_is_of_the_surroundings() -> None:
    plain = scenario(STEPS.replace("< 3.8", "< 2"))
    versions = data([target(OLD, root=True), target(NEW, root=True), target("pypy-3.9.16")], (plain, [RAISED, RAISED, EMPTY]))
    assert not versions.notes["tcp/close#2"].surroundings
    rights = data([target("cpython-3.8.1", root=True), target("cpython-3.8.2")], (plain, [RAISED, EMPTY]))
    assert rights.notes["tcp/close#2"].surroundings


def test_scenarios_that_assert_a_feature_prove_it() -> None:
    plans = [scenario(STEPS, f"tcp/{name}") for name in "dcba"]
    found = data([target(NEW)], *((plan, [EMPTY]) for plan in plans), (scenario(STEPS, "tcp/e"), [None]))
    assert (found.features["socket.socket.recv"].asserted, found.features["socket.socket.recv"].scenarios) == (
        4,
        ("tcp/a", "tcp/b", "tcp/c"),
    )


def test_the_digest_of_a_file_is_one_of_its_cases_in_no_order() -> None:
    one, other = scenario(STEPS, "tcp/close[a]"), scenario(STEPS, "tcp/close[b]")
    assert digests([one, other]) == digests([other, one])
    assert digests([one, other]) != digests([one]) != digests([scenario(STEPS, "tcp/close[a]", "d2")])
    assert list(digests([one, scenario(STEPS, "tcp/a")])) == ["tcp/a", "tcp/close"]


def test_the_same_runs_give_the_same_data() -> None:
    run = played([target(NEW), target(OLD)], [(scenario(STEPS), [EMPTY, (RAISED, "variation")])])
    assert build([run]) == build([run])
