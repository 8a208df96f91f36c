"""Commands that read scenarios: list, check, schema, sources, completion."""

import json
import sys
from pathlib import Path

import click
import pytest

from harness.commands import completion, list_command, reading
from harness.commands.completion import complete_scenario, complete_terms
from harness.reports.schemas import NAMES
from tests.commands.conftest import Sockmatrix, write_scenario
from tests.reports.making import GREETING, REFUSED


def test_list_gives_id_title_and_needs(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    assert sockmatrix("list", "scenarios") == (
        0,
        (
            "connect/refused  Connecting to a port where nobody listens is refused  [ipv4]\n"
            "tcp/greeting     A server greets its client\n"
            "2 scenarios in 2 areas\n"
        ),
        "",
    )


def test_list_as_json_of_some(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    data = json.loads(sockmatrix("list", "scenarios", "-k", "area:tcp", "--json").out)
    assert [(each["id"], each["roles"], each["steps"]) for each in data] == [("tcp/greeting", {"server": 1, "client": 1}, 9)]


def test_list_of_nothing(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    assert sockmatrix("list", "scenarios", "-k", "area:sctp") == (2, "", "sockmatrix: no scenario matches 'area:sctp'\n")


def test_list_with_a_mistake_lists_the_rest(sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path) -> None:
    write_scenario(tmp_path, "tcp/bad", REFUSED.replace("raises:", "raise:"))
    ended = sockmatrix("list", "scenarios")
    assert ended.code == 2
    assert ended.out.endswith("2 scenarios in 2 areas\n")
    assert ended.err == "sockmatrix: 1 mistake(s) in 1 scenario file(s), which are not listed; see: sockmatrix check\n"


def test_check_of_good_files(sockmatrix: Sockmatrix, scenarios: Path) -> None:
    assert sockmatrix("check", "scenarios") == (0, "no mistakes in 2 scenarios\n", "")


def test_check_reports_all_mistakes_of_all_files(sockmatrix: Sockmatrix, scenarios: Path, tmp_path: Path) -> None:
    write_scenario(tmp_path, "tcp/bad", REFUSED.replace("raises:", "raise:"))
    write_scenario(tmp_path, "udp/bad", GREETING.replace("returns: 6", "retuns: 6"))
    ended = sockmatrix("check", "scenarios")
    assert (ended.code, ended.err) == (2, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("scenarios/tcp/bad.yaml:8:5: unknown key 'raise'; did you mean 'raises'?")
    assert any(line.startswith("scenarios/udp/bad.yaml:13:5: unknown key 'retuns'; did you mean 'returns'?") for line in lines)
    assert lines[-1].endswith("; 2 scenarios without")
    data = json.loads(sockmatrix("check", "scenarios", "--json").out)
    assert (data["scenarios"], data["mistakes"][0]["line"]) == (2, 8)


def test_check_of_what_is_not_there(sockmatrix: Sockmatrix) -> None:
    ended = sockmatrix("check", "nowhere")
    assert ended == (2, "nowhere: no such file or folder; check the spelling and the current folder\n1 mistake; 0 scenarios without\n", "")


def test_run_with_a_mistake_plays_nothing(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    write_scenario(tmp_path, "tcp/bad", REFUSED.replace("raises:", "raise:"))
    ended = sockmatrix("run", "scenarios")
    assert ended.code == 2
    assert ended.err.endswith("sockmatrix: 1 mistake(s) in scenario files; nothing was played\n")
    assert not (tmp_path / "sockmatrix-runs").exists()


def test_schema_prints_names_schemas_and_files(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    assert sockmatrix("schema") == (0, "\n".join(NAMES) + "\n", "")
    assert json.loads(sockmatrix("schema", "run").out)["$id"] == "urn:sockmatrix:run-1"
    assert sockmatrix("schema", "rum") == (2, "", "sockmatrix: no schema 'rum'; did you mean 'run'?\n")
    assert sockmatrix("schema", "--write", "made").code == 0
    assert sorted(file.name for file in (tmp_path / "made").iterdir()) == sorted(f"{name}-1.json" for name in NAMES)


@pytest.fixture
def checkout(tmp_path: Path, scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose sources have two rows, with a scenario each."""
    monkeypatch.setattr("harness.language.library.bundled", lambda: scenarios)
    (tmp_path / "docs").mkdir()
    rows = "".join(f'[[source]]\nrow = "{row}"\nshows = "S."\nestablish = "E."\n' for row in ("0.2", "1.1"))
    (tmp_path / "docs" / "sources.toml").write_text(rows)
    return tmp_path


def test_sources_are_shown_written_and_checked(sockmatrix: Sockmatrix, checkout: Path) -> None:
    assert sockmatrix("sources").out == (
        "0.2  1 scenario  S.  [tcp/greeting]\n1.1  1 scenario  S.  [connect/refused]\n2 of 2 rows have a scenario\n"
    )
    stale = "docs/sources.md is out of date; write it again: sockmatrix sources --write\n"
    assert sockmatrix("sources", "--check") == (1, stale, "")
    assert sockmatrix("sources", "--write").code == 0
    assert sockmatrix("sources", "--check") == (0, "all 2 rows have a scenario, and docs/sources.md says so\n", "")


def test_a_row_without_a_scenario_fails_the_check(sockmatrix: Sockmatrix, checkout: Path) -> None:
    (checkout / "scenarios" / "connect" / "refused.yaml").unlink()
    sockmatrix("sources", "--write")
    assert sockmatrix("sources", "--check") == (1, "no scenario for 1 of 2 rows: 1.1\n", "")


def test_a_row_that_is_not_there_is_a_mistake(sockmatrix: Sockmatrix, checkout: Path) -> None:
    write_scenario(checkout, "tcp/greeting", GREETING.replace("seed:0.2", "seed:7.7"))
    assert sockmatrix("sources") == (2, "", "sockmatrix: scenarios/tcp/greeting.yaml: seed:7.7 is no row of docs/sources.toml\n")


def test_an_installed_package_has_no_sources(sockmatrix: Sockmatrix, scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.language.library.bundled", lambda: scenarios)
    message = "sockmatrix: docs/sources.toml is not part of an installed sockmatrix; use a checkout of the project\n"
    assert sockmatrix("sources") == (2, "", message)


def test_ids_complete_from_file_names(scenarios: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.language.library.bundled", lambda: scenarios)
    context, parameter = click.Context(list_command.command), list_command.command.params[0]
    assert completion.scenario_ids() == ["connect/refused", "tcp/greeting"]
    assert [item.value for item in complete_scenario(context, parameter, "tcp/")] == ["tcp/greeting"]
    assert [item.value for item in complete_terms(context, parameter, "area:")] == ["area:connect", "area:tcp"]


def test_coverage_shows_figures_and_what_is_missing(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch, scenarios: Path) -> None:
    monkeypatch.setattr("harness.commands.checkout.library_folder", lambda: scenarios)
    monkeypatch.setattr(reading, "library_folder", lambda: scenarios)
    ended = sockmatrix("coverage", "-t", sys.executable)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith("2 scenarios, cases counted one each\n")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[7] == "Methods 37 8 3 8.1 % 100 %"
    assert "socket.socket.recv_into none yet" in lines
    assert "socket.socket.accept only exercised, or never observed: tcp/greeting" in lines


def test_coverage_check_says_what_is_wrong(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch, scenarios: Path) -> None:
    monkeypatch.setattr("harness.commands.checkout.library_folder", lambda: scenarios)
    monkeypatch.setattr(reading, "library_folder", lambda: scenarios)
    (scenarios.parent / "docs").mkdir()
    ended = sockmatrix("coverage", "--check", "-t", sys.executable)
    assert (ended.code, ended.err) == (1, "")
    assert "note: 0.0 % asserted, goal 100 %\n" in ended.out
    assert f"{scenarios.parent / 'docs' / 'coverage.md'} is out of date; write it again: sockmatrix coverage --write\n" in ended.out
    assert sockmatrix("coverage", "--write") == (0, "", "")
    assert "out of date" not in sockmatrix("coverage", "--check", "-t", sys.executable).out


def test_departures_that_nobody_saw(sockmatrix: Sockmatrix, monkeypatch: pytest.MonkeyPatch, scenarios: Path, tmp_path: Path) -> None:
    departure = 'varies: [{when: os == "windows", raises: EACCES, because: so it is, see: ["winsock:connect"], observed: false}]'
    text = REFUSED.replace("    raises: ECONNREFUSED\n", f"    raises: ECONNREFUSED\n    {departure}\n")
    write_scenario(tmp_path, "connect/refused", text)
    monkeypatch.setattr(reading, "library_folder", lambda: scenarios)
    ended = sockmatrix("coverage", "--unobserved")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "1 departure documented and never observed"
    assert "because so it is  winsock:connect" in ended.out
    data = json.loads(sockmatrix("coverage", "--unobserved", "--json").out)
    assert [each["when"] for each in data["departures"]] == ['os == "windows"']


def test_coverage_of_a_run_alone_makes_no_sense(sockmatrix: Sockmatrix) -> None:
    assert sockmatrix("coverage", "--run", "x") == (2, "", "sockmatrix: --run goes with --unobserved\n")
