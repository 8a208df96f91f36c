"""What holds of every run, every list of known failures and every choice of what fails."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from harness.gates.classes import CLASSES, STEADY_ONLY
from harness.gates.gate import gate
from harness.records.known import EXCUSABLE, Known
from harness.records.observation import GOOD, VERDICTS
from harness.records.run import Result
from harness.runs.folder import Run
from tests.reports.making import GREETING, TARGETS, plan_of, run_of

PLANS = [structs.replace(plan_of(GREETING, "tcp/greeting"), id=f"tcp/topic_{number}") for number in range(3)]
CONDITIONS = ("python >= 2.7", "python < 3", "python >= 3", 'implementation == "pypy"', 'os == "windows"')

verdicts = st.sampled_from(VERDICTS)


@st.composite
def results(draw: st.DrawFn) -> list[Result]:
    found = []
    for plan in PLANS:
        for target in TARGETS:
            plays = draw(st.lists(verdicts, max_size=4))
            if not plays:
                continue
            others = tuple(sorted({each for each in plays if each != plays[0]}))
            found.append(Result(plan.id, target.id, plays[0], (), plays=tuple(plays) if len(plays) > 1 else (), flaky=others))
    return found


entries = st.lists(
    st.builds(
        Known,
        scenario=st.sampled_from([*(plan.id for plan in PLANS), "tcp/*", "*_1", "udp/*"]),
        when=st.sampled_from(CONDITIONS),
        kind=st.sampled_from(["xfail", "flaky", "skip"]),
        reason=st.just("so"),
        see=st.just("https://example.org"),
        rate=st.sampled_from([0.1, 0.5]),
        verdicts=st.lists(st.sampled_from(EXCUSABLE), min_size=1, max_size=4, unique=True).map(tuple),
    ),
    max_size=5,
).map(tuple)

choices = st.sets(st.sampled_from([*CLASSES, STEADY_ONLY]))
runs = results().map(lambda found: run_of(found, PLANS))


@settings(max_examples=60)
@given(runs, entries, choices)
def test_what_was_not_seen_is_never_green(run: Run, known: tuple[Known, ...], chosen: set[str]) -> None:
    found = gate(run, tuple(chosen), known=known).gate
    if run.missing or any(result.verdict == "error" for result in run.results.values()):
        assert found.exit_code == 3


@settings(max_examples=60)
@given(runs, entries)
def test_every_red_cell_fails_or_is_overlooked_or_is_known(run: Run, known: tuple[Known, ...]) -> None:
    found = gate(run, tuple(CLASSES), known=known)
    red = {cell for cell, result in run.results.items() if result.verdict not in GOOD}
    excused = {cell for cell in found.expected if cell in red}
    told = sum(number for name, number in found.gate.failing.items() if name in VERDICTS)
    stale = sum(len(use.stale) or 1 for use in found.gate.known if use.state == "stale")
    unsupported = sum(result.verdict == "unsupported" for result in run.results.values())
    assert told - stale - unsupported == len(red) - len(excused)


@settings(max_examples=60)
@given(runs, entries, choices, choices)
def test_failing_on_more_makes_nothing_greener(run: Run, known: tuple[Known, ...], some: set[str], more: set[str]) -> None:
    more = some | more if STEADY_ONLY in some else (some | more) - {STEADY_ONLY}
    lenient, strict = (gate(run, tuple(each), known=known).gate for each in (some, more))
    assert set(lenient.failing) <= set(strict.failing) | {"flaky"}
    if lenient.exit_code == 3:
        assert strict.exit_code == 3
    elif lenient.exit_code == 1:
        assert strict.exit_code in (1, 3)
    elif lenient.exit_code == 2:
        assert strict.exit_code != 0


@settings(max_examples=60)
@given(runs, entries)
def test_entries_change_no_verdict_and_excuse_no_other_than_they_name(run: Run, known: tuple[Known, ...]) -> None:
    before = dict(run.results)
    found = gate(run, known=known)
    assert run.results == before
    for cell, entry in found.expected.items():
        plays = run.results[cell].plays or (run.results[cell].verdict,)
        assert {each for each in plays if each not in GOOD} - {"error", "bug", "inconclusive"} <= set(entry.verdicts)
        assert entry.kind != "skip"
        assert run.results[cell].verdict not in ("error", "bug", "inconclusive")


@settings(max_examples=40)
@given(runs, entries, choices)
def test_the_same_run_comes_to_the_same(run: Run, known: tuple[Known, ...], chosen: set[str]) -> None:
    assert gate(run, tuple(sorted(chosen)), known=known) == gate(run, tuple(sorted(chosen)), known=known)
