"""What goes wrong with an engine, an image or a container costs its own cells, says so clearly, and leaves the others alone."""

import asyncio
import secrets
import tarfile
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from harness.engine.faults import AgentFault
from harness.engine.order import Cast, Observer
from harness.engine.player import GIVE_UP_AFTER, OWN_AT_ONCE
from harness.engine.run import perform
from harness.engine.troupe import Troupe, assemble
from harness.images.engine import _address
from harness.records.run import Result
from harness.runs.folder import Run, read
from harness.targets.config import Config
from harness.targets.resolve import resolve
from harness.targets.spec import TargetSpec
from tests.engine.playing import Stage, current, verdicts
from tests.engine.test_misdeeds import GOOD
from tests.hosts.conftest import import_root
from tests.hosts.looking import HELD, Containers, Hold, contained, misbehave
from tests.hosts.relay import Relay

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = [
    pytest.mark.containers,
    # The SDK leaves its sockets open where an engine goes away in the middle of a call.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

ONE = {"good/echo_0": GOOD["good/echo_0"]}
SOME = {name: GOOD[name] for name in ("good/echo_0", "good/echo_1")}


def trouble(run: Run, target: TargetSpec) -> str:
    """Why a target could not be started, of a run in which it lost all its cells and the interpreter of the tests none."""
    assert set(verdicts(run, target.id).values()) == {"error"}
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert run.complete
    assert not run.missing
    (record,) = [each for each in run.header.targets if each.id == target.id]
    for result in run.results.values():
        assert result.target == "here" or result.reason == f"the target could not be started: {record.trouble}"
    return record.trouble


# ------------------------------------------------------------------------------------------------------ the engine


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The address of an engine that is not there."""
    address = f"unix://{tmp_path}/no.sock"
    monkeypatch.setenv("DOCKER_HOST", address)
    return address


def test_no_engine(nowhere: str, tmp_path: Path) -> None:
    target = contained("sockmatrix/bookworm")
    run = Stage(tmp_path).play([target, current()], GOOD)
    assert trouble(run, target).startswith(f"no container engine answers at {nowhere}: there is no such socket; start one: ")


@pytest.fixture
def containers(engine: "APIClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Containers:
    return Containers(engine, tmp_path, monkeypatch)


@pytest.fixture
def relay(engine: "APIClient", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """Stands between the harness and the engine."""
    scheme, _, path = str(_address()["base_url"]).partition("://")
    if scheme not in ("unix", "http+unix"):
        pytest.skip("the engine has no socket here that could be relayed")
    with Relay(path, Path(f"/tmp/smx-relay-{secrets.token_hex(4)}.sock")) as between:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{between.path}")
        yield between


def test_an_engine_that_is_stopped_in_mid_run_and_started_again(
    containers: Containers, image: str, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, missed = Hold(monkeypatch), threading.Event()

    async def assembled(*arguments: Any) -> Troupe:
        try:
            return await assemble(*arguments)
        except AgentFault:
            missed.set()
            raise

    monkeypatch.setattr("harness.engine.player.assemble", assembled)

    def stop(_: Containers) -> None:
        containers.until_held()
        hold.let_go()
        relay.stop()
        assert missed.wait(60)
        relay.start()

    target = contained(image)
    run = containers.play([target, current()], {**HELD, **GOOD}, jobs=2, look=stop)
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert verdicts(run, target.id) == dict.fromkeys((*HELD, *GOOD), "pass")
    assert run.complete
    assert containers.left() == []


def test_an_engine_that_is_stopped_for_good(containers: Containers, image: str, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.engine.player.ENGINE_BACK_SECONDS", 0.5)
    Hold(monkeypatch)

    def stop(_: Containers) -> None:
        containers.until_held()
        relay.stop()

    target = contained(image)
    run = containers.play([target, current()], {**HELD, **GOOD}, jobs=2, look=stop)
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert run.complete
    found = verdicts(run, target.id)
    assert {found[name] for name in HELD} == {"error"}
    assert set(found.values()) <= {"error", "pass"}
    assert run.results["held/3", target.id].reason.startswith(
        f"the target could not be started again: no container engine answers at unix://{relay.path}: there is no such socket; start one: "
    )


def test_a_slow_engine_costs_only_time(containers: Containers, image: str, relay: Relay) -> None:
    relay.delay = 0.05
    target = contained(image)
    run = containers.play([target], GOOD)
    assert set(verdicts(run, target.id).values()) == {"pass"}
    assert containers.left() == []


# ------------------------------------------------------------------------------------------------------- the image


def test_an_image_that_is_missing(containers: Containers) -> None:
    ours, theirs = contained("sockmatrix/nothing"), contained("example/nothing:1")
    run = containers.play([ours, theirs, current()], ONE)
    assert [record.trouble for record in run.header.targets[:2]] == [
        "there is no image 'sockmatrix/nothing'; build it with: sockmatrix images build nothing",
        "there is no image 'example/nothing:1'; get it with: docker pull example/nothing:1",
    ]
    assert run.results["good/echo_0", "here"].verdict == "pass"


MakeImage = Callable[..., str]


@pytest.fixture
def make_image(engine: "APIClient") -> Iterator[MakeImage]:
    """`make_image({"usr/bin/python3": "#!…"}, base)`: an image with some programs more than another, or than none; gone after the test."""
    made: list[str] = []

    def make(programs: dict[str, str], base: str = "") -> str:
        name = f"sockmatrix-test/{secrets.token_hex(4)}"
        if base:
            held = engine.create_container(base, entrypoint=["none"], command=[])["Id"]
            engine.put_archive(held, "/", _tar(programs))
            engine.commit(held, name)
            engine.remove_container(held)
        else:
            import_root(engine, name, _tar(programs))
        made.append(name)
        return name

    yield make
    for name in made:
        engine.remove_image(name, force=True)


def _tar(programs: dict[str, str]) -> bytes:
    out = BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for path, text in programs.items():
            entry = tarfile.TarInfo(path)
            entry.mode, entry.size = 0o755, len(text.encode())
            tar.addfile(entry, BytesIO(text.encode()))
    return out.getvalue()


def test_an_image_without_a_python(containers: Containers, make_image: MakeImage) -> None:
    target = contained(make_image({"etc/os-release": "NAME=Nothing\n"}))
    run = containers.play([target, current()], ONE)
    assert trouble(run, target) == (
        f"no Python in the image '{target.image}' (looked for python3, python, pypy3, pypy, python2, jython, graalpy in "
        f"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin); name it: docker:{target.image}@/its/path"
    )
    assert containers.left() == []


def test_a_python_that_is_too_old(containers: Containers, make_image: MakeImage, image: str) -> None:
    disguised = "#!/usr/bin/python3\nimport sys\nsys.version_info = (2, 6, 9)\nsys.version = '2.6.9 (old)'\nexec(sys.argv[-1])\n"
    target = contained(make_image({"usr/bin/python2.6": disguised}, image), ("/usr/bin/python2.6",))
    run = containers.play([target, current()], ONE)
    assert trouble(run, target) == (
        "ended before its hello: exit status 1: Python 2.6.9 is too old; an agent runs on 2.7 and on 3.4 and later"
    )
    assert containers.left() == []


def test_an_interpreter_that_is_no_python(containers: Containers, make_image: MakeImage, image: str) -> None:
    target = contained(make_image({"usr/bin/cat": "#!/usr/bin/python3\nprint('meow')\n"}, image), ("/usr/bin/cat",))
    run = containers.play([target, current()], ONE)
    assert trouble(run, target) == "no agent: its standard output begins with 'meow'"


@pytest.mark.parametrize("pair", [False, True])
def test_an_interpreter_that_is_not_in_the_image(containers: Containers, image: str, pair: bool) -> None:
    target = contained(image, ("/no/such/python",))
    run = containers.play([target, target] if pair else [target], ONE, pair=pair)
    assert set(verdicts(run, run.header.targets[0].id).values()) == {"error"}
    assert run.header.targets[0].trouble == f"there is no /no/such/python in the image '{image}'"
    assert containers.left() == []


def test_an_image_that_is_missing_when_all_its_interpreters_are_asked_for(containers: Containers, engine: "APIClient") -> None:
    name = f"docker:sockmatrix-test/{secrets.token_hex(4)}@*"
    target = resolve([name], Config()).targets[0]
    run = containers.play([target, current()], GOOD)
    image = target.image
    assert trouble(run, target) == f"there is no image '{image}'; get it with: docker pull {image}"
    assert set(verdicts(run, target.id).values()) == {"error"}
    assert set(verdicts(run, "here").values()) == {"pass"}


def test_what_an_image_was_missing_for_is_played_when_it_is_there(containers: Containers, image: str, engine: "APIClient") -> None:
    target = contained(f"sockmatrix-test/{secrets.token_hex(4)}")
    before = containers.play([target, current()], GOOD)
    assert set(verdicts(before, target.id).values()) == {"error"}
    engine.tag(image, target.image)
    try:
        after = containers.play([target, current()], GOOD, resume=True)
    finally:
        engine.remove_image(target.image)
    assert set(verdicts(after, target.id).values()) == {"pass"}
    assert after.complete
    assert after.header.targets[0].trouble == ""
    assert {key: result for key, result in after.results.items() if key[1] == "here"} == {
        key: result for key, result in before.results.items() if key[1] == "here"
    }


# -------------------------------------------------------------------------------------------------- the containers


@pytest.fixture
def kill_all(monkeypatch: pytest.MonkeyPatch) -> Callable[[Containers], None]:
    """From outside, when a scenario has come to the step at which it is held; what is played afterwards is not."""
    hold = Hold(monkeypatch)

    def kill(containers: Containers) -> None:
        containers.until_held()
        hold.let_go()
        containers.kill(*containers.running())

    return kill


Look = Callable[[Containers], None]


def test_a_container_that_is_killed_from_outside_is_made_again(containers: Containers, image: str, kill_all: Look) -> None:
    target = contained(image)
    run = containers.play([target, current()], {**HELD, **SOME}, look=kill_all)
    assert verdicts(run, target.id) == dict.fromkeys((*HELD, *SOME), "pass")
    assert set(verdicts(run, "here").values()) == {"pass"}
    assert [record.lost_hosts for record in run.header.targets] == [1, 0]
    assert {result.flaky for result in run.results.values()} == {()}
    assert containers.left() == []


def test_agents_that_cannot_be_started_in_a_container_that_is_gone_are_no_failed_starts(
    containers: Containers, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold(monkeypatch, at_start=True)
    monkeypatch.setattr("harness.engine.player.OWN_IN_CONTAINER", OWN_AT_ONCE)

    def kill(_: Containers) -> None:
        containers.until_held(OWN_AT_ONCE)
        hold.let_go()
        containers.kill(*containers.running())

    assert OWN_AT_ONCE > GIVE_UP_AFTER
    alone = {f"own/{number}": "process: own\nsteps:\n  - server: len(b'here')\n    returns: 4\n" for number in range(OWN_AT_ONCE)}
    target = contained(image)
    run = containers.play([target], alone, look=kill)
    assert verdicts(run, target.id) == dict.fromkeys(alone, "pass")
    assert run.header.targets[0].lost_hosts == 1
    assert containers.left() == []


def test_a_container_that_is_killed_while_it_is_made_ready_is_made_again(
    containers: Containers, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = Hold(monkeypatch, at_start=True, first=True)

    def kill() -> None:
        found = containers.until_held()
        hold.let_go()
        containers.kill(*found)

    killing = threading.Thread(target=kill)
    killing.start()
    target = contained(image)
    run = containers.play([target], SOME)
    killing.join()
    assert verdicts(run, target.id) == dict.fromkeys(SOME, "pass")
    assert run.header.targets[0].lost_hosts == 1
    assert containers.left() == []


def test_a_process_that_never_greets_does_not_take_its_container_with_it(
    containers: Containers, make_image: MakeImage, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.engine.connection.START_SECONDS", 8)
    silent = "#!/usr/bin/python3\nimport os, sys\nif os.getpid() > 1: sys.stdin.read()\nelse: exec(sys.argv[-1])\n"
    target = contained(make_image({"usr/bin/shy": silent}, image), ("/usr/bin/shy",))
    alone = {"own/echo": "process: own\nsteps:\n  - server: len(b'a second process')\n"}
    run = containers.play([target], {**alone, "good/one_role": "steps:\n  - server: len(b'the first')\n"})
    assert verdicts(run, target.id) == {"own/echo": "error", "good/one_role": "pass"}
    assert run.results["own/echo", target.id].reason == "no hello within 8 s"
    assert run.header.targets[0].lost_hosts == 0
    assert containers.left() == []


def kill_three(containers: Containers) -> None:
    """The first container, and after that each in which a scenario is played alone."""
    killed: list[str] = []
    while len(killed) < 3:
        found = containers.until_held(but=killed)
        containers.kill(*found)
        killed += found


def test_a_scenario_that_loses_every_container_is_an_error_and_costs_no_other(
    containers: Containers, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Hold(monkeypatch)
    target = contained(image)
    scenarios = {"a/unlucky": HELD["held/0"], "z/lucky": "steps:\n  - server: len(b'one role, no new process')\n"}
    run = containers.play([target], scenarios, look=kill_three)
    assert verdicts(run, target.id) == {"a/unlucky": "error", "z/lucky": "pass"}
    assert run.results["a/unlucky", target.id].reason == "its host went away each time that it was played alone: killed by SIGKILL"
    assert run.header.targets[0].lost_hosts == 3
    assert containers.left() == []


def test_a_target_that_loses_too_many_containers_is_given_up(
    containers: Containers, image: str, kill_all: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.engine.player.MOST_LOST_HOSTS", 1)
    target = contained(image)
    run = containers.play([target, current()], {**HELD, **SOME}, look=kill_all)
    reason = "the target could not be started again: 1 of its hosts have gone away, the last one: killed by SIGKILL"
    assert set(verdicts(run, target.id).values()) <= {"error", "pass"}
    assert verdicts(run, target.id)["held/3"] == "error"
    assert run.results["held/3", target.id].reason == reason
    assert containers.left() == []


def test_a_pair_that_is_killed_from_outside_is_made_again(containers: Containers, image: str, kill_all: Look) -> None:
    run = containers.play([contained(image), contained(image)], {**HELD, **SOME}, pair=True, look=kill_all)
    assert verdicts(run, run.header.targets[0].id) == dict.fromkeys((*HELD, *SOME), "pass")
    assert containers.left() == []


def test_a_host_that_pairs_share_and_is_killed_costs_none_of_them_a_verdict(containers: Containers, image: str) -> None:
    one, other = (structs.replace(contained(image), id=name, name=name) for name in ("one", "other"))
    casts = tuple(Cast(f"{a.id}>{b.id}", f"{a.id}>{b.id}", (a, b)) for a, b in ((one, other), (other, one), (one, one)))
    order = structs.replace(containers.order([], GOOD), casts=casts)
    results: list[Result] = []

    def take(result: Result) -> None:
        results.append(result)
        if len(results) == 2:
            containers.kill(containers.running()[0])

    asyncio.run(perform(order, Observer(lambda _: None, lambda _: None, take)))
    assert [(result.verdict, result.reason) for result in results] == [("pass", "")] * len(GOOD) * len(casts)
    assert {record.lost_hosts for record in read(order.folder).header.targets} <= {0, 1}
    assert containers.left() == []


@pytest.mark.parametrize(
    ("misdeed", "verdict", "reason"),
    [
        ("import os; os._exit(9)", "crash", "exit status 9"),
        ("import faulthandler; faulthandler._read_null()", "crash", "killed by SIGSEGV"),
        ("import os; os.write(2, b'Fatal: on fire\\n'); os._exit(1)", "crash", "exit status 1: Fatal: on fire"),
    ],
)
def test_a_misdeed_in_a_container_costs_its_own_scenario(
    containers: Containers, image: str, monkeypatch: pytest.MonkeyPatch, misdeed: str, verdict: str, reason: str
) -> None:
    misbehave(monkeypatch, misdeed)
    target = contained(image)
    bad = "limit: 1\nsteps:\n  - server: len(b'before')\n    returns: 6\n  - server: fill(666)\n    returns: fill(666)\n"
    run = containers.play([target], {**SOME, "bad/misdeed": bad})
    assert verdicts(run, target.id) == {**dict.fromkeys(SOME, "pass"), "bad/misdeed": verdict}
    assert run.results["bad/misdeed", target.id].reason == reason
    assert run.header.targets[0].lost_hosts == 0  # it ended with its first agent
    assert containers.left() == []


WAITS = """
steps:
  - server: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - server: s.bind((HOST, 0))
  - server: s.settimeout(4)
  - client: len(b"a second host")
  - server: s.recv(1)
    raises: socket.timeout
"""


@pytest.mark.parametrize("role", ["server", "client"])
def test_an_agent_that_crashes_on_a_network_costs_its_own_scenario_and_no_host(
    containers: Containers, image: str, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    misbehave(monkeypatch, "import os; os._exit(9)")
    target = contained(image)
    others = {"slow/warm": WAITS, "slow/own": "process: own" + WAITS}
    bad = f"steps:\n  - server: len(b'one host')\n  - client: len(b'and the other')\n  - {role}: fill(666)\n    returns: fill(666)\n"
    run = containers.play([target], {**others, "bad/misdeed": bad}, condition="plain")
    assert verdicts(run, target.id) == {**dict.fromkeys(others, "pass"), "bad/misdeed": "crash"}
    assert run.results["bad/misdeed", target.id].reason == "exit status 9"
    assert run.header.targets[0].lost_hosts == 0
    assert {result.flaky for result in run.results.values()} == {()}
    assert containers.left() == []


def test_a_frozen_agent_in_a_container_is_ended_and_the_container_kept(
    containers: Containers, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    misbehave(monkeypatch, "import os; os.kill(os.getpid(), 19)")
    target = contained(image)
    # In a process of its own: the first one of a container takes no such signal from itself.
    bad = {"bad/misdeed": "process: own\nlimit: 1\nsteps:\n  - server: fill(666)\n    returns: fill(666)\n"}
    run = containers.play([target], {**SOME, **bad}, condition="plain")
    assert verdicts(run, target.id) == {**dict.fromkeys(SOME, "pass"), "bad/misdeed": "hang"}
    assert run.results["bad/misdeed", target.id].reason == "still under way after 1 s; the agent did not answer any more"
    assert run.header.targets[0].lost_hosts == 0
    assert containers.left() == []
