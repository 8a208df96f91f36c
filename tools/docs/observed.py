"""What this project has seen targets do in a scenario, from its compatibility data. Says nothing of scenarios that were edited since: it cannot know."""

from pathlib import Path
from typing import NamedTuple

from harness.compat.file import read
from harness.compat.records import CompatNote
from tools.docs.links import REPOSITORY
from tools.docs.markdown import code, folded

MOST = 4
"""Differences of a scenario that its area's page shows; the rest are told where all of them are."""


class Observed(NamedTuple):
    """Observed differences by the id of a scenario's file."""

    notes: dict[str, list[CompatNote]]

    def lines(self, topic: str) -> list[str]:
        """What was seen to differ in a scenario, to be opened; nothing where nothing was."""
        notes = self.notes.get(topic, [])
        if not notes:
            return []
        shown = [line for note in notes[:MOST] for line in _lines(note)]
        rest = len(notes) - MOST
        page = f"{REPOSITORY}reports/notes/{topic.partition('/')[0]}.md"
        more = [f"- {rest} more are in [reports]({page})"] if rest > 0 else []
        return folded(f"Seen to differ in {len(notes)} step{'s' if len(notes) > 1 else ''}", [*shown, *more])


def observed(file: Path) -> Observed:
    """The differences of a data set; none without one."""
    found: dict[str, list[CompatNote]] = {}
    if file.is_file():
        for note in read(file).notes.values():
            found.setdefault(note.scenario, []).append(note)
    return Observed({topic: sorted(notes, key=lambda note: (note.line, note.step)) for topic, notes in found.items()})


def _lines(note: CompatNote) -> list[str]:
    behaviours = [f"  - {code(each.cause) if each.cause else 'not explained'}: {code(each.shown)}" for each in note.behaviours]
    return [f"- {code(note.text)} · {note.kind}", *behaviours]
