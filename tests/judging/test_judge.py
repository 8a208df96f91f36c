"""Every verdict from plans and evidence made by hand: what is a fail, and what must never become one."""

from typing import Any

import pytest
from msgspec import structs

from harness.judging.judge import anticipates, judge
from harness.records.facts import Facts
from harness.records.observation import Addresses, Evidence, Observation, Raised, Trouble, Warned
from harness.records.plan import PLAN_VERSION, Bounds, Call, Expectation, Place, Plan, RaisesExpectation, Step, Variation, WarnsExpectation
from harness.runs.normalise import restore
from harness.runs.results import result_of

FACTS = Facts(
    python="3.8.18", implementation="cpython", implementation_version="3.8.18", os="linux",
    classes={"socket.error": "OSError", "OSError": "OSError", "socket.timeout": "socket.timeout"},
)  # fmt: skip
REFUSED = Raised("ConnectionRefusedError", ("ConnectionError", "OSError", "Exception"), 111, ("ECONNREFUSED",), "Connection refused")
SOCKET_ERROR = ["get", ["module", "socket"], "error"]


def plan(*expectations: Expectation | Step, roles: dict[str, int] | None = None) -> Plan:
    """One step `f(n)` of the role `client` for each expectation."""
    steps = tuple(
        expectation if isinstance(expectation, Step) else Step("client", Call(n), f"f({n})", Place(n + 1, 1), expect=expectation)
        for n, expectation in enumerate(expectations)
    )
    return Plan(PLAN_VERSION, "area/topic", "d", "f.yaml", "t", "a", (), (), (), roles or {"client": 1}, steps)


def value(wire: Any, step: int = 0, **more: Any) -> Observation:
    return Observation(step, value=wire, **more)


def verdict(of: Plan, *seen: Observation, **evidence: Any) -> tuple[str, str]:
    judgement = judge(of, {"client": FACTS}, Evidence(seen, **evidence))
    return judgement.verdict, judgement.reason


def returns(wire: Any) -> Expectation:
    return Expectation(returns=wire, has_returns=True)


