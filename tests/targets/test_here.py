"""What `all-here` and `slow-here` stand for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from harness.images.engine import EngineUnavailable
from harness.images.inventory import Status
from harness.images.registry import Debian, Image, Interpreter
from harness.systems.recipe import systems
from harness.systems.status import SystemStatus
from harness.targets.config import Config
from harness.targets.discover import Found
from harness.targets.here import SLOW
from harness.targets.interpreter import Interpreter as Local
from harness.targets.resolve import Resolved, resolve

LOCAL = Local("/pyenv/versions/3.8.18/bin/python", "cpython", "3.8.18", "pyenv", "", "/pyenv/versions/3.8.18")
RECIPE = Debian("trixie", ())
INSIDE = (Interpreter("/usr/bin/python3", "3.13"),)
IMAGES = (
    Image("trixie", "Debian", "built", "sockmatrix/trixie", "glibc", interpreters=INSIDE, recipe=RECIPE),
    Image("official", "Official", "official", "python:3.13-slim", "glibc", interpreters=INSIDE),
    Image("s390x", "Big-endian", "built", "sockmatrix/s390x", "glibc", "s390x", INSIDE, recipe=RECIPE),
    Image("i386", "32 bits", "built", "sockmatrix/i386", "glibc", "i386", INSIDE, recipe=RECIPE),
    Image("musl", "Another libc", "built", "sockmatrix/musl", "musl", interpreters=INSIDE, recipe=RECIPE),
)
READY = ("wine:python3.13", "uml:6.1", "qemu:6.12", "pyodide")


class Client:
    def __init__(self, architecture: str) -> None:
        self.architecture = architecture

    def version(self) -> dict[str, str]:
        return {"Arch": self.architecture}


@pytest.fixture
def whatever(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the machine have these images, on a processor, and some systems; the SDK may be there or not."""

    def have(processor: str = "amd64", engine: bool = True) -> None:
        @contextmanager
        def connect() -> Iterator[Client]:
            if not engine:
                raise EngineUnavailable("no container engine answers", "start one")
            yield Client(processor)

        of = {"sockmatrix/s390x": "s390x", "sockmatrix/i386": "386", "python:3.13-slim": processor}
        states = tuple(
            Status(each.name, each.image, each.family, "absent" if each.name == "musl" else "present",
                   architecture="" if each.name == "musl" else of.get(each.image, "amd64"))
            for each in IMAGES
        )  # fmt: skip
        monkeypatch.setattr("harness.images.registry.registry", lambda: IMAGES)
        monkeypatch.setattr("harness.images.engine.errors", lambda: (ConnectionError,))
        monkeypatch.setattr("harness.images.engine.connect", connect)
        monkeypatch.setattr("harness.images.inventory.statuses", lambda client, images: states)
        monkeypatch.setattr(
            "harness.systems.status.status",
            lambda system: SystemStatus(system.target, "", "", "ready" if system.target in READY else "unprepared",
                                        missing=() if system.target in READY else ("disk",)),
        )  # fmt: skip

    return have


def resolved(*names: str) -> Resolved:
    return resolve(names, Config(), lambda: Found((LOCAL,), {}, ("pyenv",)))


def chosen(*names: str) -> list[str]:
    return [target.id for target in resolved(*names).targets]


QUICK = ["cpython-3.8.18", "docker:sockmatrix/trixie", "docker:python:3.13-slim", "docker:sockmatrix/i386"]


def test_all_here_is_what_is_ready_and_not_slow(whatever: Any) -> None:
    whatever()
    found = resolved("all-here")
    assert [target.id for target in found.targets] == [*QUICK, *sorted({"uml:6.1", "wine:python3.13"}, key=_place)]
    slow = {name for name, reason in found.skipped.items() if reason == SLOW}
    assert slow == {"docker:sockmatrix/s390x", "qemu:6.12", "pyodide"}
    assert found.skipped["docker:sockmatrix/musl"] == "not built; try: sockmatrix images build musl"
    assert "uml:5.10" in found.skipped


def _place(target: str) -> int:
    return [system.target for system in systems()].index(target)


def test_slow_here_is_the_rest(whatever: Any) -> None:
    whatever()
    found = resolved("slow-here")
    assert [target.id for target in found.targets] == ["docker:sockmatrix/s390x", *sorted(("qemu:6.12", "pyodide"), key=_place)]
    assert SLOW not in found.skipped.values()


def test_both_leave_nothing_out_that_is_ready(whatever: Any) -> None:
    whatever()
    both = resolved("all-here", "slow-here")
    assert {target.id for target in both.targets} == {*chosen("all-here"), *chosen("slow-here")}
    assert SLOW not in both.skipped.values()


def test_what_is_emulated_depends_on_the_processor(whatever: Any) -> None:
    whatever("s390x")
    assert "docker:sockmatrix/s390x" in chosen("all-here")
    assert {"docker:sockmatrix/trixie", "docker:sockmatrix/i386"} <= set(chosen("slow-here"))
    # What was pulled is for this processor, whatever the registry's entry is of.
    assert "docker:python:3.13-slim" in chosen("all-here")


def test_without_an_engine_the_rest_is_played(whatever: Any) -> None:
    whatever(engine=False)
    found = resolved("all-here")
    assert "docker:*" in found.skipped
    assert "uml:6.1" in [target.id for target in found.targets]
    assert not any(target.image for target in found.targets)
