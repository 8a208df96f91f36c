"""What is known to fail: every mistake in it with its line, and the entry that a cell has."""

from pathlib import Path

import pytest

from harness.gates import known as known_module
from harness.gates.known import ByScenario, by_scenario, expects, known_for, named, names, read_known, refuse_unknown
from harness.records.facts import Facts
from harness.records.known import Known
from harness.targets.config import ConfigError

CPYTHON = Facts(python="3.8.18", implementation="cpython", implementation_version="3.8.18", os="linux")
PYPY = Facts(python="3.9.16", implementation="pypy", implementation_version="7.3.11", os="linux")

GOOD = {
    "scenario": '"tcp/greeting"',
    "when": "'implementation == \"pypy\"'",
    "kind": '"xfail"',
    "reason": '"told upstream"',
    "see": '"https://example.org/1"',
}


def table(**changes: str) -> str:
    """An entry as text; an empty value leaves the key out."""
    return "[[known]]\n" + "".join(f"{key} = {value}\n" for key, value in {**GOOD, **changes}.items() if value)


def read(folder: Path, text: str) -> tuple[Known, ...]:
    (folder / "sockmatrix.toml").write_text(text, "utf-8")
    return read_known(folder)


def problem(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return str(caught.value)


def entry(scenario: str = "tcp/greeting", when: str = "python >= 2.7", place: str = "sockmatrix.toml:1") -> Known:
    return Known(scenario, when, "xfail", "told upstream", "https://example.org/1", place=place)


def test_without_settings_nothing_is_known(tmp_path: Path) -> None:
    assert read_known(tmp_path) == ()
    assert read(tmp_path, "targets = []\n") == ()


def test_entries_are_read_with_their_places(tmp_path: Path) -> None:
    first = table(verdicts='["fail", "hang", "fail"]')
    second = table(scenario='"udp/*"', kind='"flaky"', rate="0.2")
    assert read(tmp_path, f"targets = []\n{first}{second}") == (
        Known(
            "tcp/greeting", 'implementation == "pypy"', "xfail", "told upstream", "https://example.org/1", 0.0, ("fail", "hang"),
            "sockmatrix.toml:2",
        ),
        Known(
            "udp/*", 'implementation == "pypy"', "flaky", "told upstream", "https://example.org/1", 0.2, ("fail",), "sockmatrix.toml:9",
        ),
    )  # fmt: skip


def test_an_entry_can_name_a_step(tmp_path: Path) -> None:
    (known,) = read(tmp_path, table(step="3"))
    assert known.step == 3
    assert [expects(known, "fail", step) for step in (1, 2, None)] == [False, True, False]
    (known,) = read(tmp_path, table())
    assert [expects(known, "fail", step) for step in (1, 2, None)] == [True, True, True]
    assert not expects(known, "crash", 2)


def test_pyproject_has_them_in_our_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n" + table().replace("known", "tool.sockmatrix.known"))
    (known,) = read_known(tmp_path)
    assert known.place == "pyproject.toml:2"


def test_a_list_in_one_line_is_read_too(tmp_path: Path) -> None:
    inside = ", ".join(f"{key} = {value}" for key, value in GOOD.items())
    (known,) = read(tmp_path, f"known = [{{{inside}}}]\n")
    assert known.place == "sockmatrix.toml: known[0]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("known = 1\n", "sockmatrix.toml: known: must be tables: [[known]]"),
        ("[known]\n", "sockmatrix.toml: known: must be tables: [[known]]"),
        ("known = [1]\n", "sockmatrix.toml: known: must be tables: [[known]]"),
        (table(wen="1"), "sockmatrix.toml:7: unknown key 'wen'; did you mean 'when'?"),
        (
            table(zzz="1"),
            "sockmatrix.toml:7: unknown key 'zzz'; the keys are scenario, when, kind, reason, see, rate, verdicts and step",
        ),
        (
            table(scenario=""),
            "sockmatrix.toml:1: 'scenario' is missing; write the id of a scenario, or a pattern: scenario = \"tcp/greeting\"",
        ),
        (
            table(when=""),
            "sockmatrix.toml:1: 'when' is missing; write a condition on targets: when = 'python < 3.10' (always: 'python >= 2.7')",
        ),
        (table(kind=""), 'sockmatrix.toml:1: \'kind\' is missing; write kind = "xfail", "flaky" or "skip"'),
        (table(reason='""'), "sockmatrix.toml:5: 'reason' is empty; say why it departs, for whoever reads it later"),
        (table(reason='"  "'), "sockmatrix.toml:5: 'reason' is empty; say why it departs, for whoever reads it later"),
        (table(see='""'), "sockmatrix.toml:6: 'see' is empty; say where it is told of: see = \"https://…\""),
        (table(reason="7"), "sockmatrix.toml:5: 'reason' must be a text; say why it departs, for whoever reads it later"),
        (
            table(see='"ask Bob"'),
            "sockmatrix.toml:6: 'ask Bob' is no address; say where it is told of: see = \"https://…\"",
        ),
        (table(see='"https://"'), "sockmatrix.toml:6: 'https://' is no address; say where it is told of: see = \"https://…\""),
        (table(kind='"xfale"'), "sockmatrix.toml:4: unknown kind 'xfale'; did you mean 'xfail'?"),
        (table(kind='"red"'), "sockmatrix.toml:4: unknown kind 'red'; there are xfail, flaky and skip"),
        (
            table(when='"pyton < 3"'),
            "sockmatrix.toml:3: unknown fact 'pyton' in predicate 'pyton < 3'; did you mean 'python'?",
        ),
        (table(rate="0.1"), "sockmatrix.toml:7: a rate is for kind 'flaky'; 'xfail' departs every time"),
        (
            table(kind='"skip"', rate="0.1"),
            "sockmatrix.toml:7: what is of kind 'skip' is not played, and has neither a rate nor verdicts nor a step",
        ),
        (
            table(kind='"skip"', verdicts='["fail"]'),
            "sockmatrix.toml:7: what is of kind 'skip' is not played, and has neither a rate nor verdicts nor a step",
        ),
        (
            table(kind='"flaky"'),
            "sockmatrix.toml:4: 'rate' is missing; say at most which share of plays departs: rate = 0.2",
        ),
        *(
            (
                table(kind='"flaky"', rate=rate),
                "sockmatrix.toml:7: 'rate' must be a share between 0 and 1: rate = 0.2; what departs every time is of kind 'xfail'",
            )
            for rate in ("1.0", "0", "true", '"0.2"', "nan", "-0.1")
        ),
        (
            table(kind='"flaky"', rate="0.2", step="3"),
            "sockmatrix.toml:8: a step is for kind 'xfail'; of single plays no more than the verdict is kept",
        ),
        (
            table(kind='"skip"', step="3"),
            "sockmatrix.toml:7: what is of kind 'skip' is not played, and has neither a rate nor verdicts nor a step",
        ),
        *(
            (table(step=step), "sockmatrix.toml:7: 'step' must be the number of a step, as reports have it: step = 3")
            for step in ("0", "-1", "true", '"3"', "1.5")
        ),
        (table(verdicts='"fail"'), "sockmatrix.toml:7: 'verdicts' must be a list: verdicts = [\"fail\"]"),
        (table(verdicts="[]"), "sockmatrix.toml:7: 'verdicts' must be a list: verdicts = [\"fail\"]"),
        (table(verdicts='["error"]'), "sockmatrix.toml:7: 'error' cannot be known; what can is fail, stale, hang and crash"),
        (table(verdicts='["fial"]'), "sockmatrix.toml:7: unknown verdict 'fial'; did you mean 'fail'?"),
        (
            table() + table(reason='"another"'),
            'sockmatrix.toml:7: tcp/greeting where implementation == "pypy" is known already (sockmatrix.toml:1); keep one of them',
        ),
    ],
)
def test_mistakes_have_their_place_and_a_hint(tmp_path: Path, text: str, said: str) -> None:
    assert problem(tmp_path, text) == said


