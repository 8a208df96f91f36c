"""A plain, blocking conversation with one agent, for tests: what another implementer's controller would do first."""

import json
import subprocess
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from harness.agents.program import PROTOCOL_VERSION, Compiled, compiled_lines, local_arguments, pipe_arguments, sent_program

OPEN = {"role": "tester", "instance": 0, "host": "127.0.0.1", "host6": "::1", "peer": "127.0.0.1"}


def of(module: str, name: str) -> list[Any]:
    """The tree of `module.name`."""
    return ["get", ["module", module], name]


def method(name: str, attribute: str, *args: Any) -> list[Any]:
    """The tree of `name.attribute(*args)`."""
    return ["call", ["get", ["name", name], attribute], list(args)]


def new_socket(*args: Any) -> list[Any]:
    """The tree of `socket.socket(*args)`."""
    return ["call", of("socket", "socket"), list(args)]


LISTENER: list[dict[str, Any]] = [
    {"do": new_socket(), "save": ["listener"]},
    {"do": method("listener", "bind", ["tuple", [["const", "HOST"], 0]])},
    {"do": method("listener", "listen", 1)},
    {"do": method("listener", "getsockname"), "save": ["address"]},
]


class Conversation:
    """One agent process; ended when the block is left."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        pipe: bool = False,
        single: bool = False,
        protocol: int = PROTOCOL_VERSION,
        compiled: Compiled | None = None,
        agent: str = "python",
    ) -> None:
        words = [*command, *(pipe_arguments(agent) if pipe else local_arguments())]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if pipe:
            self._write(compiled_lines(compiled) if compiled else sent_program(agent))
        self.hello = self._read()
        self.started = self.ask(do="start", protocol=protocol, single=single)
        self.number = 0

    def __enter__(self) -> "Conversation":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()

    def _write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        message = json.loads(self.process.stdout.readline())
        assert isinstance(message, dict)
        return message

    def tell(self, **message: Any) -> None:
        """Send a request and do not wait."""
        self._write(json.dumps({"id": 1, **message}).encode() + b"\n")

    def ask(self, **message: Any) -> dict[str, Any]:
        """Send a request and wait for the next message."""
        self.tell(**message)
        return self._read()

    def run(self, *steps: dict[str, Any] | list[Any], session: str = "s", close: bool = False, **more: Any) -> dict[str, Any]:
        """Perform steps; bare trees are steps that save nothing."""
        numbered = []
        for step in steps:
            numbered.append({"n": self.number, **(step if isinstance(step, dict) else {"do": step})})
            self.number += 1
        opening = {} if session in self.__dict__.setdefault("_sessions", set()) else {"open": OPEN}
        self.__dict__["_sessions"].add(session)
        return self.ask(do="run", session=session, steps=numbered, close=close, **opening, **more)

    def value(self, tree: Any, **more: Any) -> Any:
        """The value of one expression."""
        step = self.run({"do": tree}, **more)["steps"][0]
        assert "value" in step, step
        return step["value"]

    def outcome(self, tree: Any, **more: Any) -> dict[str, Any]:
        """The whole observation of one expression."""
        step = self.run({"do": tree}, **more)["steps"][0]
        assert isinstance(step, dict)
        return step