class TestOutcomes:
    def test_a_step_without_expectations_must_not_raise(self) -> None:
        free = plan(Expectation())
        assert verdict(free, value(5)) == ("pass", "")
        assert verdict(free, Observation(0, raises=REFUSED)) == (
            "fail",
            "f(0): expected no exception, observed ConnectionRefusedError: [ECONNREFUSED] Connection refused",
        )

    def test_returns_null_is_an_expectation(self) -> None:
        assert verdict(plan(returns(None)), value(None)) == ("pass", "")
        assert verdict(plan(returns(None)), value(0)) == ("fail", "f(0): expected None, observed 0")

    def test_records_takes_anything(self) -> None:
        assert verdict(plan(Expectation(records=True)), Observation(0, raises=REFUSED)) == ("pass", "")

    @pytest.mark.parametrize(
        ("expected", "good"),
        [
            (RaisesExpectation(type=SOCKET_ERROR), True),
            (RaisesExpectation(type=["builtin", "ConnectionRefusedError"]), True),
            (RaisesExpectation(errno="ECONNREFUSED"), True),
            (RaisesExpectation(errno=111), True),
            (RaisesExpectation(errno=["match", "one_of", ["EPIPE", "ECONNREFUSED"]]), True),
            (RaisesExpectation(message=["match", "starts", ["Conn"]]), True),
            (RaisesExpectation(errno=["match", "differs", ["EPIPE"]]), True),
            (RaisesExpectation(errno=["match", "differs", ["ECONNREFUSED"]]), False),
            (RaisesExpectation(type=["match", "one_of", [["builtin", "ValueError"], SOCKET_ERROR]]), True),
            (RaisesExpectation(type=["match", "one_of", [["builtin", "ValueError"], ["get", ["module", "socket"], "herror"]]]), False),
            (RaisesExpectation(type=["builtin", "TimeoutError"]), False),
            (RaisesExpectation(type=SOCKET_ERROR, errno="EPIPE"), False),
            (RaisesExpectation(errno=["match", "one_of", ["EPIPE", "ETIMEDOUT"]]), False),
            (RaisesExpectation(errno=["match", "one_of", [None]]), False),
            (RaisesExpectation(errno=["match", "differs", [["match", "any_int", []]]]), False),
            (RaisesExpectation(message="Something else"), False),
        ],
    )
    def test_raises(self, expected: RaisesExpectation, good: bool) -> None:
        assert verdict(plan(Expectation(raises=expected)), Observation(0, raises=REFUSED))[0] == ("pass" if good else "fail")

    def test_a_choice_of_classes_is_shown_as_written(self) -> None:
        expected = RaisesExpectation(type=["match", "one_of", [["builtin", "ValueError"], ["get", ["module", "socket"], "herror"]]])
        assert (
            verdict(plan(Expectation(raises=expected)), value(3))[1]
            == "f(0): expected one_of(ValueError, socket.herror) to be raised, observed 3"
        )

    def test_a_class_that_the_target_does_not_have(self) -> None:
        expected = plan(Expectation(raises=RaisesExpectation(type=["get", ["module", "socket"], "herror"])))
        assert verdict(expected, Observation(0, raises=REFUSED)) == (
            "fail", "f(0): the expectation has no value here: socket.herror is not there on this target",
        )  # fmt: skip
        assert not anticipates(expected, {"client": FACTS}, 0, Observation(0, raises=REFUSED))

    def test_the_winsock_symbol_is_the_same_error(self) -> None:
        windows = Raised("ConnectionRefusedError", ("OSError",), 10061, ("WSAECONNREFUSED",), "refused")
        assert verdict(plan(Expectation(raises=RaisesExpectation(errno="ECONNREFUSED"))), Observation(0, raises=windows))[0] == "pass"

    def test_a_value_where_an_exception_was_due(self) -> None:
        expected = Expectation(raises=RaisesExpectation(type=SOCKET_ERROR, errno="EPIPE"))
        assert verdict(plan(expected), value(3)) == ("fail", "f(0): expected socket.error EPIPE to be raised, observed 3")

    def test_warns(self) -> None:
        expected = Expectation(warns=WarnsExpectation("ResourceWarning", ["match", "contains", ["unclosed"]]))
        assert verdict(plan(expected), value(None, warnings=(Warned("ResourceWarning", "unclosed <socket>"),)))[0] == "pass"
        assert verdict(plan(expected), value(None, warnings=(Warned("DeprecationWarning", "unclosed"),)))[0] == "fail"
        assert verdict(plan(expected), value(None)) == ("fail", "f(0): expected a ResourceWarning, observed no warning")


class TestTime:
    TAKES = Expectation(takes=Bounds(0.2, 0.6))

    def test_within_its_bounds(self) -> None:
        assert verdict(plan(self.TAKES), value(1, seconds=0.3))[0] == "pass"

    def test_the_lower_bound_is_strict(self) -> None:
        assert verdict(plan(self.TAKES), value(1, seconds=0.199), starved=5.0) == (
            "fail",
            "f(0): expected at least 0.2 s, observed 0.199 s",
        )

    def test_the_upper_bound_stretches_with_a_starved_host(self) -> None:
        assert verdict(plan(self.TAKES), value(1, seconds=0.7), starved=0.1)[0] == "pass"

    def test_beyond_the_stretch_on_a_starved_host_nothing_can_be_said(self) -> None:
        assert verdict(plan(self.TAKES), value(1, seconds=0.9), starved=0.1) == (
            "inconclusive",
            "f(0): expected at most 0.6 s, observed 0.900 s; the host kept threads waiting for up to 0.100 s",
        )

    def test_on_a_calm_host_it_is_a_fail_that_may_be_tried_again(self) -> None:
        judgement = judge(plan(self.TAKES), {"client": FACTS}, Evidence((value(1, seconds=0.9),)))
        assert (judgement.verdict, judgement.late_only) == ("fail", True)

    def test_a_wrong_value_beside_it_is_no_matter_of_time(self) -> None:
        both = plan(self.TAKES, returns(1))
        judgement = judge(both, {"client": FACTS}, Evidence((value(1, seconds=0.9), value(2, 1))))
        assert (judgement.verdict, judgement.late_only) == ("fail", False)