def test_the_first_entry_that_fits_is_that_of_a_cell() -> None:
    broad, narrow = entry("tcp/*"), entry("tcp/greeting", "python < 3")
    assert known_for(by_scenario((narrow, broad)), "tcp/greeting", CPYTHON) == broad
    assert known_for(by_scenario((broad, narrow)), "tcp/greeting", CPYTHON) == broad
    assert known_for(by_scenario((narrow, broad)), "udp/greeting", CPYTHON) is None


def test_the_condition_decides_on_which_targets() -> None:
    known = (entry(when='implementation == "pypy"'),)
    assert known_for(by_scenario(known), "tcp/greeting", PYPY) == known[0]
    assert known_for(by_scenario(known), "tcp/greeting", CPYTHON) is None


def test_of_a_pair_one_is_enough() -> None:
    known = (entry(when='implementation == "pypy"'),)
    assert known_for(by_scenario(known), "tcp/greeting", (CPYTHON, PYPY)) == known[0]
    assert known_for(by_scenario(known), "tcp/greeting", (CPYTHON, CPYTHON)) is None
    assert known_for(by_scenario(known), "tcp/greeting", ()) is None


def test_only_a_star_is_special() -> None:
    assert known_for(by_scenario((entry("tcp/x[*]"),)), "tcp/x[one]", CPYTHON) is not None
    assert known_for(by_scenario((entry("tcp/x[*]"),)), "tcp/x", CPYTHON) is None
    assert known_for(by_scenario((entry("tcp/x[one]"),)), "tcp/xo", CPYTHON) is None
    assert known_for(by_scenario((entry("*"),)), "tcp/x[one]", CPYTHON) is not None


