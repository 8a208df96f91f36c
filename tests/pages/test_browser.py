"""The page in a real browser: what somebody sees who looks, types, presses keys, prints, and does not see."""

import csv
import io
import json
import random
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from msgspec import structs

from harness.comparing.behaviours import compare
from harness.pages.page import page_of
from harness.query.parse import parse
from harness.query.pick import pick
from harness.query.subject import Subject, subjects
from harness.reports.schemas import schema
from harness.runs.folder import Run
from harness.runs.safe import safe
from tests.pages.conftest import Opened, Saver
from tests.pages.making import HOSTILE, hostile_run, large_run, varied_run
from tests.reports.making import NEW, OLD, OTHER, small_run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, expect
else:
    # Where Playwright is not installed, the fixture says so.
    expect = pytest.importorskip("playwright.sync_api").expect if find_spec("playwright") else None

pytestmark = pytest.mark.browser

VECTORS = json.loads((Path(__file__).parents[1] / "query" / "vectors.json").read_text("utf-8"))


def rows(page: "Page") -> list[str]:
    """Scenarios of the matrix, without their areas."""
    return page.locator("#matrix tbody tr:not(.area) .row-name").all_inner_texts()


def columns(page: "Page") -> list[str]:
    return page.locator("#matrix .names .target").all_inner_texts()


def ask(page: "Page", query: str) -> None:
    page.fill("#query", query)
    page.press("#query", "Enter")


def address(page: "Page") -> str:
    return str(page.evaluate("location.hash"))


# ----------------------------------------------------------------------------------------------------------- overview


def test_differences_come_first_with_causes_and_the_odd_one_out(opened: Opened) -> None:
    page = opened(varied_run)
    headings = page.locator("#overview h2").all_inner_texts()
    assert headings == ["What is red", "Where targets differ", "Who behaves alike", "Every scenario"]
    card = page.locator("#differences-list > li").filter(has_text="s.connect((HOST, unused_port()))").inner_text()
    assert f"{OLD} stands alone" in card
    assert "ConnectionRefusedError: [ECONNREFUSED] Connection refused" in card
    assert "python >= 3" in card
    assert f"1 of 3: {OLD}" in card


def test_what_is_red_is_told_with_its_grounds(opened: Opened) -> None:
    page = opened(varied_run)
    assert [text.replace("\n\n", "\n") for text in page.locator("#red-list > li").all_inner_texts()] == [
        f"∞ hang\nudp/recvmsg client: s.recvmsg(10)\nstill under way after 10 s\n{OTHER}",
        f'✗ fail\ntcp/greeting server: conn.send(utf8("网络"))\nexpected 6, observed 5\n{NEW}',
    ]
    ask(page, "verdict:fail")
    assert page.locator("#red-list > li").count() == 1
    ask(page, "verdict:pass")
    assert page.locator("#red").is_hidden()


def test_differing_parts_are_marked(opened: Opened) -> None:
    page = opened(varied_run, "#q=kind:exception")
    assert page.locator("#differences-list mark").all_inner_texts() == ["ConnectionRefusedError", "socket.error"]


def test_quiet_kinds_are_shown_when_asked_for(opened: Opened) -> None:
    page = opened(varied_run)
    before = page.locator("#differences-list > li").count()
    page.check("#quiet")
    assert page.locator("#differences-list > li").count() == before + 1
    assert "quiet=yes" in address(page)
    page.uncheck("#quiet")
    ask(page, "kind:message")
    assert page.locator("#differences-list > li").count() == 1


def test_one_kind_can_be_looked_at(opened: Opened) -> None:
    page = opened(varied_run)
    assert page.locator("#differences-kinds button").all_inner_texts() == ["hang 1", "exception 1", "value 1", "availability 1"]
    page.click("#differences-kinds button:has-text('exception')")
    assert (address(page), page.input_value("#query"), rows(page)) == ("#q=kind:exception", "kind:exception", ["refused"])


