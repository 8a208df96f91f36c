"""What this project has seen targets do in a scenario, from its compatibility data. Does not ask whether the scenario was edited since."""

from pathlib import Path
from typing import NamedTuple

from harness.compat.file import read
from harness.compat.records import CompatNote
from harness.reports.counting import several
from tools.docs.markdown import code, folded


class Observed(NamedTuple):
    """Observed differences by the id of a scenario's file."""

    notes: dict[str, list[CompatNote]]

    def lines(self, topic: str) -> list[str]:
        """What was seen to differ in a scenario, to be opened; nothing where nothing was."""
        notes = self.notes.get(topic, [])
        if not notes:
            return []
        return folded(f"Seen to differ in {several(len(notes), 'step')}", [line for note in notes for line in _lines(note)])


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
