"""The agent on every interpreter found: what it says of itself, how values travel, what it refuses, how it cleans up."""

import itertools
from typing import Any

import msgspec
import pytest

from harness.agents.program import Compiled
from harness.targets.spec import TargetSpec
from tests.agents.conversation import LISTENER, OPEN, Conversation, method, new_socket, of

_names = (f"session{number}" for number in itertools.count())


@pytest.fixture
def session() -> str:
    return next(_names)


def is_jython(agent: Conversation) -> bool:
    return bool(agent.hello["implementation"] == "jython")


def busy_for_long() -> Any:
    """An expression that takes some tenths of a second, and comes to 2,000,000."""
    return ["help", "sum", [["tuple", [["help", "len", [["help", "sorted", [["help", "fill", [200_000]]]]]]] * 10]]]


def is_old(agent: Conversation) -> bool:
    return bool(agent.hello["python"].startswith("2."))


class TestStart:
    def test_it_says_hello_with_protocol_and_version(self, agent: Conversation, spec: TargetSpec) -> None:
        assert agent.hello["agent"] == "sockmatrix"
        assert agent.hello["protocol"] == 1
        assert agent.hello["python"] == spec.version
        assert agent.started == {"id": 1}

    def test_it_refuses_another_protocol_and_leaves(self, spec: TargetSpec) -> None:
        with Conversation(spec.command, protocol=2) as conversation:
            assert conversation.started == {"id": 1, "error": "this agent speaks protocol 1, not 2"}
        assert conversation.process.returncode == 3

    def test_it_can_be_sent_down_a_pipe(self, spec: TargetSpec) -> None:
        with Conversation(spec.command, pipe=True) as conversation:
            assert conversation.value(["help", "len", [{"bytes": "abc"}]]) == 3
        assert conversation.process.returncode == 0

    def test_what_one_process_compiled_another_is_sent(self, spec: TargetSpec) -> None:
        with Conversation(spec.command, pipe=True) as first:
            answer = first.ask(do="start", protocol=1, single=False, compiled=True)["compiled"]
        if answer is None:
            assert spec.implementation == "jython"  # it has no byte code that could be sent
            return
        with Conversation(spec.command, pipe=True, compiled=msgspec.convert(answer, Compiled)) as second:
            assert second.value(["help", "len", [{"bytes": "abc"}]]) == 3
            assert second.ask(do="start", protocol=1, single=False, compiled=True) == {"id": 1, "compiled": None}
        assert second.process.returncode == 0

    @pytest.mark.parametrize("compiled", [Compiled("another Python", "c"), Compiled("", "")], ids=["of another Python", "of none"])
    def test_byte_code_of_another_interpreter_is_not_used(self, spec: TargetSpec, compiled: Compiled) -> None:
        with Conversation(spec.command, pipe=True, compiled=compiled) as conversation:
            assert conversation.value(["help", "len", [{"bytes": "abc"}]]) == 3

    def test_byte_code_that_was_damaged_is_not_used(self, spec: TargetSpec) -> None:
        with Conversation(spec.command, pipe=True) as first:
            answer = first.ask(do="start", protocol=1, single=False, compiled=True)["compiled"]
        damaged = Compiled(answer["version"], answer["code"][:50]) if answer else Compiled("", "")
        with Conversation(spec.command, pipe=True, compiled=damaged) as conversation:
            assert conversation.value(["help", "len", [{"bytes": "abc"}]]) == 3

    def test_its_facts_have_every_field(self, agent: Conversation, spec: TargetSpec) -> None:
        facts = agent.ask(do="facts")["facts"]
        assert facts["python"] == spec.version
        assert facts["implementation"] == spec.implementation
        assert facts["byteorder"] in ("little", "big")
        assert facts["bits"] in (32, 64)
        assert facts["constants"]["socket.AF_INET"] == 2
        assert "socket.socket.recv" in facts["names"]
        assert facts["classes"]["OSError"] == "OSError"

    def test_what_a_library_prints_does_not_reach_the_stream(self, agent: Conversation, session: str) -> None:
        if is_jython(agent):
            pytest.skip("Jython has no descriptor 1 to write to")
        assert agent.value(["call", of("os", "write"), [1, {"bytes": "noise\n"}]], session=session) == 6
        assert agent.value(["help", "len", [{"bytes": ""}]], session=session) == 0

    def test_a_request_that_is_none_is_answered(self, agent: Conversation) -> None:
        assert agent.ask(do="dance")["error"].startswith("not a request")


