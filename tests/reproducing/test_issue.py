"""The text of an issue."""

from msgspec import structs

from harness import __version__
from harness.records.observation import Trouble
from harness.records.run import Result, TargetRecord
from harness.reproducing.marked import reproduction
from tests.reports.making import NEW, OLD, OTHER, REFUSED, TARGETS, plan_of, refused_on, run_of, troubled

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
        "- [`python:socket.socket.connect`](<https://docs.python.org/3/library/socket.html#socket.socket.connect>)\n"
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


def test_what_targets_and_scenarios_say_is_no_markup_in_and_outside_of_tables() -> None:
    """As in every report: tests/runs/test_markdown_text.py."""
    about = 'about: "See www.example.org/a|b, &lt;b> and @someone in #12; <script> *is* not."'
    plan = plan_of(REFUSED.replace("about: The first error that a client meets.", about), "connect/refused")
    mean = "a|b `c` \x1b[2J"
    run = run_of([refused_on(OLD), refused_on(NEW, message=mean), refused_on(OTHER, message=mean)], [plan])
    text = reproduction(plan, run, run.header.targets[2], with_issue=True).issue.partition("```python")[0]
    assert "\nSee `www.example.org/a`&#124;b, &#38;lt;b&#62; and `@someone` in `#12`; &#60;script&#62; &#42;is&#42; not.\n" in text
    said = "<code>ConnectionRefusedError&#58; &#91;ECONNREFUSED&#93; a&#124;b &#96;c&#96; &#92;x1b&#91;2J</code>"
    assert f"`pypy-3.9.16`: {said}\n" in text
    assert f"| {said} | " in text
    assert "\\|" not in text


def test_what_is_long_is_not_cut() -> None:
    plan = plan_of(REFUSED.replace("The first error", "The first " + "so " * 1000 + "error"), "connect/refused")
    assert "so " * 1000 + "error" in reproduction(plan, with_issue=True).issue.partition("```python")[0]


def seen_in(results: list[Result], targets: tuple[TargetRecord, ...] = TARGETS[1:], *, complete: bool = True) -> list[str]:
    """The lines of what was seen, in a run in which nothing is marked."""
    run = run_of(results, [PLAN], targets=targets, complete=complete)
    text = reproduction(PLAN, run, with_issue=True).issue
    return text.partition("## What was seen\n\n")[2].partition("\n\n## Where")[0].split("\n\n")


NOTHING = TargetRecord("cmd:/bin/false", "cmd:/bin/false", None, "it ended with 1")


def error_on(target: str) -> Result:
    return troubled("connect/refused", REFUSED, target, Trouble("error", "the target could not be started"))


def test_as_expected_is_said_where_everybody_played_and_passed() -> None:
    assert seen_in([refused_on(NEW), refused_on(OTHER)]) == ["All targets did the same, as expected."]


def test_where_nothing_was_played_nothing_is_as_expected() -> None:
    assert seen_in([], complete=False) == ["No target says anything of it: it was played to its end on none."]
    assert seen_in([error_on(NOTHING.id)], (NOTHING,)) == ["No target says anything of it: it was played to its end on none."]
    unmet = [troubled("connect/refused", REFUSED, each, Trouble("unsupported", "needs root")) for each in (NEW, OTHER)]
    assert seen_in(unmet) == ["No target says anything of it: it was played to its end on none."]


def test_targets_that_say_nothing_are_named() -> None:
    """One never started, one has no result."""
    results = [refused_on(NEW), error_on(NOTHING.id)]
    assert seen_in(results, (*TARGETS[1:], NOTHING), complete=False) == [
        "All other targets did the same, as expected.",
        "Nothing is known of pypy-3.9.16, cmd:/bin/false: what was not played to its end says nothing.",
    ]
    varied = [refused_on(NEW, "variation"), error_on(NOTHING.id)]
    assert seen_in(varied, (TARGETS[1], NOTHING))[0] == "What the other targets did differs in no step that is compared."


def test_targets_that_say_nothing_are_named_beside_a_mark_too() -> None:
    run = run_of([refused_on(OLD), refused_on(NEW), error_on(NOTHING.id)], [PLAN], targets=(*TARGETS[:2], NOTHING))
    text = reproduction(PLAN, run, with_issue=True).issue
    assert "\n\nNothing is known of cmd:/bin/false: what was not played to its end says nothing.\n\n## Where" in text


def test_a_pass_that_was_not_always_one_is_not_as_expected() -> None:
    flaky = structs.replace(refused_on(OTHER), flaky=("fail: so",))
    assert seen_in([refused_on(NEW), flaky]) == ["It is not stable: on pypy-3.9.16 it also ended otherwise."]