def varying(base: Expectation, departure: Expectation, when: str = "python < 3.10") -> Plan:
    variation = Variation(when, departure, "so it is documented", ("python:socket",), Place(1, 1))
    return plan(Step("client", Call(0), "f(0)", Place(1, 1), expect=base, varies=(variation,)))


class TestVariations:
    def test_a_documented_departure(self) -> None:
        judgement = judge(varying(returns(1), returns(2)), {"client": FACTS}, Evidence((value(2),)))
        assert (judgement.verdict, judgement.reason) == ("variation", "f(0): so it is documented (where python < 3.10)")
        assert judgement.see == ("python:socket",)

    def test_a_departure_that_no_longer_occurs_is_stale(self) -> None:
        assert verdict(varying(returns(1), returns(2)), value(1))[0] == "stale"

    def test_a_departure_that_cannot_be_told_from_the_rule_is_stale(self) -> None:
        assert verdict(varying(returns(1), returns(["match", "any_int", []])), value(1))[0] == "stale"

    def test_something_else_again_is_a_fail(self) -> None:
        assert verdict(varying(returns(1), returns(2)), value(3)) == ("fail", "f(0): expected 2, observed 3")

    def test_it_applies_only_where_its_predicate_holds(self) -> None:
        assert verdict(varying(returns(1), returns(2), "python >= 3.10"), value(2)) == ("fail", "f(0): expected 1, observed 2")

    def test_a_departure_in_time_alone_keeps_the_outcome_of_the_rule(self) -> None:
        base = Expectation(returns=1, has_returns=True, takes=Bounds(None, 0.1))
        slower = varying(base, Expectation(takes=Bounds(0.2, 0.6)))
        assert verdict(slower, value(1, seconds=0.3))[0] == "variation"
        assert verdict(slower, value(2, seconds=0.3)) == ("fail", "f(0): expected 1, observed 2")

    def test_it_keeps_the_time_bound_of_the_rule(self) -> None:
        base = Expectation(returns=1, has_returns=True, takes=Bounds(None, 0.1))
        assert verdict(varying(base, returns(2)), value(2, seconds=0.5))[0] == "fail"


