"""Rows of the sources and their scenarios."""

from pathlib import Path

import pytest
from msgspec import structs

from harness.reports.sources import EstablishedRow, SourceError, SourceRow, cover, page, read_rows, unknown_rows
from tests.reports.making import GREETING, REFUSED, plan_of

TABLE = """
[[source]]
row = "0.2"
shows = "A greeting | a close."
establish = "Both."

[[source]]
row = "9.9"
shows = "Nothing."
establish = "Nothing."
"""


def link(name: str) -> str:
    return f"[{name}](../scenarios/{name}.yaml)"


def rows_of(tmp_path: Path, text: str) -> tuple[SourceRow, ...]:
    file = tmp_path / "sources.toml"
    file.write_text(text, "utf-8")
    return read_rows(file)


def test_rows_find_their_scenarios_and_the_page_says_so(tmp_path: Path) -> None:
    greeting = plan_of(GREETING, "tcp/greeting")
    cases = [structs.replace(greeting, id=f"udp/cases[{case}]") for case in "ab"]
    rows = rows_of(tmp_path, TABLE)
    covered = cover(rows, [greeting, *cases])
    assert covered == (EstablishedRow(rows[0], ("tcp/greeting", "udp/cases")), EstablishedRow(rows[1], ()))
    assert page(covered).splitlines()[-5:] == [
        "",
        "| row | the tutorial shows | to be established | scenarios |",
        "|---|---|---|---|",
        rf"| 0.2 | A greeting \| a close. | Both. | {link('tcp/greeting')}<br>{link('udp/cases')} |",
        "| 9.9 | Nothing. | Nothing. | **none yet** |",
    ]
    assert "\n1 of 2 rows have a scenario.\n" in page(covered)


def test_a_scenario_that_names_no_row_is_found(tmp_path: Path) -> None:
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
    assert unknown_rows(rows_of(tmp_path, TABLE), plans) == {"1.1": "scenarios/connect/refused.yaml"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[[source]]\nrow = '1'\nshow = 'x'\nestablish = 'y'\n",
            "{file}: source 1: needs the texts row, shows, establish, and nothing else",
        ),
        (
            "[[source]]\nrow = 1\nshows = 'x'\nestablish = 'y'\n",
            "{file}: source 1: needs the texts row, shows, establish, and nothing else",
        ),
        (2 * "[[source]]\nrow = '1'\nshows = 'x'\nestablish = 'y'\n", "{file}: row 1 is there twice"),
        ("", "{file}: holds no [[source]]"),
    ],
)
def test_a_bad_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        rows_of(tmp_path, text)
    assert str(caught.value) == message.format(file=tmp_path / "sources.toml")


def test_the_projects_own_table_has_its_24_rows() -> None:
    rows = read_rows(Path(__file__).parents[2] / "docs" / "sources.toml")
    parts = {"0": 4, "1": 6, "2": 5, "3": 3, "4": 6}
    assert [row.row for row in rows] == [f"{part}.{number}" for part, count in parts.items() for number in range(1, count + 1)]