def test_verdicts_have_symbols_and_words(opened: Opened) -> None:
    page = opened(varied_run)
    cells = page.locator("#matrix tr[data-key='udp/recvmsg'] .cell")
    told = dict(
        zip(
            columns(page),
            zip(cells.all_inner_texts(), [each.get_attribute("aria-label") for each in cells.all()], strict=True),
            strict=True,
        )
    )
    assert told[NEW] == ("✓", "pass, stands apart")
    assert told[OLD][0] == "-"
    assert told[OTHER] == ("∞", "hang, stands apart")


def test_areas_open_and_close(opened: Opened) -> None:
    page = opened(large_run)
    assert rows(page) == []
    page.click("#matrix button[data-area=area3]")
    assert len(rows(page)) == 40
    assert "areas=area3" in address(page)
    page.click("#matrix button[data-area=area3]")
    assert rows(page) == []
    page.click("#open-all")
    assert page.locator("#matrix tbody tr").count() < 410
    # Each time that the end comes near, more rows are made.
    for made in (200, 300, 400, 410):
        page.locator("#matrix-box").evaluate("box => box.scrollTo(0, box.scrollHeight)")
        expect(page.locator("#matrix tbody tr")).to_have_count(made)


def test_headers_stay_in_sight(opened: Opened) -> None:
    page = opened(large_run, "#areas=area0,area1,area2")
    page.locator("#matrix-box").scroll_into_view_if_needed()
    page.locator("#matrix-box").evaluate("box => { box.scrollTop = 500; box.scrollLeft = 300; }")
    box, head, name = (
        page.locator(each).first.bounding_box() for each in ("#matrix-box", "#matrix .names", "#matrix tr[data-at] .row-name")
    )
    assert box is not None
    assert head is not None
    assert name is not None
    assert abs(head["y"] - box["y"]) < 3
    assert abs(name["x"] - box["x"]) < 3


def test_headers_stand_above_their_columns(opened: Opened) -> None:
    page = opened(varied_run)
    edges = "(cells) => cells.map((cell) => Math.round(cell.getBoundingClientRect().left))"
    heads, cells = (page.eval_on_selector_all(each, edges) for each in ("#matrix .names > *", "#matrix tr[data-key='tcp/greeting'] > *"))
    assert heads == cells


def test_columns_are_ordered(opened: Opened) -> None:
    page = opened(varied_run)
    page.select_option("#by", "version")
    assert columns(page) == [OLD, OTHER, NEW]
    assert page.locator("#matrix .shared").all_inner_texts() == ["2.7", "3.9", "3.12"]
    page.select_option("#by", "implementation")
    assert columns(page) == [OLD, NEW, OTHER]
    assert page.locator("#matrix .shared").all_inner_texts() == ["cpython", "pypy"]
    assert "by=implementation" in address(page)


def test_the_row_and_the_column_under_the_pointer_are_lit(opened: Opened) -> None:
    page = opened(varied_run)
    page.hover("#matrix tr[data-key='tcp/greeting'] .cell >> nth=1")
    assert page.locator("#matrix .names .lit").inner_text() == columns(page)[1]


def test_bars_say_what_they_show(opened: Opened) -> None:
    page = opened(varied_run)
    bar = page.locator("tr[data-target='1'] .bar").get_attribute("aria-label")
    assert bar == "2 pass, 1 fail"
    assert "part in" in str(page.locator(".tree svg").get_attribute("aria-label"))


# -------------------------------------------------------------------------------------------------------------- query


def test_the_query_filters_everything(opened: Opened) -> None:
    page = opened(varied_run)
    ask(page, "area:tcp verdict:fail")
    assert rows(page) == ["greeting"]
    assert page.locator("#result").inner_text() == "1 scenario on 3 targets"
    assert page.locator("#matrix .faded").count() == 2
    ask(page, "target:pypy*")
    assert columns(page) == [OTHER]
    assert len(rows(page)) == 3
    ask(page, "area:nowhere")
    assert page.locator("#matrix-empty").is_visible()


def test_it_filters_while_somebody_types(opened: Opened) -> None:
    page = opened(varied_run)
    page.locator("#query").press_sequentially("udp")
    expect(page.locator("#matrix tbody tr[data-at]")).to_have_count(1)
    assert "q=udp" in address(page)


