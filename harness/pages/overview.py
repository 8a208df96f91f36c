"""A run and its comparison as the data of the page's first screens. Knows no HTML; what single steps came to is `details`' business."""

from collections.abc import Iterable, Iterator, Sequence

from harness import __version__
from harness.gates.gate import Outcome, gate
from harness.language.links import url_of
from harness.pages.likeness import bunched, separations
from harness.pages.tables import Tables, shown
from harness.query.subject import calls
from harness.records.comparison import Comparison, Difference, DifferenceGroup
from harness.records.facts import Facts
from harness.records.gate import KnownUse
from harness.records.page import (
    PAGE_VERSION,
    Page,
    PageBehaviour,
    PageChunk,
    PageDifference,
    PageGroup,
    PageKnown,
    PageRed,
    PageScenario,
    PageTarget,
)
from harness.records.plan import Plan
from harness.records.run import TargetRecord
from harness.reports.facts_text import shown as fact_words
from harness.reports.known_text import told_uses, use_words
from harness.reports.parts import whole_words
from harness.reports.summary import RedEntry, baseline_words, interrupted_words, overlooked_words, red_entries
from harness.runs.again import options
from harness.runs.folder import Run

NO_RESULT, UNPLANNED = ".", "_"
"""Stands for a verdict where there is none."""


def overview(
    run: Run,
    comparison: Comparison,
    chunks: tuple[PageChunk, ...],
    where: str = "",
    *,
    found: Outcome | None = None,
    title: str = "",
    source: str = "",
) -> Page:
    """Everything but the details of single scenarios. `found` is what the run comes to, if that was asked for otherwise."""
    found = found or gate(run)
    targets = [target.id for target in run.header.targets]
    tables = Tables({target: at for at, target in enumerate(targets)})
    place = {scenario: at for at, scenario in enumerate(run.header.scenarios)}
    merges, order = bunched(separations(run, comparison))
    scenarios = tuple(_scenario(run, run.plans[name], targets, tables, found) for name in run.header.scenarios)
    red = tuple(_red(entry, place, tables) for entry in red_entries(run, found))
    groups = tuple(_group(group, place, tables) for group in comparison.groups)
    return Page(
        page=PAGE_VERSION,
        sockmatrix=__version__,
        folder=shown(run.folder.name),
        started=run.header.started,
        seconds=run.footer.seconds if run.footer else 0.0,
        complete=run.complete,
        note=shown("; ".join(filter(None, _notes(run, found)))),
        exit_code=found.gate.exit_code,
        meaning=found.gate.meaning,
        aside=overlooked_words(found.gate),
        where=where,
        title=shown(title),
        source=source.rstrip("/") if source.startswith(("https://", "http://")) else "",
        own_files=bool(run.header.options.get("paths")),
        targets=tuple(_targets(run.header.targets)),
        scenarios=scenarios,
        red=red,
        known=tuple(map(_known, told_uses(found.gate))),
        groups=groups,
        merges=merges,
        order=order,
        left_out=comparison.left_out,
        texts=tables.texts,
        lists=tables.lists,
        links={shown(source): url for source in _sources(run.plans.values(), comparison, found) if (url := url_of(source))},
        chunks=chunks,
    )


# ----------------------------------------------------------------------------------------------------------- targets


def _notes(run: Run, found: Outcome) -> Iterator[str]:
    """What is to be said of the run as a whole, in half a line each."""
    yield "" if run.complete else interrupted_words(run)
    yield whole_words(run)
    held = found.gate.baseline
    yield "" if held is None else f"held against the baseline {held.file}: {baseline_words(held)}"


def _targets(targets: Sequence[TargetRecord]) -> Iterator[PageTarget]:
    return map(_target, targets)


def _target(target: TargetRecord) -> PageTarget:
    known = (target.facts, *target.partners)
    facts = [each for each in known if each is not None]
    return PageTarget(
        id=shown(target.id),
        rerun=shown(options(target)),
        python=_joined(each.python for each in facts),
        implementation=_joined(each.implementation for each in facts),
        implementation_version=_joined(each.implementation_version for each in facts),
        libc=_joined(each.libc for each in facts),
        libc_version=_joined(each.libc_version for each in facts),
        os=_joined(each.os for each in facts),
        network=shown(target.network),
        trouble=shown(target.trouble),
        facts=tuple(_facts(facts)),
    )


def _joined(values: Iterable[str]) -> str:
    """One value, or those of the roles as the ids of pairs are written."""
    return shown(">".join(dict.fromkeys(values)))


def _facts(facts: Sequence[Facts]) -> Iterator[tuple[str, str]]:
    for field in Facts.__struct_fields__:
        values = dict.fromkeys(fact_words(field, getattr(each, field)) for each in facts)
        if values:
            yield field, shown(" > ".join(values))


# --------------------------------------------------------------------------------------------------------- scenarios


def _scenario(run: Run, plan: Plan, targets: Sequence[str], tables: Tables, found: Outcome) -> PageScenario:
    results = [run.results.get((plan.id, target)) for target in targets]
    absent = [NO_RESULT if run.is_planned(plan.id, target) else UNPLANNED for target in targets]
    return PageScenario(
        id=plan.id,
        title=tables.text(plan.title),
        verdicts="".join(result.verdict[0] if result else letter for result, letter in zip(results, absent, strict=True)),
        tags=tables.texts_of(plan.tags),
        see=tables.texts_of(plan.see),
        calls=tables.texts_of(calls(plan)),
        flaky=tuple(at for at, result in enumerate(results) if result is not None and result.flaky),
        known=tuple(at for at, target in enumerate(targets) if (plan.id, target) in found.expected),
    )


def _sources(plans: Iterable[Plan], comparison: Comparison, found: Outcome) -> Iterator[str]:
    yield from (use.known.see for use in found.gate.known)
    for plan in plans:
        yield from plan.see
        yield from (source for step in plan.steps for variation in step.varies for source in variation.see)
    yield from (source for group in comparison.groups for difference in group.differences for source in difference.see)


def _red(entry: RedEntry, place: dict[str, int], tables: Tables) -> PageRed:
    grounds = f"expected {entry.expected}, observed {entry.observed}" if entry.expected else entry.reason
    return PageRed(
        scenario=place[entry.scenario],
        verdict=entry.verdict,
        targets=tables.targets(entry.targets),
        grounds=tables.text(grounds),
        step=entry.step,
        call=tables.optional(entry.text),
        known=tables.text(entry.known.reason) if entry.known else None,
        see=tables.text(entry.known.see) if entry.known else None,
    )


def _known(use: KnownUse) -> PageKnown:
    known = use.known
    return PageKnown(
        shown(known.scenario), shown(known.when), known.kind, use.state, shown(use_words(use)), shown(known.reason), shown(known.see),
        shown(known.place),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------- differences


def _group(group: DifferenceGroup, place: dict[str, int], tables: Tables) -> PageGroup:
    return PageGroup(group.kind, tuple(_difference(each, place, tables) for each in group.differences))


def _difference(difference: Difference, place: dict[str, int], tables: Tables) -> PageDifference:
    behaviours = (
        PageBehaviour(tables.targets(each.targets), tables.text(each.shown), tables.optional(each.cause)) for each in difference.behaviours
    )
    return PageDifference(
        scenario=place[difference.scenario],
        step=difference.step,
        call=tables.text(difference.text),
        line=difference.line,
        behaviours=tuple(behaviours),
        instance=difference.instance,
        because=tables.optional(difference.because),
        see=tables.texts_of(difference.see),
    )
