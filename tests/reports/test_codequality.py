"""Findings in GitLab's form."""

import msgspec
from msgspec import structs

from harness.reports.codequality import code_quality, findings
from harness.reports.material import material_of
from tests.reports.hostile import hostile
from tests.reports.making import GREETING, NEW, OLD, TARGETS, greeted_on, plan_of, run_of, small_run

PLAN = plan_of(GREETING, "tcp/greeting")


def test_each_red_entry_is_a_finding_at_its_line() -> None:
    made = code_quality(material_of(run_of([greeted_on(OLD), greeted_on(NEW, 3)], [PLAN], targets=TARGETS[:2])))
    (finding,) = msgspec.json.decode(made)
    assert len(finding.pop("fingerprint")) == 64
    assert finding == {
        "description": "tcp/greeting: fail on cpython-3.12.1: expected 6, observed 3",
        "check_name": "sockmatrix/fail",
        "severity": "major",
        "location": {"path": "scenarios/tcp/greeting.yaml", "lines": {"begin": 12}},
    }


def test_a_finding_stays_the_same_when_its_line_moves() -> None:
    moved = structs.replace(plan_of("# one line more\n" + GREETING, "tcp/greeting"), digest=PLAN.digest)
    before, after = (findings(material_of(run_of([greeted_on(NEW, 3)], [plan], targets=TARGETS[1:2]))) for plan in (PLAN, moved))
    assert before[0].location != after[0].location
    assert before[0].fingerprint == after[0].fingerprint


def test_nothing_red_is_an_empty_list_and_mean_texts_are_harmless() -> None:
    assert msgspec.json.decode(code_quality(material_of(small_run()))) == []
    (finding,) = findings(hostile())
    assert finding.description.isprintable()
