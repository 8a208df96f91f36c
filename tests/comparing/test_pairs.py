"""Pairs of interpreters against each other: whose facts explain a difference, and those of which network."""

from msgspec import structs

from harness.comparing.behaviours import compare
from harness.records.observation import Observation
from harness.records.plan import Call, Place, Plan, Step
from harness.records.run import TargetRecord
from tests.comparing.telling import facts, plan, result, run, seen, target

VERSIONS = ("2.7.18", "3.8.18", "3.12.1")


def pairs() -> list[TargetRecord]:
    return [
        TargetRecord(f"{one}>{other}", "", facts(one), partners=(facts(other),), server=one, client=other)
        for one in VERSIONS
        for other in VERSIONS
    ]


def exchange() -> Plan:
    steps = (Step("server", Call(0), "conn.send(b'x')", Place(5, 5)), Step("client", Call(1), "s.recv(1)", Place(6, 5)))
    return structs.replace(plan(), steps=steps, roles={"server": 1, "client": 1})


def causes(of: Plan, on: list[TargetRecord], did: list[list[Observation]]) -> list[tuple[int, list[str]]]:
    results = {(of.id, each.id): result(of, each, steps) for each, steps in zip(on, did, strict=True)}
    groups = compare(run(on, [of], results)).groups
    return [(each.step, [behaviour.cause for behaviour in each.behaviours]) for group in groups for each in group.differences]


def test_the_facts_of_whoever_acted_explain_first() -> None:
    on = pairs()
    did = [[seen(0, 1), seen(1, "old" if each.client == "2.7.18" else "new")] for each in on]
    assert causes(exchange(), on, did) == [(1, ["client: python >= 3", "client: python < 3"])]


def test_then_those_of_the_other_side() -> None:
    on = pairs()
    did = [[seen(0, 1), seen(1, "old" if each.server == "2.7.18" else "new")] for each in on]
    assert causes(exchange(), on, did) == [(1, ["server: python >= 3", "server: python < 3"])]


def test_what_both_sides_together_cause_is_not_explained() -> None:
    on = pairs()
    did = [[seen(0, 1), seen(1, each.server == each.client)] for each in on]
    assert causes(exchange(), on, did) == [(1, ["", ""])]


def test_a_setting_says_more_than_the_name_of_its_condition() -> None:
    usual, changed = ({"net.ipv6.bindv6only": value} for value in ("0", "1"))
    on = [
        structs.replace(target("cpython-3.12.1"), id="plain", facts=facts(network="no-network", settings=usual)),
        structs.replace(target("cpython-3.12.1"), id="changed", facts=facts(network="bindv6only", settings=changed)),
    ]
    assert causes(plan(), on, [[seen(0, 0)], [seen(0, 1)]]) == [
        (0, ['setting("net.ipv6.bindv6only") == "0"', 'setting("net.ipv6.bindv6only") == "1"'])
    ]


def test_a_result_is_explained_by_the_facts_of_the_network_it_was_seen_on() -> None:
    of = plan()
    on = [
        structs.replace(target(f"cpython-{version}"), grounds={"slow": (facts(version, network="slow", shaping=how),)})
        for version, how in (("3.12.1", "netem delay 100ms"), ("3.12.2", "tbf rate 256kbit"), ("3.12.3", "netem delay 100ms"))
    ]
    results = {
        (of.id, each.id): structs.replace(result(of, each, [seen(0, value)]), ground="slow")
        for each, value in zip(on, (1, 2, 1), strict=True)
    }
    ((difference,),) = (group.differences for group in compare(run(on, [of], results)).groups)
    assert [behaviour.cause for behaviour in difference.behaviours] == [
        'shaping == "netem delay 100ms"',
        'shaping == "tbf rate 256kbit"',
    ]
