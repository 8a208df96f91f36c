"""The data of the page's first screens."""

from msgspec import structs

from harness.comparing.behaviours import compare
from harness.gates.gate import gate
from harness.pages.overview import overview
from harness.records.known import Known
from harness.records.observation import Trouble
from harness.reports.summary import summarise
from harness.runs.again import options
from tests.pages.making import varied_run
from tests.reports.making import NEW, OLD, OTHER, REFUSED, plan_of, refused_on, run_of, small_run, troubled


def test_scenarios_have_a_letter_for_each_target() -> None:
    run = varied_run()
    page = overview(run, compare(run), (), "area:udp")
    assert [(scenario.id, scenario.verdicts) for scenario in page.scenarios] == [
        ("connect/refused", "vpp"),
        ("tcp/greeting", "pf."),
        ("udp/recvmsg", "uph"),
    ]
    assert page.scenarios[1].flaky == (1,)
    assert [page.texts[call] for call in page.scenarios[2].calls] == ["recvmsg", "socket"]
    assert (page.where, page.complete, page.exit_code) == ("area:udp", True, 3)


def test_what_is_red_has_its_grounds() -> None:
    run = varied_run()
    page = overview(run, compare(run), ())
    told = [
        (page.scenarios[each.scenario].id, each.verdict, page.lists[each.targets], page.texts[each.grounds], each.step) for each in page.red
    ]
    assert told == [
        ("udp/recvmsg", "hang", (2,), "still under way after 10 s", 1),
        ("tcp/greeting", "fail", (1,), "expected 6, observed 5", 7),
    ]


def test_differences_keep_their_texts_once() -> None:
    run = varied_run()
    page = overview(run, compare(run), ())
    told = [(group.kind, len(group.differences)) for group in page.groups]
    assert ("exception", 1) in told
    assert ("message", 1) in told
    [difference] = next(group for group in page.groups if group.kind == "exception").differences
    sides = [(page.lists[each.targets], page.texts[each.shown], page.texts[each.cause or 0]) for each in difference.behaviours]
    assert sides == [
        ((1, 2), "ConnectionRefusedError: [ECONNREFUSED] Connection refused", "python >= 3"),
        ((0,), "socket.error: [ECONNREFUSED] Connection refused", "python < 3"),
    ]
    assert page.texts[difference.call] == "s.connect((HOST, unused_port()))"


def test_likeness_and_links() -> None:
    page = overview(small_run(), compare(small_run()), ())
    assert page.order == (0, 1, 2)
    assert page.links == {
        "python:socket.socket.connect": "https://docs.python.org/3/library/socket.html#socket.socket.connect",
    }


def test_an_interrupted_run_says_so() -> None:
    run = small_run()
    half = type(run)(run.folder, run.header, run.plans, {}, None)
    page = overview(half, compare(half), ())
    assert page.note.startswith("the run in runs/one was interrupted, or is still going on: 0 of 3 cells have a result;")
    assert page.scenarios[0].verdicts == "..."
    assert page.left_out == {OLD: 1, NEW: 1, OTHER: 1}


def test_the_page_says_what_the_exit_code_of_the_run_says() -> None:
    plan = plan_of(REFUSED, "connect/refused")
    steady = run_of([refused_on(OLD), refused_on(NEW), structs.replace(refused_on(OTHER), flaky=("fail: so",))], [plan])
    repeated = type(steady)(
        steady.folder, structs.replace(steady.header, options={"repeat": 3}), steady.plans, steady.results, steady.footer
    )
    unplayed = run_of([troubled(plan.id, REFUSED, each, Trouble("unsupported", "needs root")) for each in (OLD, NEW, OTHER)], [plan])
    said = []
    for run in (steady, repeated, unplayed, run_of([], [])):
        page, summary = overview(run, compare(run), ()), summarise(run, compare(run))
        assert (page.exit_code, page.meaning) == (summary.exit_code, summary.meaning)
        said.append((page.exit_code, page.meaning))
    assert said == [
        (0, "as expected"),
        (1, "conformance failures, stale excuses or unreviewed differences"),
        (3, "no scenario could be played, so that nothing is known of the targets"),
        (3, "there was no cell to play, so that nothing is known of the targets"),
    ]


def test_a_target_is_played_again_by_the_same_options_as_everywhere() -> None:
    run = small_run()
    one = structs.replace(run.header, targets=tuple(structs.replace(target, name="@old") for target in run.header.targets))
    page = overview(type(run)(run.folder, one, run.plans, run.results, run.footer), compare(run), ())
    assert (
        [target.rerun for target in page.targets]
        == [options(target) for target in one.targets]
        == [f"-t {OLD}", f"-t {NEW}", f"-t {OTHER}"]
    )


def test_what_is_known_is_red_with_its_reason_and_stands_in_a_list_of_its_own() -> None:
    run = varied_run()
    entries = (
        Known("tcp/greeting", "python >= 3", "flaky", "told upstream", "https://example.org/1", 0.5, place="sockmatrix.toml:1"),
        Known("tcp/nothing", "python >= 3", "xfail", "<b>", "issue:python/cpython#1", place="sockmatrix.toml:8"),
    )
    run = type(run)(run.folder, structs.replace(run.header, known=entries), run.plans, run.results, run.footer)
    page = overview(run, compare(run), ())
    assert [page.scenarios[1].known, page.scenarios[0].known] == [(1,), ()]
    known = page.red[-1]
    assert known.known is not None
    assert known.see is not None
    assert (page.texts[known.known], page.texts[known.see]) == ("told upstream", "https://example.org/1")
    assert [(each.scenario, each.state, each.said) for each in page.known] == [
        ("tcp/nothing", "unused", "no scenario of the run is meant"),
        ("tcp/greeting", "used", "1 of 2 cells departs"),
    ]
    assert page.links["issue:python/cpython#1"] == "https://github.com/python/cpython/issues/1"


def test_what_the_run_was_told_to_overlook_stands_beside_its_meaning() -> None:
    run = run_of([refused_on(OLD, "fail"), refused_on(NEW), refused_on(OTHER)], [plan_of(REFUSED, "connect/refused")])
    page = overview(run, compare(run), (), found=gate(run, ()))
    assert (page.exit_code, page.meaning, page.aside) == (0, "as expected", ", not failing on: fail (1 cell)")