class TestBlame:
    def test_steps_that_a_documented_raise_left_without_a_name_are_its_consequence(self) -> None:
        departure = Variation(
            "python < 3.10", Expectation(raises=RaisesExpectation(errno="ECONNREFUSED")), "so it is", ("python:socket",), Place(1, 1)
        )
        first = Step("client", Call(0, save=("a",)), "a = f()", Place(1, 1), varies=(departure,))
        second = Step("client", Call(1), "g(a)", Place(2, 1), expect=returns(1))
        seen = (Observation(0, raises=REFUSED), Observation(1, skipped="a was not set"))
        assert verdict(plan(first, second), *seen)[0] == "variation"

    @pytest.mark.parametrize("kind", ["unsupported", "hang", "crash", "inconclusive", "bug", "error"])
    def test_trouble_keeps_its_kind(self, kind: Any) -> None:
        assert verdict(plan(returns(1)), trouble=Trouble(kind, "what happened")) == (kind, "what happened")

    def test_a_refusal_of_the_guard_is_the_scenarios_fault(self) -> None:
        assert verdict(plan(returns(1)), Observation(0, refused="8.8.8.8 is outside loopback")) == (
            "bug",
            "refused: 8.8.8.8 is outside loopback",
        )

    @pytest.mark.parametrize(
        ("wrong", "reason"),
        [
            (["match", "matches", ["("]], "'(' is no regular expression (missing ) at position 1)"),
            (["match", "resembles", [1]], "matcher 'resembles' is unknown"),
            (["help", "unused_port", []], "unused_port() cannot be used in an expectation"),
            (["call", ["name", "f"], []], "operation 'call' has no place in an expectation"),
        ],
    )
    def test_an_expectation_without_a_meaning_is_the_scenarios_fault(self, wrong: Any, reason: str) -> None:
        assert verdict(plan(returns(wrong)), value(1)) == ("bug", f"f(0): the expectation is wrong: {reason}")

    def test_something_that_the_target_lacks_is_unsupported(self) -> None:
        assert verdict(plan(returns(1)), Observation(0, lacking="signal.setitimer")) == ("unsupported", "the target lacks signal.setitimer")

    def test_a_missing_observation_is_an_error_and_never_a_pass(self) -> None:
        assert verdict(plan(Expectation(), Expectation()), value(1)) == ("error", "no observation of step 2: f(1)")

    def test_steps_after_a_raise_are_not_missed(self) -> None:
        assert verdict(plan(Expectation(), Expectation()), Observation(0, raises=REFUSED))[0] == "fail"

    def test_steps_after_a_raise_that_a_variation_allows_are_missed(self) -> None:
        first = varying(Expectation(), Expectation(raises=RaisesExpectation(type=SOCKET_ERROR))).steps[0]
        both = plan(first, Step("client", Call(1), "f(1)", Place(2, 1)))
        assert verdict(both, Observation(0, raises=REFUSED)) == ("error", "no observation of step 2: f(1)")
        assert verdict(both, Observation(0, raises=REFUSED), value(1, 1))[0] == "variation"

    def test_an_observation_that_comes_twice_does_not_stand_for_another(self) -> None:
        assert verdict(plan(Expectation(), Expectation()), value(1), value(1)) == ("error", "no observation of step 2: f(1)")

    def test_a_step_that_cannot_be_tried_is_the_scenarios_fault(self) -> None:
        assert verdict(plan(Expectation()), Observation(0, skipped="s was never set")) == (
            "bug",
            "step 1 could not be tried: s was never set",
        )

    def test_unless_something_went_wrong_before(self) -> None:
        skipped = Observation(1, skipped="s was never set")
        assert verdict(plan(returns(1), Expectation()), value(2), skipped) == ("fail", "f(0): expected 1, observed 2")
        assert verdict(plan(Expectation(), Expectation()), value(2), skipped, trouble=Trouble("hang", "too long", 0)) == (
            "hang",
            "too long",
        )

    def test_a_leak_is_a_fail(self) -> None:
        assert verdict(plan(Expectation()), value(1), leaks=("socket: still open",)) == ("fail", "descriptor leaked: socket: still open")

    def test_what_did_not_end_on_an_overloaded_machine_may_be_tried_again_whatever_it_left_open(self) -> None:
        late = Trouble("inconclusive", "still under way after 10 s; the machine was overloaded", 0)
        seen = Evidence((Observation(0, hang=True),), late, leaks=("socket: still open",))
        judgement = judge(plan(Expectation()), {"client": FACTS}, seen)
        assert (judgement.verdict, judgement.reason, judgement.step) == ("inconclusive", late.detail, 0)
        assert judgement.late_only

    def test_a_failure_before_it_is_a_failure(self) -> None:
        late = Trouble("inconclusive", "still under way", 1)
        judgement = judge(plan(returns(1), Expectation()), {"client": FACTS}, Evidence((value(2), Observation(1, hang=True)), late))
        assert (judgement.verdict, judgement.late_only) == ("fail", False)

    def test_a_wait_in_vain_after_a_failure_is_its_consequence(self) -> None:
        both = plan(returns(1), Expectation())
        assert verdict(both, value(2), trouble=Trouble("hang", "still under way", 1)) == (
            "fail",
            "f(0): expected 1, observed 2; then a hang at step 2: still under way",
        )
        assert verdict(both, value(1), trouble=Trouble("hang", "still under way", 1)) == ("hang", "still under way")

    def test_the_gravest_finding_is_the_verdict(self) -> None:
        assert verdict(plan(returns(1), Expectation()), value(2), trouble=Trouble("crash", "killed by SIGSEGV", 1)) == (
            "crash",
            "killed by SIGSEGV",
        )

    def test_pending_that_has_finished_fails(self) -> None:
        step = Step("client", Call(0, kind="pending", job="reading"), "pending reading", Place(1, 1))
        assert verdict(plan(step), Observation(0, pending=False))[0] == "fail"
        assert verdict(plan(step), Observation(0, pending=True))[0] == "pass"


