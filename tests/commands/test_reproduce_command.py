"""`sockmatrix reproduce`."""

import ast
import json
from pathlib import Path

import jsonschema
import pytest
from msgspec import structs

from harness.records.observation import Trouble
from harness.records.run import Result, TargetRecord
from harness.reports.schemas import schema
from tests.commands.conftest import Sockmatrix, save
from tests.reports import making
from tests.reports.making import NEW, OLD, OTHER, REFUSED, TARGETS, plan_of, refused_on, run_of


def troubled(trouble: Trouble) -> Result:
    return making.troubled("connect/refused", REFUSED, OTHER, trouble)


def test_a_file_is_printed_and_marked_by_the_newest_run(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("reproduce", "connect/refused")
    assert (ended.code, ended.err) == (0, "")
    ast.parse(ended.out)
    assert f"    # Seen on {OLD}: socket.error: [ECONNREFUSED] Connection refused\n" in ended.out


def test_a_target_can_be_named(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("reproduce", "connect/refused", "-t", NEW, "--run", str(saved))
    assert f"    # Seen on {NEW}: ConnectionRefusedError: [ECONNREFUSED] Connection refused\n" in ended.out


def test_an_unknown_target_is_told_with_the_nearest(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("reproduce", "connect/refused", "-t", "cpython-2.7.1")
    assert ended == (2, "", f"sockmatrix: the run has no target 'cpython-2.7.1'; did you mean '{OLD}'?\n")


def test_a_target_without_a_run_is_told_the_way_to_one(sockmatrix: Sockmatrix) -> None:
    message = "sockmatrix: there is no run in sockmatrix-runs/; name a run folder, or make one: sockmatrix run\n"
    assert sockmatrix("reproduce", "connect/refused", "-t", OLD) == (2, "", message)


def test_without_a_run_nothing_is_marked(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    ended = sockmatrix("reproduce", str(scenarios / "connect" / "refused.yaml"))
    assert (ended.code, ended.err) == (0, "")
    assert "HERE" not in ended.out


def test_an_unknown_scenario_is_told_with_the_nearest(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("reproduce", "connect/refuse", "--run", str(saved))
    assert ended == (2, "", "sockmatrix: no scenario 'connect/refuse'; did you mean 'connect/refused'?\n")


def test_an_issue_has_the_file_inside(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("reproduce", "connect/refused", "--issue")
    assert ended.out.startswith("# Connecting to a port where nobody listens is refused (seen on cpython-2.7.18)\n")
    assert sockmatrix("reproduce", "connect/refused").out in ended.out


def test_json_has_the_parts(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("reproduce", "connect/refused", "--issue", "--json")
    data = json.loads(ended.out)
    jsonschema.validate(data, schema("reproduction"))
    assert data["file"].startswith(data["head"])
    assert data["file"].endswith(data["body"] + "\n")
    assert data["mark"]["target"] == OLD
    assert data["rerun"] == "sockmatrix run -k id:connect/refused -t python2.7"
    assert data["issue"].startswith("# Connecting")


def test_what_no_file_can_show_is_refused_with_the_command_that_plays_it(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    source = REFUSED.replace("needs: [ipv4]", "needs: [network:filtered]")
    plan = plan_of(source, "connect/refused")
    save(run_of([refused_on(OLD), refused_on(NEW), refused_on(OTHER)], [plan]), tmp_path / "run")
    ended = sockmatrix("reproduce", "connect/refused", "--run", "run")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "sockmatrix: connect/refused cannot be one program: it needs two hosts and the network condition 'filtered' between them;"
        " play it again: sockmatrix run -k id:connect/refused -t python2.7\n"
    )


def test_the_same_run_gives_the_same_bytes(sockmatrix: Sockmatrix, saved: Path) -> None:
    assert sockmatrix("reproduce", "connect/refused", "--json") == sockmatrix("reproduce", "connect/refused", "--json")


def test_where_a_target_did_as_all_others_it_is_told(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    save(run_of([refused_on(NEW), refused_on(OTHER)], [plan_of(REFUSED, "connect/refused")]), tmp_path / "run")
    ended = sockmatrix("reproduce", "connect/refused", "--run", "run", "-t", NEW)
    assert (ended.code, "HERE" in ended.out) == (0, False)
    assert ended.err.endswith(f"sockmatrix: in this run {NEW} neither failed nor differed from others; no step is marked\n")


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (
            troubled(Trouble("error", "the target could not be started")),
            "did not play it to its end (error: the target could not be started)",
        ),
        (troubled(Trouble("unsupported", "needs root")), "did not play it to its end (unsupported: needs root)"),
        (troubled(Trouble("crash", "it died")), "failed at no single step (crash: it died)"),
        (
            structs.replace(refused_on(OTHER), flaky=("fail: so",)),
            "neither failed nor differed from others in the play that counts, but also ended otherwise (fail: so)",
        ),
        (None, "has no result"),
    ],
)
def test_why_no_step_is_marked_depends_on_the_verdict(sockmatrix: Sockmatrix, tmp_path: Path, result: Result | None, told: str) -> None:
    results = [refused_on(NEW), *([result] if result else [])]
    save(run_of(results, [plan_of(REFUSED, "connect/refused")], targets=TARGETS[1:]), tmp_path / "run")
    ended = sockmatrix("reproduce", "connect/refused", "--run", "run", "-t", OTHER)
    assert (ended.code, "HERE" in ended.out) == (0, False)
    assert ended.err.splitlines()[-1] == f"sockmatrix: in this run {OTHER} {told}; no step is marked"


def test_a_target_that_never_started_is_told_to_be_one(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    nothing = TargetRecord("cmd:false", "cmd:false", None, "it ended with 1\x1b")
    failed = structs.replace(troubled(Trouble("error", "the target could not be started")), target="cmd:false")
    save(run_of([failed], [plan_of(REFUSED, "connect/refused")], targets=(nothing,)), tmp_path / "run")
    ended = sockmatrix("reproduce", "connect/refused", "--run", "run", "-t", "cmd:false")
    assert ended.code == 0
    assert ended.err == "sockmatrix: in this run cmd:false could not be started: it ended with 1\\x1b; no step is marked\n"


def test_a_damaged_newest_run_is_done_without_where_none_is_needed(sockmatrix: Sockmatrix, scenarios: Path, saved: Path) -> None:
    file = str(scenarios / "connect" / "refused.yaml")
    (saved / "run.json").write_text("{", "utf-8")
    ended = sockmatrix("reproduce", file)
    assert (ended.code, "HERE" in ended.out) == (0, False)
    assert ended.err.startswith(f"sockmatrix: {saved}/run.json: not the header of a run (")
    assert ended.err.endswith("); the file was changed or damaged; no step is marked\n")
    assert sockmatrix("reproduce", file, "-t", OLD)[:2] == (2, "")
    assert sockmatrix("reproduce", file, "--run", str(saved))[:2] == (2, "")
