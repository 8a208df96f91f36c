"""What a controller really sends, and an agent really answers, fits the schemas that are published for other agents and controllers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from harness.engine.connection import Connection
from harness.engine.requests import Request
from harness.reports.schemas import schema
from tests.engine.playing import Stage, current, verdicts
from tests.engine.test_misdeeds import GOOD

HANGS = {"bad/hangs": "limit: 1\nsteps:\n  - a: s = socket.socket()\n  - a: s.bind((HOST, 0))\n  - a: s.listen(1)\n  - a: s.accept()\n"}


def test_what_is_said_in_a_run_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    came: list[bytes] = []
    monkeypatch.setattr(Connection, "_send", kept(Connection._send, sent))
    monkeypatch.setattr(Connection, "output", kept(Connection.output, came))
    run = Stage(tmp_path).play([current()], {**GOOD, **HANGS})
    assert set(verdicts(run, "here").values()) == {"pass", "hang"}
    requests = [msgspec.json.decode(line) for line in b"".join(sent).splitlines()]
    assert {request["do"] for request in requests} == {"start", "facts", "run", "close", "abort", "stop"}
    for request in requests:
        fits("agent-request", request)
        msgspec.convert(request, Request)
    for reply in map(msgspec.json.decode, b"".join(came).splitlines()):
        fits("agent-hello" if "agent" in reply else "agent-reply", reply)


def kept(method: Callable[[Connection, bytes], None], data: list[bytes]) -> Callable[[Connection, bytes], None]:
    """The method, which keeps what it is given."""

    def keeping(self: Connection, piece: bytes) -> None:
        data.append(piece)
        method(self, piece)

    return keeping


def fits(name: str, message: Any) -> None:
    jsonschema.Draft202012Validator(schema(name)).validate(message)
