"""A run in Markdown: what comes first, what is cut, what never changes."""

import re

from msgspec import structs

from harness.records.observation import Trouble
from harness.records.run import TargetRecord
from harness.reports.markdown import COMMENT_LIMIT, SUMMARY_LIMIT, Section, comment_page, fitted, summary_page
from harness.reports.material import material_of
from tests.reports.hostile import MEAN, hostile
from tests.reports.making import (
    GREETING,
    NEW,
    OLD,
    OTHER,
    REFUSED,
    TARGETS,
    greeted_on,
    paired_run,
    plan_of,
    refused_on,
    run_of,
    small_run,
    troubled,
)
from tests.runs.test_markdown_text import rendered

PLANS = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]


def test_a_good_run() -> None:
    assert comment_page(material_of(small_run())).decode() == (
        "<!-- sockmatrix report -->\n"
        "## Sockmatrix\n"
        "\n"
        "✅ **as expected in 3 cells** (1 scenario on 3 targets; exit 0: as expected)\n"
        "\n"
        "### By target\n"
        "\n"
        "| target | ✓ pass |\n"
        "|---|---:|\n"
        "| `cpython-2.7.18` | 1 |\n"
        "| `cpython-3.12.1` | 1 |\n"
        "| `pypy-3.9.16` | 1 |\n"
        "\n"
        "<details><summary>Where targets differ, explained (1)</summary>\n"
        "\n"
        "- **exception** · 1 step in 1 scenario\n"
        "  - `python >= 3` (2 targets): `ConnectionRefusedError: [ECONNREFUSED] Connection refused`\n"
        "  - `python < 3` (`cpython-2.7.18`): `socket.error: [ECONNREFUSED] Connection refused`\n"
        "  - in `connect/refused` · `scenarios/connect/refused.yaml:7` · `s.connect((HOST, unused_port()))`\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary>By area</summary>\n"
        "\n"
        "| area | `cpython-2.7.18` | `cpython-3.12.1` | `pypy-3.9.16` |\n"
        "|---|---:|---:|---:|\n"
        "| `connect` | ✓ 1 | ✓ 1 | ✓ 1 |\n"
        "\n"
        "</details>\n"
    )


def test_a_bad_and_interrupted_run_begins_with_what_is_red() -> None:
    nothing = TargetRecord("cmd:nothing", "cmd:nothing", None, "nothing: No such file\x1b")
    hang = troubled("tcp/greeting", GREETING, OTHER, Trouble("hang", "step 7 took longer than 10 s", 6))
    results = [*(refused_on(target.id) for target in TARGETS), greeted_on(OLD), greeted_on(NEW, 3, flaky=("pass",)), hang]
    run = run_of(results, PLANS, targets=(*TARGETS, nothing), complete=False)
    page = summary_page(material_of(run, "nightly", "https://example.org/blob/main/")).decode()
    assert page.startswith(
        "<!-- sockmatrix report nightly -->\n"
        "## nightly\n"
        "\n"
        "❌ **1 fail, 1 hang, 2 without a result in 8 cells** (2 scenarios on 4 targets; exit 3: the harness or its environment failed:"
        " some cells say nothing about their target)\n"
        "\n"
        "> ⚠️ The run was interrupted, or is still going on: 6 of 8 cells have a result. Cells without a result count as red.\n"
        "\n"
        "### Not as expected\n"
        "\n"
        "- ∞ **hang** `tcp/greeting` ·"
        " [`scenarios/tcp/greeting.yaml:11`](<https://example.org/blob/main/scenarios/tcp/greeting.yaml#L11>)<br>\n"
        "  step 7: `server: conn, peer = listener.accept()`<br>\n"
        "  `step 7 took longer than 10 s`<br>\n"
        "  on `pypy-3.9.16`\n"
        "- ✗ **fail** `tcp/greeting` ·"
        " [`scenarios/tcp/greeting.yaml:12`](<https://example.org/blob/main/scenarios/tcp/greeting.yaml#L12>)<br>\n"
        '  step 8: `server: conn.send(utf8("网络"))`<br>\n'
        "  expected `6`<br>\n"
        "  observed `3`<br>\n"
        "  on `cpython-3.12.1`\n"
        "\n"
        "### Without a result\n"
        "\n"
        "- … `cmd:nothing`: 2 cells\n"
        "\n"
        "### Could not be started\n"
        "\n"
        "- ▲ `cmd:nothing`: <code>nothing&#58; No such file&#92;x1b</code>\n"
        "\n"
        "### Flaky\n"
        "\n"
        "- `tcp/greeting` on `cpython-3.12.1`: fail, also `pass`\n"
    )
    assert "| `cmd:nothing` |  |  |  | 2 |\n" in page
    assert "| `tcp` | ✓ 1 | **✗ 1** | **∞ 1** | **… 1** |\n" in page


