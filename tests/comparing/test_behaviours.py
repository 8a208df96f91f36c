"""Targets against each other: who did the same, and what kind of difference it is otherwise."""

from collections.abc import Sequence
from typing import Any

import pytest

from harness.comparing.behaviours import compare
from harness.records.comparison import Comparison, Difference
from harness.records.observation import Observation, Trouble
from harness.records.plan import Bounds
from harness.records.run import TargetRecord
from tests.comparing.telling import plan, played, raised, result, run, seen, target, targets, variation

OLD, NEW = targets("2.7.18", "3.12.1")
PAIR = [OLD, NEW]


def differences(comparison: Comparison) -> list[Difference]:
    return [each for group in comparison.groups for each in group.differences]


def kinds(on: Sequence[TargetRecord], *did: Observation, text: str = "s.recv(1)") -> list[str]:
    return [each.kind for each in differences(compare(played(plan(steps=[text]), on, did)))]


def values(*each: Any) -> list[Observation]:
    return [seen(0, value) for value in each]


def test_a_difference_says_where_it_is_who_did_what_and_why() -> None:
    on = [*targets("3.8.18", "3.9.18", "3.10.13", "3.12.1"), target("pypy-3.9.16")]
    old, new = raised(0, "socket.timeout", "timed out"), raised(0, "TimeoutError", "timed out")
    (difference,) = differences(compare(played(plan(), on, [old, old, new, new, old])))
    assert (difference.scenario, difference.step, difference.instance, difference.text) == ("tcp/close", 0, 0, "s.recv(1)")
    assert (difference.file, difference.line, difference.kind) == ("scenarios/tcp/close.yaml", 5, "exception")
    assert [(each.targets, each.shown, each.cause) for each in difference.behaviours] == [
        (("cpython-3.8.18", "cpython-3.9.18", "pypy-3.9.16"), "socket.timeout: timed out", "python < 3.10"),
        (("cpython-3.10.13", "cpython-3.12.1"), "TimeoutError: timed out", "python >= 3.10"),
    ]


def test_targets_that_agree_make_no_difference() -> None:
    assert compare(played(plan(), PAIR, values(1, 1))).groups == ()


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (seen(0, 1), seen(0, 2), "value"),
        (seen(0, 1), raised(0, "OSError"), "exception"),
        (raised(0, "OSError"), raised(0, "TypeError"), "exception"),
        (raised(0, "OSError", symbols=["EAGAIN"], errno=11), raised(0, "OSError", symbols=["EPIPE"], errno=32), "errno"),
        (raised(0, "OSError", "a", errno=11), raised(0, "OSError", "b"), "errno"),
        (raised(0, "OSError", "a"), raised(0, "OSError", "b"), "message"),
        (seen(0, 1), Observation(0, hang=True), "hang"),
        (seen(0, 1), Observation(0, lacking="select.epoll"), "availability"),
        (seen(0, {"enum": "AddressFamily", "name": "AF_INET", "int": 2}), seen(0, 2), "type"),
        (seen(0, {"bytes": "ab"}), seen(0, "ab"), "type"),
        (seen(0, {"list": [1]}), seen(0, {"tuple": [1]}), "type"),
        (seen(0, True), seen(0, 1), "type"),
        (seen(0, {"handle": 1, "object": "io.A"}), seen(0, {"object": "io.B", "handle": 1}), "type"),
        (seen(0, None), seen(0, 0), "value"),
        (Observation(0, pending=True), Observation(0, pending=False), "value"),
        (seen(0, 1, warnings=[("ResourceWarning", "unclosed")]), seen(0, 1), "exception"),
        (seen(0, 1, warnings=[("ResourceWarning", "a")]), seen(0, 1, warnings=[("ResourceWarning", "b")]), "message"),
        (raised(0, "AttributeError", "'module' object has no attribute 'send_fds'"), seen(0, 1), "availability"),
        (raised(0, "AttributeError", "'str' object has no attribute 'other'"), raised(0, "TypeError"), "exception"),
    ],
)
def test_each_departure_has_its_kind(one: Observation, other: Observation, kind: str) -> None:
    assert kinds(PAIR, one, other, text="socket.send_fds(s, [b''], [0])") == [kind]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (seen(0, {"str": "ab"}), seen(0, {"bytes": "ab"})),
        (seen(0, {"str": "ab"}), seen(0, "ab")),
        (seen(0, {"text": "é"}), seen(0, "é")),
        (seen(0, {"str": "Ã©"}), seen(0, "é")),
        (seen(0, {"socket": 1}), seen(0, {"socket": 7})),
        (raised(0, "OSError", errno=11, symbols=["EAGAIN", "EWOULDBLOCK"]), raised(0, "OSError", errno=35, symbols=["EWOULDBLOCK"])),
        (raised(0, "OSError", errno=111, symbols=["ECONNREFUSED"]), raised(0, "OSError", errno=10061, symbols=["WSAECONNREFUSED"])),
        (
            seen(0, {"tuple": [{"str": "ab"}, {"tuple": [{"str": "127.0.0.1"}, {"port": 1}]}]}),
            seen(0, {"tuple": [{"bytes": "ab"}, {"tuple": ["127.0.0.1", {"port": 1}]}]}),
        ),
        (
            seen(0, {"large": "str", "length": 300, "sha256": "98ff"}),
            seen(0, {"large": "bytes", "length": 300, "sha256": "98ff"}),
        ),
    ],
)
def test_what_is_written_differently_may_agree(one: Observation, other: Observation) -> None:
    assert kinds(PAIR, one, other) == []


