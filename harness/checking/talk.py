"""A conversation with one agent that keeps everything that was said. Believes nothing, and judges no more than whether it can be read.

Unlike `engine.connection` it goes on where an agent does something wrong, so that one misdeed is not taken for several.
"""

import asyncio
from typing import Any

import msgspec
from msgspec import Struct

from harness.agents.program import PROTOCOL_VERSION, sent_program
from harness.checking.shapes import problem_of_observation
from harness.engine.connection import LONGEST_LINE, START_SECONDS
from harness.engine.crew import STEP_BACK_SECONDS
from harness.engine.messages import Hello, Reply, decode_hello
from harness.hosts.process import Host, Process

SHOWN = 400
ANSWER_SECONDS = 20.0
KEPT_STDERR = 4000


class Limits(Struct, frozen=True):
    """Seconds until an agent is given up."""

    start: float = START_SECONDS
    answer: float = ANSWER_SECONDS
    abort: float = STEP_BACK_SECONDS

    def stretched(self, times: float) -> "Limits":
        """For a target that is so many times slower than others."""
        return Limits(self.start * times, self.answer * times, self.abort * times)


class Failure(Exception):
    """The agent did something else than the protocol says. `once`: it may not do so again, as it was slow, or its process has died.

    `sent` and `came` say between which lines that was, where it was not between the last ones.
    """

    def __init__(self, problem: str, *, once: bool = False, sent: str = "", came: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.once = once
        self.sent = sent
        self.came = came


class NotApplicable(Exception):
    """The agent says that it lacks what would be checked, or cannot be brought to show it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Oddity(Struct, frozen=True):
    """Something that is wrong by itself, whatever it was an answer to."""

    kind: str
    """`unasked`: a line that nothing had asked for; `shape`: an observation that is none."""
    problem: str
    sent: str
    came: str


class Talk:
    """One agent process, from its start to its end."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.oddities: list[Oddity] = []
        self.hellos = 0
        self.last_sent = ""
        self.last_came = ""
        self.started = False
        self.usable = True
        """Nothing has happened after which an answer would say little."""
        self._process: Process | None = None
        self._rest: list[bytes] = []
        self._held = 0
        self.flood = ""
        """What was too much of it, and so has ended it."""
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._errors = b""
        self._asked: set[int] = set()
        self._answered: set[int] = set()
        self.order: list[int] = []
        """Requests in the order in which they were answered."""
        self._answers: dict[int, Reply] = {}
        self._nameless: list[Reply] = []
        self._numbers = 0
        self._sessions = 0
        self._steps = 2
        self._ended = False

    # -- life

    @classmethod
    async def open(cls, host: Host, limits: Limits) -> "Talk":
        """Start the process; what it says is not looked at yet. Raises `CannotStart`."""
        talk = cls(limits)
        talk._process = await host.open(talk)
        if host.pipe:
            talk._process.write(sent_program(host.agent))
        return talk

    async def is_lost(self) -> bool:
        """It has ended without a word, as what some systems start does now and then."""
        try:
            async with asyncio.timeout(self.limits.start):
                first = await self._lines.get()
        except TimeoutError:
            return False
        # Back to where it was: nothing can come in before it.
        later = [first]
        while not self._lines.empty():
            later.append(self._lines.get_nowait())
        for line in later:
            self._lines.put_nowait(line)
        return first is None

    async def hello(self) -> Hello:
        """The first line."""
        line = await self._next(self.limits.start, "no hello")
        try:
            hello = decode_hello(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Failure(f"the first line is no hello: {error}") from None
        self.hellos += 1
        if self._process is not None:
            self._process.pid = hello.pid
        return hello

    async def forked(self) -> tuple[int, Hello]:
        """Ask it to divide itself: the number of that request, answered when the new process has ended, and the hello of that one."""
        number = self.send({"id": self.number(), "do": "fork"})
        line = await self._next(self.limits.start, "no hello of the process that it was to make")
        try:
            return number, decode_hello(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Failure(f"after 'fork' there is no hello: {error}") from None

    async def greet(self, *, single: bool = False) -> "Talk":
        """Hear the hello and start: what every conversation begins with."""
        await self.hello()
        await self.start(single=single)
        return self

    async def start(self, *, single: bool = False) -> None:
        """What comes after a hello."""
        await self.ask({"do": "start", "protocol": PROTOCOL_VERSION, "single": single}, self.limits.start)
        self.started = True

    async def stop(self) -> str:
        """Tell it to stop; how it ended. What it says until then is an oddity."""
        self.send({"id": self.number(), "do": "stop"})
        return await self.ending("'stop'")

    async def end_input(self) -> str:
        """End its input; how it ended."""
        end_input = getattr(self._process, "end_input", None)
        if end_input is None:
            raise NotApplicable("the input of a process of this kind of target cannot be ended alone")
        end_input()
        return await self.ending("the end of its input")

    async def ending(self, reason: str) -> str:
        """How it ended, after all that it had to say."""
        while True:
            line = await self._next_or_end(self.limits.answer, f"it goes on after {reason}")
            if line is None:
                return self._ending()
            self._note("unasked", "a line that nothing had asked for", line)

    async def close(self) -> None:
        """End the process, whatever state it is in."""
        process = self._process
        if process is None:
            return
        if process.is_alive():
            process.kill()
        await process.wait(5.0)
        process.close()

    # -- requests

    def number(self) -> int:
        """A number for a request."""
        self._numbers += 1
        return self._numbers

    def session_name(self) -> str:
        """A name for a session."""
        self._sessions += 1
        return f"s{self._sessions}"

    def step_number(self) -> int:
        """A number for a step: never its place in the request."""
        self._steps += 1
        return self._steps

    def send(self, message: dict[str, Any]) -> int:
        """Send a request, and do not wait."""
        number = message.get("id")
        if isinstance(number, int):
            self._asked.add(number)
        self.send_line(msgspec.json.encode(message))
        if "open" in message:
            self.last_sent = shown(msgspec.json.encode({**message, "open": "…"}))
        return number if isinstance(number, int) else -1

    def send_line(self, line: bytes, end: bytes = b"\n") -> None:
        """Send anything."""
        self.last_sent = shown(line)
        self.last_came = ""
        if self._process is not None:
            self._process.write(line + end)

    async def ask(self, message: dict[str, Any], limit: float | None = None) -> Reply:
        """Send a request and wait for its answer; an error is a failure."""
        reply = await self.ask_anything(message, limit)
        if reply.error:
            raise Failure(f"answered with an error: {reply.error}")
        return reply

    async def ask_anything(self, message: dict[str, Any], limit: float | None = None) -> Reply:
        """Send a request and wait for its answer, which may be an error."""
        return await self.answer(self.send({"id": self.number(), **message}), limit)

    async def answer(self, number: int, limit: float | None = None) -> Reply:
        """The answer to a request that was sent."""
        while number not in self._answers:
            self._take(await self._next(limit or self.limits.answer, f"no answer to request {number}"))
        return self._answers.pop(number)

    async def nameless(self) -> Reply:
        """An answer to a request whose number could not be read."""
        while not self._nameless:
            self._take(await self._next(self.limits.answer, "no answer to a line that is no request"))
        return self._nameless.pop(0)

    def expect(self, number: int) -> None:
        """A request is sent piece by piece."""
        self._asked.add(number)

    def abandon(self, number: int) -> None:
        """A request that must not be answered any more."""
        self._asked.discard(number)
        self._answered.add(number)

    def _take(self, line: bytes) -> None:
        try:
            message = msgspec.json.decode(line)
            reply = msgspec.convert(message, Reply)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if self._is_hello(line):
                return
            self.usable = False
            raise Failure(f"a line that is no answer: {error}") from None
        for problem in map(problem_of_observation, _observations(message)):
            if problem:
                self._note("shape", problem, line)
        self._sort(reply, line)

    def _sort(self, reply: Reply, line: bytes) -> None:
        if reply.id is None:
            self._nameless.append(reply)
        elif reply.id in self._asked:
            self._asked.discard(reply.id)
            self._answered.add(reply.id)
            self.order.append(reply.id)
            self._answers[reply.id] = reply
        elif reply.id in self._answered:
            self._note("unasked", f"an answer to request {reply.id}, which was answered already, or was to be no more", line)
        else:
            self.usable = False
            raise Failure(f"an answer with the id {reply.id}, which no request had")

    def _is_hello(self, line: bytes) -> bool:
        try:
            decode_hello(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False
        self.hellos += 1
        self.last_came = shown(line)
        return True

    def _note(self, kind: str, problem: str, line: bytes) -> None:
        if kind == "unasked" and self._is_hello(line):
            return
        self.oddities.append(Oddity(kind, problem, self.last_sent, shown(line)))

    async def _next(self, limit: float, silence: str) -> bytes:
        """The next line, without its end."""
        line = await self._next_or_end(limit, silence)
        if line is None:
            if self.flood:
                raise Failure(f"{silence}: {self.flood}")
            raise Failure(f"{silence}: it ended ({self._ending()}{self._last_words()})", once=True)
        return line

    async def _next_or_end(self, limit: float, silence: str) -> bytes | None:
        try:
            async with asyncio.timeout(limit):
                line = await self._lines.get()
        except TimeoutError:
            self.usable = False
            raise Failure(f"{silence} within {limit:g} s", once=True) from None
        if line is None:
            self.usable = False
            self._lines.put_nowait(None)
        else:
            self.last_came = shown(line)
        return line

    def _ending(self) -> str:
        return self._process.ending() if self._process else ""

    def _last_words(self) -> str:
        lines = [line for line in self._errors.decode("utf-8", "replace").splitlines() if line.strip()]
        return f": {lines[-1].strip()[:300]}" if lines else ""

    # -- what the process says

    def output(self, data: bytes) -> None:
        """Cut what comes on standard output into lines."""
        if b"\n" in data:
            *lines, data = data.split(b"\n")
            lines[0] = b"".join((*self._rest, lines[0]))
            self._rest, self._held = [], 0
            for line in lines:
                self._lines.put_nowait(line)
        self._rest.append(data)
        self._held += len(data)
        if self._held > LONGEST_LINE:
            self._end_flood()

    def _end_flood(self) -> None:
        """Nobody has room for all that it might still say."""
        self.flood = f"a line of more than {LONGEST_LINE >> 20} MiB"
        self._rest, self._held = [], 0
        if self._process is not None:
            self._process.kill()
        self.ended()

    def errors(self, data: bytes) -> None:
        """Keep the end of what comes on standard error."""
        self._errors = (self._errors + data)[-KEPT_STDERR:]

    def ended(self) -> None:
        """Nothing more will come; what has no line end is a line all the same."""
        if self._ended:
            return
        self._ended = True
        rest, self._rest = b"".join(self._rest), []
        if rest:
            self._lines.put_nowait(rest)
        self._lines.put_nowait(None)


def _observations(message: Any) -> list[dict[str, Any]]:
    steps = message.get("steps", ()) if isinstance(message, dict) else ()
    return [step for step in steps if isinstance(step, dict)]


def shown(line: bytes) -> str:
    """A line for a report."""
    text = line.decode("utf-8", "replace")
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}… ({len(text)} characters)"