def test_pairs_are_a_table_of_who_served_whom() -> None:
    page = summary_page(material_of(paired_run())).decode()
    assert page.endswith(
        "### Servers down, clients across\n"
        "\n"
        "| server | `cpython-2.7.18` | `cpython-3.12.1` |\n"
        "|---|---:|---:|\n"
        "| `cpython-2.7.18` | ✓ 1 | ✓ 1 |\n"
        "| `cpython-3.12.1` | **✗ 1** | **… 1** |\n"
    )


def test_two_runs_with_the_same_findings_have_the_same_page() -> None:
    one = small_run()
    other = run_of([refused_on(target.id, message="Connection refused") for target in TARGETS], PLANS[:1])
    other.header = structs.replace(other.header, started="2026-02-01T00:00:00+00:00", controller={"cores": 64})
    other.folder = one.folder / "another"
    assert summary_page(material_of(one)) == summary_page(material_of(other))


def test_nothing_of_what_targets_say_is_markup() -> None:
    material = hostile()
    for page in (summary_page(material).decode(), comment_page(material).decode()):
        seen = rendered(page)
        assert "script" not in seen.elements
        assert "b" not in seen.elements
        assert "a" not in seen.elements
        assert seen.elements.count("table") == 2
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e\ufffe]", page)
        outside = re.sub(r"<!--.*?-->|<code>.*?</code>|`[^`]*`", "", page)
        assert "@everyone" not in outside
        assert "https://evil" not in outside


def many_failures(count: int) -> bytes:
    plan, cell = PLANS[0], refused_on(NEW, "fail")
    plans = [structs.replace(plan, id=f"connect/refused{number:04}") for number in range(count)]
    cells = [structs.replace(cell, scenario=each.id, reason=f"網{number}") for number, each in enumerate(plans)]
    return comment_page(material_of(run_of(cells, plans, targets=TARGETS[1:2])))


def test_a_comment_is_cut_at_what_may_be_posted_and_says_so() -> None:
    page = many_failures(2000).decode()
    assert COMMENT_LIMIT - 2000 < len(page) <= COMMENT_LIMIT
    shown = page.count("**fail**")
    assert f"\n> Left out, to keep within what may be posted: {2000 - shown} of 2000 entries of what is not as expected;" in page
    assert page.endswith("; the table by area. `sockmatrix summary --all` shows everything.\n")
    assert "### By target\n" in page
    assert "Left out" not in many_failures(20).decode()


def test_the_summary_of_a_step_is_measured_in_bytes() -> None:
    sections = [Section("Long", tuple("網" * 100 + "\n" for _ in range(9)), "lines")]
    text = fitted(sections, 1000, lambda text: len(text.encode()))
    assert text.count("\n網") == 3
    assert "Left out, to keep within what may be posted: 6 of 9 lines." in text
    assert SUMMARY_LIMIT < 1024 * 1024


def test_what_is_folded_is_closed_also_where_it_is_cut() -> None:
    text = fitted([Section("Folded", ("- a\n", "- b\n" * 100), "things", folded=True)], 200, len)
    assert text.startswith("\n<details><summary>Folded</summary>\n\n- a\n\n</details>\n\n> Left out")


def test_a_message_of_a_megabyte_does_not_push_the_others_out() -> None:
    page = comment_page(hostile(MEAN + "x" * 1_000_000)).decode()
    assert len(page) < 20_000
    assert "By area" in page