def test_names_of_one_number_link_errors_through_a_third_target() -> None:
    on = targets("3.8.1", "3.9.1", "3.10.1")
    did = [raised(0, "OSError", symbols=names) for names in (["EAGAIN"], ["EWOULDBLOCK"], ["EAGAIN", "EWOULDBLOCK"])]
    assert kinds(on, *did) == []


def test_the_str_of_python_2_joins_bytes_where_there_are_some() -> None:
    on = targets("2.7.18", "3.6.1", "3.9.1")
    (difference,) = differences(compare(played(plan(), on, values({"str": "ab"}, "ab", {"bytes": "ab"}))))
    assert difference.kind == "type"
    assert [each.targets for each in difference.behaviours] == [("cpython-2.7.18", "cpython-3.9.1"), ("cpython-3.6.1",)]


def test_small_and_large_values_of_the_same_content_agree_but_for_their_type() -> None:
    from hashlib import sha256

    text = "é" * 200
    large = {"large": "bytes", "length": 400, "sha256": sha256(text.encode()).hexdigest(), "head": ""}
    assert kinds(PAIR, *values(text, large)) == ["type"]


def test_the_gravest_pair_names_the_kind() -> None:
    on = targets("3.8.1", "3.9.1", "3.10.1")
    assert kinds(on, seen(0, 1), seen(0, 2), raised(0, "OSError")) == ["exception"]


def test_messages_make_a_quiet_difference_of_their_own_inside_a_class() -> None:
    on = targets("2.7.18", "3.8.1", "3.9.1", "3.10.1")
    did = [raised(0, "socket.error", "x"), raised(0, "OSError", "a"), raised(0, "OSError", "a"), raised(0, "OSError", "b")]
    loud, quiet = differences(compare(played(plan(), on, did)))
    assert [(each.targets, each.cause) for each in loud.behaviours] == [
        (("cpython-3.8.1", "cpython-3.9.1", "cpython-3.10.1"), "python >= 3"),
        (("cpython-2.7.18",), "python < 3"),
    ]
    assert quiet.kind == "message"
    assert [(each.targets, each.shown, each.cause) for each in quiet.behaviours] == [
        (("cpython-3.8.1", "cpython-3.9.1"), "OSError: a", "python < 3.10"),
        (("cpython-3.10.1",), "OSError: b", "python >= 3.10"),
    ]


def test_a_step_outside_its_bounds_differs_in_timing() -> None:
    timed = plan(takes=Bounds(0.2, 0.6))
    seconds = {OLD.id: 0.1, NEW.id: 0.3}
    cells = {(timed.id, each.id): result(timed, each, [seen(0, 1)], seconds=[seconds[each.id]]) for each in PAIR}
    (difference,) = differences(compare(run(PAIR, [timed], cells)))
    assert (difference.kind, [each.shown for each in difference.behaviours]) == ("timing", ["1 (too early)", "1"])


