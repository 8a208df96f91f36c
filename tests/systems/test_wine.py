"""What is said of Windows Pythons under Wine: six of them, a prefix of their own, and bugs of Wine that are never Windows'."""

from pathlib import Path

import pytest

from harness.gates.recipes import known_of
from harness.images.tools import BuildFailed
from harness.language.library import bundled, load
from harness.language.predicates import parse
from harness.records.facts import Facts
from harness.systems import parts
from harness.systems.makers import MakeContext, wine_prefix
from harness.systems.recipe import System, systems
from harness.systems.status import status

UNDER_WINE = Facts(python="3.13.2", implementation="cpython", implementation_version="3.13.2", os="windows", wine=True, wine_version="8.0")
WINDOWS = Facts(python="3.13.2", implementation="cpython", implementation_version="3.13.2", os="windows")


def members() -> list[System]:
    return [system for system in systems() if system.recipe.family == "wine"]


def test_there_are_six_versions_and_the_newest_is_played_at_every_change() -> None:
    assert [system.target for system in members()] == [f"wine:python3.{minor}" for minor in (13, 12, 11, 10, 9, 8)]
    assert [system.target for system in members() if system.member.quick] == ["wine:python3.13"]


def test_all_versions_share_one_prefix_which_is_not_the_users_own() -> None:
    prefixes = {parts.places(system)["prefix"] for system in members()}
    assert len(prefixes) == 1
    assert {parts.filled(system, system.environment["WINEPREFIX"]) for system in members()} == {str(*prefixes)}
    assert {system.environment["DISPLAY"] for system in members()} == {""}


def test_what_is_known_of_wine_is_said_of_wine_alone() -> None:
    for entry in known_of(["wine"]):
        assert parse(entry.when).holds(UNDER_WINE), entry.scenario
        assert not parse(entry.when).holds(WINDOWS), entry.scenario
        assert entry.kind == "xfail"
        assert entry.step, entry.scenario


def test_no_entry_that_was_seen_under_wine_speaks_of_windows() -> None:
    plans = load([bundled()]).plans
    seen = [each for plan in plans for step in plan.steps for each in step.varies if each.observed and "wine" in each.when]
    assert [each.place for each in seen if parse(each.when).holds(WINDOWS)] == []
    assert len(seen) > 20


class Notes(list[tuple[str, ...]]):
    """Programs that were called, in the place of programs that are run."""

    def __init__(self, *, fails: str = "", registry: bool = True) -> None:
        super().__init__()
        self.fails = fails
        self.registry = registry
        self.environments: list[dict[str, str]] = []

    def run(self, argv: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.append(tuple(argv))
        self.environments.append(environment)
        if self.fails and self.fails in argv:
            raise BuildFailed(f"{self.fails} failed")
        if argv[0] == "wineboot" and self.registry:
            Path(environment["WINEPREFIX"], "system.reg").touch()


def make(folder: Path, monkeypatch: pytest.MonkeyPatch, notes: Notes) -> list[str]:
    """Make a prefix with programs that only take notes; what was told."""
    told: list[str] = []
    monkeypatch.setattr(wine_prefix, "run", notes.run)
    for name in ("part", "scratch"):
        (folder / name).mkdir()
    wine_prefix.make(wine_prefix.Options(), MakeContext(folder / "part", folder / "scratch", {}, "", told.append))
    return told


END = [("wineserver", "--kill"), ("wineserver", "--wait")]


def test_a_prefix_is_made_without_a_display_and_nothing_of_it_goes_on_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes()
    assert make(tmp_path, monkeypatch, notes) == ["a new prefix of Wine", "it says that it is win10"]
    assert notes == [("wineboot", "--init"), ("wine", "winecfg", "/v", "win10"), *END]
    assert {each["WINEPREFIX"] for each in notes.environments} == {str(tmp_path / "part")}
    assert {each["DISPLAY"] for each in notes.environments} == {""}


def test_services_that_have_ended_by_themselves_are_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes(fails="--kill")
    make(tmp_path, monkeypatch, notes)
    assert notes[-2:] == END


def test_what_was_started_for_a_prefix_ends_also_where_it_could_not_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = Notes(fails="winecfg")
    with pytest.raises(BuildFailed, match="winecfg failed"):
        make(tmp_path, monkeypatch, notes)
    assert notes[-2:] == END


def test_a_prefix_without_a_registry_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildFailed) as caught:
        make(tmp_path, monkeypatch, Notes(registry=False))
    assert str(caught.value) == "wineboot made no registry; does 'wine --version' say what you expect?"


def test_what_is_missing_is_said_with_the_command_that_provides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = status(members()[0])
    if found.state == "lacking":
        assert found.command.startswith("sudo apt-get install wine && sockmatrix targets prepare wine:python3.13")
    else:
        assert (found.missing, found.command) == (("prefix", "python"), "sockmatrix targets prepare wine:python3.13")