class TestNames:
    def test_a_saved_value_is_known_to_later_expectations(self) -> None:
        first = Step("client", Call(0, save=("a", "b"), unpack=True), "a, b = f()", Place(1, 1))
        second = Step("client", Call(1), "g()", Place(2, 1), expect=returns(["name", "b"]))
        pair = value({"tuple": [1, {"tuple": ["127.0.0.1", 4000]}]})
        assert verdict(plan(first, second), pair, value({"tuple": ["127.0.0.1", 4000]}, 1))[0] == "pass"
        assert verdict(plan(first, second), pair, value({"tuple": ["127.0.0.1", 4001]}, 1))[0] == "fail"

    def test_each_member_of_a_role_has_values_of_its_own(self) -> None:
        first = Step("client", Call(0, save=("a",)), "a = f()", Place(1, 1))
        second = Step("client", Call(1), "g()", Place(2, 1), expect=returns(["name", "a"]))
        both = plan(first, second, roles={"client": 2})
        seen = [Observation(0, value=5), Observation(0, 1, value=6), Observation(1, value=5), Observation(1, 1, value=6)]
        assert verdict(both, *seen)[0] == "pass"
        assert verdict(both, *seen[:3])[0] == "error"


class TestHosts:
    """Where the roles stand on hosts of their own, the words for addresses mean what they meant in the play."""

    ONE = Addresses(host="172.18.0.2", host6="fd00::2", peer="172.18.0.3", peer6="fd00::3", broadcast="172.18.255.255", nobody="172.18.9.9")
    OTHER = Addresses(host="172.18.0.3", host6="fd00::3", peer="172.18.0.2", peer6="fd00::2", broadcast="172.18.255.255")

    def judged(self, role: str, word: str, seen: Any, addresses: dict[str, Addresses]) -> tuple[str, str]:
        step = Step(role, Call(0), "f()", Place(1, 1), expect=returns(["tuple", [["const", word], 80]]))
        of = plan(step, roles={"server": 1, "client": 1})
        evidence = Evidence((value({"tuple": [seen, 80]}),), addresses=addresses)
        judgement = judge(of, {"server": FACTS, "client": FACTS}, evidence)
        return judgement.verdict, judgement.reason

    @pytest.mark.parametrize(
        ("role", "word", "address"),
        [
            ("server", "HOST", "172.18.0.2"),
            ("server", "PEER", "172.18.0.3"),
            ("client", "HOST", "172.18.0.3"),
            ("client", "PEER", "172.18.0.2"),
            ("client", "HOST6", "fd00::3"),
            ("server", "BROADCAST", "172.18.255.255"),
            ("server", "NOBODY", "172.18.9.9"),
        ],
    )
    def test_each_role_has_its_own(self, role: str, word: str, address: str) -> None:
        apart = {"server": self.ONE, "client": self.OTHER}
        assert self.judged(role, word, address, apart) == ("pass", "")
        assert self.judged(role, word, "127.0.0.1", apart) == (
            "fail", f"f(): expected ('{address}', 80), observed ('127.0.0.1', 80)",
        )  # fmt: skip

    def test_on_loopback_they_are_all_the_same(self) -> None:
        for role in ("server", "client"):
            for word in ("HOST", "PEER"):
                assert self.judged(role, word, "127.0.0.1", {}) == ("pass", "")

    def test_a_saved_run_is_judged_by_the_addresses_that_it_was_played_with(self) -> None:
        step = Step("client", Call(0), "f()", Place(1, 1), expect=returns(["tuple", [["const", "PEER"], 80]]))
        of = plan(step, roles={"server": 1, "client": 1})
        evidence = Evidence((value({"tuple": ["172.18.0.2", 80]}),), addresses={"server": self.ONE, "client": self.OTHER})
        facts = {"server": FACTS, "client": FACTS}
        saved = result_of(of, "t", evidence, judge(of, facts, evidence), ground="plain")
        assert saved.verdict == "pass"
        assert saved.steps[0].value == {"tuple": ["<host:1>", 80]}
        assert judge(of, facts, restore(saved)).verdict == "pass"

    def test_roles_on_different_interpreters_are_judged_by_their_own_facts(self) -> None:
        newer = structs.replace(FACTS, python="3.12.1")
        departure = Variation("python >= 3.12", returns(2), "it changed", ("posix:send",), Place(9, 9))
        steps = tuple(
            Step(role, Call(n), f"f({n})", Place(n + 1, 1), expect=returns(1), varies=(departure,))
            for n, role in enumerate(("server", "client"))
        )
        of = plan(*steps, roles={"server": 1, "client": 1})
        facts = {"server": FACTS, "client": newer}
        assert judge(of, facts, Evidence((value(1), value(2, 1)))).verdict == "variation"
        assert judge(of, facts, Evidence((value(2), value(2, 1)))).verdict == "fail"
        assert judge(of, facts, Evidence((value(1), value(1, 1)))).verdict == "stale"


