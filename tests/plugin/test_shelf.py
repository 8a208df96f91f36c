"""Scenarios by file and by id: each file once, ids distinct, every mistake told."""

from pathlib import Path

import pytest

from harness.plugin.shelf import BrokenScenario, Shelf, UnknownScenario
from tests.plugin.projects import ALL, BROKEN, GOOD, write


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, and a library of two scenarios."""
    library = write(tmp_path / "installed", {"tcp/one": GOOD, "tcp/two": GOOD})
    monkeypatch.setattr("harness.plugin.shelf.bundled", lambda: library)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def test_a_file_gives_the_scenarios_that_it_holds(tmp_path: Path) -> None:
    root = write(tmp_path)
    found = Shelf().of_file(root / "mine" / "cases.yaml", root)
    assert [plan.id for plan in found.plans] == ["mine/cases[one]", "mine/cases[two]"]
    assert {plan.file for plan in found.plans} == {"scenarios/mine/cases.yaml"}


def test_only_what_was_selected_is_given(tmp_path: Path) -> None:
    root = write(tmp_path)
    shelf = Shelf(["tag:quick", "id:mine/cases[two]"])
    assert [plan.id for name in ALL for plan in shelf.of_file(root / f"{name}.yaml", root).plans] == ["mine/cases[two]", "mine/good"]


def test_mistakes_are_those_of_the_file_alone(tmp_path: Path) -> None:
    root = write(tmp_path, {"mine/good": GOOD, "mine/broken": BROKEN})
    shelf = Shelf()
    assert [str(mistake) for mistake in shelf.of_file(root / "mine" / "broken.yaml", root).mistakes] == [
        "scenarios/mine/broken.yaml:6:5: unknown key 'retuns'; did you mean 'returns'?"
    ]
    assert shelf.of_file(root / "mine" / "good.yaml", root).mistakes == ()


def test_two_files_with_one_id_are_a_mistake_of_the_second(tmp_path: Path) -> None:
    one, other = write(tmp_path / "a", {"mine/good": GOOD}), write(tmp_path / "b", {"mine/good": GOOD})
    shelf = Shelf()
    assert shelf.of_file(one / "mine" / "good.yaml", one).mistakes == ()
    [mistake] = shelf.of_file(other / "mine" / "good.yaml", other).mistakes
    first = tmp_path / "a" / "scenarios" / "mine" / "good.yaml"
    told = f"b/scenarios/mine/good.yaml: has the same id 'mine/good' as {first}; rename one of them, or collect one of them alone"
    assert str(mistake) == told


def test_the_wrong_ending_is_a_mistake(tmp_path: Path) -> None:
    root = write(tmp_path, {"mine/good": GOOD})
    (root / "mine" / "late.yml").write_text(GOOD, "utf-8")
    [mistake] = Shelf().of_file(root / "mine" / "late.yml", root).mistakes
    assert str(mistake) == "scenarios/mine/late.yml: is not looked at; scenario files end in .yaml"


def test_the_library_is_named_as_in_a_checkout() -> None:
    everything, one = Shelf().bundled(), Shelf(["id:tcp/one"]).bundled()
    assert [(name, [plan.id for plan in found.plans]) for name, found in everything.items()] == [
        ("scenarios/tcp/one.yaml", ["tcp/one"]),
        ("scenarios/tcp/two.yaml", ["tcp/two"]),
    ]
    assert list(one) == ["scenarios/tcp/one.yaml"]


class TestFinding:
    def test_by_id_in_a_folder_and_in_the_library(self, tmp_path: Path) -> None:
        root = write(tmp_path)
        assert Shelf().find("mine/cases[two]", [root]).id == "mine/cases[two]"
        assert Shelf().find("tcp/two", [root]).id == "tcp/two"

    def test_an_unknown_id_has_a_hint(self, tmp_path: Path) -> None:
        root = write(tmp_path)
        with pytest.raises(UnknownScenario) as unknown:
            Shelf().find("mine/wring", [root])
        assert str(unknown.value) == "no scenario 'mine/wring'; did you mean 'mine/wrong'?"

    def test_of_several_cases_one_has_to_be_named(self, tmp_path: Path) -> None:
        root = write(tmp_path)
        with pytest.raises(UnknownScenario) as unknown:
            Shelf().find("mine/cases", [root])
        assert str(unknown.value) == "no scenario 'mine/cases'; it has 2 cases, name one of them: 'mine/cases[one]'"
        with pytest.raises(UnknownScenario) as unknown:
            Shelf().only_one(root / "mine" / "cases.yaml")
        told = "no scenario 'cases.yaml'; its file has 2 of them, name one by its id: mine/cases[one], mine/cases[two]"
        assert str(unknown.value) == told

    def test_mistakes_of_its_file_are_told(self, tmp_path: Path) -> None:
        root = write(tmp_path, {"mine/broken": BROKEN})
        with pytest.raises(BrokenScenario) as broken:
            Shelf().find("mine/broken", [root])
        assert str(broken.value) == "scenarios/mine/broken.yaml:6:5: unknown key 'retuns'; did you mean 'returns'?"
