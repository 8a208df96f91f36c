"""Print the facts of targets, each value once with the targets that have it. Asks nobody."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from harness.records.facts import Facts
from harness.reports.counting import named, several
from harness.reports.terminal import Page, Part

COUNTED = ("names", "constants")
"""Facts of hundreds of entries, whose number is told instead."""


def print_facts(page: Page, facts: Mapping[str, Facts], troubles: Mapping[str, str]) -> None:
    """A table: fact, value, targets."""
    if facts:
        several_targets = len(facts) > 1
        rows: list[list[Part]] = [[("fact", "dim"), *([("targets", "dim")] if several_targets else []), ("value", "dim")]]
        for field in Facts.__struct_fields__:
            rows += _rows(field, facts, several_targets)
        page.table(rows)
    if troubles:
        page.heading("Could not be started")
        page.table([[target, (detail, "yellow")] for target, detail in troubles.items()], indent=2)


def _rows(field: str, facts: Mapping[str, Facts], several_targets: bool) -> list[list[Part]]:
    by_value: dict[str, list[str]] = {}
    for target, each in facts.items():
        by_value.setdefault(shown(field, getattr(each, field)), []).append(target)
    rows: list[list[Part]] = []
    for number, (value, targets) in enumerate(by_value.items()):
        style = "yellow" if len(by_value) > 1 else ""
        who: list[Part] = [(_who(targets, len(facts)), "dim")] if several_targets else []
        rows.append([(field if number == 0 else "", "bold"), *who, (value, style)])
    return rows


def _who(targets: Sequence[str], everyone: int) -> str:
    return f"{several(len(targets), 'target')}" if 3 < len(targets) < everyone else named(targets, everyone)


def shown(field: str, value: Any) -> str:
    """A fact's value on one line."""
    if field in COUNTED:
        return several(len(value), field[:-1])
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field == "classes":
        return _renamed(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={_plain(each)}" for key, each in sorted(value.items())) or "none"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(value) or "none"
    return str(value) or "not known"


def _renamed(classes: Mapping[str, str]) -> str:
    """Classes that are really others; the rest is only counted."""
    other = [f"{name}={real}" for name, real in classes.items() if name != real]
    return ", ".join([*other, f"and {several(len(classes) - len(other), 'class', 'classes')} under their own names"])


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