def test_a_query_leads_from_a_scenario_to_the_overview(opened: Opened) -> None:
    page = opened(varied_run, "#scenario=tcp/greeting")
    page.fill("#query", "area:udp")
    expect(page.locator("#result")).to_have_text("1 scenario; Enter shows it")
    page.press("#query", "Enter")
    expect(page.locator("#overview")).to_be_visible()
    assert (address(page), rows(page)) == ("#q=area:udp", ["recvmsg"])


def test_a_wrong_word_is_said_with_the_nearest_right_one(opened: Opened) -> None:
    page = opened(varied_run)
    ask(page, "vredict:fail")
    assert page.locator("#query-message").inner_text() == "Character 1: unknown word 'vredict:'; did you mean 'verdict:'?"
    assert page.locator("#query").get_attribute("aria-invalid") == "true"
    assert len(rows(page)) == 3
    ask(page, "verdict:fail")
    assert page.locator("#query-message").is_hidden()


def test_it_opens_with_the_query_it_was_made_with(opened: Opened) -> None:
    page = opened(varied_run, where="area:udp")
    assert (page.input_value("#query"), rows(page)) == ("area:udp", ["recvmsg"])
    page.fill("#query", "")
    page.press("#query", "Enter")
    assert len(rows(page)) == 3
    page.reload()
    page.wait_for_selector("html.ready")
    assert len(rows(page)) == 3


EVALUATE = """({subjects, queries, errors}) => {
    const { parseQuery, pick, pickColumns, app } = window.sockmatrix;
    const keys = app.model.keys;
    const targets = subjects[0].cells.map((cell) => cell.target);
    const picks = queries.map(({ query }) => {
        const parsed = parseQuery(query, keys);
        const picked = subjects.map((each) => [each.id, pick(parsed, each, keys)]).filter(([, found]) => found);
        return { query, columns: pickColumns(parsed, targets).map((at) => targets[at]), picked: Object.fromEntries(picked) };
    });
    const wrong = errors.map(({ query }) => {
        try { parseQuery(query, keys); return { query }; }
        catch (error) { return { query, offset: error.offset, message: error.problem, hint: error.hint }; }
    });
    return { picks, wrong };
}"""
"""What the page's evaluator makes of queries over scenarios that are not its own."""


def test_both_evaluators_agree(opened: Opened) -> None:
    told: Any = opened(varied_run).evaluate(EVALUATE, VECTORS)
    assert told["picks"] == VECTORS["queries"]
    assert told["wrong"] == VECTORS["errors"]


def test_both_evaluators_agree_on_words_thrown_together(opened: Opened) -> None:
    chance = random.Random(20260131)
    words = sorted({word for vector in VECTORS["queries"] if '"' not in vector["query"] for word in vector["query"].split()})
    thrown = [" ".join(chance.choice(["", "!"]) + chance.choice(words) for _ in range(chance.randint(1, 4))) for _ in range(500)]
    told: Any = opened(varied_run).evaluate(EVALUATE, {**VECTORS, "queries": [{"query": query} for query in thrown]})
    subjects = [msgspec.convert(each, Subject) for each in VECTORS["subjects"]]
    for query, answer in zip(thrown, told["picks"], strict=True):
        parsed = parse(query)
        picked = {each.id: found for each in subjects if (found := pick(parsed, each)) is not None}
        mine = {name: {"cells": list(found.cells), "differences": list(found.differences)} for name, found in picked.items()}
        assert (query, answer["picked"]) == (query, mine)


def test_the_page_and_the_command_line_pick_the_same(opened: Opened) -> None:
    """Over a whole run, not only over the examples."""
    run = varied_run()
    page = opened(varied_run)
    for query in (
        "differs:yes",
        "odd:pypy",
        "cause:python",
        "documented:yes",
        "call:send",
        "see:man",
        "flaky:yes",
        "!kind:message",
        "verdict:missing",
    ):
        parsed = parse(query)
        mine = [each.id for each in subjects(run, compare(run)) if pick(parsed, each)]
        view = page.evaluate(
            "(q) => { window.sockmatrix.app.change({ q }); return window.sockmatrix.app.view().rows.map((row) => row.scenario); }", query
        )
        assert (query, view) == (query, mine)


