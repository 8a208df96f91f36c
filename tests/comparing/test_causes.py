"""Facts that explain: the simplest predicate first, exact on the data, and never a guess."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from harness.comparing.causes import Explainer, Explanation
from harness.language.predicates import parse
from harness.records.facts import Facts
from tests.comparing.telling import facts


def explain(departing: list[Facts], others: list[Facts], *names: str, documented: Mapping[str, int] | None = None) -> Explanation:
    """Why the first part; targets are `a0`, `a1`, … and `b0`, …"""
    ones = {f"a{at}": each for at, each in enumerate(departing)}
    rest = {f"b{at}": each for at, each in enumerate(others)}
    return Explainer({**ones, **rest}, documented).explain((tuple(ones), tuple(rest)), names)


@pytest.mark.parametrize(
    ("departing", "others", "cause", "otherwise"),
    [
        (["3.10.13", "3.12.1"], ["2.7.18", "3.9.18"], "python >= 3.10", "python < 3.10"),
        (["3.10.13"], ["3.10.2", "3.9.18"], "python >= 3.10.13", "python < 3.10.13"),
        (["2.7.18"], ["3.4.10", "3.12.1"], "python < 3", "python >= 3"),
        (["3.4.1", "3.9.18"], ["2.7.18", "3.10.1"], "python >= 3 and python < 3.10", "python < 3 or python >= 3.10"),
        (["2.7.18", "3.6.1", "3.10.1"], ["3.4.1", "3.8.1"], "", ""),
    ],
)
def test_versions_part(departing: list[str], others: list[str], cause: str, otherwise: str) -> None:
    assert explain([facts(each) for each in departing], [facts(each) for each in others]).causes == (cause, otherwise)


@pytest.mark.parametrize(
    ("fact", "other", "cause"),
    [
        ({"implementation": "pypy"}, {}, 'implementation == "pypy"'),
        ({"os": "windows"}, {}, 'os == "windows"'),
        ({"libc": "musl"}, {}, 'libc == "musl"'),
        ({"libc_version": "2.39"}, {"libc_version": "2.17"}, "libc_version >= 2.39"),
        ({"kernel": "6.18.4"}, {"kernel": "5.4.0"}, "kernel >= 6"),
        ({"machine": "aarch64"}, {"machine": "x86_64"}, 'machine == "aarch64"'),
        ({"byteorder": "big"}, {}, 'byteorder == "big"'),
        ({"bits": 32}, {}, "bits == 32"),
        ({"root": True}, {}, "root"),
        ({}, {"root": True}, "not root"),
        ({"capabilities": ("net_raw",)}, {}, '"net_raw" in capabilities'),
        ({"ipv6": True}, {}, "ipv6"),
        ({"unix": True}, {}, "unix"),
        ({"wine": True}, {}, "wine"),
        ({"network": "filtered"}, {}, 'network == "filtered"'),
        ({}, {"network": "filtered"}, 'not network == "filtered"'),
        ({"image": "sha256:ab"}, {}, 'image == "sha256:ab"'),
        ({"settings": {"net.core.somaxconn": "1"}}, {"settings": {"net.core.somaxconn": "9"}}, 'setting("net.core.somaxconn") == "1"'),
        ({"names": ("send_fds",)}, {}, '"send_fds" in socket'),
    ],
)
def test_every_fact_can_be_the_cause(fact: dict[str, Any], other: dict[str, Any], cause: str) -> None:
    assert explain([facts(**fact)], [facts(**other)], "socket.send_fds").causes[0] == cause


@pytest.mark.parametrize("name", ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"])
def test_what_follows_from_the_memory_at_boot_is_no_cause(name: str) -> None:
    """The same machine would have another number in the next run."""
    ones, others = {name: "4096 131072 3858368"}, {name: "4096 131072 3936128"}
    assert explain([facts(settings=ones)], [facts(settings=others)]).causes == ("", "")
    more = {"net.ipv4.tcp_fastopen": "1"}, {"net.ipv4.tcp_fastopen": "0"}
    found = explain([facts(settings=ones | more[0])], [facts(settings=others | more[1])])
    assert found == Explanation(
        ('setting("net.ipv4.tcp_fastopen") == "1"', 'setting("net.ipv4.tcp_fastopen") == "0"'), ('setting("net.ipv4.tcp_fastopen") != "0"',)
    )


def test_the_preferred_explanation_comes_first_and_the_others_are_kept() -> None:
    found = explain([facts("3.12.1", os="windows", bits=32)], [facts("3.8.1")])
    assert found == Explanation(("python >= 3.12", "python < 3.12"), ('os == "windows"', 'os != "linux"', "bits == 32"))


def test_at_most_five_alternatives_are_given() -> None:
    found = explain([facts("3.12.1", os="windows", bits=32, root=True, ipv6=True, unix=True, wine=True)], [facts("3.8.1")])
    assert found.alternatives == ('os == "windows"', 'os != "linux"', "bits == 32", "root", "ipv6")


def test_pypy_counts_among_the_pythons_by_its_language_version() -> None:
    pypy = facts("3.9.16", implementation="pypy", implementation_version="7.3.11")
    assert explain([facts("3.4.1"), pypy, facts("3.12.1")], [facts("2.7.18")]).causes[0] == "python >= 3"


def test_two_conditions_are_joined_where_one_is_not_enough() -> None:
    pypy2 = facts("2.7.18", implementation="pypy")
    pypy3 = facts("3.9.16", implementation="pypy")
    both = explain([pypy3], [pypy2, facts("2.7.18"), facts("3.9.16")])
    assert both.causes == ('python >= 3 and implementation == "pypy"', 'python < 3 or implementation == "cpython"')


def test_a_version_is_taken_with_what_it_is_a_version_of() -> None:
    glibc = [facts(libc_version=each) for each in ("2.17", "2.39")]
    found = explain([glibc[1]], [glibc[0], facts(libc="musl", libc_version="1.2")])
    assert found.causes[0] == 'libc == "glibc" and libc_version >= 2.39'


def test_releases_of_an_implementation_explain_where_its_language_version_does_not() -> None:
    older, newer = (facts("3.9.16", implementation="pypy", implementation_version=each) for each in ("7.3.9", "7.3.11"))
    assert explain([newer], [older, facts("3.9.16")]).causes[0] == 'implementation == "pypy" and implementation_version >= 7.3.11'


def test_three_conditions_are_not_tried() -> None:
    few = [facts("3.8.1", root=root, ipv6=ipv6, unix=unix) for root in (False, True) for ipv6 in (False, True) for unix in (False, True)]
    assert explain(few[:1], few[1:]).causes == ("", "")


class TestWhatIsDocumented:
    """Many facts part few targets; the library says which of them mostly do."""

    S390X = facts("3.11.2", machine="s390x", byteorder="big", emulated=True)
    PYPY = facts("3.9.16", implementation="pypy", implementation_version="7.3.11")

    @pytest.mark.parametrize(
        ("documented", "cause"),
        [
            ({}, "python < 3.13"),
            ({"emulated": 30, "python < 3.12": 4}, "emulated"),
            ({"emulated": 3, 'byteorder == "big"': 4}, 'byteorder == "big"'),
            ({"python < 3.7": 900, "emulated": 1}, "emulated"),  # no target is older, so that this tells none from another
        ],
    )
    def test_the_fact_that_is_named_most_often_is_the_cause(self, documented: dict[str, int], cause: str) -> None:
        assert explain([self.S390X], [facts("3.13.5", machine="x86_64")], documented=documented).causes[0] == cause

    def test_a_fact_counts_however_its_condition_is_written(self) -> None:
        documented = {'implementation != "cpython"': 5, "python >= 3": 4}
        assert explain([self.PYPY], [facts("2.7.18")], documented=documented).causes == (
            'implementation == "pypy"',
            'implementation == "cpython"',
        )

    def test_only_for_just_these_targets(self) -> None:
        documented = {'implementation == "pypy"': 500}
        found = explain([self.PYPY, facts("3.8.18")], [facts("3.12.1")], documented=documented)
        assert found.causes[0] == "python < 3.12"

    def test_of_many_capabilities_only_the_one_that_is_named(self) -> None:
        root, container = facts(capabilities=("audit_control", "net_admin", "net_raw")), facts(emulated=True)
        documented = {'"net_raw" not in capabilities': 2, "not emulated": 1}
        assert explain([root], [container], documented=documented).causes == (
            '"net_raw" in capabilities',
            '"net_raw" not in capabilities',
        )
        assert explain([root], [container], documented={'"sys_time" in capabilities': 9}).causes[0] == "not emulated"

    def test_among_pairs_too(self) -> None:
        kinds = [facts(bits=bits, emulated=emulated, root=emulated) for bits in (32, 64) for emulated in (False, True)]
        departing, others = [kinds[1]], [kinds[0], *kinds[2:]]
        assert explain(departing, others).causes[0] == "emulated and bits == 32"
        assert explain(departing, others, documented={"root": 3, "emulated": 2}).causes[0] == "root and bits == 32"

    def test_what_else_would_explain_is_still_told(self) -> None:
        found = explain([self.S390X], [facts("3.13.5", machine="x86_64")], documented={"emulated": 1})
        assert found.alternatives == (
            "python < 3.13",
            'byteorder == "big"',
            'byteorder != "little"',
            'machine == "s390x"',
            'machine != "x86_64"',
        )

    def test_two_facts_of_which_more_is_documented_come_before_one(self) -> None:
        own = facts("3.13.5", gvisor=True, settings={"net.ipv4.ip_local_port_range": "16000 65535"})
        others = [facts("3.13.5", gvisor=True, host_network=True), facts("3.13.5", host_network=True), facts("3.13.5")]
        others = [structs.replace(each, settings={"net.ipv4.ip_local_port_range": "32768 60999"}) for each in others]
        setting = 'setting("net.ipv4.ip_local_port_range") == "16000 65535"'
        assert explain([own], others).causes[0] == setting
        documented = {"gvisor and not host_network": 3, setting: 2}
        found = explain([own], others, documented=documented)
        assert found.causes == ("not host_network and gvisor", "host_network or not gvisor")
        assert setting in found.alternatives
        assert explain([own], others, documented={**documented, setting: 4}).causes[0] == setting

    def test_where_nothing_is_documented_the_byte_order_says_more_than_the_name_of_the_processor(self) -> None:
        found = explain([facts(machine="s390x", byteorder="big")], [facts(machine="x86_64")])
        assert found.causes == ('byteorder == "big"', 'byteorder == "little"')


def test_targets_without_a_telling_fact_are_not_explained() -> None:
    assert explain([facts()], [facts()]) == Explanation(("", ""))


def test_a_fact_that_cannot_be_written_as_a_literal_is_passed_over() -> None:
    assert explain([facts(machine='a"b')], [facts(machine="")]) == Explanation(("", ""))


_facts = st.builds(
    facts,
    st.sampled_from(["2.7.18", "3.4.10", "3.9.1", "3.9.18", "3.10.2", "3.14.0"]),
    implementation=st.sampled_from(["cpython", "pypy"]),
    libc=st.sampled_from(["glibc", "musl", ""]),
    libc_version=st.sampled_from(["", "1.2", "2.17", "2.39"]),
    root=st.booleans(),
    network=st.sampled_from(["", "lossy"]),
)


@given(st.lists(_facts, min_size=1, max_size=4), st.lists(_facts, min_size=1, max_size=4))
def test_whatever_is_given_as_a_cause_holds_for_exactly_its_part(departing: list[Facts], others: list[Facts]) -> None:
    found = explain(departing, others)
    for cause in filter(None, (found.causes[0], *found.alternatives)):
        assert [parse(cause).holds(each) for each in (*departing, *others)] == [True] * len(departing) + [False] * len(others)
    if found.causes[1]:
        assert [parse(found.causes[1]).holds(each) for each in (*departing, *others)] == [False] * len(departing) + [True] * len(others)


def test_capabilities_of_networks_come_before_others() -> None:
    assert explain([facts(capabilities=("audit_control", "net_raw"))], [facts()]).causes[0] == '"net_raw" in capabilities'


def test_single_patch_releases_are_no_cause_where_somebody_else_has_them() -> None:
    alone = facts("3.9.16", implementation="pypy", implementation_version="7.3.11")
    newer = facts("3.11.17", implementation="pypy", implementation_version="8.0.1")
    others = [facts("3.9.2"), facts("3.9.18"), facts("3.13.0"), newer]
    found = explain([alone], others)
    assert "3.9.16 and" not in found.causes[0]
    assert 'implementation == "pypy"' in found.causes[0]
