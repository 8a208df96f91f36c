"""A run as one document."""

import jsonschema
import msgspec

from harness.reports.data import Report, report_json, report_of
from harness.reports.material import material_of
from harness.reports.schemas import schema
from tests.reports.hostile import hostile
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, greeted_on, plan_of, refused_on, run_of


def test_every_cell_has_its_verdict_in_the_order_of_the_targets() -> None:
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
    run = run_of([refused_on(OLD), refused_on(NEW), greeted_on(OTHER, 3)], plans, complete=False)
    report = report_of(material_of(run, "nightly"))
    assert [target.id for target in report.summary.targets] == [target.id for target in TARGETS]
    assert [(each.id, each.area, each.verdicts) for each in report.scenarios] == [
        ("connect/refused", "connect", ("pass", "pass", "missing")),
        ("tcp/greeting", "tcp", ("missing", "missing", "fail")),
    ]
    assert (report.title, report.summary.complete, report.areas[1].squares[2].verdicts) == ("nightly", False, {"fail": 1})
    assert report.facts[OLD][0].python == "2.7.18"
    assert report.facts[OLD][0].classes == {}


def test_the_file_fits_its_schema_and_is_read_back() -> None:
    data = report_json(hostile("a\x7f\u202e\u2028b"))
    jsonschema.Draft202012Validator(schema("report")).validate(msgspec.json.decode(data))
    assert msgspec.json.decode(data, type=Report) == report_of(hostile("a\x7f\u202e\u2028b"))
    assert all(letter.isprintable() or letter == "\n" for letter in data.decode())
