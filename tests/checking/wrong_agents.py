"""Named wrong agents, one for each misdeed: the real agent, but for what its name says. `right` is the real agent alone.

`python wrong_agents.py NAME`. None of them sends anything beyond loopback: where a guard is missing, so is what it would have kept from.
"""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from harness.agents import agent

WRONG: dict[str, tuple[str, Callable[[], None]]] = {}
"""By name, the check that must find it, and what makes an agent of it."""

Message = dict[str, Any]


def found_by(check: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Enter a misdeed under its name."""

    def enter(misdeed: Callable[[], None]) -> Callable[[], None]:
        WRONG[misdeed.__name__] = (check, misdeed)
        return misdeed

    return enter


def _change_messages(change: Callable[[Message], list[Message]]) -> None:
    """Let every message pass through a function, which may make several of one, or none."""
    write = agent.Stream.write

    def changed(self: Any, message: Message, hold: bool = False) -> None:
        for each in change(message):
            write(self, each, hold)

    agent.Stream.write = changed


def _change_steps(change: Callable[[list[Message]], list[Message]]) -> None:
    def changed(message: Message) -> list[Message]:
        return [{**message, "steps": change(message["steps"])} if message.get("steps") else message]

    _change_messages(changed)


def _change_values(change: Callable[[Any, Any], Any]) -> None:
    """Let every value pass through a function, which is given its wire form and itself."""
    encode = agent.Encoder.encode

    def changed(self: Any, value: Any, whole: bool = False) -> Any:
        return change(encode(self, value, whole), value)

    agent.Encoder.encode = changed


def _change_action(name: str, change: Callable[[Any, Message, Callable[[Any, Message], Any]], Any]) -> None:
    """Perform a request in another way; `change` is given the right one too."""
    right = agent.Agent.ACTIONS[name]
    agent.Agent.ACTIONS[name] = lambda self, request: change(self, request, right)


def _for_ever() -> None:
    threading.Event().wait()


def right() -> None:
    """Nothing is changed."""


# ------------------------------------------------------------------------------------------------- start and end


@found_by("hello")
def greets_as_somebody_else() -> None:
    _change_messages(lambda message: [{**message, "agent": "sockrates"} if "agent" in message else message])


@found_by("hello")
def prints_a_banner() -> None:
    print("Welcome to the agent", flush=True)


@found_by("hello")
def tells_its_pid_as_text() -> None:
    _change_messages(lambda message: [{**message, "pid": str(message["pid"])} if "pid" in message else message])


@found_by("one-hello")
def says_hello_twice() -> None:
    _change_messages(lambda message: [message, message] if "agent" in message else [message])


@found_by("fork")
def forgets_to_greet_after_a_fork() -> None:
    def fork(self: Any, request: Message, right: Any) -> Any:
        self.hello = lambda: None
        return right(self, request)

    _change_action("fork", fork)


@found_by("fork")
def only_says_that_it_forks() -> None:
    _change_action("fork", lambda self, request, right: self.hello())


@found_by("fork")
def forks_once() -> None:
    def fork(self: Any, request: Message, right: Any) -> Any:
        answer = right(self, request)
        self.sessions["left"] = None
        return answer

    _change_action("fork", fork)


@found_by("fork")
def forgets_how_its_fork_ended() -> None:
    _change_action("fork", lambda self, request, right: right(self, request) and {})


@found_by("start")
def refuses_to_start() -> None:
    _change_action("start", lambda self, request, right: {"error": "not today"})


@found_by("start")
def never_starts() -> None:
    _change_action("start", lambda self, request, right: _for_ever())


@found_by("other-protocol")
def takes_any_protocol() -> None:
    _change_action("start", lambda self, request, right: right(self, {**request, "protocol": agent.PROTOCOL}))


@found_by("stop")
def exits_with_7_when_told_to_stop() -> None:
    _change_action("stop", lambda self, request, right: self.leave(7))


@found_by("nothing-unasked")
def answers_stop() -> None:
    def answer(self: Any, request: Message, right: Any) -> None:
        self.stream.write({"id": request["id"]})
        right(self, request)

    _change_action("stop", answer)


@found_by("end-of-input")
def stays_when_its_input_ends() -> None:
    read_line = agent.Stream.read_line

    def patient(self: Any) -> Any:
        line = read_line(self)
        return _for_ever() if line is None else line

    agent.Stream.read_line = patient


# ------------------------------------------------------------------------------------------------- requests and answers


@found_by("identity")
def answers_with_another_id() -> None:
    _change_messages(lambda message: [{**message, "id": message["id"] + 1} if "steps" in message else message])


@found_by("nothing-unasked")
def answers_twice() -> None:
    _change_messages(lambda message: [message, message] if "closed" in message and "steps" not in message else [message])


@found_by("nothing-unasked")
def answers_what_was_aborted() -> None:
    def answer(self: Any, request: Message, right: Any) -> Any:
        reply = right(self, request)
        return {"steps": []} if reply is None else reply

    _change_action("run", answer)


@found_by("steps")
def loses_a_step() -> None:
    _change_steps(lambda steps: steps[:1] + steps[2:] if len(steps) > 3 else steps)


@found_by("steps")
def numbers_steps_by_their_place() -> None:
    _change_steps(lambda steps: [{**step, "step": place} for place, step in enumerate(steps)])


@found_by("steps")
def invents_an_observation() -> None:
    _change_steps(lambda steps: [*steps, {"step": steps[-1]["step"] + 1, "seconds": 0.0, "value": None}])


@found_by("not-a-request")
def keeps_silent_about_rubbish() -> None:
    _change_messages(lambda message: [] if message.get("id", 0) is None else [message])


@found_by("not-a-request")
def answers_an_unknown_request_without_its_id() -> None:
    _change_messages(lambda message: [{**message, "id": None} if "not a request" in message.get("error", "") else message])


@found_by("unknown-session")
def opens_a_session_for_whoever_asks() -> None:
    def open_it(self: Any, request: Message, right: Any) -> Any:
        return right(self, request if request["session"] in self.sessions else {"open": {}, **request})

    _change_action("run", open_it)


@found_by("unknown-keys")
def chokes_on_unknown_keys() -> None:
    known = {"id", "do", "session", "open", "steps", "given", "export", "close"}
    _change_action("run", lambda self, request, right: right(self, request) if set(request) <= known else {"error": "what is this?"})


@found_by("pieces")
def takes_a_piece_for_a_line() -> None:
    def read_line(self: Any) -> Any:
        self.flush()
        while not self.lines:
            data = self.read_some()
            if not data:
                return None
            self.lines = [line for line in data.split(b"\n") if line][::-1]
        return self.lines.pop()

    agent.Stream.read_line = read_line


@found_by("long-line")
def cuts_long_lines() -> None:
    dump = agent.dump
    agent.dump = lambda message: dump(message)[:1_000_000]


@found_by("facts")
def sorts_names_backwards() -> None:
    _change_action("facts", lambda self, request, right: {"facts": {**agent.facts(), "names": agent.public_names()[::-1]}})


@found_by("identity")
def tells_bits_as_text() -> None:
    _change_action("facts", lambda self, request, right: {"facts": {**agent.facts(), "bits": "64"}})


@found_by("private-output")
def writes_what_libraries_print_on_the_stream() -> None:
    take = agent.Stream._take_descriptors

    def careless(self: Any) -> None:
        take(self)
        os.dup2(self.sink, 1)

    agent.Stream._take_descriptors = careless


@found_by("private-input")
def lets_scenarios_read_the_stream() -> None:
    take = agent.Stream._take_descriptors

    def careless(self: Any) -> None:
        take(self)
        os.dup2(self.source, 0)

    agent.Stream._take_descriptors = careless


# ------------------------------------------------------------------------------------------------- values


@found_by("simple-values")
def has_no_booleans() -> None:
    _change_values(lambda form, value: int(value) if value is True else form)


@found_by("integers")
def says_true_for_1() -> None:
    _change_values(lambda form, value: True if type(value) is int and value == 1 else form)


@found_by("integers")
def writes_large_integers_as_numbers() -> None:
    _change_values(lambda form, value: value if type(value) is int else form)


@found_by("floats")
def writes_floats_without_a_point() -> None:
    _change_values(lambda form, value: int(value) if type(value) is float and value == 1.0 else form)


@found_by("floats")
def writes_nan_as_null() -> None:
    _change_values(lambda form, value: None if isinstance(form, dict) and form.get("float") == "nan" else form)


@found_by("text")
def asks_what_it_cannot_write() -> None:
    _change_values(lambda form, value: form.encode("latin-1", "replace").decode("latin-1") if isinstance(form, str) else form)


@found_by("half-characters")
def mends_half_characters() -> None:
    _change_values(lambda form, value: "a\ufffd" if isinstance(form, dict) and "surrogate" in form else form)


@found_by("bytes")
def reads_bytes_as_utf8() -> None:
    _change_values(lambda form, value: {"bytes": value.decode("utf-8", "ignore")} if type(value) is bytes and len(value) < 257 else form)


@found_by("containers")
def sorts_sets_by_number() -> None:
    _change_values(lambda form, value: {"set": sorted(value)} if isinstance(value, set) else form)


@found_by("containers")
def makes_lists_of_tuples() -> None:
    _change_values(lambda form, value: {"list": form["tuple"]} if type(value) is tuple else form)


@found_by("large")
def shortens_nothing() -> None:
    agent.LONGEST_VALUE = 2**60


@found_by("large")
def counts_a_wrong_digest() -> None:
    agent.digest = lambda data: "0" * 64


@found_by("objects")
def numbers_a_socket_anew_each_time() -> None:
    def number_of(self: Any, value: Any) -> int:
        self.objects.append(value)
        return len(self.objects)

    agent.Session.number_of = number_of


@found_by("elsewhere")
def lends_its_sockets() -> None:
    agent.Evaluator.name = lambda self, tree: self.session.names[tree[1]] if tree[1] in self.session.names else _skip(tree[1])
    agent._OPERATIONS["name"] = agent.Evaluator.name
    agent.Elsewhere.family = 2
    get_attribute = agent.get_attribute
    agent.get_attribute = lambda owner, name: 2 if type(owner) is agent.Elsewhere else get_attribute(owner, name)


@found_by("elsewhere")
def looks_at_what_is_given_at_once() -> None:
    agent.decode_given = agent.decode
    del agent._DECODERS["class"]


@found_by("elsewhere")
def lends_items() -> None:
    right, own = agent._OPERATIONS["item"], agent.own

    def item(self: Any, tree: Any) -> Any:
        agent.own = lambda value: value
        try:
            return right(self, tree)
        finally:
            agent.own = own

    agent._OPERATIONS["item"] = item


def _skip(name: str) -> Any:
    raise agent.Skip(f"{name} was not set")


@found_by("classes")
def calls_classes_by_their_repr() -> None:
    _change_values(lambda form, value: {"class": repr(value)} if isinstance(value, type) else form)


# ------------------------------------------------------------------------------------------------- steps and expressions


@found_by("names")
def forgets_what_it_is_given() -> None:
    _change_action("run", lambda self, request, right: right(self, {**request, "given": {}}))


@found_by("names")
def unpacks_whatever_fits() -> None:
    def assign(self: Any, call: Message, value: Any, observation: Message) -> None:
        values = list(value) if call.get("unpack") and isinstance(value, (tuple, list)) else [value]
        self.names.update(zip(call["save"], values, strict=False))

    agent.Session.assign = assign


@found_by("constants")
def is_always_on_loopback() -> None:
    init = agent.Session.__init__

    def stubborn(self: Any, owner: Any, key: Any, opening: Message) -> None:
        init(self, owner, key, {**opening, "host": "127.0.0.1"})

    agent.Session.__init__ = stubborn


@found_by("operations")
def evaluates_more_than_it_needs() -> None:
    every = agent.Evaluator.every

    def eager(self: Any, tree: list[Any]) -> Any:
        for item in tree[1]:
            self.evaluate(item)
        return every(self, tree)

    agent._OPERATIONS["and"] = eager


@found_by("operations")
def divides_where_it_should_subtract() -> None:
    agent._OPERATIONS["-"] = lambda self, tree: self.evaluate(tree[1]) // self.evaluate(tree[2])


@found_by("helpers")
def fills_with_zeros() -> None:
    agent._block = bytes(len(agent._block))


@found_by("paths")
def leaves_its_folder_behind() -> None:
    import shutil

    rmtree = shutil.rmtree
    shutil.rmtree = lambda path, **more: None
    leave = agent.Agent.leave

    def tidy(self: Any, status: int) -> None:
        shutil.rmtree = rmtree
        for place in Path("/tmp").glob(f"smx-*-{os.getpid()}"):
            rmtree(place, ignore_errors=True)
        leave(self, status)

    agent.Agent.leave = tidy
    _mark_folders()


def _mark_folders() -> None:
    """Name folders after this process, which removes them at its end."""
    import tempfile

    mkdtemp = tempfile.mkdtemp
    tempfile.mkdtemp = lambda **more: mkdtemp(suffix=f"-{os.getpid()}", **more)


@found_by("paths")
def lets_paths_lead_out() -> None:
    agent.HELPERS["path"] = lambda session, name: os.path.join(session.make_temporary(), name)


@found_by("unknown-words")
def guesses_what_a_helper_may_mean() -> None:
    class Guessing(dict):  # type: ignore[type-arg]
        def get(self, name: Any, default: Any = None) -> Any:
            return super().get(name, lambda session, *args: args[0] if args else None)

    agent.HELPERS = Guessing(agent.HELPERS)


@found_by("no-evaluation")
def evaluates_text() -> None:
    decode = agent.decode

    def evaluating(value: Any) -> Any:
        try:
            return eval(value) if isinstance(value, str) and "+" in value else decode(value)  # noqa: S307 - it is the misdeed
        except Exception:
            return decode(value)

    agent.decode = evaluating


@found_by("no-evaluation")
def reads_underscored_names() -> None:
    agent.FORBIDDEN_STARTS = ("f_",)
    agent.ModuleType = type("NoModule", (), {})


@found_by("allocations")
def allocates_whatever_is_asked() -> None:
    def fill(session: Any, count: int) -> bytes:
        if count > agent.LARGEST_ALLOCATION:
            raise MemoryError  # as it would
        return bytes(agent._block * (count // len(agent._block) + 1))[:count]

    agent.HELPERS["fill"] = fill


@found_by("halt")
def goes_on_after_a_raise() -> None:
    run = agent.Session.run

    def stubborn(self: Any, steps: list[Message], given: Message) -> list[Message]:
        done = run(self, steps, given)
        while len(done) < len(steps) and "raises" in done[-1] and not self.aborted:
            done += run(self, steps[len(done) :], {})
        return done

    agent.Session.run = stubborn


# ------------------------------------------------------------------------------------------------- observations


def _change_raised(change: Callable[[Message], Message]) -> None:
    describe = agent.describe_exception
    agent.describe_exception = lambda error: change(describe(error))


@found_by("raises")
def knows_no_ancestors() -> None:
    _change_raised(lambda raised: {**raised, "bases": []})


@found_by("symbols")
def names_no_symbols() -> None:
    _change_raised(lambda raised: {**raised, "symbols": []})


@found_by("symbols")
def sorts_symbols_by_the_alphabet() -> None:
    _change_raised(lambda raised: {**raised, "symbols": sorted(raised["symbols"], reverse=True)})


@found_by("symbols")
def knows_one_symbol_for_each_number() -> None:
    _change_raised(lambda raised: {**raised, "symbols": raised["symbols"][:1]})


@found_by("warnings")
def forgets_warnings() -> None:
    _change_steps(lambda steps: [{key: each for key, each in step.items() if key != "warnings"} for step in steps])


@found_by("forms")
def forgets_how_long_it_took() -> None:
    _change_steps(lambda steps: [{key: each for key, each in step.items() if key != "seconds"} for step in steps])


@found_by("forms")
def says_two_things_at_once() -> None:
    _change_steps(lambda steps: [{**step, "pending": True} if "skipped" in step else step for step in steps])


# ------------------------------------------------------------------------------------------------- sessions


@found_by("sessions")
def mixes_up_sessions() -> None:
    init = agent.Session.__init__
    names: dict[str, Any] = {}

    def mixed(self: Any, owner: Any, key: Any, opening: Message) -> None:
        init(self, owner, key, opening)
        self.names = names

    agent.Session.__init__ = mixed


@found_by("close")
def keeps_a_session_after_close() -> None:
    def close(self: Any, request: Message, right: Any) -> Any:
        session = self.sessions.get(request["session"])
        reply = right(self, request)
        if session is not None:
            self.sessions[request["session"]] = session
        return reply

    _change_action("close", close)


@found_by("closes-sockets")
def keeps_sockets_after_close() -> None:
    agent.Session._close_object = lambda self, value: None
    agent.Session._leaks = lambda self: _kept.append(self.objects) or []


_kept: list[Any] = []


@found_by("closes-sockets")
def counts_clean_up_as_done_before_it_is() -> None:
    agent.Session._close_object = lambda self, value: None


@found_by("concurrency")
def does_one_thing_at_a_time() -> None:
    agent.Agent.watch = lambda self: None


@found_by("abort")
def never_answers_abort() -> None:
    _change_action("abort", lambda self, request, right: _for_ever() if request["session"] in self.sessions else right(self, request))


@found_by("abort")
def tells_nothing_of_what_it_aborts() -> None:
    _change_action("abort", lambda self, request, right: {**right(self, request), "steps": []})


@found_by("watch")
def measures_backwards() -> None:
    agent.Watch.stop = lambda self: setattr(self, "over", True) or -1.0


@found_by("folder")
def makes_its_folder_where_it_likes() -> None:
    init = agent.Session.__init__

    def stubborn(self: Any, owner: Any, key: Any, opening: Message) -> None:
        init(self, owner, key, {**opening, "folder": ""})

    agent.Session.__init__ = stubborn


@found_by("unchanged")
def says_that_nothing_changed() -> None:
    closed = agent.Agent.closed

    def certain(self: Any, session: Any) -> Any:
        return {**closed(self, session), "unchanged": True}

    agent.Agent.closed = certain


@found_by("single")
def answers_the_last_request_first() -> None:
    start = agent.Agent.ACTIONS["start"]
    held: list[Message] = []

    def begin(self: Any, request: Message) -> Any:
        if request.get("single"):
            _change_messages(hold)
        return start(self, request)

    def hold(message: Message) -> list[Message]:
        if [step.get("value") for step in message.get("steps", [])] == [101]:
            held.append(message)
            return []
        return [message, *(held.pop() for _ in held[:])]

    agent.Agent.ACTIONS["start"] = begin


# ------------------------------------------------------------------------------------------------- background calls


@found_by("background")
def forgets_what_a_call_came_to() -> None:
    def forget(self: Any) -> None:
        self.done.acquire()
        self.done.release()
        self.value = None

    agent.Job.wait = forget


@found_by("pending")
def waits_for_ever() -> None:
    agent.Job.is_pending = lambda self: True


@found_by("pending")
def waits_for_nothing() -> None:
    agent.Job.is_pending = lambda self: False


@found_by("alarms")
def chokes_on_alarms_when_it_cleans_up() -> None:
    def disarm(self: Any) -> None:
        raise AttributeError("module 'signal' has no attribute 'setitimer'")

    agent.Alarms.disarm = disarm


@found_by("alarms")
def arms_alarms_for_everybody() -> None:
    agent.HELPERS["alarm"] = lambda session, after, every=0, raises=False: None


# ------------------------------------------------------------------------------------------------- the guard


@found_by("guard")
def sends_anywhere() -> None:
    agent.Guard.RULES = {}


@found_by("guard-ipv6")
def guards_ipv4_alone() -> None:
    reach_of = agent.reach_of
    agent.reach_of = lambda family, address: reach_of(family, address) if family == agent.socket.AF_INET else "loopback"


@found_by("guard-unix")
def knocks_at_every_path() -> None:
    agent.Guard._unix = lambda self, address: None


@found_by("reach")
def refuses_its_own_network() -> None:
    init = agent.Guard.__init__

    def narrow(self: Any, session: Any) -> None:
        init(self, session)
        self.own = set()

    agent.Guard.__init__ = narrow


@found_by("reach")
def takes_beginnings_for_addresses() -> None:
    agent.Guard.reach_of = lambda self, kind, address: (
        "loopback" if any(address[:3] == own[:3] for _, own in self.own) else agent.reach_of(kind, address)
    )


if __name__ == "__main__":
    name = sys.argv[1]
    if name != "right":
        WRONG[name][1]()
    agent.main()
