"""`sockmatrix baseline`: accept what a run has shown, and review what later runs show."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.commands import exits
from harness.commands.reading import find_run, read_run

if TYPE_CHECKING:
    from harness.records.baseline import Baseline, ChangeState, PendingChange, Proposals


@click.group("baseline")
def command() -> None:
    """Accept what a run has shown, and review what later runs show.

    A baseline is a file of accepted observations, made to be kept with the sources and to be looked at in a review. A run that is held
    against it (run --baseline FILE, diff --baseline FILE) fails on what nobody has accepted.

    \b
    sockmatrix baseline accept baseline.json        all that the newest run has shown
    sockmatrix run --baseline baseline.json         fails on change; writes it to baseline.json.new
    sockmatrix baseline review baseline.json        accept, reject or skip, one by one
    """


@command.command("accept")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--prune", is_flag=True, help="Drop scenarios and targets that the run did not have.")
def accept_command(file: Path, run: Path | None, prune: bool) -> int:
    """Take all that a run has shown into the baseline FILE, which is made if it is not there. Without RUN: the newest.

    What was rejected stays so; 'baseline review' can accept it. Cells that say nothing of their target (error, bug, inconclusive, no
    result) are left out, and told; the exit code is 3 then.

    \b
    sockmatrix baseline accept baseline.json
    sockmatrix baseline accept baseline.json sockmatrix-runs/2026-01-31T12-00-00.000000Z --prune
    """
    from harness.history.baseline_file import read_baseline
    from harness.history.reviewing import EMPTY, accept, review, settle
    from harness.history.reviewing import prune as pruned

    before = read_baseline(file) if file.exists() else EMPTY
    proposals = review(before, read_run(find_run(run)), file.as_posix())
    # What is rejected on one target is not accepted on another without being asked for by name.
    rejected = {each.change.id for each in proposals.changes if each.change.state == "rejected"}
    chosen = {each.change.id for each in proposals.changes} - rejected
    left = {each.change.id for each in proposals.changes} - chosen
    after = settle(accept(before, proposals, chosen), proposals, left)
    _save(file, pruned(after, proposals) if prune else after, proposals, chosen)
    _say_accepted(file, proposals, chosen)
    return exits.HARNESS if proposals.report.silent or proposals.report.missing else exits.AS_EXPECTED


@command.command("review")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--accept-all", is_flag=True, help="Accept everything but what was rejected before.")
@click.option("--accept", "accepted", multiple=True, metavar="ID", help="Accept this change; may be repeated.")
@click.option("--reject", "rejected", multiple=True, metavar="ID", help="Reject this change; may be repeated. Needs --reason.")
@click.option("--reason", default="", metavar="TEXT", help="Why the changes are rejected.")
@click.option("--json", "as_json", is_flag=True, help="Only list what is pending, as JSON (its schema: sockmatrix schema baseline-report).")
def review_command(
    file: Path, run: Path | None, accept_all: bool, accepted: Sequence[str], rejected: Sequence[str], reason: str, as_json: bool
) -> int:
    """Go through what differs from the baseline FILE, one by one: accept, reject or skip.

    Without RUN: what 'run --baseline' left in FILE.new, else the newest run. Answers are read from standard input, a line each, so that
    they can come from a pipe; at its end the rest is skipped. ID is one that the list shows, the id of a scenario (* and ? are wildcards),
    or one of: changed, rejected, edited, new.

    Exit code 0 if nothing differs any more, 1 if something changed or rejected is left, 2 if all that is wrong are scenarios with a bug,
    3 if nothing could be compared, or cells say nothing.

    \b
    sockmatrix baseline review baseline.json
    sockmatrix baseline review baseline.json --json
    sockmatrix baseline review baseline.json --accept 4b1d0c9a7e --accept 'udp/*'
    sockmatrix baseline review baseline.json --reject 4b1d0c9a7e --reason 'bpo-1234: fixed in 3.14'
    """
    from harness.commands.keeping import baseline_exit_code, show_report
    from harness.history.baseline_file import read_baseline

    baseline = read_baseline(file)
    proposals = _proposals(file, baseline, run)
    if as_json:
        show_report(proposals.report, as_json=True)
        return baseline_exit_code(proposals.report)
    decided = _Decisions(proposals)
    if accept_all or accepted or rejected:
        decided.as_told(accept_all, accepted, rejected, reason)
    else:
        _ask_all(decided)
    return _conclude(file, baseline, decided)


def _proposals(file: Path, baseline: "Baseline", run: Path | None) -> "Proposals":
    from harness.commands.keeping import reviewed
    from harness.history.baseline_file import read_proposals
    from harness.history.reviewing import still_open

    waiting = read_proposals(file) if run is None else None
    return still_open(baseline, waiting) if waiting is not None else reviewed(file, read_run(find_run(run)))


class _Decisions:
    """What was decided so far."""

    def __init__(self, proposals: "Proposals") -> None:
        self.proposals = proposals
        self.accepted: set[str] = set()
        self.besides: set[str] = set()
        self.rejected: dict[str, str] = {}

    def of_state(self, *states: "ChangeState") -> "list[PendingChange]":
        return [each.change for each in self.proposals.changes if each.change.state in states]

    def as_told(self, accept_all: bool, accepted: Sequence[str], rejected: Sequence[str], reason: str) -> None:
        """By options. Ends the command if an id is of nothing, or of both."""
        if rejected and not reason.strip():
            exits.usage("a rejection is remembered with its reason; say it with --reason")
        self.rejected = {each.id: reason.strip() for told in rejected for each in self._named(told)}
        self.accepted = {each.id for told in accepted for each in self._named(told)}
        both = sorted(self.accepted & self.rejected.keys())
        if both:
            exits.usage(f"'{both[0]}' cannot be both accepted and rejected")
        if accept_all:
            before = {each.id for each in self.of_state("rejected")}
            self.accepted |= {each.id for each in self.of_state("changed", "edited", "new")} - self.rejected.keys() - before

    def _named(self, told: str) -> "list[PendingChange]":
        from harness.commands.matching import is_like
        from harness.commands.reading import nearest_words

        changes = self.of_state("rejected", "changed", "edited", "new")
        found = [each for each in changes if told in (each.id, each.scenario, each.state) or is_like(told, each.scenario)]
        if not found:
            hint = nearest_words(told, [name for each in changes for name in (each.id, each.scenario)])
            exits.usage(f"nothing that is pending has the id '{told}'; {hint or 'see the list: sockmatrix baseline review FILE --json'}")
        return found

    def left(self) -> set[str]:
        """Ids of what is still to be reviewed, or stays red."""
        return {each.change.id for each in self.proposals.changes} - self.accepted - self.besides


# ------------------------------------------------------------------------------------------------------ one by one

QUESTION = "accept [a], accept beside what was [b], reject [r], skip [s], quit [q]? "
_BULK = "accept all [a], skip them [s], one by one [o], quit [q]? "


class _Quit(Exception):
    """Nothing more is to be asked."""


def _ask_all(decided: _Decisions) -> None:
    """Everything red one by one; what has nothing to be compared with in one go, unless it is wanted otherwise."""
    try:
        _ask_each(decided, decided.of_state("rejected", "changed"))
        for state, words in (("edited", "of scenarios that were edited since"), ("new", "that the baseline does not know")):
            _ask_together(decided, decided.of_state(state), words)  # type: ignore[arg-type]  # two of the states
    except _Quit:
        click.echo("the rest is skipped")


def _ask_each(decided: _Decisions, changes: "Sequence[PendingChange]") -> None:
    from harness.commands.output import print_page
    from harness.reports.baseline_text import print_pending

    for number, change in enumerate(changes, 1):
        click.echo(f"{number}/{len(changes)}")
        print_page(lambda page, change=change: print_pending(page, change))  # type: ignore[misc]  # bound now
        answer = _answer(QUESTION, "abrsq")
        if answer == "a":
            decided.accepted.add(change.id)
        elif answer == "b":
            decided.besides.add(change.id)
        elif answer == "r":
            decided.rejected[change.id] = _line("reason: ") or change.reason or "no reason was given"


def _ask_together(decided: _Decisions, changes: "Sequence[PendingChange]", words: str) -> None:
    from harness.reports.counting import named, several
    from harness.runs.safe import safe

    if not changes:
        return
    scenarios = list(dict.fromkeys(change.scenario for change in changes))
    click.echo(f"{several(sum(len(change.targets) for change in changes), 'cell')} {words}: {safe(named(scenarios, 0))}")
    answer = _answer(_BULK, "asoq")
    if answer == "a":
        decided.accepted |= {change.id for change in changes}
    elif answer == "o":
        _ask_each(decided, changes)


def _answer(question: str, letters: str) -> str:
    """One of the letters; the first letter of a word will do. Asks again until it is one."""
    while True:
        answer = _line(question).lower()[:1]
        if answer == "q":
            raise _Quit
        if answer and answer in letters:
            return answer
        click.echo(f"please answer with one of: {' '.join(letters)}")


def _line(question: str) -> str:
    """What somebody types, or a pipe says. Raises `_Quit` at its end."""
    from harness.runs.safe import safe

    click.echo(question, nl=False)
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not sys.stdin.isatty():
        click.echo(safe(line.strip()))  # a terminal has shown it already
    elif not line.endswith("\n"):
        click.echo()
    if not line:
        raise _Quit
    return line.strip()


# ----------------------------------------------------------------------------------------------------------- the end


def _conclude(file: Path, before: "Baseline", decided: _Decisions) -> int:
    from harness.commands.keeping import exit_code_of
    from harness.history.reviewing import RED, accept, reject, settle
    from harness.reports.counting import several

    proposals, left = decided.proposals, decided.left()
    after = reject(accept(before, proposals, decided.accepted, besides=decided.besides), proposals, decided.rejected)
    _save(file, settle(after, proposals, left), proposals, decided.accepted | decided.besides, decided.rejected)
    taken, skipped = len(decided.accepted | decided.besides), len(left - decided.rejected.keys())
    click.echo(f"{several(taken, 'change')} accepted, {len(decided.rejected)} rejected, {skipped} left as they were")
    is_red = any(change.id in left for change in decided.of_state(*RED)) or bool(decided.rejected)
    return exit_code_of(proposals.report, is_red=is_red, is_known=bool(proposals.report.same or taken))


def _save(
    file: Path, baseline: "Baseline", proposals: "Proposals", accepted: Iterable[str], rejected: "dict[str, str] | None" = None
) -> None:
    from harness.history.baseline_file import write_baseline, write_proposals
    from harness.history.reviewing import remaining

    write_baseline(file, baseline)
    write_proposals(file, remaining(proposals, set(accepted), rejected or {}))


def _say_accepted(file: Path, proposals: "Proposals", chosen: set[str]) -> None:
    from harness.runs.safe import safe

    for line in _accepted_words(file, proposals, chosen):
        click.echo(safe(line))


def _accepted_words(file: Path, proposals: "Proposals", chosen: set[str]) -> Iterator[str]:
    from harness.reports.counting import several

    report = proposals.report
    taken = [each.change for each in proposals.changes if each.change.id in chosen]
    cells = sum(len(change.targets) for change in taken)
    yield f"{file}: {several(cells, 'cell')} accepted, {report.same} as they were"
    rejected = [each for each in report.pending if each.state == "rejected"]
    if rejected:
        yield f"left out: {several(len(rejected), 'change')} rejected before; see: sockmatrix baseline review {file}"
    flaky = sum(len(change.targets) for change in taken if change.flaky) + len(report.flaky)
    if flaky:
        yield f"{several(flaky, 'cell')} of them came to something else as well: flaky"
    if report.silent or report.missing:
        yield f"left out: {report.silent} that say nothing of their target, {report.missing} without a result"
