"""A recipe is one file; what is wrong with it is said with the place. Those that come with sockmatrix are right."""

import re
from pathlib import Path

import pytest

from harness.gates.recipes import known_of
from harness.language.library import bundled, load
from harness.records.facts import Facts
from harness.systems.makers import KINDS
from harness.systems.recipe import BadRecipe, System, definitions, recipes, systems
from tests.systems.conftest import SMALL, Write


def test_a_family_has_one_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("toy.toml", "zoo.toml"):
        (tmp_path / name).write_text(SMALL)
    monkeypatch.setattr("harness.systems.recipe.definitions", lambda: tmp_path)
    with pytest.raises(BadRecipe, match=r"zoo\.toml: toy\.toml is the recipe of 'toy'"):
        recipes.__wrapped__()


def complaint(write: Write, text: str) -> str:
    with pytest.raises(BadRecipe) as caught:
        write(text)
    return str(caught.value)


def test_a_recipe_gives_each_member_what_it_has_of_its_family(write: Write) -> None:
    recipe = write(SMALL + '\n[[member.part]]\nname = "paint"\nkind = "npm"\nuses = ["box"]\npackage = "paint"\nversion = "2"\n')
    system = System("toy:red", recipe, recipe.member[0])
    assert [part.name for part in system.parts] == ["box", "paint"]
    assert system.parts[1].options == {"package": "paint", "version": "2"}
    assert system.parts[1].uses == ("box",)
    assert system.command == ("{box}/toy", "--")
    assert system.environment == {"BOX": "{box}"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('family = "toy"', "", "toy.toml: Object missing required field `family`"),
        ('about = "A toy"', 'about = "A toy"\nabuot = 1', "toy.toml: Object contains unknown field `abuot`"),
        ("{box}/toy", "{bxo}/toy", "toy.toml: toy:red has no part 'bxo', which '{bxo}/toy' speaks of"),
        ('kind = "sdist"', 'kind = "sdits"', "toy.toml: part 'box' of toy:red: no kind 'sdits'; kinds are "),
        ('kind = "sdist"', 'kind = "sdist"\nuses = ["lid"]', "toy.toml: part 'box' of toy:red uses 'lid', which does not stand before it"),
        ('command = ["{box}/toy", "--"]', "", "toy.toml: toy:red has no command"),
        ('about = "A toy"', 'about = "A toy"\nslow = -1', "toy.toml: slow = -1 is no factor: it says how many times slower"),
        ('about = "A toy"', 'about = "A toy"\none_processor = true', "toy.toml: one_processor is for what is started as a machine"),
        ('about = "A toy"', 'about = "A toy"\nstarts = 0', "toy.toml: starts = 0: nothing would be started"),
        ("[[member]]", '[[member]]\nname = "red"\nabout = "Another"\n[[member]]', "toy.toml: toy:red is there twice"),
        ("[[member]]", "[[memeber]]", "toy.toml: Object contains unknown field `memeber`"),
        ('about = "A red toy"', "about = 1", "toy.toml: Expected `str`, got `int` - at `$.member[0].about`"),
    ],
)
def test_a_mistake_is_told_with_its_place(write: Write, old: str, new: str, said: str) -> None:
    assert complaint(write, SMALL.replace(old, new, 1)).startswith(said)


def test_two_parts_of_one_name_are_a_mistake(write: Write) -> None:
    again = '\n[[member.part]]\nname = "box"\nkind = "npm"\npackage = "x"\nversion = "1"\n'
    assert complaint(write, SMALL + again) == "toy.toml: toy:red has two parts 'box'"


def test_no_toml_is_told_with_the_line(write: Write) -> None:
    assert re.match(r"toy.toml: .*line 1", complaint(write, "family = = 1"))


def test_the_facts_that_a_recipe_tells_are_facts() -> None:
    fields = Facts.__struct_fields__
    assert [(system.target, name) for system in systems() for name in system.facts if name not in fields] == []


def test_every_family_has_one_quick_member_and_a_page() -> None:
    docs = definitions().parent / "docs"
    for recipe in recipes():
        assert [member.name for member in recipe.member if member.quick], recipe.family
        if docs.is_dir() and definitions().name == "targets":
            assert (docs / recipe.page).is_file(), recipe.page


def test_what_is_known_of_a_system_speaks_of_scenarios_that_there_are() -> None:
    from harness.gates.known import names

    ids = [plan.id for plan in load([bundled()]).plans]
    for recipe in recipes():
        lost = [entry.place for entry in known_of([recipe.family]) if not any(names(entry, each) for each in ids)]
        assert lost == [], recipe.family


def test_what_is_known_is_read_for_the_families_that_play() -> None:
    assert known_of([]) == ()
    assert known_of(["nobody"]) == ()


def test_the_page_on_recipes_has_every_kind_of_part() -> None:
    page = (Path(__file__).parents[2] / "docs/systems/adding.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"\n| `{kind}` | " not in page] == []
