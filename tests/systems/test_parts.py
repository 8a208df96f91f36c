"""Parts are made once, kept under a digest of how they are made, and are there whole or not at all."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import Struct, structs

from harness.images.tools import BuildFailed
from harness.systems import makers, parts
from harness.systems.makers import MakeContext
from harness.systems.parts import Options, Prepared, filled, missing, places, prepare, remove, remove_everything
from harness.systems.recipe import Part, Recipe, System
from harness.systems.status import status
from tests.systems.conftest import SMALL, Write


class BoxOptions(Struct, frozen=True, forbid_unknown_fields=True):
    package: str
    version: str
    sha256: str


class Workshop:
    """A maker that is told how to go wrong."""

    METHOD = 1
    PROGRAMS: Mapping[str, str] = {}
    Options = BoxOptions

    def __init__(self) -> None:
        self.made: list[str] = []
        self.problem = ""
        self.hint = "try again"
        self.meanwhile: Callable[[], object] = lambda: None

    def make(self, options: Any, context: MakeContext) -> None:
        (context.folder / "half").write_text("made", "utf-8")
        context.tell(f"making {options.package}")
        if self.problem:
            raise BuildFailed(self.problem, self.hint)
        self.meanwhile()
        self.made.append(options.version)


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    shop = Workshop()
    monkeypatch.setattr(parts, "maker", lambda kind: shop)
    monkeypatch.setattr(makers, "maker", lambda kind: shop)
    monkeypatch.setattr(parts, "PLENTY", 0)
    return shop


@pytest.fixture
def toy(write: Write) -> System:
    recipe = write(SMALL)
    return System("toy:red", recipe, recipe.member[0])


def other_version(system: System, version: str) -> System:
    part = structs.replace(system.parts[0], options={**system.parts[0].options, "version": version})
    return structs.replace(system, recipe=structs.replace(system.recipe, part=(part,)))


def quiet(step: str) -> None:
    pass


def test_a_part_is_made_once(toy: System, workshop: Workshop) -> None:
    assert missing(toy) == ("box",)
    told: list[str] = []
    first = prepare(toy, Options(), told.append)
    assert (first.state, first.made, told) == ("prepared", ("box",), ["box", "making toy"])
    again = prepare(toy, Options(), quiet)
    assert (again.state, again.made, workshop.made) == ("ready", (), ["1"])
    assert missing(toy) == ()


def test_it_is_made_again_when_that_is_asked_for(toy: System, workshop: Workshop) -> None:
    prepare(toy, Options(), quiet)
    assert prepare(toy, Options(force=True), quiet).made == ("box",)
    assert workshop.made == ["1", "1"]


def test_another_recipe_is_another_part(toy: System, workshop: Workshop) -> None:
    prepare(toy, Options(), quiet)
    newer = other_version(toy, "2")
    assert missing(newer) == ("box",)
    assert places(newer)["box"] != places(toy)["box"]


def test_what_failed_leaves_nothing(toy: System, workshop: Workshop, empty_store: Path) -> None:
    workshop.problem = "the glue is dry"
    failed = prepare(toy, Options(), quiet)
    assert (failed.state, failed.problem, failed.hint) == ("failed", "the glue is dry", "try again")
    assert list(empty_store.iterdir()) == []
    assert missing(toy) == ("box",)


def test_wrong_options_are_told_before_anything_is_made(toy: System, workshop: Workshop) -> None:
    part = Part("box", "sdist", {"package": "toy"})
    wrong = structs.replace(toy, recipe=structs.replace(toy.recipe, part=(part,)))
    failed = prepare(wrong, Options(), quiet)
    assert failed.problem == "the recipe has a wrong part of kind 'sdist': Object missing required field `version`"


def test_a_program_that_is_missing_is_named_with_its_package(toy: System, workshop: Workshop) -> None:
    needy = structs.replace(toy, recipe=structs.replace(toy.recipe, programs={"no-such-program": "toy-tools"}))
    failed = prepare(needy, Options(), quiet)
    assert (failed.problem, failed.hint) == ("no-such-program is not installed", "on Debian and Ubuntu: sudo apt-get install toy-tools")
    told = status(needy)
    assert (told.state, told.missing) == ("lacking", ("no-such-program",))
    assert told.command == "sudo apt-get install toy-tools && sockmatrix targets prepare toy:red"
    assert told.reason == f"no-such-program is not installed; try: {told.command}"


@pytest.mark.parametrize("hint", ["try again", ""])
def test_where_room_was_scarce_that_may_be_why(toy: System, workshop: Workshop, monkeypatch: pytest.MonkeyPatch, hint: str) -> None:
    monkeypatch.setattr(parts, "PLENTY", 2**63)
    workshop.problem, workshop.hint = "it said nothing", hint
    failed = prepare(toy, Options(), quiet)
    assert failed.problem == "it said nothing"
    assert re.fullmatch(rf"{hint and 'try again; '}is there room\? \d+ MB were free in {re.escape(str(parts.store()))}", failed.hint)


@pytest.mark.skipif(os.name != "posix", reason="marks folders as in use")
def test_what_is_being_made_is_not_removed(toy: System, workshop: Workshop) -> None:
    removed: list[str] = []
    workshop.meanwhile = lambda: removed.extend(each.name for each in remove_everything([toy]))
    parts.store().mkdir(parents=True)
    (parts.store() / ".making-and-killed").mkdir()
    assert prepare(toy, Options(), quiet).state == "prepared"
    assert removed == ["what a preparation that did not end had left"]
    assert not (parts.store() / ".making-and-killed").exists()
    assert missing(toy) == ()


@pytest.mark.skipif(os.name != "posix", reason="locks files")
def test_what_somebody_else_is_making_is_waited_for(toy: System, workshop: Workshop, empty_store: Path) -> None:
    waiting = Event()
    told: list[str] = []
    found: list[Prepared] = []

    def tell(step: str) -> None:
        told.append(step)
        waiting.set()

    other = Thread(target=lambda: found.append(prepare(toy, Options(), tell)), daemon=True)

    def meanwhile() -> None:
        other.start()
        assert waiting.wait(30)

    workshop.meanwhile = meanwhile
    assert prepare(toy, Options(), quiet).made == ("box",)
    other.join(30)
    assert [(each.state, each.made) for each in found] == [("ready", ())]
    assert (told, workshop.made) == (["box: another sockmatrix is making it, which is waited for"], ["1"])
    assert list(empty_store.iterdir()) == [places(toy)["box"]]


@pytest.mark.skipif(os.name != "posix", reason="locks files")
def test_what_a_killed_preparation_has_locked_is_in_nobodys_way(toy: System, workshop: Workshop, empty_store: Path) -> None:
    left = empty_store / f".lock-{places(toy)['box'].name}"
    empty_store.mkdir(parents=True, exist_ok=True)
    script = "import fcntl, os, signal, sys; fcntl.flock(open(sys.argv[1], 'w'), fcntl.LOCK_EX); os.kill(os.getpid(), signal.SIGKILL)"
    assert subprocess.run([sys.executable, "-c", script, str(left)], check=False).returncode == -9
    assert left.exists()
    told: list[str] = []
    assert prepare(toy, Options(), told.append).made == ("box",)
    assert told == ["box", "making toy"]
    assert not left.exists()


def test_what_is_not_prepared_says_what_prepares_it(toy: System, workshop: Workshop) -> None:
    assert status(toy).reason == "box is not prepared; try: sockmatrix targets prepare toy:red"
    prepare(toy, Options(), quiet)
    assert status(toy).reason == ""


def test_commands_are_filled_with_folders(toy: System, workshop: Workshop) -> None:
    assert filled(toy, "{box}/toy") == f"{places(toy)['box']}/toy"
    assert filled(toy, "{}") == "{}"


def test_what_others_need_stays(toy: System, workshop: Workshop) -> None:
    newer = other_version(toy, "2")
    prepare(toy, Options(), quiet)
    prepare(newer, Options(), quiet)
    twin = structs.replace(toy, target="toy:twin")
    assert remove([toy], [twin]) == ()
    assert [each.name for each in remove([toy], [newer])] == ["box of toy:red"]
    assert missing(newer) == ()
    assert [each.name for each in remove_everything([toy])] == [f"{places(newer)['box'].name} of an older recipe"]


@pytest.mark.skipif(os.name != "posix", reason="files with several names")
def test_what_is_removed_is_named_with_the_room_that_it_took(toy: System, workshop: Workshop) -> None:
    prepare(toy, Options(), quiet)
    box = places(toy)["box"]
    (box / "large").write_bytes(b"x" * 2**20)
    os.link(box / "large", box / "again")
    (removed,) = remove([toy, structs.replace(toy, target="toy:twin")])
    assert removed.name == "box of toy:red, toy:twin"
    assert 2**20 <= removed.room < 2**20 + 2**16


@pytest.mark.skipif(os.name != "posix", reason="locks files")
def test_locks_that_nobody_holds_go_with_everything_and_others_stay(toy: System, workshop: Workshop, empty_store: Path) -> None:
    seen: list[bool] = []

    def meanwhile() -> None:
        (empty_store / ".lock-of-a-killed-one").touch()
        assert remove_everything([toy]) == ()
        seen.extend((empty_store / name).exists() for name in (".lock-of-a-killed-one", f".lock-{places(toy)['box'].name}"))

    workshop.meanwhile = meanwhile
    prepare(toy, Options(), quiet)
    assert seen == [False, True]


def test_somebody_who_was_quicker_is_as_good(toy: System, workshop: Workshop) -> None:
    place = places(toy)["box"]

    def meanwhile(step: str) -> None:
        if step.startswith("making"):
            place.mkdir(parents=True)
            (place / "theirs").touch()

    assert prepare(toy, Options(), meanwhile).state == "prepared"
    assert place.is_dir()


def test_a_part_knows_what_it_is_made_of(workshop: Workshop) -> None:
    box = Part("box", "sdist", {"package": "toy", "version": "1", "sha256": "0"})
    other = structs.replace(box, options={**box.options, "version": "2"})
    lid = Part("lid", "sdist", {"package": "lid", "version": "1", "sha256": "0"}, uses=("box",))

    def place_of_lid(*made: Part) -> Path:
        recipe = Recipe("toy", "", "", ("toy",), part=made)
        return places(System("toy", recipe, SimpleNamespace(part=())))["lid"]  # type: ignore[arg-type]  # only its parts are looked at

    assert place_of_lid(box, lid) != place_of_lid(other, lid)
