"""The schema that editors use agrees with the loader, and its committed copy with both."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from harness.language.schema import scenario_schema
from tests.language.writing import EVERYTHING, GREETING, HEAD, compile_text

COPY = Path(__file__).parent.parent.parent / "docs" / "schema" / "scenario-1.json"


def fits(text: str) -> bool:
    return bool(jsonschema.Draft202012Validator(scenario_schema()).is_valid(yaml.safe_load(text)))


def test_the_committed_copy_is_current() -> None:
    current = json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
    assert COPY.read_text("utf-8") == current, "write harness.language.schema.scenario_schema() to docs/schema/scenario-1.json"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(scenario_schema())


def test_every_key_has_a_description() -> None:
    assert all("description" in key for key in scenario_schema()["properties"].values())


CALL = HEAD + "steps:\n  - server: socket.socket()\n"

GOOD = [
    GREETING,
    EVERYTHING,
    CALL,
    CALL + "    returns: [1, null, any_int()]\n",
    CALL + "    raises: {errno: 11}\n",
    CALL + "    takes: 0.2..\n",
    CALL + "    background: job\n  - pending: job\n  - await: job\n    raises: EPIPE\n",
    HEAD + "steps: [{repeat: {times: 2, steps: [{server: socket.socket()}]}}]\n",
    HEAD + "cases: {a: {needs: [ipv6], n: 1}}\nsteps: [{server: len(n)}]\n",
]


@pytest.mark.parametrize("text", GOOD)
def test_what_the_loader_takes_the_schema_takes(text: str) -> None:
    assert compile_text(text)[1] == []
    assert fits(text)


BAD = [
    "[]",
    "title: x\n",
    CALL + "extra: 1\n",
    CALL.replace("[posix:close]", "[]"),
    CALL.replace("posix:", "posixx:"),
    CALL.replace("see:", "limit: 0\nsee:"),
    CALL.replace("see:", "process: other\nsee:"),
    CALL.replace("see:", "tags: [Big]\nsee:"),
    CALL.replace("see:", "roles: {server: 0}\nsee:"),
    CALL.replace("see:", "roles: {returns: 1}\nsee:"),
    CALL.replace("see:", "cases: {}\nsee:"),
    CALL.replace("socket.socket()", "[1]"),
    CALL.replace("server", "Server"),
    CALL + "    Retuns: 1\n",
    CALL + "    returns: {a: 1}\n",
    CALL + "    returns: 1\n    raises: TypeError\n",
    CALL + "    records: true\n    returns: 1\n",
    CALL + "    records: false\n",
    CALL + "    raises: {}\n",
    CALL + "    raises: {typ: 1}\n",
    CALL + "    takes: 3\n",
    CALL + "    takes: ..\n",
    CALL + "    warns: {message: '\"x\"'}\n",
    CALL + "    varies: []\n",
    CALL + "    varies: [{when: ipv6, because: x, see: [posix:x]}]\n",
    CALL + "    varies: [{when: ipv6, see: [posix:x], returns: 1}]\n",
    CALL + "    background: job\n    returns: 1\n  - await: job\n",
    CALL + "    background: job\n  - pending: job\n    returns: 1\n  - await: job\n",
    HEAD + "steps: []\n",
    HEAD + "steps: [1]\n",
    HEAD + "steps: [{repeat: {times: 0, steps: [{server: socket.socket()}]}}]\n",
    HEAD + "steps: [{repeat: {times: 2, steps: []}}]\n",
    HEAD + "steps: [{repeat: {times: 2}}]\n",
]


@pytest.mark.parametrize("text", BAD)
def test_what_the_schema_refuses_the_loader_refuses(text: str) -> None:
    assert not fits(text)
    assert compile_text(text)[1] != []
