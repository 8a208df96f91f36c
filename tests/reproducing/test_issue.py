"""The text of an issue."""

import pytest

from harness import __version__
from harness.reproducing.issue import code, plain
from harness.reproducing.marked import reproduction
from tests.reports.making import NEW, OLD, OTHER, REFUSED, plan_of, refused_on, run_of

PLAN = plan_of(REFUSED, "connect/refused")


def test_an_issue_says_what_was_expected_by_whom_and_what_was_seen_where() -> None:
    run = run_of([refused_on(OLD), refused_on(NEW), refused_on(OTHER)], [PLAN])
    text = reproduction(PLAN, run, run.header.targets[0], with_issue=True).issue
    assert text.partition("```python\n")[0] == (
        "# Connecting to a port where nobody listens is refused (seen on cpython-2.7.18)\n"
        "\n"
        "The first error that a client meets.\n"
        "\n"
        "## What was expected\n"
        "\n"
        "Step 2, client: `s.connect((HOST, unused_port()))`\n"
        "\n"
        "Expected: `raises socket.error ECONNREFUSED`, according to\n"
        "\n"
        "- [python:socket.socket.connect](https://docs.python.org/3/library/socket.html#socket.socket.connect)\n"
        "- seed:1.1\n"
        "\n"
        "## What was seen\n"
        "\n"
        "`cpython-2.7.18`: `socket.error: [ECONNREFUSED] Connection refused`\n"
        "\n"
        "| behaviour | where | targets |\n"
        "|---|---|---|\n"
        "| `ConnectionRefusedError: [ECONNREFUSED] Connection refused` | `python >= 3` | cpython-3.12.1, pypy-3.9.16 |\n"
        "| `socket.error: [ECONNREFUSED] Connection refused` | `python < 3` | cpython-2.7.18 |\n"
        "\n"
        "## Where\n"
        "\n"
        "| target | verdict | Python | system | C library | machine |\n"
        "|---|---|---|---|---|---|\n"
        "| cpython-2.7.18 | pass | cpython 2.7.18 | linux |  |  |\n"
        "| cpython-3.12.1 | pass | cpython 3.12.1 | linux |  |  |\n"
        "| pypy-3.9.16 | pass | pypy 3.9.16 | linux |  |  |\n"
        "\n"
        "## Reproduction\n"
        "\n"
        "Save this as `connect_refused.py` and run it; it needs nothing but the standard library.\n"
        "It ends with 1 if the step marked HERE does what was seen, with 0 if it does not, and with 3 if it was not reached.\n"
        "It needs ipv4.\n"
        "\n"
    )
    assert text.endswith(
        "```\n"
        "\n"
        f"Found with Sockmatrix {__version__}, scenario `connect/refused` (`scenarios/connect/refused.yaml`); the same there:\n"
        "\n"
        "```sh\n"
        "sockmatrix run -k id:connect/refused -t python2.7\n"
        "```\n"
    )


def test_without_a_run_an_issue_says_what_is_expected() -> None:
    text = reproduction(PLAN, with_issue=True).issue
    assert "## What was seen" not in text
    assert "Every step as the program's source says, according to\n" in text


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    plan = plan_of(REFUSED.replace("The first error", "The ````first```` error"), "connect/refused")
    assert "\n`````python\n" in reproduction(plan, with_issue=True).issue


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a`b", "``a`b``"),
        ("`a", "`` `a ``"),
        ("a|b\nc", "`a\\|b c`"),
        ("\x1b[2J\u202e", "`\\x1b[2J\\u202e`"),
        ("", "`  `"),
    ],
)
def test_what_a_target_said_stays_in_its_code_span(text: str, written: str) -> None:
    assert code(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("<script>", "\\<script\\>"),
        ("*a* _b_ [c](d)", "\\*a\\* \\_b\\_ \\[c\\](d)"),
        ("# no title", "\\# no title"),
        ("see #12", "see \\#12"),
        ("@someone", "@<!-- -->someone"),
    ],
)
def test_prose_is_no_markup_and_calls_nobody(text: str, written: str) -> None:
    assert plain(text) == written
