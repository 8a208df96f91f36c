"""The text of an issue about one scenario: what was expected by whom, what was seen where, and the program that shows it. Markdown only."""

import re
from collections.abc import Iterator, Sequence

from harness.language.links import url_of
from harness.records.comparison import Behaviour
from harness.records.facts import Facts
from harness.records.plan import Plan
from harness.records.reproduction import Mark, Reproduction
from harness.records.run import Result, TargetRecord
from harness.reproducing.file import HANGING
from harness.reproducing.marking import differences_of, is_telling, named
from harness.reproducing.words import cited, expected_words
from harness.runs import markdown_text
from harness.runs.folder import Run
from harness.runs.markdown_text import link, prose

WHOLE = 100_000
"""Characters: a report of a bug cuts nothing that its reader needs."""


def issue(plan: Plan, made: Reproduction, run: Run | None, target: TargetRecord | None) -> str:
    """The whole text; what a target said is in code spans and blocks, where it cannot become markup."""
    return "\n".join(_lines(plan, made, run, target)) + "\n"


def _lines(plan: Plan, made: Reproduction, run: Run | None, target: TargetRecord | None) -> Iterator[str]:
    yield f"# {title(plan, made.mark)}"
    yield ""
    yield plain(plan.about)
    yield ""
    yield "## What was expected"
    yield ""
    yield from _expected(plan, made.mark)
    if run is not None:
        yield ""
        yield "## What was seen"
        yield ""
        yield from _seen(plan, made.mark, run)
        yield ""
        yield "## Where"
        yield ""
        yield from _where(plan, run, made.mark, target)
    yield ""
    yield "## Reproduction"
    yield ""
    yield from _how_to_run(made)
    yield ""
    yield from _fenced(made.file, "python")
    yield ""
    yield f"Found with Sockmatrix {made.version}, scenario {code(plan.id)} ({code(plan.file)}); the same there:"
    yield ""
    yield from _fenced(made.rerun + "\n", "sh")


def title(plan: Plan, mark: Mark | None) -> str:
    """The scenario's title, and who departs from it."""
    where = f" (seen on {mark.target})" if mark is not None and mark.target else ""
    return plain(plan.title + where)


def _expected(plan: Plan, mark: Mark | None) -> Iterator[str]:
    if mark is not None:
        step = plan.steps[mark.step]
        yield f"Step {mark.step + 1}, {plain(step.role)}: {code(step.text)}"
        yield ""
        yield f"Expected: {code(mark.expected or expected_words(step.expect))}, according to"
    else:
        yield "Every step as the program's source says, according to"
    yield ""
    for source in _distinct(cited(plan)):
        yield f"- {link(source, url_of(source) or '')}"


def _distinct(sources: Sequence[str]) -> list[str]:
    """Each page once."""
    return list({url_of(source) or source: source for source in reversed(sources)}.values())[::-1]


def _seen(plan: Plan, mark: Mark | None, run: Run) -> Iterator[str]:
    if mark is not None and mark.target:
        yield f"{code(mark.target)}: {code(mark.seen)}"
        if mark.because:
            yield ""
            yield f"A known departure: {plain(mark.because)}"
        yield ""
    behaviours = _behaviours(plan, mark, run)
    if behaviours:
        yield "| behaviour | where | targets |"
        yield "|---|---|---|"
        for behaviour in behaviours:
            cause = code(behaviour.cause) if behaviour.cause else "not explained"
            yield f"| {code(behaviour.shown)} | {cause} | {plain(named(behaviour.targets))} |"
    planned = [each.id for each in run.header.targets if run.is_planned(plan.id, each.id)]
    silent = [target for target in planned if not is_telling(run.results.get((plan.id, target)))]
    if mark is None:
        yield _unmarked(plan, run, planned, silent)
    if silent and len(silent) < len(planned):
        yield ""
        yield f"Nothing is known of {plain(named(silent))}: what was not played to its end says nothing."


def _unmarked(plan: Plan, run: Run, planned: Sequence[str], silent: Sequence[str]) -> str:
    """What those did that say something, where no step shows it."""
    telling = [target for target in planned if target not in silent]
    if not telling:
        return "No target says anything of it: it was played to its end on none."
    who = "other targets" if silent else "targets"
    results = [run.results[plan.id, target] for target in telling]
    flaky = [result.target for result in results if result.flaky]
    if flaky:
        return f"It is not stable: on {plain(named(flaky))} it also ended otherwise."
    if all(result.verdict == "pass" for result in results):
        return f"All {who} did the same, as expected."
    return f"What the {who} did differs in no step that is compared."


def _behaviours(plan: Plan, mark: Mark | None, run: Run) -> Sequence[Behaviour]:
    if mark is None:
        return ()
    found = [each for each in differences_of(run, plan) if each.step == mark.step]
    exact = [each for each in found if each.kind == mark.kind]
    return next((each.behaviours for each in [*exact, *found]), ())


def _where(plan: Plan, run: Run, mark: Mark | None, target: TargetRecord | None) -> Iterator[str]:
    yield "| target | verdict | Python | system | C library | machine |"
    yield "|---|---|---|---|---|---|"
    chosen = target.id if target is not None else mark.target if mark is not None else ""
    for record in sorted(run.header.targets, key=lambda each: each.id != chosen):
        result = run.results.get((plan.id, record.id))
        known = record.facts_on(result.ground if result else "")
        if run.is_planned(plan.id, record.id):
            yield f"| {plain(record.id)} | {_verdict(result)} | {' | '.join(_facts(known[0] if known else None))} |"


def _verdict(result: Result | None) -> str:
    if result is None:
        return "no result"
    return result.verdict if result.verdict != "unsupported" else plain(f"unsupported: {result.reason}")


def _facts(facts: Facts | None) -> list[str]:
    if facts is None:
        return ["not known", "", "", ""]
    python = f"{facts.implementation} {facts.implementation_version}"
    if facts.implementation_version != facts.python:
        python += f" (Python {facts.python})"
    return [plain(text.strip()) for text in (python, f"{facts.os} {facts.kernel}", f"{facts.libc} {facts.libc_version}", facts.machine)]


def _how_to_run(made: Reproduction) -> Iterator[str]:
    yield f"Save this as {code(made.name)} and run it; it needs nothing but the standard library."
    if made.mark is not None and (made.mark.holds or made.mark.kind == HANGING):
        yield "It ends with 1 if the step marked HERE does what was seen, with 0 if it does not, and with 3 if it was not reached."
    for limit in made.limits:
        yield plain(limit)


# ---------------------------------------------------------------------------------------------------------- markdown


def plain(text: str) -> str:
    """Running words, whole."""
    return prose(text, WHOLE)


def code(text: str) -> str:
    """What somebody wrote or a target said, on one line and whole."""
    return markdown_text.code(" ".join(text.split()), WHOLE)


def _fenced(text: str, language: str) -> Iterator[str]:
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    yield fence + language
    yield from text.rstrip("\n").split("\n")
    yield fence
