"""A machine's line: streams of many processes, whatever else is said on it; and machines that do not boot, break or die."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.agents import switchboard
from harness.agents.boarding import BOOT, PIECE, boot_arguments, program_pieces
from harness.engine.connection import Connection
from harness.hosts import machine as module
from harness.hosts.machine import FrameReader, LineBroken, Machine, MachineHost, boot_command, framed
from harness.hosts.machine_ground import MachineGround
from harness.hosts.process import CannotStart, Loss
from harness.hosts.terms import Terms
from harness.targets.spec import TargetSpec
from tests.hosts import miniature_machine

PROGRAM = miniature_machine.__file__


class Ear:
    """Remembers what a process says."""

    def __init__(self) -> None:
        self.out = b""
        self.err = b""
        self.heard = asyncio.Event()
        self.end = asyncio.Event()

    def output(self, data: bytes) -> None:
        self.out += data
        self.heard.set()

    def errors(self, data: bytes) -> None:
        self.err += data

    def ended(self) -> None:
        self.end.set()


Story = Callable[[Machine], Awaitable[None]]


def told(misdeed: str, folder: Path, story: Story, *words: str, one_processor: bool = False) -> None:
    """Boot a miniature machine, live a story with it, and see that nothing of it is left."""

    async def live() -> None:
        command = [sys.executable, PROGRAM, misdeed, str(folder), *words, *boot_arguments()]
        machine = await Machine.boot(command, {}, one_processor=one_processor)
        try:
            await asyncio.wait_for(story(machine), 60)
        finally:
            await machine.stop()

    try:
        asyncio.run(live())
    finally:
        pids = folder / "pids"  # not there where the machine was given up before it could say so
        wait_for_the_end_of([int(pid) for pid in pids.read_text().split()] if pids.exists() else [])


def wait_for_the_end_of(pids: list[int]) -> None:
    """What was killed is gone when the kernel has come to it."""
    deadline = time.monotonic() + 30
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, f"{left} are left"
        os.sched_yield()


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a switchboard runs on Linux")


async def echo(machine: Machine, text: bytes) -> Ear:
    """What a process says that repeats its first line."""
    ear = Ear()
    program = "import sys; line = sys.stdin.readline(); sys.stdout.write(line); sys.stderr.write('done'); sys.exit(7)"
    process = await machine.start(["", "-c", program], ear)
    process.write(text + b"\n")
    await ear.end.wait()
    assert process.ending() == "exit status 7"
    return ear


HARMLESS = ["honest", "says_kernel_messages_in_between", "writes_a_kernel_message_before_a_frame", "dies_at_its_first_boot"]


@pytest.mark.parametrize("misdeed", HARMLESS)
def test_streams_arrive_whole_whatever_a_kernel_says_in_between(misdeed: str, tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        ears = await asyncio.gather(*(echo(machine, b"%d %s" % (number, b"x" * 30000)) for number in range(3)))
        assert [ear.out for ear in ears] == [b"%d %s\n" % (number, b"x" * 30000) for number in range(3)]
        assert {ear.err for ear in ears} == {b"done"}

    told(misdeed, tmp_path, story)


def test_a_machine_may_have_a_line_of_its_own(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        ears = await asyncio.gather(*(echo(machine, b"%d %s" % (number, b"x" * 100_000)) for number in range(3)))
        assert [ear.out for ear in ears] == [b"%d %s\n" % (number, b"x" * 100_000) for number in range(3)]

    told("honest", tmp_path, story, "fd=FD")


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not let a process choose processors")
def test_all_of_a_machine_may_stay_on_one_processor(tmp_path: Path) -> None:
    here = sorted(os.sched_getaffinity(0))
    taken: list[int] = []

    async def story(machine: Machine) -> None:
        said = await machine.run(sys.executable, "-c", "import os; print(*os.sched_getaffinity(0))")
        (number,) = map(int, said.split())
        taken.append(number)

    for each in range(2):
        folder = tmp_path / str(each)
        folder.mkdir()
        told("honest", folder, story, one_processor=True)
    assert set(taken) <= set(here)
    assert len(set(taken)) == min(2, len(here))  # they take turns
    assert sorted(os.sched_getaffinity(0)) == here


def test_a_program_that_is_to_stay_on_one_processor_and_is_not_there_is_named() -> None:
    async def boot() -> None:
        await Machine.boot(["/no/such/machine"], {}, one_processor=True)

    with pytest.raises(CannotStart, match="/no/such/machine: No such file or directory"):
        asyncio.run(boot())


def test_an_agent_plays_in_a_machine(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        agents = [await Connection.open(MachineHost(machine), single=False) for _ in range(2)]
        replies = await asyncio.gather(*(agent.request({"do": "facts"}, 60) for agent in agents))
        assert [reply.facts.os for reply in replies if reply.facts] == ["linux", "linux"]
        await asyncio.gather(*(agent.close() for agent in agents))

    told("honest", tmp_path, story)


def test_a_process_can_be_killed_with_its_children_and_others_go_on(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        ear, other = Ear(), Ear()
        waits = "import os, sys, time; pid = os.fork(); print(os.getpid(), flush=True); time.sleep(600)"
        process = await machine.start(["", "-c", waits], ear)
        bystander = await machine.start(["", "-c", "import sys; sys.stdin.readline()"], other)
        while len(ear.out.split()) < 2:
            ear.heard.clear()
            await ear.heard.wait()
        process.kill()
        await ear.end.wait()
        assert process.ending() == "killed by SIGKILL"
        assert bystander.is_alive()
        pids = [int(pid) for pid in ear.out.split()]
        while any(is_running(pid) for pid in pids):
            await asyncio.sleep(0)

    told("honest", tmp_path, story)


def test_the_end_of_one_that_has_closed_its_outputs_before_takes_nothing_from_others(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        closes = "import os, sys; os.closerange(1, 3); open(sys.argv[1], 'x').close(); sys.stdin.readline()"
        signs = [tmp_path / f"closed-{number}" for number in range(6)]
        silent = [(ear := Ear(), await machine.start(["", "-c", closes, str(sign)], ear)) for sign in signs]
        while not all(sign.exists() for sign in signs):
            await asyncio.sleep(0)
        await machine.run(machine.interpreter, "-c", "")  # by now the switchboard has seen it
        speaks = "import sys; sys.stdin.readline(); print('here')"
        others = [(ear := Ear(), await machine.start(["", "-c", speaks], ear)) for _ in range(6)]
        for ear, process in silent + others:
            process.write(b"go on\n")
            await ear.end.wait()
            assert process.ending() == "exit status 0"
        assert [ear.out for ear, _ in others] == [b"here\n"] * 6

    told("honest", tmp_path, story)


def test_a_long_program_travels_in_parts(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        text = "x" * 20000
        assert await machine.run(machine.interpreter, "-c", f"print(len('{text}'))") == "20000\n"

    told("honest", tmp_path, story)


def test_a_program_that_is_not_there_is_refused(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        with pytest.raises(CannotStart) as caught:
            await machine.start(["/no/such/program"], Ear())
        assert caught.value.detail == "/no/such/program: No such file or directory"
        with pytest.raises(CannotStart) as caught:
            await machine.run(machine.interpreter, "-c", "import sys; sys.exit('it is so')")
        assert caught.value.detail == f"{machine.interpreter} in the machine: exit status 1: it is so"

    told("honest", tmp_path, story)


@pytest.mark.parametrize(
    ("misdeed", "said"),
    [
        ("damages_a_frame", "its line is broken: frame 2 was damaged: '<smx 2 oux "),
        ("loses_a_frame", "its line is broken: frame 2 was lost"),
        ("truncates_a_frame_and_dies", "exit status 3"),
    ],
)
def test_a_machine_that_loses_something_is_given_up_with_all_that_is_in_it(misdeed: str, said: str, tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        # What the agent is put there with is acknowledged by frames of its own: their number is not the same each time.
        ear = Ear()
        process = await machine.start(["", "-c", "print('hello')"], ear)
        await ear.end.wait()
        assert ear.out == b""
        assert strip_number(process.ending()).startswith(strip_number(f"the machine ended: {said}"))
        assert not machine.is_alive()
        with pytest.raises(CannotStart):
            await machine.start(["", "-c", "pass"], ear)

    told(misdeed, tmp_path, story)


def strip_number(text: str) -> str:
    import re

    return re.sub(r"(frame|<smx) \d+", r"\1 N", text)


def test_a_machine_that_dies_takes_its_processes_with_it_and_says_so(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        ear = Ear()
        process = await machine.start(["", "-c", "input()"], ear)
        first, _ = map(int, (tmp_path / "pids").read_text().split())
        os.kill(first, 9)
        await ear.end.wait()
        assert process.ending() == "the machine ended: killed by SIGKILL"
        assert not process.is_alive()
        process.write(b"nobody hears this\n")
        process.kill()

    told("honest", tmp_path, story)


def test_a_machine_that_dies_at_boot_is_tried_twice_and_its_last_words_are_told(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        raise AssertionError("it was not to boot")

    with pytest.raises(CannotStart) as caught:
        told("dies_at_boot", tmp_path, story)
    assert caught.value.detail == (
        "the machine did not start: the machine ended: exit status 3: Kernel panic - not syncing: No working init found"
    )
    assert len((tmp_path / "pids").read_text().splitlines()) == 2


def test_a_machine_that_is_never_ready_is_given_up_after_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BOOT_SECONDS", 1.5)

    async def story(machine: Machine) -> None:
        raise AssertionError("it was not to boot")

    with pytest.raises(CannotStart) as caught:
        told("never_is_ready", tmp_path, story)
    assert caught.value.detail.startswith("the machine was not ready within 1.5 s")


@pytest.mark.parametrize("words", [[], ["fd=FD"]], ids=["console", "line"])
def test_a_command_that_is_not_there_is_told(words: list[str]) -> None:
    async def boot() -> None:
        await Machine.boot(["/no/such/machine", *words], {})

    with pytest.raises(CannotStart) as caught:
        asyncio.run(boot())
    assert caught.value.detail == "/no/such/machine: No such file or directory"


@given(st.lists(st.binary(max_size=60), max_size=6), st.integers(1, 40))
def test_frames_are_found_however_the_stream_is_cut(contents: list[bytes], size: int) -> None:
    stream = b"".join(b"noise %d\n" % number + framed(number, "out", number, data) for number, data in enumerate(contents))
    reader = FrameReader()
    found = [frame for at in range(0, len(stream), size) for frame in reader.feed(stream[at : at + size])]
    assert [(frame.number, frame.channel, frame.data) for frame in found] == [(at, at, data) for at, data in enumerate(contents)]


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_changed_byte_never_gives_another_frame(place: int, value: int) -> None:
    stream = framed(0, "out", 1, b"hello") + framed(1, "out", 1, b"world")
    changed = bytearray(stream)
    changed[place % len(changed)] = value
    reader = FrameReader()
    try:
        found = reader.feed(bytes(changed))
    except LineBroken:
        return
    assert [frame.data for frame in found] in ([b"hello", b"world"], [b"hello"], [])


@pytest.mark.parametrize("holds", [switchboard.TERMINAL_HOLDS, switchboard.OTHERS_HOLD])
def test_the_largest_frame_fits_beside_what_is_read_and_not_acknowledged_yet(holds: int) -> None:
    assert len(framed(10**9, "start", 10**9, b"x" * (holds // 2))) + holds // 4 <= holds


def test_both_ends_write_frames_alike() -> None:
    assert framed(7, "out", 3, b"\x00\xff") == switchboard.framed(7, "out", 3, b"\x00\xff") == b"<smx 7 out 3 AP8= a34b52a7>\n"


def test_what_boots_a_machine_fits_into_the_command_line_of_a_kernel_and_into_a_terminal() -> None:
    assert not set(BOOT) & set(' "\n')
    assert all(len(piece) <= PIECE + 1 for piece in program_pieces())
    assert program_pieces()[-1] == b"\n"


def test_a_kernel_is_given_its_words_without_quotes() -> None:
    spec = TargetSpec("q", "q", ("qemu", "-append", "quiet rdinit=/usr/bin/python3 -- {}", "-serial"), machine=True)
    assert boot_command(spec) == ["qemu", "-append", f"quiet rdinit=/usr/bin/python3 -- -u -c {BOOT}", "-serial"]
    assert boot_command(TargetSpec("u", "u", ("uml", "--"), machine=True)) == ["uml", "--", "-u", "-c", BOOT]


def test_of_machines_that_end_together_the_first_that_is_seen_is_the_loss_of_their_ground() -> None:
    """Whether the other has ended by then is chance, and they are replaced together."""
    ended: list[int] = []

    def machine(number: int) -> Any:
        return SimpleNamespace(is_lost=lambda: number in ended, loss=lambda: Loss(f"machine {number}", "it ended"))

    spec = TargetSpec("twin", "twin", ("twin",), machine=True, link="eth0")
    ground = MachineGround([machine(1), machine(2)], [spec, spec], Terms(""), 0)
    assert asyncio.run(ground.lost_host()) is None
    for number in (2, 1):
        ended.append(number)
        assert asyncio.run(ground.lost_host()) == Loss("machine 2", "it ended")
