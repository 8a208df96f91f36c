"""Narrow a run and its comparison to what a query picks: whole rows and columns, and the differences that are meant. Shows nothing."""

from msgspec import structs

from harness.comparing.groups import grouped
from harness.query.parse import Query
from harness.query.pick import Picked, columns, pick
from harness.query.subject import by_scenario, subjects
from harness.records.comparison import Comparison
from harness.runs.folder import Run


def narrow(query: Query, run: Run, comparison: Comparison) -> tuple[Run, Comparison]:
    """The part of a run that is picked. Its differences keep all their behaviours: they are those of the whole run."""
    picked = {each.id: found for each in subjects(run, comparison) if (found := pick(query, each)) is not None}
    return _part(run, list(picked), columns(query, [target.id for target in run.header.targets])), _of(run, comparison, picked)


def _part(run: Run, scenarios: list[str], targets: tuple[str, ...]) -> Run:
    header = structs.replace(
        run.header,
        targets=tuple(target for target in run.header.targets if target.id in targets),
        scenarios={name: run.header.scenarios[name] for name in scenarios},
        cells=sum(run.is_planned(name, target) for name in scenarios for target in targets),
    )
    plans = {name: run.plans[name] for name in scenarios}
    results = {key: result for key, result in run.results.items() if key[0] in plans and key[1] in targets}
    return Run(run.folder, header, plans, results, run.footer)


def _of(run: Run, comparison: Comparison, picked: dict[str, Picked]) -> Comparison:
    told = by_scenario(comparison)
    differences = [told[name][place] for name, found in picked.items() for place in found.differences]
    order = {target.id: at for at, target in enumerate(run.header.targets)}
    return Comparison(grouped(differences, order), comparison.left_out)