def test_a_starved_host_stretches_the_upper_bound() -> None:
    timed = plan(takes=Bounds(None, 0.6))
    cells = {
        (timed.id, OLD.id): result(timed, OLD, [seen(0, 1)], seconds=[0.9], starved=0.2),
        (timed.id, NEW.id): result(timed, NEW, [seen(0, 1)], seconds=[0.3]),
    }
    assert compare(run(PAIR, [timed], cells)).groups == ()


def test_a_crash_has_its_place_and_later_steps_are_compared_among_those_that_have_them() -> None:
    on = targets("3.8.1", "3.9.1", "3.10.1")
    steps = plan(steps=["one()", "two()"])
    cells = {
        (steps.id, on[0].id): result(steps, on[0], [], "crash", trouble=Trouble("crash", "killed by SIGSEGV", 0)),
        (steps.id, on[1].id): result(steps, on[1], [seen(0, 1), seen(1, 1)]),
        (steps.id, on[2].id): result(steps, on[2], [seen(0, 1), seen(1, 2)]),
    }
    crash, value = sorted(differences(compare(run(on, [steps], cells))), key=lambda each: each.step)
    assert (crash.kind, [each.shown for each in crash.behaviours]) == ("crash", ["1", "crash: killed by SIGSEGV"])
    assert (value.kind, [each.targets for each in value.behaviours]) == ("value", [("cpython-3.9.1",), ("cpython-3.10.1",)])


def test_a_target_lost_at_the_clean_up_is_shown_at_the_last_step() -> None:
    steps = plan(steps=["one()", "two()"])
    cells = {
        (steps.id, OLD.id): result(steps, OLD, [seen(0, 1), seen(1, 1)], "hang", trouble=Trouble("hang", "no answer")),
        (steps.id, NEW.id): result(steps, NEW, [seen(0, 1), seen(1, 1)]),
    }
    (difference,) = differences(compare(run(PAIR, [steps], cells)))
    assert (difference.kind, difference.step, difference.behaviours[0].shown) == ("hang", 1, "hang: no answer")


def test_a_scenario_that_one_python_cannot_play_differs_once_in_availability() -> None:
    needing = plan(steps=["one()", "two()"], needs=["has:socket.send_fds"])
    on = [target("cpython-3.8.1"), target("cpython-3.9.1", names=("send_fds",)), target("cpython-3.10.1", names=("send_fds",))]
    cells = {(needing.id, each.id): result(needing, each, [seen(0, 1), seen(1, 1)]) for each in on[1:]}
    cells[needing.id, on[0].id] = result(needing, on[0], [], "unsupported", trouble=Trouble("unsupported", "needs has:socket.send_fds"))
    (difference,) = differences(compare(run(on, [needing], cells)))
    assert (difference.kind, difference.step) == ("availability", 0)
    assert [(each.shown, each.cause) for each in difference.behaviours] == [
        ("played", "python >= 3.9"),
        ("unsupported: needs has:socket.send_fds", "python < 3.9"),
    ]
    assert difference.alternatives == ('"send_fds" in socket',)


def test_a_need_of_the_surroundings_is_no_difference() -> None:
    needing = plan(needs=["ipv6"])
    cells = {
        (needing.id, OLD.id): result(needing, OLD, [], "unsupported", trouble=Trouble("unsupported", "needs ipv6")),
        (needing.id, NEW.id): result(needing, NEW, [seen(0, 1)]),
    }
    assert compare(run(PAIR, [needing], cells)) == Comparison(())


def test_the_absence_of_a_name_explains_where_versions_do_not() -> None:
    do = ["call", ["get", ["name", "s"], "sendmsg"], []]
    lacking = raised(0, "AttributeError", "'_socketobject' object has no attribute 'sendmsg'")
    on = [
        target("cpython-3.8.1", names=("socket.socket.sendmsg",)),
        target("cpython-3.9.1"),
        target("cpython-3.10.1", names=("socket.socket.sendmsg",)),
    ]
    on.append(target("cpython-3.11.1"))
    run_ = played(plan(steps=["s.sendmsg([b''])"], do=do), on, [seen(0, 0), lacking, seen(0, 0), lacking])
    (difference,) = differences(compare(run_))
    assert [each.cause for each in difference.behaviours] == ['"socket.sendmsg" in socket', '"socket.sendmsg" not in socket']