class TestAnticipation:
    def test_a_scenario_goes_on_after_an_exception_that_is_expected(self) -> None:
        raising = plan(Expectation(raises=RaisesExpectation(type=SOCKET_ERROR, errno="ECONNREFUSED")))
        assert anticipates(raising, {"client": FACTS}, 0, Observation(0, raises=REFUSED))
        assert not anticipates(raising, {"client": FACTS}, 0, Observation(0, raises=Raised("ValueError")))

    def test_or_that_a_variation_allows(self) -> None:
        departure = Expectation(raises=RaisesExpectation(errno="ECONNREFUSED"))
        assert anticipates(varying(returns(1), departure), {"client": FACTS}, 0, Observation(0, raises=REFUSED))
        assert not anticipates(varying(returns(1), departure, "os == 'windows'"), {"client": FACTS}, 0, Observation(0, raises=REFUSED))

    def test_and_stops_after_any_other(self) -> None:
        assert not anticipates(plan(returns(1)), {"client": FACTS}, 0, Observation(0, raises=REFUSED))


class TestStandIns:
    """What an agent performs in the target's place says nothing of the target: it prepares, and is never judged."""

    SENT = value(None, stood_in=("socket.socket.sendall",))

    def test_a_step_that_expects_nothing_may_be_stood_in_for(self) -> None:
        prepared = plan(Expectation(), returns(5))
        assert verdict(prepared, self.SENT, value(5, 1)) == ("pass", "")
        assert anticipates(prepared, {"client": FACTS}, 0, self.SENT)

    @pytest.mark.parametrize("expected", [returns(None), Expectation(takes=Bounds(None, 1.0)), Expectation(records=True)])
    def test_one_that_expects_something_is_unsupported_though_it_came_to_that(self, expected: Expectation) -> None:
        judged = plan(expected, returns(5))
        reason = "the target lacks socket.socket.sendall, and what stands in for it is not judged"
        assert verdict(judged, self.SENT) == ("unsupported", reason)
        assert not anticipates(judged, {"client": FACTS}, 0, self.SENT)

    def test_what_comes_after_it_is_not_judged_either(self) -> None:
        assert verdict(plan(returns(None), returns(5)), self.SENT, value(6, 1))[0] == "unsupported"

    @pytest.mark.parametrize("see", ["python:socket.socket.sendall", "since:3.5:socket.socket.sendall", "posix:sendall", "man:sendall(2)"])
    def test_a_scenario_that_cites_the_call_is_about_it(self, see: str) -> None:
        about = structs.replace(plan(Expectation()), see=(see,))
        assert verdict(about, self.SENT)[0] == "unsupported"

    def test_one_that_cites_another_is_not(self) -> None:
        assert verdict(structs.replace(plan(Expectation()), see=("python:socket.socket.send", "posix:send")), self.SENT) == ("pass", "")

    def test_a_raise_in_a_step_that_was_stood_in_for_is_judged_by_nobody(self) -> None:
        failed = Observation(0, raises=REFUSED, stood_in=("socket.socket.getsockname",))
        assert not anticipates(plan(Expectation()), {"client": FACTS}, 0, failed)