# ------------------------------------------------------------------------------------------------------- one scenario


def test_a_cell_leads_to_its_scenario(opened: Opened) -> None:
    page = opened(varied_run, "#by=run")
    page.click("#matrix tr[data-key='tcp/greeting'] .cell >> nth=1")
    page.wait_for_selector("#scenario-title")
    assert address(page) == f"#scenario=tcp/greeting&target={NEW}&by=run"
    assert page.locator("#scenario-title").inner_text() == "A server greets its client"
    assert page.evaluate("document.activeElement.id") == "scenario-title"
    text = page.locator("#scenario").inner_text()
    assert "The opening example of most tutorials." in text
    assert "expected 6, observed 5" in text
    assert "also ended otherwise: pass" in text
    assert page.locator("pre.command").inner_text() == "sockmatrix run -k id:tcp/greeting -t python3.12"


@pytest.mark.parametrize(
    ("file", "links"),
    [("my scenarios/a#b.yaml", ["https://example.org/blob/main/my%20scenarios/a%23b.yaml"]), ("../../evil/blob/main/a.yaml", [])],
)
def test_a_file_is_a_link_only_where_it_leads_into_the_repository(chromium: "Browser", tmp_path: Path, file: str, links: list[str]) -> None:
    run = varied_run()
    plans = {name: structs.replace(plan, file=file) for name, plan in run.plans.items()}
    written = page_of(Run(run.folder, run.header, plans, run.results, run.footer), source="https://example.org/blob/main")
    (tmp_path / "page.html").write_bytes(written)
    page = chromium.new_page()
    page.goto(f"{(tmp_path / 'page.html').as_uri()}#scenario=tcp/greeting")
    page.wait_for_selector("#scenario-title")
    assert file in page.locator(".scenario-head").inner_text()
    assert [each.get_attribute("href") for each in page.locator(".scenario-head a[rel='noreferrer external']:not(.source)").all()] == links
    page.close()


def test_a_scenario_that_is_not_of_the_library_is_played_again_from_its_file(opened: Opened) -> None:
    page = opened(own_files_run, "#scenario=connect/refused")
    page.wait_for_selector("#scenario-title")
    command = f"sockmatrix run scenarios/connect/refused.yaml -k id:connect/refused -t {OLD}"
    assert page.locator("pre.command").inner_text() == command


def own_files_run() -> Run:
    """Of scenarios of somebody's own, on a group of targets."""
    run = small_run()
    targets = tuple(structs.replace(target, name="@old") for target in run.header.targets)
    return Run(
        run.folder, structs.replace(run.header, options={"paths": ["scenarios"]}, targets=targets), run.plans, run.results, run.footer
    )


def test_the_timeline_has_two_sides(opened: Opened) -> None:
    page = opened(varied_run, "#scenario=tcp/greeting")
    page.wait_for_selector(".timeline")
    assert page.locator(".timeline thead th").all_inner_texts()[1:] == ["server", "client"]
    send = page.locator("#step-8 td")
    assert "returns 6" in send.nth(0).inner_text()
    assert send.nth(1).inner_text() == ""
    assert page.locator(".gift").first.inner_text().strip() == "address → client"
    sides = page.locator(".sides-by-side").filter(has_text="6").locator("li").all_inner_texts()
    assert [side.split("\n")[0].strip() for side in sides][:1] == ["A"]


def test_behaviours_stand_side_by_side_with_times_and_sources(opened: Opened) -> None:
    page = opened(varied_run, f"#scenario=udp/recvmsg&target={NEW}")
    page.wait_for_selector(".timeline")
    text = page.locator("#scenario").inner_text()
    assert "230 ms" in text  # a quarter of a second, to about a tenth
    links = {each.inner_text(): each.get_attribute("href") for each in page.locator(".scenario-head a.source").all()}
    assert links["man:recvmsg(2)"] == "https://man7.org/linux/man-pages/man2/recvmsg.2.html"
    assert "Not played everywhere" in text
    assert page.locator("pre.program").text_content() == "import socket\n# udp/recvmsg: <b>\n"


