"""What is taken for left behind and what is not, told to an engine in memory."""

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import APIError, DockerException, NotFound
from requests import Response
from requests.exceptions import ConnectionError as NoConnection

from harness.hosts.engine import INSIDE_LABEL, MADE_LABEL, RUN_LABEL, Engine, EngineLost, failure, remove_run, sweep
from harness.hosts.process import CannotStart

if TYPE_CHECKING:
    from docker import APIClient


def refusal(status: int, explanation: str = "no") -> APIError:
    response = Response()
    response.status_code = status
    return APIError("error", response, explanation)


class Shelf:
    """An engine that only keeps things. Containers are `name: (run, state, age)`, networks `name: (run, age)`."""

    def __init__(
        self,
        containers: dict[str, tuple[str, str, float]],
        networks: dict[str, tuple[str, float]],
        refuse: Mapping[str, Exception] | None = None,
    ) -> None:
        self.refuse = refuse or {}
        self.kept_containers = [
            {"Id": name, "Names": [f"/{name}"], "State": state, "Labels": labels(run, age, name)}
            for name, (run, state, age) in containers.items()
        ]
        self.kept_networks = [{"Id": name, "Name": name, "Labels": labels(run, age, name)} for name, (run, age) in networks.items()]
        self.order: list[str] = []

    def containers(self, *, filters: dict[str, str], **more: bool) -> list[dict[str, Any]]:
        assert more == {"all": True}
        return self._chosen(self.kept_containers, filters)

    def networks(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        return self._chosen(self.kept_networks, filters)

    @staticmethod
    def _chosen(kept: list[dict[str, Any]], filters: dict[str, str]) -> list[dict[str, Any]]:
        label, _, value = filters["label"].partition("=")
        return [each for each in kept if label in each["Labels"] and value in ("", each["Labels"][label])]

    def remove_container(self, name: str, v: bool, force: bool) -> None:
        assert v
        assert force
        self._remove(name)

    def remove_network(self, name: str) -> None:
        self._remove(name)

    def _remove(self, name: str) -> None:
        self.order.append(name)
        if name in self.refuse:
            raise self.refuse[name]


def labels(run: str, age: float, name: str) -> dict[str, str]:
    inside = {INSIDE_LABEL: "another"} if "tools" in name else {}
    return {RUN_LABEL: run, MADE_LABEL: str(int(time.time() - age)), **inside}


def client(shelf: Shelf) -> "APIClient":
    anything: Any = shelf
    return anything  # type: ignore[no-any-return]


OLD, YOUNG = 3600.0, 5.0


class TestSweep:
    def test_a_run_with_something_that_runs_is_under_way(self) -> None:
        shelf = Shelf({"a": ("one", "running", OLD), "b": ("one", "exited", OLD), "c": ("one", "created", OLD)}, {"n": ("one", OLD)})
        assert list(sweep(client(shelf))) == []
        assert shelf.order == []

    def test_one_whose_containers_have_ended_was_killed_however_young(self) -> None:
        shelf = Shelf({"a": ("one", "exited", YOUNG), "c": ("two", "running", OLD)}, {"n": ("one", YOUNG)})
        assert list(sweep(client(shelf))) == ["container a", "network n"]

    def test_one_that_is_making_its_next_container_is_under_way(self) -> None:
        shelf = Shelf({"a": ("one", "exited", OLD), "b": ("one", "created", YOUNG)}, {"n": ("one", OLD)})
        assert list(sweep(client(shelf))) == []

    def test_what_was_never_used_is_left_alone_while_it_is_young(self) -> None:
        shelf = Shelf({"a": ("one", "created", YOUNG), "b": ("two", "created", OLD)}, {"n": ("three", YOUNG), "m": ("four", OLD)})
        assert list(sweep(client(shelf))) == ["container b", "network m"]
        assert list(sweep(client(shelf), settled=0.0)) == ["container a", "container b", "network n", "network m"]

    def test_everything_is_everything(self) -> None:
        shelf = Shelf({"a": ("one", "running", YOUNG)}, {"n": ("one", YOUNG)})
        assert list(sweep(client(shelf), everything=True)) == ["container a", "network n"]

    def test_what_stands_on_the_network_of_another_goes_first(self) -> None:
        shelf = Shelf({"host": ("one", "exited", OLD), "tools": ("one", "exited", OLD)}, {})
        assert list(sweep(client(shelf))) == ["container tools", "container host"]

    def test_others_may_remove_the_same_at_the_same_time(self) -> None:
        gone = {"a": NotFound("gone"), "b": refusal(409), "n": refusal(403)}
        containers = dict.fromkeys(("a", "b", "c"), ("one", "exited", OLD))
        shelf = Shelf(containers, {"n": ("one", OLD), "m": ("one", OLD)}, gone)
        assert list(sweep(client(shelf))) == ["container c", "network m"]


class TestOfOneRun:
    def test_only_what_is_its_own_is_removed(self) -> None:
        shelf = Shelf({"a": ("one", "running", OLD), "b": ("two", "exited", OLD)}, {"n": ("one", OLD), "m": ("two", OLD)})
        assert list(remove_run(client(shelf), "one")) == ["container a", "network n"]


class TestCalls:
    def test_what_the_engine_answers_is_told_in_one_line(self) -> None:
        told = failure(refusal(500, "driver failed:\n  no space left on device"))
        assert type(told) is CannotStart
        assert told.detail == "the container engine answered: driver failed: no space left on device"

    @pytest.mark.parametrize("error", [NoConnection("gone"), DockerException("gone"), ConnectionResetError("gone")])
    def test_no_answer_is_a_lost_engine(self, error: Exception) -> None:
        assert isinstance(failure(error), EngineLost)

    def test_left_overs_that_cannot_be_removed_keep_nobody_from_playing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        shelf = Shelf({"a": ("one", "exited", OLD)}, {}, {"a": refusal(500, "device busy")})
        monkeypatch.setattr("harness.hosts.engine.connect", lambda: shelf)
        assert asyncio.run(Engine.connect("two")).run == "two"
        assert shelf.order == ["a"]
