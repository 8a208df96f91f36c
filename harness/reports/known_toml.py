"""Write known failures as TOML, to be completed by a person: each with a comment that says what was seen. Decides nothing."""

import json
from collections.abc import Iterator, Sequence

from harness.comparing.drafting import Draft
from harness.records.known import Known
from harness.reports.counting import named
from harness.runs.safe import safe

LONGEST_COMMENT = 110


def toml(drafts: Sequence[Draft], name: str, everyone: int) -> str:
    """The entries; `name` is what their headers say (`known`, `tool.sockmatrix.known`), `everyone` the number of targets of the run."""
    return "\n".join("\n".join(_lines(draft, name, everyone)) + "\n" for draft in drafts)


def _lines(draft: Draft, name: str, everyone: int) -> Iterator[str]:
    known = draft.known
    yield _comment(f"{named(draft.targets, everyone)}: {draft.seen}")
    if draft.also:
        yield _comment(f"no fact tells {named(draft.also, everyone)} apart, where it does not depart")
    yield f"[[{name}]]"
    yield from (f"{key} = {value}" for key, value in _pairs(known))


def _pairs(known: Known) -> Iterator[tuple[str, str]]:
    yield "scenario", text(known.scenario)
    yield "when", text(known.when)
    yield "kind", text(known.kind)
    if known.kind == "flaky":
        yield "rate", f"{known.rate:g}"
    if known.verdicts != ("fail",):
        yield "verdicts", f"[{', '.join(map(text, known.verdicts))}]"
    if known.step:
        yield "step", str(known.step)
    yield "reason", text(known.reason)
    yield "see", text(known.see)


def text(value: str) -> str:
    """A text of TOML; without backslashes where it has quotation marks."""
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(words: str) -> str:
    line = safe(" ".join(words.split()))
    return f"# {line if len(line) <= LONGEST_COMMENT else line[: LONGEST_COMMENT - 1] + '…'}"