def test_another_target_is_chosen(opened: Opened) -> None:
    page = opened(varied_run, "#scenario=connect/refused")
    page.wait_for_selector("#again-target")
    page.select_option("#again-target", label=OTHER)
    expect(page.locator("pre.command")).to_have_text("sockmatrix run -k id:connect/refused -t pypy3")
    assert address(page) == f"#scenario=connect/refused&target={OTHER}"
    assert page.evaluate("document.activeElement.id") == "again-target"


def test_the_program_can_be_kept(opened: Opened) -> None:
    page = opened(varied_run, "#scenario=connect/refused")
    with page.expect_download() as waiting:
        page.click("text=Save as a file")
    assert waiting.value.suggested_filename == "connect_refused.py"
    assert waiting.value.path().read_text("utf-8") == "import socket\n# connect/refused: <b>\n"


def test_the_browsers_button_leads_back(opened: Opened) -> None:
    page = opened(varied_run, "#q=area:connect")
    page.click("#matrix .row-name a")
    page.wait_for_selector("#scenario-title")
    page.go_back()
    page.wait_for_selector("#overview:not([hidden])")
    assert (address(page), rows(page)) == ("#q=area:connect", ["refused"])


def test_a_scenario_that_is_not_there(opened: Opened) -> None:
    page = opened(varied_run, "#scenario=<b>nowhere")
    assert page.locator("#scenario").inner_text() == "No such scenario\n\nThis run has no scenario <b>nowhere. Overview"


# ------------------------------------------------------------------------------------------------------ state, export


def test_an_address_shows_the_same_to_somebody_else(opened: Opened) -> None:
    page = opened(varied_run)
    ask(page, 'cause:"python < 3" !tag:slow')
    page.select_option("#by", "version")
    page.check("#quiet")
    page.click("#theme")
    page.locator("#differences-list button[aria-expanded]").first.click() if page.locator(
        "#differences-list button[aria-expanded]"
    ).count() else None
    other = opened(varied_run, address(page))
    assert other.locator("#overview").inner_text() == page.locator("#overview").inner_text()
    assert other.input_value("#query") == 'cause:"python < 3" !tag:slow'
    assert other.evaluate("document.documentElement.dataset.theme") == "dark"


def test_json_is_exactly_what_is_shown(opened: Opened) -> None:
    page = opened(varied_run, "#q=kind:exception%20target:cpython*&by=version")
    with page.expect_download() as waiting:
        page.click("#export-json")
    view = json.loads(waiting.value.path().read_text("utf-8"))
    jsonschema.Draft202012Validator(schema("view")).validate(view)
    assert (view["query"], view["columns"]) == ("kind:exception target:cpython*", columns(page))
    assert [row["scenario"].split("/")[1] for row in view["rows"]] == rows(page)
    assert view["rows"][0]["verdicts"] == {OLD: "variation", NEW: "pass"}
    assert {each["kind"] for each in view["differences"]} == {"exception"}


def test_csv_is_exactly_what_is_shown(opened: Opened) -> None:
    page = opened(varied_run, "#by=run")
    with page.expect_download() as waiting:
        page.click("#export-csv")
    table = list(csv.reader(io.StringIO(waiting.value.path().read_text("utf-8"))))
    assert table[0] == ["scenario", "title", "differs", OLD, NEW, OTHER]
    assert table[2][0::3] == ["tcp/greeting", "pass"]
    assert table[2][3:] == ["pass", "fail", "missing"]


# ------------------------------------------------------------------------------------------------- keyboard, readers


