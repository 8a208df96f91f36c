"""The pages of a compatibility set: what they say, and that nothing in them is markup but what we wrote."""

import re
from pathlib import Path

import pytest

from harness.compat.building import build
from harness.compat.records import CompatData
from harness.records.observation import Judgement, Observation
from harness.reports.compat_page import GENERATED, code, page, pages
from harness.reports.compat_set import files, out_of_date, write
from tests.reports.making import REFUSED, TARGETS, cell, plan_of, raised, run_of, small_run

DATA = build([small_run()])

EVIL = "</code><script>alert(1)</script>|`x`\u202e\x00\n# heading"


def hostile() -> CompatData:
    steps = (Observation(0, value={"socket": 1}), raised(1, "OSError", EVIL), Observation(2, value=None))
    results = [cell("connect/refused", REFUSED, TARGETS[0].id, steps, Judgement("fail")), *list(small_run().results.values())[1:]]
    return build([run_of(results, [plan_of(REFUSED, "connect/refused")])])


def test_the_overview_names_families_features_and_notes() -> None:
    text = pages(DATA)["README.md"]
    assert text.startswith("# Compatibility of Python's socket API, as observed\n")
    assert "| `cpython-linux` | 2.7.18, 3.12.1 | 2 |\n| `pypy-linux` | 3.9.16 | 1 |\n" in text
    assert "- Observed differences, by area of the library: [connect](notes/connect.md) 1\n" in text


def test_errors_are_told_by_call_with_a_link_to_the_first_note() -> None:
    text = pages(DATA)["errors.md"]
    assert "\n## `socket.socket.connect`\n" in text
    assert "| `socket.socket.connect: ECONNREFUSED` | **yes** | **yes** | [1](notes/connect.md#refused-2) |\n" in text
    assert '<a id="refused-2"></a>' in pages(DATA)["notes/connect.md"]


def test_a_note_has_its_scenario_its_behaviours_and_their_causes() -> None:
    assert pages(DATA)["notes/connect.md"].endswith(
        "\n## [connect/refused](../../scenarios/connect/refused.yaml)\n\n"
        '<a id="refused-2"></a>`s.connect((HOST, unused_port()))` · exception · [line 7](../../scenarios/connect/refused.yaml#L7)\n\n'
        "- `python >= 3`: `ConnectionRefusedError: [ECONNREFUSED] Connection refused` (cpython-linux 3.12.1; pypy-linux 3.9.16)\n"
        "- `python < 3`: `socket.error: [ECONNREFUSED] Connection refused` (cpython-linux 2.7.18)\n\n"
    )


def test_links_between_pages_lead_somewhere() -> None:
    made = pages(DATA)
    for name, text in made.items():
        folder = Path(name).parent
        for link, anchor in re.findall(r"\]\((?!\.\./)([\w/.]+\.md)(?:#([\w.-]+))?\)", text):
            assert (folder / link).as_posix() in made
            assert not anchor or f'id="{anchor}"' in made[(folder / link).as_posix()]


def test_one_page_about_some_features() -> None:
    text = page(DATA, ["socket.socket.connect"])
    assert "\n## `socket.socket.connect`\n\nmethod\n" in text
    assert "## `socket.socket.recv`" not in text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", "`a`"),
        ("a|b", "`a\\|b`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", "`  `"),
        ("a\nb\x1b\u202e", "`a\\nb\\x1b\\u202e`"),
    ],
)
def test_any_text_is_code(text: str, written: str) -> None:
    assert code(text) == written


def test_what_targets_say_is_text_on_every_page() -> None:
    for text in files(hostile()).values():
        assert "\u202e" not in text
        assert "\x00" not in text
        assert "\n# heading" not in text
    line = next(line for line in pages(hostile())["notes/connect.md"].splitlines() if "script" in line)
    assert "``OSError: [ECONNREFUSED] </code><script>alert(1)</script>\\|`x`\\u202e\\x00\\n# heading``" in line


def test_a_set_that_was_just_written_is_up_to_date(tmp_path: Path) -> None:
    write(DATA, tmp_path)
    assert out_of_date(DATA, tmp_path) == ()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    write(DATA, tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_set_that_somebody_edited_is_not(tmp_path: Path) -> None:
    write(DATA, tmp_path)
    (tmp_path / "errors.md").write_text("mine", "utf-8")
    (tmp_path / "compat.svg").unlink()
    (tmp_path / "notes" / "gone.md").write_text(GENERATED, "utf-8")
    (tmp_path / "notes" / "mine.md").write_text("my own words", "utf-8")
    assert out_of_date(DATA, tmp_path) == ("compat.svg", "errors.md", "notes/gone.md")
    write(DATA, tmp_path)
    assert out_of_date(DATA, tmp_path) == ()
    assert (tmp_path / "notes" / "mine.md").exists()
    assert not (tmp_path / "notes" / "gone.md").exists()
