"""Marks beside steps: at the right place, few enough, and never more commands than were meant."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from harness.reports.annotations import MOST, Annotation, annotations, command
from harness.reports.material import material_of
from harness.runs.folder import Run
from harness.runs.safe import safe
from tests.reports.hostile import hostile
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, TARGETS, greeted_on, plan_of, refused_on, run_of, small_run


def lines_of(run: Run) -> list[str]:
    return annotations(material_of(run)).decode().splitlines()


def test_a_failure_is_marked_at_its_step() -> None:
    run = run_of([greeted_on(OLD), greeted_on(NEW, 3), greeted_on(OTHER)], [plan_of(GREETING, "tcp/greeting")])
    assert lines_of(run)[0] == (
        "::error file=scenarios/tcp/greeting.yaml,line=12,col=5,title=fail%3A tcp/greeting::"
        'step 8: server: conn.send(utf8("网络"))%0Aexpected 6%0Aobserved 3%0Aon cpython-3.12.1'
    )


def test_a_good_run_says_so_in_one_notice() -> None:
    assert lines_of(small_run()) == ["::notice title=Sockmatrix::as expected in 3 cells; 1 scenario on 3 targets"]


def test_an_interrupted_run_is_an_error_before_all_others() -> None:
    run = run_of([greeted_on(NEW, 3)], [plan_of(GREETING, "tcp/greeting")], targets=TARGETS[:2], complete=False)
    message = "The run was interrupted, or is still going on: 1 of 2 cells have a result."
    assert lines_of(run)[0] == f"::error title=Sockmatrix%3A interrupted::{message}"
    assert lines_of(run)[1].startswith("::error file=")


def test_what_is_not_explained_is_a_warning() -> None:
    alike = tuple(structs.replace(target, facts=TARGETS[1].facts) for target in TARGETS[:2])
    cells = [refused_on(alike[0].id, kind="OSError"), refused_on(alike[1].id)]
    lines = lines_of(run_of(cells, [plan_of(REFUSED, "connect/refused")], targets=alike))
    assert lines[0] == (
        "::warning file=scenarios/connect/refused.yaml,line=7,title=exception differs%2C not explained%3A connect/refused::"
        "cpython-2.7.18: OSError: [ECONNREFUSED] Connection refused%0A"
        "cpython-3.12.1: ConnectionRefusedError: [ECONNREFUSED] Connection refused%0A"
        "s.connect((HOST, unused_port())); 1 step in 1 scenario"
    )


def test_no_more_than_github_keeps_and_the_last_says_how_many_there_were() -> None:
    plans = [plan_of(REFUSED, f"connect/refused{number:02}") for number in range(25)]
    cells = [structs.replace(refused_on(NEW, "fail"), scenario=plan.id, reason="so") for plan in plans]
    errors = [line for line in lines_of(run_of(cells, plans, targets=TARGETS[1:2])) if line.startswith("::error")]
    assert len(errors) == MOST
    assert errors[-1] == "::error title=Sockmatrix::16 more red entries are not shown here: GitHub keeps 10 of a kind; see the report"


def test_whatever_targets_say_there_is_one_command_a_line() -> None:
    text = annotations(hostile()).decode()
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in text.split("\n")[:-1])
    assert "%250A" in text
    assert all(letter.isprintable() or letter == "\n" for letter in text)


def as_github_reads(line: str) -> tuple[str, dict[str, str], str]:
    """Name, properties and message of a command, by the rules of GitHub's runner."""
    name, _, rest = line.removeprefix("::").partition(" ")
    said, _, message = rest.partition("::")
    properties = dict(each.partition("=")[::2] for each in said.split(","))
    return name, {key: unescaped(value) for key, value in properties.items()}, unescaped(message)


def unescaped(text: str) -> str:
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_what_is_written_is_what_github_reads(title: str, file: str, message: str) -> None:
    line = command(Annotation("error", title, (message, "end"), file, 7))
    assert "\n" not in line
    name, properties, read = as_github_reads(line)
    wanted = {"file": safe(file), "line": "7", "title": safe(title)}
    assert (name, properties) == ("error", {key: value for key, value in wanted.items() if value})
    # Only in a message a percent sign that looks like a code could be taken for one; it is escaped first and read last.
    assert read == safe(message) + "\nend"


def test_a_property_cannot_end_early() -> None:
    assert command(Annotation("error", "a,b: c%\n::x", ("m,:%\r\n",), "f,g:h.yaml", 1, 2)) == (
        "::error file=f%2Cg%3Ah.yaml,line=1,col=2,title=a%2Cb%3A c%25\\n%3A%3Ax::m,:%25\\r\\n"
    )