VALUES: list[tuple[Any, Any]] = [
    (None, None),
    (True, True),
    (7, 7),
    (-1.5, -1.5),
    ({"int": "123456789012345678901"}, {"int": "123456789012345678901"}),
    ({"float": "nan"}, {"float": "nan"}),
    ({"float": "-inf"}, {"float": "-inf"}),
    (["tuple", [1, ["list", [2]]]], {"tuple": [1, {"list": [2]}]}),
    (["dict", [[1, 2]]], {"dict": [[1, 2]]}),
    ({"bytearray": "\x00\xff"}, {"bytearray": "\x00\xff"}),
    (["builtin", "ValueError"], {"class": "ValueError"}),
    (
        ["call", ["builtin", "ValueError"], []],
        {"exception": {"type": "ValueError", "bases": None, "errno": None, "symbols": [], "message": ""}},
    ),
]


class TestValues:
    @pytest.mark.parametrize(("tree", "expected"), VALUES, ids=[str(index) for index in range(len(VALUES))])
    def test_a_value_travels_without_loss(self, agent: Conversation, session: str, tree: Any, expected: Any) -> None:
        seen = agent.value(tree, session=session)
        if isinstance(seen, dict) and "exception" in seen:
            seen["exception"]["bases"] = None
        assert seen == expected
        assert type(seen) is type(expected)

    def test_text_and_bytes_keep_apart_what_the_language_keeps_apart(self, agent: Conversation, session: str) -> None:
        kinds = [agent.value(tree, session=session) for tree in ("é", {"bytes": "\x00\xff"}, {"text": "é"})]
        if is_old(agent):
            assert kinds == [{"str": "Ã©"}, {"str": "\x00\xff"}, {"text": "é"}]
        else:
            assert kinds == ["é", {"bytes": "\x00\xff"}, "é"]

    def test_half_a_character_travels_too(self, agent: Conversation, session: str) -> None:
        if is_old(agent):
            pytest.skip("Python 2 has no way to make one here")
        seen = agent.value(["call", ["get", {"bytes": "a\xff"}, "decode"], ["utf-8", "surrogateescape"]], session=session)
        assert seen == {"surrogate": "a\xed\xb3\xbf"}

    def test_long_values_are_recorded_by_length_and_digest(self, agent: Conversation, session: str) -> None:
        value = agent.value(["help", "fill", [70000]], session=session)
        assert value["large"] == ("str" if is_old(agent) else "bytes")
        assert value["length"] == 70000
        assert len(value["sha256"]) == 64
        assert value["head"] == "".join(map(chr, range(32)))

    def test_long_values_are_exported_whole(self, agent: Conversation, session: str) -> None:
        reply = agent.run({"do": ["help", "fill", [1000]], "save": ["data"]}, session=session, export=["data"])
        assert len(next(iter(reply["export"]["data"].values()))) == 1000

    def test_a_socket_is_a_handle_and_stays_in_its_role(self, agent: Conversation, session: str) -> None:
        reply = agent.run({"do": new_socket(), "save": ["s"]}, ["name", "s"], session=session, export=["s"])
        assert [step["value"] for step in reply["steps"]] == [{"socket": 1}, {"socket": 1}]
        assert reply["export"] == {"s": {"local": "socket"}}
        seen = agent.run(method("t", "close"), session=session + "other", given={"t": {"local": "socket"}})["steps"][0]
        assert seen["refused"] == "a socket stays in the role that made it"

    def test_what_cannot_leave_its_role_is_refused_where_it_is_used(self, agent: Conversation, session: str) -> None:
        raised = {"type": "OSError", "bases": ["Exception"], "errno": 1, "symbols": [], "message": "x"}
        given = {"k": {"class": "int"}, "e": {"exception": raised}, "t": {"tuple": [1, {"local": "socket"}]}, "n": {"new": 1}}
        seen = agent.run(["item", ["name", "t"], 0], ["help", "isinstance", [1, ["name", "k"]]], session=session, given=given)["steps"]
        assert [step.get("value", step.get("refused")) for step in seen] == [1, "a class stays in the role that made it"]
        refused = [agent.outcome(tree, session=session)["refused"] for tree in (["name", "e"], ["item", ["name", "t"], 1], ["name", "n"])]
        assert refused == [
            "an exception stays in the role that made it",
            "a socket stays in the role that made it",
            "a value tagged 'new' cannot be used here",
        ]

    def test_an_exception_has_class_ancestors_number_and_symbol(self, agent: Conversation, session: str) -> None:
        seen = agent.run(
            {"do": ["help", "unused_port", []], "save": ["port"]},
            {"do": new_socket(), "save": ["s"]},
            method("s", "connect", ["tuple", [["const", "HOST"], ["name", "port"]]]),
            session=session,
        )["steps"][2]
        raised = seen["raises"]
        assert raised["symbols"][0] in ("ECONNREFUSED", "WSAECONNREFUSED")
        assert isinstance(raised["errno"], int)
        assert raised["type"] in ("ConnectionRefusedError", "socket.error")
        assert "Exception" in raised["bases"]