def test_the_matrix_is_walked_with_the_arrow_keys(opened: Opened) -> None:
    page = opened(varied_run, "#by=run")
    page.focus("#matrix [tabindex='0']")
    assert page.evaluate("document.activeElement.dataset.area") == "connect"
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "fail, stands apart, flaky"
    assert page.locator("#matrix [tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_selector("#scenario-title")
    assert address(page) == f"#scenario=tcp/greeting&target={NEW}&by=run"
    page.keyboard.press("Escape")
    page.wait_for_selector("#overview:not([hidden])")
    assert page.evaluate("document.activeElement.textContent") == "greeting"


def test_ends_of_the_matrix(opened: Opened) -> None:
    page = opened(large_run, "#areas=" + ",".join(f"area{at}" for at in range(10)))
    page.focus("#matrix [tabindex='0']")
    page.keyboard.press("Control+End")
    assert page.evaluate("document.activeElement.closest('tr').dataset.key") == "area9/scenario_399"
    page.keyboard.press("Control+Home")
    assert page.evaluate("document.activeElement.dataset.area") == "area0"


def test_keys_of_the_page_and_how_to_be_rid_of_them(opened: Opened) -> None:
    page = opened(varied_run)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "query"
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    assert page.locator("#help").is_hidden()
    page.locator("#export-json").focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "export-json"
    assert "keys=off" in address(page)


def test_help_offers_queries(opened: Opened) -> None:
    page = opened(varied_run)
    page.click("#help-open")
    page.click("#help a[data-query='verdict:red']")
    assert page.locator("#help").is_hidden()
    assert rows(page) == ["greeting", "recvmsg"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(opened: Opened, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has none

    for where in ("", "#q=vredict:x", "#scenario=connect/refused", f"#scenario=udp/recvmsg&target={NEW}"):
        page = opened(varied_run, where, color_scheme=scheme)
        page.wait_for_selector(".timeline" if "scenario" in where else "#matrix tbody")
        found = Axe().run(page).response["violations"]
        told = [(each["impact"], each["id"], [node["html"][:120] for node in each["nodes"]][:3]) for each in found]
        assert (where, told) == (where, [])


# --------------------------------------------------------------------------------------------- narrow, print, hostile


def test_a_narrow_screen_does_not_scroll_sideways(opened: Opened) -> None:
    narrow = {"width": 360, "height": 740}
    for where in ("", "#scenario=tcp/greeting", "#scenario=udp/recvmsg"):
        page = opened(varied_run, where, viewport=narrow)
        page.wait_for_selector(".timeline" if where else "#matrix tbody")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), where


def test_without_scripts_there_are_the_targets(chromium: "Browser", saved_pages: Saver) -> None:
    page = chromium.new_page(java_script_enabled=False)
    page.goto(saved_pages(varied_run, "").as_uri())
    assert page.locator("tr[data-target='1']").inner_text().split("\t")[-1] == "2 pass, 1 fail"
    assert page.locator(".toolbar").is_hidden()
    assert page.locator("#matrix-title").is_hidden()
    assert page.get_by_text("The matrix and the differences need JavaScript.").is_visible()
    page.close()


def test_print_has_every_row_and_no_buttons(opened: Opened) -> None:
    page = opened(large_run, "#areas=" + ",".join(f"area{at}" for at in range(10)), color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert len(rows(page)) == 400
    assert page.locator(".toolbar").is_hidden()
    assert page.locator("#matrix-box").evaluate("box => box.scrollHeight === box.clientHeight")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 33, 38)"
    assert page.pdf()[:5] == b"%PDF-"


def test_what_a_target_says_is_shown_as_text(opened: Opened) -> None:
    page = opened(hostile_run, "#quiet=yes&groups=all")
    for number, text in enumerate(HOSTILE):
        page.evaluate("(scenario) => window.sockmatrix.app.open(scenario, '')", f"hostile/text_{number}")
        expect(page.locator(".scenario-head code").first).to_have_text(f"hostile/text_{number}")
        assert safe(text)[:500] in page.locator("#scenario").inner_text()
    assert page.evaluate("window.harmed") is None
    assert page.locator("#scenario script, #scenario img, #overview script, #overview img").count() == 0


def test_it_is_ready_within_a_second_and_nothing_moves(opened: Opened) -> None:
    """Of three attempts the best: a busy machine says nothing of the page."""
    watch = """() => new Promise((resolve) => {
        let moved = 0;
        const observer = new PerformanceObserver((list) => { for (const each of list.getEntries()) moved += each.value; });
        observer.observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => resolve([window.sockmatrix.readyAt, moved])));
    })"""
    measured = [opened(large_run).evaluate(watch) for _ in range(3)]
    assert min(ready for ready, _ in measured) < 1000
    assert max(moved for _, moved in measured) < 0.01
