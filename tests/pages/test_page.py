"""The file: one, of bounded size, the same for the same run, and harmless."""

import re

import jsonschema
import pytest

from harness.pages.page import digest, page_of, script_text, style_text
from harness.query.parse import QueryError
from harness.records.observation import Trouble
from harness.records.run import TargetRecord
from harness.reports.schemas import schema
from tests.pages.carried import data_of
from tests.pages.making import HOSTILE, hostile_run, large_run, varied_run
from tests.reports.making import NEW, OTHER, REFUSED, TARGETS, plan_of, refused_on, run_of, small_run, troubled

MOST = 3_000_000
"""Bytes of the page of 400 scenarios on 12 targets."""


def test_what_is_in_it_fits_its_schemas() -> None:
    page = page_of(varied_run()).decode()
    jsonschema.Draft202012Validator(schema("page")).validate(data_of(page, "page-data"))
    jsonschema.Draft202012Validator(schema("page-details")).validate(data_of(page, "details-0"))


def test_the_same_run_gives_the_same_bytes() -> None:
    assert page_of(varied_run()) == page_of(varied_run())


def test_four_hundred_scenarios_on_twelve_targets_are_far_below_three_megabytes() -> None:
    assert len(page_of(large_run())) < MOST / 5


def test_it_loads_nothing() -> None:
    page = page_of(varied_run()).decode()
    shell = page.replace(script_text(), "").replace(style_text(), "")
    assert re.findall(r"<(?:link|img|iframe|script|object|embed|source)\b[^>]*?(?:src|href)=[\"'](?!data:)[^\"']*", shell) == []
    assert re.findall(r"url\(|@import", style_text()) == []
    assert re.findall(r"\b(?:fetch|XMLHttpRequest|WebSocket|innerHTML|outerHTML|insertAdjacentHTML|eval)\b", script_text()) == []


def test_only_its_own_script_and_style_are_allowed() -> None:
    page = page_of(varied_run()).decode()
    policy = f"default-src 'none'; script-src '{digest(script_text())}'; style-src '{digest(style_text())}'"
    assert policy in page
    assert " style=" not in page.replace(script_text(), "")
    assert "</script" not in script_text()
    assert "</style" not in style_text()


def test_what_targets_say_stands_nowhere_as_html() -> None:
    page = page_of(hostile_run()).decode()
    shell = page.replace(script_text(), "")
    assert [text for text in HOSTILE if text in shell] == []
    assert "<b>" not in shell
    assert "pypy-&lt;b&gt;&#39;&#34;&amp;" in shell


def test_a_megabyte_of_a_message_is_cut() -> None:
    assert len(page_of(hostile_run())) < 200_000


def test_without_a_script_there_are_the_targets_and_their_verdicts() -> None:
    shell = page_of(small_run()).decode()
    assert '<td class="counts">1 pass</td>' in shell
    assert "sockmatrix summary</code> shows them in a terminal" in shell


def test_it_opens_with_a_query() -> None:
    page = page_of(varied_run(), where="verdict:red").decode()
    assert data_of(page, "page-data")["where"] == "verdict:red"


def test_it_has_the_title_and_the_source_that_were_named() -> None:
    page = page_of(varied_run(), title="Nightly <1>", source="https://example.org/blob/main/").decode()
    assert '<h1 class="name">Nightly &lt;1&gt;</h1>' in page
    assert data_of(page, "page-data")["source"] == "https://example.org/blob/main"
    assert "source" not in data_of(page_of(varied_run(), source="javascript:alert(1)").decode(), "page-data")


def test_a_query_that_cannot_be_understood_is_refused() -> None:
    with pytest.raises(QueryError, match="unknown word 'vredict:' in query 'vredict:red', character 1; did you mean 'verdict:'"):
        page_of(varied_run(), where="vredict:red")


def test_a_run_of_nothing_has_a_page() -> None:
    assert b"0 scenarios on 0 targets" in page_of(run_of([], [], targets=()))
    assert b"There is one target, and nothing to compare it with." in page_of(run_of([], [], targets=small_run().header.targets[:1]))


def test_a_target_that_never_started_is_as_no_other() -> None:
    """Its cells say nothing of it, nor do cells without a result."""
    nothing, late = (
        TargetRecord(f"cmd:{name}", f"cmd:{name}", None, trouble) for name, trouble in (("false", "it ended with 1"), ("late", ""))
    )
    failed = troubled("connect/refused", REFUSED, nothing.id, Trouble("error", "the target could not be started"))
    results = [refused_on(NEW), failed, refused_on(OTHER)]
    run = run_of(results, [plan_of(REFUSED, "connect/refused")], targets=(nothing, late, *TARGETS[1:]))
    page = page_of(run).decode()
    assert re.findall(r'data-query="target:([^"]+)".*?\n *<td class="dim">(.*?)</td>', page) == [
        (NEW, f"as {OTHER}"),
        (OTHER, f"as {NEW}"),
        ("cmd:false", "not compared"),
        ("cmd:late", "not compared"),
    ]
    assert f'aria-label="{NEW} and {OTHER} part in 0 steps on average"' in page
    alone = page_of(run_of([failed], [plan_of(REFUSED, "connect/refused")], targets=(nothing, late))).decode()
    assert "No two targets have played the same scenario." in alone
