"""JUnit XML: what consumers accept, and what they are told."""

import os
import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
import xmlschema
from msgspec import structs

from harness.records.observation import Trouble, Verdict
from harness.records.run import TargetRecord
from harness.reports.junit import junit
from harness.reports.material import Material, material_of
from harness.runs.folder import Run
from tests.engine.expected import unavailable
from tests.reports.hostile import MEAN, hostile
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, greeted_on, plan_of, refused_on, run_of, small_run, troubled

PLANS = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]

SCHEMA = "SOCKMATRIX_JUNIT_SCHEMA"
"""Names the schema by which Jenkins' plugin xUnit checks files (`junit-10.xsd`); pytest's source distribution has it too."""

ORDER = ("failure", "rerunFailure", "flakyFailure", "skipped", "error", "rerunError", "flakyError", "system-out", "system-err")
"""In which Surefire's schema has what is in a case."""


def everything() -> Run:
    """A case for each kind of end."""
    nothing = TargetRecord("cmd:nothing", "cmd:nothing", None, "No such file")
    hang = troubled("tcp/greeting", GREETING, OTHER, Trouble("hang", "step 7 took longer than 10 s", 6))
    unsupported = troubled("connect/refused", REFUSED, OTHER, Trouble("unsupported", "needs unix, which is not usable here"))
    varied = structs.replace(greeted_on(OLD, flaky=("fail: so",)), verdict="variation", reason="text was bytes (where python < 3)", step=7)
    results = [refused_on(OLD), refused_on(NEW), unsupported, varied, greeted_on(NEW, 3), hang]
    return run_of(results, PLANS, targets=(*TARGETS, nothing), complete=False)


def tree_of(material: Material) -> Element:
    """The file read back, after it was held against what Surefire asks."""
    root = ElementTree.fromstring(junit(material))
    for suite in root.findall("testsuite"):
        fits_surefire(suite)
    return root


def fits_surefire(suite: Element) -> None:
    """What Surefire's schema 3.0.2 asks of a suite, besides that which Jenkins asks as well."""
    assert {"name", "tests", "errors", "skipped", "failures"} <= suite.attrib.keys()
    assert [child.tag for child in suite] == ["properties"] + ["testcase"] * (len(suite) - 1)
    for case in suite.findall("testcase"):
        assert {"name", "time"} <= case.attrib.keys()
        assert re.fullmatch(r"\d+\.\d{3}", case.attrib["time"])
        tags = [child.tag for child in case]
        assert tags == sorted(tags, key=ORDER.index)
        assert tags.count("skipped") <= 1
        assert tags.count("error") <= 1
        assert all("type" in child.attrib for child in case if child.tag in ("failure", "error", "flakyFailure"))
        assert all([part.tag for part in child] == ["stackTrace"] for child in case.findall("flakyFailure"))


def case_of(root: Element, target: str, scenario: str) -> Element:
    (case,) = root.findall(f"testsuite[@name='{target}']/testcase[@name='{scenario}']")
    return case


def test_one_suite_for_each_target_with_its_counts() -> None:
    root = tree_of(material_of(everything(), "nightly"))
    names = ("name", "tests", "failures", "errors", "skipped")
    assert [tuple(suite.attrib[name] for name in names) for suite in root.findall("testsuite")] == [
        (OLD, "2", "0", "0", "0"),
        (NEW, "2", "1", "0", "0"),
        (OTHER, "2", "0", "1", "1"),
        ("cmd:nothing", "2", "0", "2", "0"),
    ]
    assert root.attrib == {"name": "nightly", "tests": "8", "failures": "1", "errors": "3"}


def test_a_failure_tells_what_where_and_how_to_see_it_again() -> None:
    case = case_of(tree_of(material_of(everything())), NEW, "tcp/greeting")
    (failure,) = case
    assert case.attrib["classname"] == "cpython-3_12_1.tcp"
    assert failure.attrib == {"message": 'conn.send(utf8("网络")): expected 6, observed 3', "type": "fail"}
    assert failure.text == (
        "scenarios/tcp/greeting.yaml:12  A server greets its client\n"
        'step 8: server: conn.send(utf8("网络"))\n'
        "expected 6\n"
        "observed 3\n"
        'conn.send(utf8("网络")): expected 6, observed 3\n'
        "on cpython-3.12.1\n"
        "again: sockmatrix run -k id:tcp/greeting -t python3.12"
    )


