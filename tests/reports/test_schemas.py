"""Published schemas: up to date, and true of what is written."""

from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.comparing.behaviours import compare
from harness.comparing.diff import diff
from harness.compat.building import build
from harness.coverage.catalogue import catalogue
from harness.coverage.measure import measure
from harness.coverage.unobserved import unobserved
from harness.engine import messages, requests
from harness.engine.messages import Opening
from harness.gates.gate import gate
from harness.history.database import open_history
from harness.history.looking import EVERYTHING, look
from harness.history.reviewing import EMPTY, accept, review
from harness.history.taking import take
from harness.images.build import Built
from harness.images.inventory import statuses
from harness.images.naming import rows
from harness.images.registry import registry
from harness.language.conditions import conditions
from harness.language.mistakes import Mistake
from harness.matrix.planning import plan_of as matrix_plan
from harness.pages.details import chunk, chunks_of
from harness.pages.overview import overview
from harness.recipes.entries import matrix_of
from harness.records.agent_check import AgentCheck, CheckedAgent, CheckedAgents
from harness.records.ci import WrittenRecipe
from harness.records.history import History, Taken, TakenRuns
from harness.records.known import Known
from harness.records.matrix import Job
from harness.records.observation import Observation
from harness.records.page import View
from harness.records.plan import Call
from harness.reports import listings
from harness.reports.codequality import findings
from harness.reports.data import report_of
from harness.reports.material import material_of
from harness.reports.rejudging import rejudge
from harness.reports.schemas import NAMES, file_name, schema, text
from harness.reports.sources import SourceRow, cover
from harness.reports.summary import summarise
from harness.reproducing.marked import reproduction
from harness.runs.folder import Run
from harness.systems.parts import Prepared
from harness.targets import every_target
from harness.targets.doctor import Check
from tests.reports.hostile import hostile
from tests.reports.making import NEW, OLD, REFUSED, facts, plan_of, small_run

OPENING = Opening("client", 0, "127.0.0.1", "", "127.0.0.1", "", "", "", "", "", "")
COPIES = Path(__file__).parents[2] / "docs" / "schema"


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_copy_is_up_to_date(name: str) -> None:
    copy = COPIES / file_name(name)
    assert copy.read_text("utf-8") == text(name), "write it again: sockmatrix schema --write docs/schema"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema_of_its_dialect(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def remembered(run: Run, file: Path) -> History:
    with open_history(file, make=True) as history:
        take(history, run)
        return look(history, EVERYTHING)


def test_what_is_written_fits(tmp_path: Path) -> None:
    run = small_run()
    proposals = review(EMPTY, run, "baseline.json")
    written: dict[str, Any] = {
        "plan": plan_of(REFUSED, "connect/refused"),
        "run": run.header,
        "result": next(iter(run.results.values())),
        "observation": next(iter(run.results.values())).steps[1],
        "footer": run.footer,
        "matrix": matrix_plan([plan_of(REFUSED, "connect/refused")], [Job("all", ("python3.8",))]),
        "facts": facts("3.12.1"),
        "comparison": compare(run),
        "diff": diff(run, run),
        "baseline": accept(EMPTY, proposals, {each.change.id for each in proposals.changes}),
        "baseline-report": proposals.report,
        "proposals": proposals,
        "history": remembered(run, tmp_path / "history.sqlite"),
        "history-add": TakenRuns(1, "h", (Taken("runs/one", "added", 1, 2),)),
        "summary": summarise(run, compare(run)),
        "page": overview(run, compare(run), chunks_of(run)),
        "page-details": chunk(run, chunks_of(run)[0]),
        "view": View(1, "one", run.header.started, "", (), ()),
        "coverage": measure(catalogue(), list(run.plans.values())),
        "reproduction": reproduction(plan_of(REFUSED, "connect/refused"), run, with_issue=True),
        "compat": build([run]),
        "unobserved": unobserved(list(run.plans.values()), run),
        "report": report_of(material_of(run)),
        "codequality": findings(hostile()),
        "scenarios": [listings.listed(plan) for plan in run.plans.values()],
        "check": listings.CheckedScenarios(0, (Mistake("a.yaml", 1, 1, "unknown key"),)),
        "show": listings.shown_scenario(run.plans["connect/refused"], run, compare(run), [NEW, OLD]),
        "known": [Known("tcp/*", "python < 3", "flaky", "told", "https://example.org", 0.2, ("hang",), "sockmatrix.toml:1")],
        "ci-matrix": matrix_of([Job("a", ("docker:python:3.8-slim",), "ubuntu-latest", shards=2)], {}),
        "ci-init": WrittenRecipe(("action.yml",), ("look at it",), "commit"),
        "judge": listings.judged_run(rejudge(run), gate(run).gate),
        "targets": listings.ListedTargets((listings.ListedTarget("pypy-3.9.16", "pypy", "3.9.16", name="pypy3"),), {"/x": "too old"}),
        "image-targets": listings.ImageTargets(rows(registry(), statuses(None, registry()))),
        "facts-of-targets": listings.FactsOfTargets({NEW: facts("3.12.1")}, {"cmd:x": "no such file"}),
        "images": listings.ListedImages(statuses(None, registry())),
        "built-images": listings.BuiltImages((Built("sid", "sockmatrix/sid", "failed", problem="no mirror"),)),
        "removed": listings.removed_of({"one": "", "two": "in use"}),
        "networks": listings.ListedNetworks(dict(conditions())),
        "all-targets": every_target.AllTargets((every_target.AnyTarget("wine:python3.13", "system", "unprepared"),), {}),
        "prepared-targets": listings.PreparedTargets((Prepared("wine:python3.13", "failed", 1.5, ("python",), "no room", "make room"),)),
        "doctor": [Check("ipv4", "ok", "127.0.0.1 can be bound")],
        "agent-check": CheckedAgents(
            (CheckedAgent("node agent.js", (AgentCheck("floats", "Floats …", "Values", "fail", "1", "{}", "{}"),)),)
        ),
        "agent-request": requests.Run(3, "s1", (Call(0, do=7),), OPENING),
        "agent-reply": messages.Reply(3, (Observation(0, value=7),), {}, messages.Closed(("socket.socket: …",))),
        "agent-hello": messages.Hello("sockmatrix", 1, "3.8.18", "cpython", 4711),
        "sources": cover([SourceRow("0.2", "a greeting", "that it comes")], run.plans.values()),
    }
    assert sorted([*written, "scenario"]) == sorted(NAMES)
    for name, record in written.items():
        jsonschema.Draft202012Validator(schema(name)).validate(msgspec.json.decode(msgspec.json.encode(record)))


def test_fields_bring_their_words() -> None:
    fields = schema("facts")["$defs"]["Facts"]["properties"]
    assert fields["bits"] == {"description": "Size of a pointer in bits.", "type": "integer", "default": 64}
