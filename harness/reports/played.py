"""Draw a scenario with what each target did, step by step: where all agree once, else each behaviour with its targets and cause."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from harness.comparing.outcomes import Outcome, Place, timeline, yardsticks
from harness.records.comparison import Comparison, Difference
from harness.records.observation import GOOD
from harness.records.plan import Plan, Step
from harness.records.run import Result
from harness.reports.advice import advices
from harness.reports.counting import named, several
from harness.reports.differences import is_of_scenario
from harness.reports.summary import GRAVITY
from harness.reports.symbols import BEHAVIOUR_STYLES, KIND_STYLES, VERDICT_SYMBOLS
from harness.reports.terminal import Page, Part
from harness.reports.timeline import Diagram, drawn, print_head, repeated_steps
from harness.reports.wording import expectation_words
from harness.runs.again import again
from harness.runs.folder import Run


class Camp(Struct, frozen=True):
    """Targets that did the same at a step, to the letter."""

    targets: tuple[str, ...]
    shown: str


def print_played(page: Page, plan: Plan, run: Run, comparison: Comparison, targets: Sequence[str]) -> None:
    """The whole view, of the given targets; `comparison` is that of all targets of the run, at least for this scenario."""
    results = {target: result for target in targets if (result := run.results.get((plan.id, target))) is not None}
    differences = _differences(comparison, plan)
    print_head(page, plan)
    _verdicts(page, plan, run, results, targets)
    for difference in differences:
        if is_of_scenario(difference):
            _behaviours(page, difference, targets, indent=0)
    page.blank()
    diagram = Diagram(page, plan)
    diagram.titles()
    bounds = yardsticks(plan)
    lines = {target: line for target, result in results.items() if (line := timeline(plan, result, bounds))}
    for step in drawn(diagram, _dull(plan, results, differences, lines)):
        diagram.step(step)
        _step(page, diagram, step, lines, [each for each in differences if each.step == step.call.n and not is_of_scenario(each)])
        diagram.hand_over(step)
    _leaks(page, results)
    _foot(page, plan, run, results)


def _dull(
    plan: Plan, results: dict[str, Result], differences: Sequence[Difference], lines: dict[str, dict[Place, Outcome]]
) -> frozenset[int]:
    """Steps of further rounds of a repetition in which nothing differs and nothing ends."""
    telling = {each.step for each in differences} | {result.step for result in results.values() if result.verdict not in GOOD}
    ends = {max(line)[0] for line in lines.values()}
    return repeated_steps(plan) - telling - (ends - {len(plan.steps) - 1})


def _differences(comparison: Comparison, plan: Plan) -> list[Difference]:
    return [each for group in comparison.groups for each in group.differences if each.scenario == plan.id]


# ---------------------------------------------------------------------------------------------------------- verdicts


def _absence(run: Run, plan: Plan, target: str) -> str:
    return "no result" if run.is_planned(plan.id, target) else "not planned"


def _verdicts(page: Page, plan: Plan, run: Run, results: dict[str, Result], targets: Sequence[str]) -> None:
    by_verdict: dict[tuple[str, str, str], list[str]] = {}
    for target in targets:
        result = results.get(target)
        key = (result.verdict, _grounds(plan, result), result.ground) if result else (_absence(run, plan, target), "", "")
        by_verdict.setdefault(key, []).append(target)
    rows: list[list[Part]] = []
    for (verdict, grounds, network), who in sorted(by_verdict.items(), key=lambda entry: _gravity(entry[0][0])):
        symbol = next((symbol for word, symbol in VERDICT_SYMBOLS.items() if word == verdict), VERDICT_SYMBOLS["error"])
        symbol = VERDICT_SYMBOLS["unsupported"] if verdict == "not planned" else symbol
        sign, style = page.sign(symbol)
        where = f" on the network '{network}'" if network else ""
        rows.append([(f"{sign} {verdict}", style), named(who, len(targets)) + where + (f": {grounds}" if grounds else "")])
    page.table(rows)
    flaky = [f"{target} ({', '.join(result.flaky)})" for target, result in results.items() if result.flaky]
    if flaky:
        page.line((f"flaky: also ended otherwise on {', '.join(flaky)}", "bold yellow"), hang=2)


def _gravity(verdict: str) -> int:
    """What is red comes first, the gravest before all; cells without a result as well."""
    return next((at for at, red in enumerate(("no result", *GRAVITY)) if red == verdict), len(GRAVITY) + 1)


def _grounds(plan: Plan, result: Result) -> str:
    if result.verdict == "pass":
        return ""
    step = f"step {result.step + 1}: " if result.step is not None and not result.reason.startswith("step ") else ""
    if result.verdict not in GOOD and result.expected:
        return f"{step}expected {result.expected}, observed {result.observed}"
    return step + result.reason


def _leaks(page: Page, results: dict[str, Result]) -> None:
    leaks = {target: result.leaks for target, result in results.items() if result.leaks}
    if leaks:
        page.heading("Left open")
        page.table([[target, ("; ".join(each), "bold red")] for target, each in leaks.items()], indent=2)


def _foot(page: Page, plan: Plan, run: Run, results: dict[str, Result]) -> None:
    """What to do about it, and how to play it once more where it went wrong."""
    if results and all(result.verdict == "unsupported" for result in results.values()):
        page.blank()
        for words in advices(result.reason for result in results.values()):
            page.line(("try  ", "dim"), words, hang=5)
        return
    red = [target for target in run.header.targets if target.id in results and results[target.id].verdict not in GOOD]
    if red:
        page.blank()
        page.whole(("next  ", "dim"), again(plan, red[0], run.header))


# -------------------------------------------------------------------------------------------------------------- steps


def _step(page: Page, diagram: Diagram, step: Step, lines: dict[str, dict[Place, Outcome]], differences: Sequence[Difference]) -> None:
    _expectation(diagram, step)
    for member in range(diagram.plan.roles.get(step.role, 1)):
        camps = _camps(step, member, lines)
        here = [each for each in differences if each.instance == member]
        label = f"[{member}] " if diagram.plan.roles.get(step.role, 1) > 1 else ""
        if not here and len(camps) <= 1:
            _agreed(diagram, step, camps, label, len(lines))
            continue
        for difference in here:
            _behaviours(page, difference, tuple(lines), indent=diagram.number_width + 1, label=label)
        if not here:
            _rows(page, [(f"{label}{named(camp.targets, len(lines))}", camp) for camp in camps], indent=diagram.number_width + 1)


def _expectation(diagram: Diagram, step: Step) -> None:
    words = expectation_words(step.expect)
    if words:
        diagram.below(step, (", ".join(words), "dim"))


def _camps(step: Step, member: int, lines: dict[str, dict[Place, Outcome]]) -> list[Camp]:
    by_shown: dict[str, list[str]] = {}
    for target, line in lines.items():
        outcome = line.get((step.call.n, member))
        if outcome is not None:
            by_shown.setdefault(outcome.shown(), []).append(target)
    return [Camp(tuple(targets), shown) for shown, targets in by_shown.items()]


def _agreed(diagram: Diagram, step: Step, camps: Sequence[Camp], label: str, everyone: int) -> None:
    """What all targets that came so far did; a plain `None` is not worth a line."""
    for camp in camps:
        some = f"  ({len(camp.targets)} of {everyone} targets)" if len(camp.targets) < everyone else ""
        if some or camp.shown != "None" or step.expect.has_returns:
            diagram.below(step, (f"{label}= ", "dim"), (camp.shown, "green"), (some, "dim"))


def _behaviours(page: Page, difference: Difference, targets: Sequence[str], indent: int, label: str = "") -> None:
    """One difference; of the targets that are not looked at, nothing."""
    rows: list[tuple[str, Camp]] = []
    for behaviour in difference.behaviours:
        who = tuple(target for target in behaviour.targets if target in targets)
        if who:
            cause = behaviour.cause or "not explained"
            rows.append((f"{label}{cause}", Camp(who, behaviour.shown)))
    if len(rows) < 2:
        for why, camp in rows:
            page.line((f"{why}: ", "dim"), camp.shown, indent=indent, hang=2)
        return
    page.line((f"differs in {difference.kind}", KIND_STYLES[difference.kind]), indent=indent)
    _rows(page, rows, indent + 2)
    if difference.because:
        see = f"  ({', '.join(difference.see)})" if difference.see else ""
        page.line(("because ", "dim"), difference.because, (see, "dim"), indent=indent + 2, hang=2)


def _rows(page: Page, rows: Iterable[tuple[str, Camp]], indent: int) -> None:
    for number, (why, camp) in enumerate(rows):
        style = BEHAVIOUR_STYLES[number % len(BEHAVIOUR_STYLES)]
        page.line((why, style), "  ", camp.shown, indent=indent, hang=4)
        page.line((f"{several(len(camp.targets), 'target')}: {named(camp.targets, 0, most=6)}", "dim"), indent=indent + 4, hang=2)