def test_by_scenario_are_exactly_those_that_speak_of_it_in_their_order() -> None:
    known = tuple(entry(each) for each in ("tcp/*", "tcp/x[one]", "*", "udp/x", "tcp/x[*]", "*x", "tcp/x[one]", "tcp/x*]"))
    speaking = by_scenario(known)
    for scenario in ("tcp/x[one]", "tcp/x", "udp/x", "unix/y", "*", ""):
        assert speaking.of(scenario) == tuple(each for each in known if names(each, scenario))
        assert speaking.of(scenario) is speaking.of(scenario)


def test_a_cell_is_not_held_against_entries_of_other_scenarios(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def counted(entry: Known, scenario: str) -> bool:
        looked.append(entry.scenario)
        return names(entry, scenario)

    monkeypatch.setattr(known_module, "names", counted)
    speaking = ByScenario([(entry("tcp/*"), 1), (entry("udp/x"), 2), (entry("tcp/x"), 3)])
    assert speaking.of("tcp/x") == (1, 3)
    assert looked == ["tcp/*"]


def test_what_an_entry_names_among_scenarios() -> None:
    there = {"tcp/x": 1, "tcp/y": 2, "udp/x": 3}
    assert list(named(entry("tcp/y"), there)) == ["tcp/y"]
    assert list(named(entry("*/x"), there)) == ["tcp/x", "udp/x"]
    assert not named(entry("tcp/z"), there)


def test_an_entry_for_no_scenario_of_a_whole_library_is_a_mistake() -> None:
    ids = ("tcp/greeting", "tcp/close[one]", "tcp/close[two]")
    refuse_unknown((entry("tcp/greeting"), entry("tcp/close[*]")), ids)
    said = {
        "tcp/greting": "no scenario 'tcp/greting'; did you mean 'tcp/greeting'?",
        "zzz": "no scenario 'zzz'; see: sockmatrix list",
        "udp/*": "no scenario is like 'udp/*'; see: sockmatrix list",
        "tcp/close": "scenario 'tcp/close' has 2 cases; name one of them, or all of them: 'tcp/close[*]'",
    }
    for scenario, words in said.items():
        with pytest.raises(ConfigError) as caught:
            refuse_unknown((entry(scenario, place="sockmatrix.toml:9"),), ids)
        assert str(caught.value) == f"sockmatrix.toml:9: {words}"
