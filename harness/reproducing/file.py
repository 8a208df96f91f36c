"""One scenario as one standalone file, and its parts for pages that have many. Chooses no step to mark: that is `marking`."""

import ast
import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from harness import __version__
from harness.language.links import url_of
from harness.records.plan import Plan
from harness.records.reproduction import Mark, Reproduction
from harness.records.run import Header, TargetRecord
from harness.reproducing.helpers import FUTURE, import_lines, laid_out, names_in, needed, prelude
from harness.reproducing.limits import limits, refuse
from harness.reproducing.source import native_literal
from harness.reproducing.steps import Marked, changes_of_role, chunks, lists, rolled
from harness.reproducing.steps import laid_out as steps_laid_out
from harness.reproducing.words import cited
from harness.runs.again import again

WIDTH = 100
HANGING = "hang"
_SEPARATOR = "\n\n\n"
_CALLED = '\n\n\nif __name__ == "__main__":\n'


def reproduce(plan: Plan, mark: Mark | None = None, target: TargetRecord | None = None) -> str:
    """The file's text. Raises `NotReproducible`."""
    return parts(plan, mark, target).file


def parts(
    plan: Plan, mark: Mark | None = None, target: TargetRecord | None = None, notes: Sequence[str] = (), header: Header | None = None
) -> Reproduction:
    """The same with its parts: a page that embeds `helper_sources` once needs only head, helper names and body of each scenario.

    `notes` are said in the head, after what is known without a run; `header` is that of the run, if there is one. Raises `NotReproducible`.
    """
    rerun = again(plan, target, header)
    refuse(plan, rerun)
    known = (*limits(plan, target), *notes)
    body = _body(plan, mark)
    written = names_in([ast.parse(body)])
    blocks = needed(written)
    used = written.union(*(block.uses for block in blocks))
    head = _head(plan, mark, known, rerun, import_lines(used))
    names = tuple(block.names[0] for block in blocks)
    return Reproduction(
        scenario=plan.id, version=__version__, file=assembled(head, names, body), name=file_name(plan), head=head, helpers=names, body=body,
        mark=mark, limits=known, rerun=rerun,
    )  # fmt: skip


def assembled(head: str, helpers: Sequence[str], body: str) -> str:
    """The file that parts make."""
    _, blocks = prelude()
    middle = laid_out([blocks[name] for name in helpers])
    return _SEPARATOR.join(part for part in (head, middle, body) if part) + "\n"


def helper_sources() -> dict[str, str]:
    """The source of every helper that a reproduction may name, in the order in which they stand in a file."""
    return {block.names[0]: block.source for block in dict.fromkeys(prelude()[1].values())}


def file_name(plan: Plan) -> str:
    """`tcp_greeting.py`, with the case where there is one."""
    return re.sub(r"\W+", "_", plan.id).strip("_") + ".py"


# -------------------------------------------------------------------------------------------------------------- body


def _body(plan: Plan, mark: Mark | None) -> str:
    marked = None if mark is None else Marked(mark.step, tuple(_marking(mark)), _holds(mark), java="jython" in mark.target)
    lines = [*lists(plan), *steps_laid_out(rolled(chunks(plan, marked)), changes_of_role(plan))]
    opening = list(_opening(plan, mark))
    body = "\n".join(f"    {line}" if line else "" for line in [*opening, *lines])
    if marked is None or not marked.holds:
        return f"def main():\n{body}{_CALLED}    main()"
    reported = _quoted(f"what was seen on {mark.target}" if mark and mark.target else "what was seen")
    return f"def main():\n{body}{_CALLED}    sys.exit(run(main, {reported}))"


def _opening(plan: Plan, mark: Mark | None) -> Iterator[str]:
    expectations = [expect for step in plan.steps for expect in (step.expect, *(each.expect for each in step.varies))]
    if any(expect.warns is not None for expect in expectations) or (mark is not None and mark.warns):
        yield "notice_warnings()"
    if mark is not None and mark.kind == HANGING:
        yield f"watch({plan.limit:g}, True)"


def _holds(mark: Mark) -> str:
    """`watch` tells of a hang; a step that ends has not hung."""
    return "False" if mark.kind == HANGING else mark.holds


def _quoted(text: str) -> str:
    return native_literal(_safe(text))


def _marking(mark: Mark) -> Iterator[str]:
    """The comment above the marked step."""
    yield "#"
    yield from _commented(f"HERE. Expected: {mark.expected}" if mark.expected else "HERE.")
    for source in mark.see:
        yield from _commented(f"  because {_source(source)}")
    if mark.seen:
        yield from _commented(f"Seen on {mark.target}: {mark.seen}" if mark.target else f"Seen: {mark.seen}")
    for line in mark.elsewhere:
        yield from _commented(f"Elsewhere, {line}")
    if mark.because:
        yield from _commented(f"Documented: {mark.because}")
    yield "#"


def _commented(text: str) -> Iterator[str]:
    for line in wrap(_safe(text), WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False):
        yield f"# {line}"


# -------------------------------------------------------------------------------------------------------------- head


def _head(plan: Plan, mark: Mark | None, known: Sequence[str], rerun: str, imports: Sequence[str]) -> str:
    text = "\n".join(_docstring(plan, mark, known, rerun))
    text = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return "\n".join(["# -*- coding: utf-8 -*-", f'"""{text}', '"""', FUTURE, *([""] if imports else []), *imports])


def _docstring(plan: Plan, mark: Mark | None, known: Sequence[str], rerun: str) -> Iterator[str]:
    yield _safe(plan.title)
    for paragraph in filter(None, (plan.about, _roles(plan))):
        yield ""
        yield from _wrapped(paragraph)
    yield ""
    yield from _wrapped("Nothing but the standard library is needed; it runs on Python 2.7, 3.4 and newer, PyPy and Jython:")
    yield ""
    yield f"    python {file_name(plan)}"
    yield ""
    yield from _wrapped(f"It prints what each call comes to{_exit_codes(mark)}.")
    for limit in known:
        yield from _wrapped(limit)
    if cited(plan):
        yield ""
        yield "See:"
        for source in cited(plan):
            yield f"  {_safe(_source(source))}"
    yield ""
    yield f"Made by Sockmatrix {__version__} from the scenario {plan.id}; there it is played with"
    yield ""
    yield f"    {_safe(rerun)}"


def _roles(plan: Plan) -> str:
    if len(plan.roles) == 1:
        return ""
    names = [f"{count} × {role}" if count > 1 else role for role, count in plan.roles.items()]
    return f"The roles {', '.join(names[:-1])} and {names[-1]} are both inside; they act in turn, as they would in two programs."


def _exit_codes(mark: Mark | None) -> str:
    if mark is None or not _holds(mark):
        return ""
    where = f" on {mark.target}" if mark.target else ""
    return f", and ends with 1 if the step marked HERE does what was seen{where}, with 0 if it does not, and with 3 if it was not reached"


def _source(source: str) -> str:
    address = url_of(source)
    return f"{source}  {address}" if address and not source.startswith("https:") else source


def _wrapped(text: str) -> list[str]:
    return wrap(_safe(text), WIDTH, break_long_words=False, break_on_hyphens=False)


def _safe(text: str) -> str:
    """On one line, and nothing in it that an editor would not show."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in " ".join(text.split()))