class TestGuard:
    @pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "8.8.8.8", "224.0.0.1"])
    def test_it_refuses_addresses_outside_loopback(self, agent: Conversation, session: str, host: str) -> None:
        kind = of("socket", "SOCK_DGRAM")
        agent.run({"do": new_socket(of("socket", "AF_INET"), kind), "save": ["s"]}, session=session)
        seen = agent.outcome(method("s", "sendto", {"bytes": "x"}, ["tuple", [host, 9]]), session=session)
        assert "refused" in seen, seen

    @pytest.mark.parametrize(
        "address",
        [
            ["tuple", ["0177.0.0.1", 9]],
            ["tuple", ["010.0.0.1", 9]],
            ["list", ["192.0.2.1", 9]],
            ["tuple", ["192.0.2.1\0.x", 9]],
            ["tuple", [{"bytearray": "192.0.2.1"}, 9]],
        ],
    )
    def test_it_refuses_odd_spellings_too(self, agent: Conversation, session: str, address: Any) -> None:
        agent.run({"do": new_socket(), "save": ["s"]}, session=session)
        unbound = ["call", ["get", of("socket", "socket"), "connect"], [["name", "s"], address]]
        for tree in (method("s", "connect", address), unbound, ["call", of("socket", "create_connection"), [address]]):
            seen = agent.outcome(tree, session=session)
            assert "refused" in seen or "lacking" in seen or seen.get("raises", {}).get("type") == "AttributeError", seen

    @pytest.mark.parametrize(
        ("host", "allowed"),
        [
            ("192.0.2.7", True),
            ("127.0.0.1", True),
            ("192.0.2.70", False),
            ("192.0.2.1", False),
            ("198.51.100.7", False),
        ],
    )
    def test_on_a_network_of_the_run_it_allows_the_addresses_that_it_is_told(
        self, agent: Conversation, session: str, host: str, allowed: bool
    ) -> None:
        # Connecting a datagram socket sends nothing.
        kind = of("socket", "SOCK_DGRAM")
        steps = [{"n": 0, "do": new_socket(of("socket", "AF_INET"), kind), "save": ["s"]}]
        agent.ask(do="run", session=session, steps=steps, open={**OPEN, "reach": ["192.0.2.7", "192.0.2.255"]})
        seen = agent.ask(do="run", session=session, steps=[{"n": 1, "do": method("s", "connect", ["tuple", [host, 9]])}])["steps"][0]
        assert ("refused" in seen) is not allowed, seen
        if not allowed:
            assert seen["refused"] == f"{host} is outside loopback"

    def test_it_refuses_a_function_in_disguise(self, agent: Conversation, session: str) -> None:
        agent.run({"do": new_socket(), "save": ["s"]}, {"do": ["get", ["name", "s"], "connect"], "save": ["f"]}, session=session)
        address = ["tuple", ["192.0.2.1", 9]]
        assert "refused" in agent.outcome(["call", ["name", "f"], [address]], session=session)
        for name in ("sorted", "min", "max"):
            seen = agent.outcome(["help", name, [["list", [address, address]]], {"key": ["name", "f"]}], session=session)
            assert seen["raises"]["type"] == "TypeError"

    def test_it_refuses_to_join_a_group_on_another_network(self, agent: Conversation, session: str) -> None:
        if is_jython(agent):
            pytest.skip("Jython has no multicast options")
        agent.run({"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["s"]}, session=session)
        join = [of("socket", "IPPROTO_IP"), of("socket", "IP_ADD_MEMBERSHIP")]
        seen = agent.outcome(method("s", "setsockopt", *join, ["help", "ip_mreq", ["224.0.0.251", "0.0.0.0"]]), session=session)
        assert seen["refused"] == "a multicast group may only be joined on 127.0.0.1"

    def test_it_asks_no_resolver(self, agent: Conversation, session: str) -> None:
        seen = agent.outcome(["call", of("socket", "gethostbyname"), ["www.example.org"]], session=session)
        assert seen["lacking"] == "'www.example.org' in its hosts file, and no resolver may be asked"

    @pytest.mark.parametrize(
        "tree", [of("os", "system"), of("socket", "os"), ["get", {"bytes": ""}, "__class__"], ["get", "", "format"], of("sys", "exit")]
    )
    def test_it_refuses_what_is_not_part_of_the_language(self, agent: Conversation, session: str, tree: Any) -> None:
        seen = agent.outcome(tree, session=session)
        assert "refused" in seen or seen["raises"]["type"] == "AttributeError"

    def test_unix_paths_stay_in_the_scenario_folder(self, agent: Conversation, session: str) -> None:
        if not agent.ask(do="facts")["facts"]["unix"]:
            pytest.skip("no AF_UNIX here")
        agent.run({"do": new_socket(of("socket", "AF_UNIX")), "save": ["s"]}, session=session)
        seen = agent.outcome(method("s", "bind", "elsewhere.sock"), session=session)
        assert seen["refused"] == "AF_UNIX paths must be below the scenario's own folders: use path(name)"

    def test_a_path_does_not_lead_out_of_the_folder(self, agent: Conversation, session: str) -> None:
        agent.run({"do": ["help", "path", ["x"]], "save": ["p"]}, session=session)
        for name in ("remove", "exists", "make_file"):
            seen = agent.outcome(["help", name, [["+", ["name", "p"], "/../../../etc/hostname"]]], session=session)
            assert seen["refused"] == "only paths made by path(name) may be looked at"

    def test_the_machine_is_not_renamed(self, agent: Conversation, session: str) -> None:
        for name in ("another", {"bytes": "another"}):
            seen = agent.outcome(["call", of("socket", "sethostname"), [name]], session=session)
            assert seen.get("refused") == "sethostname() may only be given the name that the machine has" or (
                seen["raises"]["type"] == "AttributeError"
            )

    def test_the_agents_own_stream_is_out_of_reach(self, agent: Conversation, session: str) -> None:
        if is_jython(agent):
            pytest.skip("Jython has no descriptors with numbers")
        for number in (200, 201):
            assert "refused" in agent.outcome(["call", of("os", "close"), [number]], session=session)

    def test_a_name_that_was_never_set_is_skipped(self, agent: Conversation, session: str) -> None:
        assert agent.outcome(method("nothing", "close"), session=session)["skipped"] == "nothing was not set"

    def test_a_size_that_is_the_number_of_its_stream_is_no_descriptor(self, agent: Conversation, session: str) -> None:
        opened = {"do": ["help", "open_file", ["f", {"bytes": "data"}]], "save": ["file"]}
        for size in range(200, 204):
            said = agent.run(opened, method("file", "read", size), session=session)
            assert [seen.get("refused") for seen in said["steps"]] == [None, None]


class TestSessions:
    def test_a_raise_leaves_the_rest_undone(self, agent: Conversation, session: str) -> None:
        reply = agent.run(of("socket", "there_is_no_such_name"), ["help", "len", [""]], session=session)
        assert len(reply["steps"]) == 1
        assert "raises" in reply["steps"][0]

    def test_a_background_call_has_begun_to_block_when_the_next_step_begins(self, agent: Conversation, session: str) -> None:
        """However long it takes until then: what is changed meanwhile does not concern it."""
        seen = agent.run(
            {"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["s"]},
            method("s", "bind", ["tuple", [["const", "HOST"], 0]]),
            {"kind": "background", "job": "receiving", "do": method("s", "recvfrom", busy_for_long())},
            method("s", "setblocking", False), *[{"kind": "pending", "job": "receiving"}] * 10, session=session,
        )["steps"]  # fmt: skip
        assert [step["pending"] for step in seen[4:]] == [True] * 10, seen

    def test_a_background_call_is_pending_until_it_is_answered(self, agent: Conversation, session: str) -> None:
        first = agent.run(
            *LISTENER,
            {"kind": "background", "job": "accepting", "do": method("listener", "accept"), "save": ["conn", "peer"], "unpack": True},
            {"kind": "pending", "job": "accepting"}, session=session, export=["address"],
        )  # fmt: skip
        assert first["steps"][-2]["started"] is True
        assert first["steps"][-1]["pending"] is True
        other = session + "client"
        agent.run({"do": new_socket(), "save": ["s"]}, method("s", "connect", ["name", "address"]), session=other, given=first["export"])
        last = agent.run(
            {"kind": "await", "job": "accepting", "save": ["conn", "peer"], "unpack": True}, method("conn", "getpeername"), session=session
        )
        assert last["steps"][0]["value"]["tuple"][1] == last["steps"][1]["value"]

    def test_a_reader_that_is_to_take_its_time_takes_it(self, agent: Conversation, session: str) -> None:
        seen = agent.run(
            *LISTENER, {"do": new_socket(), "save": ["s"]}, method("s", "connect", ["name", "address"]),
            {"do": method("listener", "accept"), "save": ["conn", "peer"], "unpack": True},
            method("conn", "sendall", {"bytes": "four"}), method("conn", "close"),
            ["help", "recv_until_eof", [["name", "s"], 1], {"every": 0.05}], session=session,
        )["steps"][-1]  # fmt: skip
        assert seen["value"] == {"str" if is_old(agent) else "bytes": "four"}
        assert seen["seconds"] >= 0.2

    def test_abort_wakes_a_blocked_accept(self, agent: Conversation, session: str) -> None:
        agent.run(*LISTENER, session=session)
        agent.tell(id=100, do="run", session=session, steps=[{"n": 99, "do": method("listener", "accept")}])
        reply = agent.ask(id=101, do="abort", session=session)
        assert (reply["id"], reply["stuck"]) == (101, 0)

    def test_abort_wakes_a_blocked_datagram_receiver(self, agent: Conversation, session: str) -> None:
        agent.run(
            {"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["s"]},
            method("s", "bind", ["tuple", [["const", "HOST"], 0]]),
            {"kind": "background", "job": "receiving", "do": method("s", "recv", 10)},
            session=session,
        )
        reply = agent.ask(id=102, do="abort", session=session)
        # Nothing wakes such a call on Jython; there the controller's last resort, a new process, has to do.
        assert (reply["id"], reply["stuck"]) == (102, int(is_jython(agent)))

    def test_other_sessions_go_on_while_one_blocks(self, agent: Conversation, session: str) -> None:
        agent.run(*LISTENER, session=session)
        agent.tell(id=103, do="run", session=session, steps=[{"n": 99, "do": method("listener", "accept")}])
        assert agent.value(["help", "len", [{"bytes": "ab"}]], session=session + "b") == 2
        agent.ask(id=104, do="abort", session=session)

    def test_clean_up_closes_what_the_scenario_left_open(self, agent: Conversation, session: str) -> None:
        if is_jython(agent):
            pytest.skip("Jython has no descriptors with numbers")
        reply = agent.run({"do": new_socket(), "save": ["s"]}, method("s", "fileno"), session=session)
        number = reply["steps"][1]["value"]
        assert agent.ask(do="close", session=session)["closed"]["leaks"] == []
        assert agent.value(["help", "is_open", [number]], session=session + "after") is False

    def test_detached_descriptors_are_given_back(self, agent: Conversation, session: str) -> None:
        if is_jython(agent) or is_old(agent):
            pytest.skip("sockets have no detach() here")
        number = agent.run({"do": new_socket(), "save": ["s"]}, method("s", "detach"), session=session)["steps"][1]["value"]
        assert agent.ask(do="close", session=session)["closed"]["leaks"] == []
        assert agent.value(["help", "is_open", [number]], session=session + "after") is False

    def test_the_temporary_folder_goes_with_the_session(self, agent: Conversation, session: str) -> None:
        made = agent.run(
            {"do": ["help", "path", ["a"]], "save": ["p"]}, ["help", "make_file", [["name", "p"]]], session=session, export=["p"]
        )
        assert "value" in made["steps"][1]
        closed = agent.ask(do="close", session=session)["closed"]
        from pathlib import Path

        assert closed["temporary"]
        assert not Path(closed["temporary"]).exists()

    def test_what_modes_were_set_is_put_back_so_that_the_folder_can_go(self, agent: Conversation, session: str) -> None:
        if is_jython(agent):
            pytest.skip("Jython sets modes otherwise")
        agent.run(
            {"do": ["help", "path", ["d"]], "save": ["p"]}, ["help", "make_folder", [["name", "p"]]],
            ["help", "set_mode", [["name", "p"], 0]], session=session,
        )  # fmt: skip
        assert agent.value(["help", "mode", [["name", "p"]]], session=session) == 0
        closed = agent.ask(do="close", session=session)["closed"]
        from pathlib import Path

        assert not Path(closed["temporary"]).exists()

    def test_what_is_gone_needs_no_mode_put_back(self, agent: Conversation, session: str) -> None:
        if is_jython(agent):
            pytest.skip("Jython sets modes otherwise")
        agent.run(
            {"do": ["help", "path", ["f"]], "save": ["p"]}, ["help", "make_file", [["name", "p"]]],
            ["help", "set_mode", [["name", "p"], 0o600]], ["help", "remove", [["name", "p"]]], session=session,
        )  # fmt: skip
        assert agent.ask(do="close", session=session)["closed"]["leaks"] == []

    def test_a_link_leads_only_into_the_own_folder(self, agent: Conversation, session: str) -> None:
        agent.run({"do": ["help", "path", ["x"]], "save": ["p"]}, session=session)
        seen = agent.outcome(["help", "make_link", [["name", "p"], "/etc"]], session=session)
        assert seen["refused"] == "only paths made by path(name) may be looked at"

    def test_a_file_is_opened_at_its_start(self, agent: Conversation, session: str) -> None:
        seen = agent.run(
            {"do": ["help", "open_file", ["f", {"bytes": "hello"}]], "save": ["f"]}, method("f", "read"), session=session
        )["steps"][-1]  # fmt: skip
        assert seen["value"] in ({"bytes": "hello"}, {"str": "hello"})
        refused = agent.outcome(["help", "open_file", ["f", {"bytes": ""}, "wb"]], session=session)["refused"]
        assert refused == "open_file() takes the modes rb, r and r+b, not 'wb'"

    def test_a_kind_of_socket_that_is_not_there_is_lacking(self, agent: Conversation, session: str) -> None:
        seen = agent.outcome(["help", "available_socket", [of("socket", "AF_INET"), of("socket", "SOCK_STREAM"), 200]], session=session)
        if not is_jython(agent):
            assert seen["lacking"].startswith("sockets of family 2, type ")

    def test_an_unused_port_refuses_datagrams_and_connections(self, agent: Conversation, session: str) -> None:
        kind = of("socket", "SOCK_DGRAM")
        seen = agent.run(
            {"do": ["help", "unused_port", ["udp"]], "save": ["port"]},
            {"do": new_socket(of("socket", "AF_INET"), kind), "save": ["s"]},
            method("s", "settimeout", 5.0),
            method("s", "connect", ["tuple", [["const", "HOST"], ["name", "port"]]]),
            method("s", "send", {"bytes": "x"}),
            method("s", "recv", 1),
            session=session,
        )["steps"][-1]
        assert "raises" in seen, seen
        if not is_jython(agent):
            assert seen["raises"]["symbols"] == ["ECONNREFUSED"]


class TestSingle:
    def test_an_alarm_interrupts_on_the_main_thread(self, spec: TargetSpec) -> None:
        with Conversation(spec.command, single=True) as conversation:
            armed = conversation.outcome(["help", "alarm", [0.02], {}])
            if "lacking" in armed:
                pytest.skip(f"{spec.id} has no {armed['lacking']}")
            conversation.run(
                {"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["s"]}, method("s", "settimeout", 1.5)
            )
            raised = conversation.outcome(method("s", "recv", 1))["raises"]
            counted = conversation.value(["help", "alarms", []])
            assert counted == 1
            assert raised["symbols"] == ["EINTR"] if raised["symbols"] else "timed out" in raised["message"]

    def test_an_alarm_that_raises_comes_while_a_call_blocks_and_at_no_other_time(self, spec: TargetSpec) -> None:
        """However long the machine takes from one step to the next: its time runs from when the call is seen to block."""
        with Conversation(spec.command, single=True) as conversation:
            if spec.implementation == "jython":
                pytest.skip(f"{spec.id} has no alarms")
            seen = conversation.run(
                {"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["s"]},
                method("s", "bind", ["tuple", [["const", "HOST"], 0]]),
                {"do": ["call", ["builtin", "bytearray"], []], "save": ["evaluated"]},
                ["help", "alarm", [0.001, 0, True]],
                busy_for_long(),
                method("s", "recv", ["or", [["and", [busy_for_long(), method("evaluated", "append", 120)]], 16]]),
            )["steps"]
            assert [("value" in step) for step in seen] == [True, True, True, True, True, False], seen
            assert seen[-1]["raises"]["message"] == "alarm"
            assert conversation.value(["help", "len", [["name", "evaluated"]]]) == 1, "it came before the call"
            assert conversation.value(["help", "alarms", []]) == 1

    def test_the_first_alarm_that_comes_tells_a_socket(self, spec: TargetSpec) -> None:
        """Nothing else ends the call: without the byte it would time out."""
        with Conversation(spec.command, single=True) as conversation:
            if "lacking" in conversation.outcome(["help", "alarm", [30, 0, True]]):
                pytest.skip(f"{spec.id} has no alarms")
            conversation.run({"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["s"]})
            conversation.run(
                method("s", "bind", ["tuple", [["const", "HOST"], 0]]),
                {"do": method("s", "getsockname"), "save": ["address"]},
                method("s", "settimeout", 3),
                {"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["teller"]},
                method("teller", "connect", ["name", "address"]),
                ["help", "alarm", [0.02], {"tells": ["name", "teller"]}],
            )
            seen = conversation.outcome(method("s", "recv", 10))
            if "raises" in seen:  # before PEP 475
                assert seen["raises"]["symbols"] == ["EINTR"]
                seen = conversation.outcome(method("s", "recv", 10))
            assert seen["value"] in ({"bytes": "!"}, {"str": "!"})
            assert conversation.value(["help", "alarms", []]) == 1

    def test_an_alarm_for_a_call_goes_with_it(self, spec: TargetSpec) -> None:
        with Conversation(spec.command, single=True) as conversation:
            if "lacking" in conversation.outcome(["help", "alarm", [30, 0, True]]):
                pytest.skip(f"{spec.id} has no alarms")
            conversation.run({"do": new_socket(of("socket", "AF_INET"), of("socket", "SOCK_DGRAM")), "save": ["s"]})
            conversation.run(method("s", "settimeout", 0.2), method("s", "bind", ["tuple", [["const", "HOST"], 0]]))
            conversation.outcome(["help", "alarm", [0.4, 0, True]])
            for _ in range(3):
                assert "timed out" in conversation.outcome(method("s", "recv", 1))["raises"]["message"]
            assert conversation.value(["help", "alarms", []]) == 0

    def test_an_alarm_is_refused_in_an_agent_that_others_use(self, agent: Conversation, session: str) -> None:
        agent.run(["help", "len", [""]], session=session)
        seen = agent.outcome(["help", "alarm", [5.0]], session=session)
        assert seen["refused"] == "alarm() needs 'process: own'"

    def test_descriptors_run_out_and_come_back(self, spec: TargetSpec) -> None:
        with Conversation(spec.command, single=True) as conversation:
            if "lacking" in conversation.outcome(["help", "spare_descriptors", [1]]):
                pytest.skip(f"{spec.id} cannot limit its descriptors")
            conversation.run({"do": new_socket(), "save": ["s"]})
            assert conversation.outcome(new_socket())["raises"]["symbols"] == ["EMFILE"]
            conversation.ask(do="close", session="s")
            assert conversation.ask(do="facts")["facts"]["ipv4"] is True

    def test_descriptors_are_not_limited_in_an_agent_that_others_use(self, agent: Conversation, session: str) -> None:
        agent.run(["help", "len", [""]], session=session)
        seen = agent.outcome(["help", "spare_descriptors", [5]], session=session)
        assert seen["refused"] == "spare_descriptors() needs 'process: own'"
