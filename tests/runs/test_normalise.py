"""Placeholders: what differs between identical runs goes, what matters stays, and nothing is lost."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from harness.judging.judge import judge
from harness.records.facts import Facts
from harness.records.observation import Addresses, Evidence, Judgement, Observation, Raised, Trouble, Warned
from harness.records.plan import Expectation, Plan
from harness.runs.normalise import named, normalise, restore
from harness.runs.results import result_of
from tests.runs.making import plan


def expecting(value: Any) -> Plan:
    """A plan of one step that must return this."""
    of = plan(steps=1)
    return structs.replace(of, steps=(structs.replace(of.steps[0], expect=Expectation(returns=value, has_returns=True)),))


def seen(*values: Any, **more: Any) -> Any:
    """Normalised values of a play that gave these."""
    of = plan(steps=len(values), **more)
    steps, _ = normalise(of, Evidence(tuple(Observation(n, value=value) for n, value in enumerate(values))))
    return [step.value for step in steps]


class TestPorts:
    def test_they_are_numbered_by_first_appearance(self) -> None:
        one, two = {"tuple": ["127.0.0.1", 40001]}, {"tuple": ["127.0.0.1", 40002]}
        assert seen(two, one, two) == [{"tuple": ["127.0.0.1", {"port": n}]} for n in (1, 2, 1)]

    def test_addresses_of_every_kind(self) -> None:
        assert seen({"tuple": ["::1", 40001, 0, 0]}) == [{"tuple": ["::1", {"port": 1}, 0, 0]}]
        assert seen({"tuple": [{"str": "127.0.0.1"}, 40001]}) == [{"tuple": [{"str": "127.0.0.1"}, {"port": 1}]}]
        assert seen({"tuple": [{"socket": 2}, {"tuple": ["", 40001]}]}) == [{"tuple": [{"socket": 2}, {"tuple": ["", {"port": 1}]}]}]

    def test_what_is_no_ephemeral_port_stays(self) -> None:
        for value in (
            {"tuple": ["127.0.0.1", 80]},
            {"tuple": ["127.0.0.1", 0]},
            {"tuple": ["some words", 40001]},
            {"tuple": [1, 40001]},
            40001,
        ):
            assert seen(value) == [value]

    def test_a_port_that_the_scenario_names_stays(self) -> None:
        value = {"tuple": ["127.0.0.1", 9997]}
        assert seen(value, do=["call", ["name", "f"], [["tuple", [["const", "HOST"], 9997]]]]) == [value]

    def test_so_does_one_that_it_names_outside_an_address(self) -> None:
        for argument in (8080, "8080"):
            answer = {"list": [{"tuple": ["127.0.0.1", 8080]}, {"tuple": ["127.0.0.1", 40001]}]}
            call = ["call", ["get", ["module", "socket"], "getaddrinfo"], ["127.0.0.1", argument]]
            assert seen(answer, do=call) == [{"list": [{"tuple": ["127.0.0.1", 8080]}, {"tuple": ["127.0.0.1", {"port": 1}]}]}]

    def test_it_stays_wherever_it_is_seen(self) -> None:
        call = ["call", ["get", ["name", "s"], "bind"], [{"tuple": ["127.0.0.1", 50000]}]]
        assert seen({"tuple": ["127.0.0.1", 50000]}, 50000, "laddr=('127.0.0.1', 50000)", do=call, yields="port") == [
            {"tuple": ["127.0.0.1", 50000]}, 50000, "laddr=('127.0.0.1', 50000)",
        ]  # fmt: skip

    def test_a_number_that_is_known_to_be_a_port(self) -> None:
        assert seen({"tuple": ["127.0.0.1", 40001]}, 40001, yields="port") == [{"tuple": ["127.0.0.1", {"port": 1}]}, {"port": 1}]

    def test_ports_in_text(self) -> None:
        text = "<socket.socket fd=7, family=2, type=1, proto=0, laddr=('127.0.0.1', 40001)>"
        assert seen(text) == ["<socket.socket fd=<fd:*>, family=2, type=1, proto=0, laddr=('127.0.0.1', <port:1>)>"]
        assert seen({"tuple": ["127.0.0.1", 40001]}, "cannot reach 40001, 140001 or 40002")[1] == "cannot reach <port:1>, 140001 or 40002"

    def test_several_members_at_once_leave_no_order(self) -> None:
        assert (
            seen({"tuple": ["127.0.0.1", 40001]}, {"tuple": ["127.0.0.1", 40002]}, many=True)
            == [{"tuple": ["127.0.0.1", {"port": "*"}]}] * 2
        )


class TestOtherPlaceholders:
    def test_descriptors_and_addresses_have_no_identity(self) -> None:
        assert seen(5, 6, -1, yields="fd") == [{"fd": "*"}, {"fd": "*"}, -1]
        assert seen("<object at 0x7f12ab34cd56>") == ["<object at <address:*>>"]

    def test_items_of_a_tuple_may_be_of_different_kinds(self) -> None:
        assert seen({"tuple": [4711, 0, 0]}, {"tuple": [4711, 1000, 1000]}, yields="pid,,,") == [
            {"tuple": [{"pid": 1}, 0, 0]},
            {"tuple": [{"pid": 1}, 1000, 1000]},
        ]

    def test_the_temporary_folder(self) -> None:
        of = plan(steps=1)
        steps, _ = normalise(of, Evidence((Observation(0, value="/tmp/smx-abc/name"),), temporary=("/tmp/smx-abc", "/tmp/smx-def")))
        assert steps[0].value == "<temporary:1>/name"

    def test_text_that_looks_like_a_placeholder_is_told_apart(self) -> None:
        assert seen("<port:1> <fd:2> <temporary:1>") == ["<literal:port:1> <literal:fd:2> <literal:temporary:1>"]

    def test_messages_of_exceptions_and_warnings(self) -> None:
        evidence = Evidence((Observation(0, raises=Raised("OSError", message="bad fd=9"), warnings=(Warned("ResourceWarning", "fd=12"),)),))
        steps, _ = normalise(plan(steps=1), evidence)
        assert steps[0].raises is not None
        assert (steps[0].raises.message, steps[0].warnings[0].message) == ("bad fd=<fd:*>", "fd=<fd:*>")

    def test_classes_that_jython_lists_by_their_hash_are_sorted(self) -> None:
        def message(*classes: str) -> str:
            text = f"wrappedBuffer(): 1st arg can't be coerced to {', '.join(classes)}"
            of = plan(steps=1)
            raised = Raised("TypeError", message=text)
            steps, volatile = normalise(of, Evidence((Observation(0, raises=raised),)))
            result = result_of(of, "jython", Evidence((Observation(0, raises=raised),)), Judgement("fail", text), wall=0.1)
            assert steps[0].raises is not None
            assert result.reason == steps[0].raises.message
            assert volatile.anonymous == ()
            return steps[0].raises.message

        in_order = "wrappedBuffer(): 1st arg can't be coerced to byte[], byte[][], io.netty.buffer.ByteBuf"
        assert message("io.netty.buffer.ByteBuf", "byte[]", "byte[][]") == in_order
        assert message("byte[][]", "byte[]", "io.netty.buffer.ByteBuf") == in_order
        assert message("int") == "wrappedBuffer(): 1st arg can't be coerced to int"

    def test_leaks_and_troubles_have_placeholders_too(self) -> None:
        trouble = Trouble("crash", "killed by SIGSEGV: thread 0x7f12ab34cd56", 0)
        evidence = Evidence((), trouble=trouble, leaks=("socket fd 7 still open",))
        result = result_of(plan(steps=1), "t", evidence, Judgement("crash"))
        assert result.trouble == Trouble("crash", "killed by SIGSEGV: thread <address:*>", 0)
        assert result.leaks == ("socket fd <fd:*> still open",)
        assert restore(result) == evidence

    def test_times_are_kept_apart(self) -> None:
        steps, volatile = normalise(plan(steps=1), Evidence((Observation(0, value=1, seconds=0.25),)))
        assert (steps[0].seconds, volatile.seconds) == (0.0, (0.25,))

    def test_long_text_is_cut_at_the_same_place_in_every_run(self) -> None:
        facts = {"client": Facts(python="3.11.0", implementation="cpython", implementation_version="3.11.0", os="linux")}
        of = expecting(1)
        results = []
        for port, number in ((40001, 7), (9001, 123)):
            value = {"list": [f"<socket.socket fd={number}, laddr=('127.0.0.1', {port})>"] * 9}
            evidence = Evidence((Observation(0, value=value),))
            results.append(result_of(of, "t", evidence, judge(of, facts, evidence)))
        one, other = results
        assert (one.reason, one.observed) == (other.reason, other.observed)
        assert len(one.observed) == 200
        assert one.reason == f"f(0): expected 1, observed {one.observed}"
        assert one.observed.startswith("[\"<socket.socket fd=<fd:*>, laddr=('127.0.0.1', <port:1>)>\", ")

    def test_a_reason_has_placeholders_too(self) -> None:
        evidence = Evidence((Observation(0, value={"tuple": ["127.0.0.1", 40001]}),))
        result = result_of(plan(steps=1), "t", evidence, Judgement("fail", "expected 1, observed ('127.0.0.1', 40001)"))
        assert result.reason == "expected 1, observed ('127.0.0.1', <port:1>)"


_words = st.sampled_from(
    [
        "",
        "x",
        "127.0.0.1",
        "40001",
        " 40002 ",
        "fd=7",
        "0x7f00aa11bb22",
        "<port:1>",
        "<literal:port:1>",
        "<temporary:1>",
        "/tmp/smx-a",
        "laddr=('::1', 40003)",
        "laddr=('', 00080)",
        "fd=007",
        "fd 8",
        "٤٠٠٠٠",
        "0",
        "<",
        "é",
    ]
)
_texts = st.lists(_words, max_size=4).map("".join)
_ports = st.integers(1020, 65535)
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), _texts, _texts.map(lambda text: {"str": text.encode().decode("latin-1")}),
    _texts.map(lambda text: {"bytes": text.encode().decode("latin-1")}), st.just({"socket": 1}), st.just({"float": "nan"}),
    st.tuples(st.sampled_from(["127.0.0.1", "::1", "", "a b"]), _ports).map(lambda pair: {"tuple": list(pair)}),
    st.tuples(st.just("::1"), _ports, _texts, st.just({"tuple": ["", 40002]})).map(lambda four: {"tuple": list(four)}),
)  # fmt: skip
_values = st.recursive(_leaves, lambda inner: st.lists(inner, max_size=3).map(lambda items: {"tuple": items}), max_leaves=6)
_raised = st.builds(Raised, type=st.just("OSError"), errno=st.integers(1, 200), message=_texts)
_observations = st.one_of(
    st.builds(Observation, step=st.just(0), value=_values, seconds=st.floats(0, 9)),
    st.builds(Observation, step=st.just(0), raises=_raised, warnings=st.lists(st.builds(Warned, _words, _texts), max_size=2).map(tuple)),
    st.just(Observation(0, pending=True)),
)


@settings(max_examples=300, deadline=None)
@given(
    observations=st.lists(_observations, max_size=5), many=st.booleans(),
    yields=st.sampled_from(["", "port", "fd", "pid", "pid,,", "fd,fd,"]),
    temporary=st.sampled_from([(), ("/tmp/smx-a",), ("/tmp/smx-b", "/tmp/smx-a")]), text=_texts,
)  # fmt: skip
def test_nothing_is_lost(observations: list[Observation], many: bool, yields: str, temporary: tuple[str, ...], text: str) -> None:
    of = plan(steps=1, many=many, yields=yields)
    evidence = Evidence(tuple(observations), temporary=temporary, starved=0.5, leaks=(text,), trouble=Trouble("crash", text, 0))
    result = result_of(of, "t", evidence, Judgement("pass"))
    assert restore(result) == evidence


def test_a_saved_run_is_judged_as_it_was(tmp_path: object) -> None:
    of = plan(steps=1)
    facts = {"client": Facts(python="3.11.0", implementation="cpython", implementation_version="3.11.0", os="linux")}
    evidence = Evidence((Observation(0, value={"tuple": ["127.0.0.1", 40001]}),))
    before = judge(of, facts, evidence)
    assert judge(of, facts, restore(result_of(of, "t", evidence, before))) == before


ONE = Addresses(
    host="172.18.0.2", host6="fd00:77::2", peer="172.18.0.21", peer6="fd00:77::21", link6="fe80::42:acff:fe12:2",
    peer_link6="fe80::42:acff:fe12:15", broadcast="172.18.255.255", nobody="172.18.255.254", nobody6="fd00:77:0:0:ffff:ffff:ffff:fffe",
)  # fmt: skip
OTHER = Addresses(
    host=ONE.peer, host6=ONE.peer6, peer=ONE.host, peer6=ONE.host6, link6=ONE.peer_link6, peer_link6=ONE.link6, broadcast=ONE.broadcast,
    nobody=ONE.nobody, nobody6=ONE.nobody6,
)  # fmt: skip
APART = {"server": ONE, "client": OTHER}


def seen_apart(*values: Any, **more: Any) -> Any:
    """Normalised values of a play on two hosts."""
    of = plan(steps=len(values), **more)
    steps, _ = normalise(of, Evidence(tuple(Observation(n, value=value) for n, value in enumerate(values)), addresses=APART))
    return [step.value for step in steps]


class TestHosts:
    def test_each_is_named_by_the_order_of_the_roles(self) -> None:
        assert named(APART) == {
            "172.18.0.2": "1", "fd00:77::2": "1.ipv6", "fe80::42:acff:fe12:2": "1.link",
            "172.18.0.21": "2", "fd00:77::21": "2.ipv6", "fe80::42:acff:fe12:15": "2.link",
            "172.18.255.255": "broadcast", "172.18.255.254": "nobody", "fd00:77:0:0:ffff:ffff:ffff:fffe": "nobody6",
        }  # fmt: skip

    def test_loopback_is_no_host(self) -> None:
        assert named({"server": Addresses()}) == {}
        assert named({}) == {}

    def test_a_lone_role_is_the_first(self) -> None:
        assert named({"client": OTHER})["172.18.0.21"] == "1"

    def test_an_address_that_begins_like_another_is_told_apart(self) -> None:
        assert seen_apart("172.18.0.2", "172.18.0.21", "172.18.0.210", "1172.18.0.2", "172.18.0.2.3", "at 172.18.0.2.") == [
            "<host:1>", "<host:2>", "172.18.0.210", "1172.18.0.2", "172.18.0.2.3", "at <host:1>.",
        ]  # fmt: skip
        assert seen_apart("fd00:77::2", "fd00:77::21", "fd00:77::2:1", "fd00:77::2%eth0", "::ffff:172.18.0.2") == [
            "<host:1.ipv6>", "<host:2.ipv6>", "fd00:77::2:1", "<host:1.ipv6>%eth0", "::ffff:<host:1>",
        ]  # fmt: skip

    def test_an_ipv4_address_may_be_mapped_into_ipv6(self) -> None:
        assert seen_apart({"tuple": ["::ffff:172.18.0.21", 40001, 0, 0]}) == [{"tuple": ["::ffff:<host:2>", {"port": 1}, 0, 0]}]

    def test_ports_of_their_addresses_are_numbered(self) -> None:
        assert seen_apart({"tuple": ["172.18.0.21", 40001]}, {"tuple": ["fd00:77::2", 40001, 0, 0]}) == [
            {"tuple": ["<host:2>", {"port": 1}]},
            {"tuple": ["<host:1.ipv6>", {"port": 1}, 0, 0]},
        ]

    def test_an_interface_has_a_number_of_its_own_unless_it_is_loopbacks(self) -> None:
        assert seen_apart(
            {"tuple": ["fe80::42:acff:fe12:2", 40001, 0, 37]}, {"tuple": ["::1", 40001, 0, 1]}, {"tuple": ["fe80::1", 80, 0, 37]}
        ) == [
            {"tuple": ["<host:1.link>", {"port": 1}, 0, {"scope": 1}]},
            {"tuple": ["::1", {"port": 1}, 0, 1]},
            {"tuple": ["fe80::1", 80, 0, {"scope": 1}]},
        ]  # fmt: skip
        assert seen_apart(37, 38, 37, 1, yields="scope") == [{"scope": 1}, {"scope": 2}, {"scope": 1}, 1]

    def test_on_loopback_scopes_stay(self) -> None:
        assert seen({"tuple": ["::1", 80, 0, 3]}) == [{"tuple": ["::1", 80, 0, 3]}]

    def test_two_runs_on_other_networks_are_the_same(self) -> None:
        import msgspec

        of = plan(steps=1)
        values = []
        for second, addresses in (("18", APART), ("200", _elsewhere())):
            value = {"tuple": [f"172.{second}.0.21", 40001]}
            steps, _ = normalise(of, Evidence((Observation(0, value=value),), addresses=addresses))
            values.append(msgspec.json.encode(steps))
        assert values[0] == values[1]

    def test_a_message_and_a_reason_have_them_too(self) -> None:
        evidence = Evidence((Observation(0, raises=Raised("OSError", message="no route to 172.18.0.21")),), addresses=APART)
        result = result_of(plan(steps=1), "t", evidence, Judgement("fail", "observed no route to 172.18.0.21"))
        assert result.steps[0].raises is not None
        assert (result.steps[0].raises.message, result.reason) == ("no route to <host:2>", "observed no route to <host:2>")
        assert result.volatile.addresses == APART
        assert restore(result) == evidence


def _elsewhere() -> dict[str, Addresses]:
    """The same hosts on another network."""
    moved = {role: [str(text).replace("172.18.", "172.200.") for text in structs.astuple(place)] for role, place in APART.items()}
    return {role: Addresses(*texts) for role, texts in moved.items()}


_host_words = st.sampled_from(
    [
        "172.18.0.2", "172.18.0.21", "172.18.0.210", "fd00:77::2", "fd00:77::21", "fe80::42:acff:fe12:2", "%eth0", "::ffff:", ":", ".", "1",
        "a", " ", "<host:1>", "<host:2.ipv6>", "<literal:", "<scope:1>", "172.18.255.255", "fd00:77:0:0:ffff:ffff:ffff:fffe", "'", ", ",
        "laddr=('172.18.0.2', 40001)", "40001", "127.0.0.1",
    ]
)  # fmt: skip
_host_texts = st.lists(_host_words, max_size=6).map("".join)
_host_values = st.one_of(
    _host_texts,
    st.tuples(_host_texts, _ports).map(lambda pair: {"tuple": list(pair)}),
    st.tuples(st.sampled_from([ONE.link6, ONE.host6, "::1"]), _ports, st.integers(0, 3), st.integers(0, 40)).map(
        lambda four: {"tuple": list(four)}
    ),
    st.integers(0, 50),
)


@settings(max_examples=300, deadline=None)
@given(
    values=st.lists(_host_values, max_size=5), message=_host_texts, yields=st.sampled_from(["", "scope", "port"]),
    addresses=st.sampled_from([{}, APART, {"client": OTHER}]),
)  # fmt: skip
def test_nothing_is_lost_of_hosts(values: list[Any], message: str, yields: str, addresses: dict[str, Addresses]) -> None:
    of = plan(steps=1, yields=yields)
    raised = Observation(0, raises=Raised("OSError", message=message))
    evidence = Evidence((*(Observation(0, value=value) for value in values), raised), addresses=addresses)
    result = result_of(of, "t", evidence, Judgement("pass"))
    assert restore(result) == evidence