def test_cells_that_say_nothing_are_left_out_and_counted() -> None:
    on = targets("3.8.1", "3.9.1", "3.10.1", "3.11.1", "3.12.1")
    one = plan()
    cells = {
        (one.id, on[0].id): result(one, on[0], [seen(0, 1)]),
        (one.id, on[1].id): result(one, on[1], [seen(0, 2)], "error"),
        (one.id, on[2].id): result(one, on[2], [seen(0, 2)], "inconclusive"),
        (one.id, on[3].id): result(one, on[3], [seen(0, 2)], "bug"),
    }
    left_out = {"cpython-3.9.1": 1, "cpython-3.10.1": 1, "cpython-3.11.1": 1, "cpython-3.12.1": 1}
    assert compare(run(on, [one], cells)) == Comparison((), left_out)


def test_a_documented_variation_gives_the_reason() -> None:
    documented = plan(
        varies=[
            variation('os == "windows"', "Winsock.", "winsock:recv"),
            variation("python < 3", "The name changed with PEP 3151.", "https://peps.python.org/pep-3151/"),
        ]
    )
    (difference,) = differences(compare(played(documented, PAIR, [raised(0, "socket.error"), raised(0, "OSError")])))
    assert (difference.because, difference.see) == ("The name changed with PEP 3151.", ("https://peps.python.org/pep-3151/",))


def test_what_other_scenarios_document_of_a_target_explains_it_here() -> None:
    pypy = target("pypy-3.9.16")
    both = [pypy, target("cpython-3.12.1")]
    known = plan("tcp/known", varies=[variation('implementation == "pypy"', "PyPy waits for its collector", "https://pypy.org")])
    other = plan("tcp/other")
    cells = {
        (of.id, on.id): result(of, on, (seen(0, of is known or on is pypy),))
        for of in (known, other) for on in both
    }  # fmt: skip
    (found,) = compare(run(both, [known, other], cells)).groups
    assert [difference.scenario for difference in found.differences] == ["tcp/other"]
    assert found.causes == ('implementation == "pypy"', 'implementation == "cpython"')


def test_a_variation_that_holds_everywhere_gives_no_reason() -> None:
    documented = plan(varies=[variation('os == "linux"', "Linux.", "man:tcp(7)")])
    (difference,) = differences(compare(played(documented, PAIR, values(1, 2))))
    assert (difference.because, difference.see) == ("", ())


def test_differences_that_part_the_targets_alike_are_grouped_and_ordered() -> None:
    on = targets("2.7.18", "3.8.1", "3.12.1")
    steps = plan(steps=["one()", "two()", "three()", "four()"])
    did = [
        [seen(0, 1), raised(1, "OSError", "a"), seen(2, 1), seen(3, 1)],
        [seen(0, 2), raised(1, "OSError", "b"), seen(2, 2), seen(3, 1)],
        [seen(0, 2), raised(1, "OSError", "b"), seen(2, 2), seen(3, 2)],
    ]
    groups = compare(played(steps, on, did)).groups
    assert [(each.kind, each.causes, [d.step for d in each.differences], each.scenarios) for each in groups] == [
        ("value", ("python >= 3", "python < 3"), [0, 2], 1),
        ("value", ("python < 3.12", "python >= 3.12"), [3], 1),
        ("message", ("python >= 3", "python < 3"), [1], 1),
    ]


def test_a_target_without_facts_is_compared_but_nothing_is_explained() -> None:
    on = [OLD, TargetRecord("mystery", "cmd:mystery")]
    (difference,) = differences(compare(played(plan(), on, values(1, 2))))
    assert [each.cause for each in difference.behaviours] == ["", ""]


def test_every_member_of_a_role_is_compared_with_its_like() -> None:
    did = [[seen(0, 1), seen(0, 1, instance=1)], [seen(0, 1), seen(0, 2, instance=1)]]
    assert [(each.step, each.instance) for each in differences(compare(played(plan(), PAIR, did)))] == [(0, 1)]