@pytest.mark.parametrize(
    ("verdict", "tag", "kind"),
    [
        ("fail", "failure", "fail"),
        ("stale", "failure", "stale"),
        ("crash", "error", "crash"),
        ("hang", "error", "hang"),
        ("error", "error", "error"),
        ("bug", "error", "bug"),
        ("inconclusive", "error", "inconclusive"),
    ],
)
def test_blame_is_kept_apart(verdict: Verdict, tag: str, kind: str) -> None:
    cell = structs.replace(refused_on(NEW), verdict=verdict, reason="so")
    (found,) = case_of(tree_of(material_of(run_of([cell], PLANS[:1], targets=TARGETS[1:2]))), NEW, "connect/refused")
    assert (found.tag, found.attrib) == (tag, {"message": "so", "type": kind})


def test_what_was_not_played_is_skipped_and_what_has_no_result_is_an_error() -> None:
    root = tree_of(material_of(everything()))
    (skipped,) = case_of(root, OTHER, "connect/refused")
    assert (skipped.tag, skipped.attrib) == ("skipped", {"message": "needs unix, which is not usable here"})
    (missing,) = case_of(root, "cmd:nothing", "tcp/greeting")
    assert missing.attrib == {"message": "no result: the run was interrupted, or is still going on", "type": "missing"}


def test_a_variation_passes_and_says_why() -> None:
    root = tree_of(material_of(everything()))
    case = case_of(root, OLD, "tcp/greeting")
    assert [child.tag for child in case] == ["flakyFailure", "system-out"]
    assert case[0].attrib == {"message": "another play ended otherwise: fail: so", "type": "flaky"}
    assert (case[1].text or "").startswith("variation\nscenarios/tcp/greeting.yaml:12  A server greets its client\nstep 8: ")
    properties = {each.attrib["name"]: each.attrib["value"] for each in root.findall(f"testsuite[@name='{OLD}']/properties/property")}
    assert properties["variation: tcp/greeting"] == "text was bytes (where python < 3)"
    assert (properties["target"], properties["python"], properties["os"]) == ("python2.7", "2.7.18", "linux")
    assert "names" not in properties


def test_a_target_that_never_started_says_why() -> None:
    properties = tree_of(material_of(everything())).findall("testsuite[@name='cmd:nothing']/properties/property")
    assert [each.attrib for each in properties] == [
        {"name": "target", "value": "cmd:nothing"},
        {"name": "trouble", "value": "No such file"},
    ]


@pytest.mark.parametrize("text", [MEAN, "".join(map(chr, range(32))), "\ufffe\uffff\U0001ffff\x7f\x85", "x" * 100_000])
def test_whatever_targets_say_it_is_xml(text: str) -> None:
    tree_of(hostile(text))


def test_the_same_run_gives_the_same_file() -> None:
    assert junit(material_of(small_run())) == junit(material_of(small_run()))


@pytest.fixture(scope="module")
def jenkins() -> xmlschema.XMLSchema:
    file = os.environ.get(SCHEMA, "")
    if not Path(file).is_file():
        unavailable("junit schema", f"{SCHEMA} names no junit-10.xsd")
    return xmlschema.XMLSchema(file)


def test_jenkins_takes_every_kind_of_end(jenkins: xmlschema.XMLSchema) -> None:
    jenkins.validate(junit(material_of(everything(), "nightly")).decode())


@pytest.mark.parametrize("text", [MEAN, "".join(map(chr, range(32)))])
def test_jenkins_takes_mean_texts(jenkins: xmlschema.XMLSchema, text: str) -> None:
    jenkins.validate(junit(hostile(text)).decode())


def test_the_schema_refuses_what_is_no_report(jenkins: xmlschema.XMLSchema) -> None:
    assert not jenkins.is_valid("<testsuites><testcase/></testsuites>")
