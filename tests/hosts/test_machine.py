"""A machine's line: streams of many processes, whatever else is said on it; and machines that do not boot, break or die."""

import asyncio
import json
import os
import subprocess
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
from harness.hosts.process import CannotStart, HostGone, Loss
from harness.hosts.terms import Terms
from harness.targets.asking import ISOLATING_FLAGS
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
        found = list(reader.feed(bytes(changed)))
    except LineBroken:
        return
    assert [frame.data for frame in found] in ([b"hello", b"world"], [b"hello"], [])


def test_what_came_before_a_lost_frame_has_come() -> None:
    reader = FrameReader()
    frames = reader.feed(framed(0, "started", 1, b"77") + framed(2, "ended", 1, b"0"))
    assert next(frames).kind == "started"
    with pytest.raises(LineBroken, match="frame 1 was lost"):
        next(frames)


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


# -- forks


LOOKS = b"""
import json, os, resource, signal, sys
def main():
    opened = [number for number in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + number)]
    mask = os.umask(0)
    print(json.dumps({
        'descriptors': sorted(opened), 'session': os.getsid(0) == os.getpid(), 'environment': dict(os.environ), 'folder': os.getcwd(),
        'handlers': [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())], 'bell': signal.set_wakeup_fd(-1),
        'blocked': sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])), 'files': resource.getrlimit(resource.RLIMIT_NOFILE),
        'mask': mask, 'argv': sys.argv, 'blank': '' in sys.path, 'users': [os.getresuid(), os.getgroups()], 'said': sys.stdin.readline(),
    }))
"""


def test_a_fork_is_as_if_it_had_been_started(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        machine.put("looks.py", LOOKS)
        said = []
        program = ["", *ISOLATING_FLAGS, "-c", LOOKS.decode() + "main()"]
        for fork in (True, False):
            ear = Ear()
            process = await (machine.fork("looks", ear) if fork else machine.start(program, ear))
            process.write(b"hello\n")
            await ear.end.wait()
            assert process.ending() == "exit status 0", ear.err
            said.append(json.loads(ear.out))
        forked, started = said
        started["blank"] = False  # the word -c lets it look in the folder that it is in
        for each in said:
            each["environment"].pop("LC_CTYPE", None)  # an interpreter that finds no locale sets it, and the machine's has found one here
        assert forked == started
        assert forked["session"]
        assert forked["said"] == "hello\n"

    told("honest", tmp_path, story)


def test_a_forked_agent_says_of_itself_what_a_started_one_says(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        async def facts(host: Any) -> Any:
            agent = await Connection.open(host, single=True)
            reply = await agent.request({"do": "facts"}, 60)
            await agent.close()
            return reply.facts

        forking = SimpleNamespace(**vars(MachineHost(machine)), pipe=False, agent="python", interpreter="", starts=1, lost_starts=0)
        forking.open = lambda listener: machine.fork("sockmatrix_agent", listener)
        assert await facts(forking) == await facts(MachineHost(machine))

    told("honest", tmp_path, story)


def test_a_fork_that_fails_or_is_killed_leaves_the_switchboard_as_it_was(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        machine.put("fails.py", b"def main(): raise ValueError('it is so')")
        machine.put("waits.py", b"def main():\n    print('here', flush=True)\n    input()")
        machine.put("broken.py", b"import nothing_of_that_name")
        with pytest.raises(CannotStart) as caught:
            await machine.fork("broken", Ear())
        assert caught.value.detail == "fork: ModuleNotFoundError: No module named 'nothing_of_that_name'"
        ear = Ear()
        process = await machine.fork("fails", ear)
        await ear.end.wait()
        assert process.ending() == "exit status 1"
        assert ear.err.endswith(b"ValueError: it is so\n")
        ear = Ear()
        process = await machine.fork("waits", ear)
        await ear.heard.wait()
        process.kill()
        await ear.end.wait()
        assert process.ending() == "killed by SIGKILL"
        await echo(machine, b"and on")

    told("honest", tmp_path, story)


@pytest.mark.parametrize(
    ("room", "fresh", "refuses", "ways"),
    [
        ("n1", False, False, ["fork n1"]),
        ("n1", False, True, ["fork n1", "start n1"]),
        ("n1", True, False, ["start n1"]),
        ("", False, False, ["start "]),
    ],
)
def test_an_agent_of_a_namespace_is_forked_unless_one_is_to_be_started(room: str, fresh: bool, refuses: bool, ways: list[str]) -> None:
    taken: list[str] = []

    async def fork(module: str, listener: object, room: str, user: int) -> None:
        taken.append(f"fork {room}")
        if refuses:
            raise CannotStart("fork: Cannot allocate memory")

    async def start(argv: list[str], listener: object, room: str) -> None:
        taken.append(f"start {room}")

    machine: Any = SimpleNamespace(fork=fork, start=start, slow=1.0, folder="/tmp/smx")
    host = MachineHost(machine, room)
    host.fresh = fresh
    asyncio.run(host.open(Ear()))
    assert taken == ways
    assert host.fork_trouble == ("fork: Cannot allocate memory" if refuses else "")


def test_a_machine_that_is_lost_forks_nothing_and_starts_nothing_instead() -> None:
    async def fork(*arguments: object) -> None:
        raise HostGone(Loss("machine 1", "it ended"))

    machine: Any = SimpleNamespace(fork=fork, slow=1.0)
    with pytest.raises(HostGone):
        asyncio.run(MachineHost(machine, "n1").open(Ear()))


# -- networks in a machine


def may_make_namespaces() -> bool:
    return sys.platform == "linux" and subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode == 0


@pytest.fixture
def namespaces() -> None:
    if not may_make_namespaces():
        pytest.skip("only root may make network namespaces here")


SPEC = TargetSpec("miniature", "miniature", ("miniature",), machine=True)
SEES = """
import fcntl, json, socket, struct
def setting(name):
    return open('/proc/sys/net/' + name).read().strip()
found = {'interfaces': [name for _, name in socket.if_nameindex() if name in ('lo', 'eth0')], 'cookies': setting('ipv4/tcp_syncookies')}
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    for name in found['interfaces']:
        flags, = struct.unpack_from('H', fcntl.ioctl(s, 0x8913, struct.pack('40s', name.encode())), 16)
        mtu, = struct.unpack_from('i', fcntl.ioctl(s, 0x8921, struct.pack('40s', name.encode())), 16)
        found[name] = [flags & 1, mtu]
with open('/proc/net/if_inet6') as file:
    found['six'] = sorted(line.split()[0] + ' ' + line.split()[4] for line in file)
print(json.dumps(found))
"""
TALKS = """
import socket, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(20)
s.bind((sys.argv[1], 7))
print('bound', flush=True)
if sys.argv[2:]:
    s.sendto(b'hello', (sys.argv[2], 7))
print(s.recv(10), flush=True)
if not sys.argv[2:]:
    s.sendto(b'hello', (sys.stdin.readline().strip(), 7))
"""


async def seen(machine: Machine, room: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await machine.run(machine.interpreter, "-c", SEES, room=room))
    return found


def test_two_hosts_are_made_with_a_cable_between_them_and_go_again(namespaces: None, tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        ground = await MachineGround([machine], [SPEC], Terms("small-mtu"), 7).open()
        names = [room.name for room in ground.rooms]
        assert names == ["n7h1", "n7h2"]
        for at, name in enumerate(names, 1):
            found = await seen(machine, name)
            assert found["interfaces"] == ["lo", "eth0"]
            assert found["lo"][0] == 1
            assert found["eth0"] == [1, 1280]
            # Nobody is asked whether another has the address: it is permanent (80), and not asked for (82 where the kernel keeps that).
            assert f"fd770005{'0' * 23}{at} 80" in found["six"] or f"fd770005{'0' * 23}{at} 82" in found["six"]
        for one, other in (("10.77.0.1", "10.77.0.2"), ("fd77:5::1", "fd77:5::2")):
            waiting, sending = Ear(), Ear()
            process = await machine.start(["", "-c", TALKS, one], waiting, names[0])
            await waiting.heard.wait()
            await machine.start(["", "-c", TALKS, other, one], sending, names[1])
            process.write(other.encode() + b"\n")
            await asyncio.gather(waiting.end.wait(), sending.end.wait())
            assert waiting.out == sending.out == b"bound\nb'hello'\n", (waiting.err, sending.err)
        await ground.power_off(0)
        assert (await seen(machine, names[0]))["eth0"] == [0, 1280]
        await ground.close()
        with pytest.raises(CannotStart) as caught:
            await machine.start(["", "-c", ""], Ear(), names[0])
        assert caught.value.detail == "network namespace n7h1: No such file or directory"

    told("honest", tmp_path, story)


def test_one_host_has_loopback_and_the_settings_of_its_condition_and_the_machine_keeps_its_own(namespaces: None, tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        before = await seen(machine, "")
        ground = await MachineGround([machine], [SPEC], Terms("no-syncookies"), 8).open()
        found = await seen(machine, "n8h1")
        assert (found["interfaces"], found["lo"][0], found["cookies"]) == (["lo"], 1, "0")
        assert await seen(machine, "") == before
        agent = await Connection.open(ground.host(0), single=False)
        reply = await agent.request({"do": "facts"}, 60)
        assert reply.facts
        assert reply.facts.settings["net.ipv4.tcp_syncookies"] == "0"
        await agent.close()
        await ground.close()

    told("honest", tmp_path, story)


def test_a_network_that_cannot_be_wired_is_told(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        orders: tuple[tuple[dict[str, object], str], ...] = (
            ({"needs": ["/no/such/shell"]}, "/no/such/shell: No such file or directory"),
            ({"hosts": [{"in": "n1", "settings": {}, "links": []}]}, "network namespace n1: No such file or directory"),
            ({"hosts": [{"in": "", "settings": {}, "links": [["up", "no-such"]]}]}, "wire: No such device"),
        )
        for order, said in orders:
            with pytest.raises(CannotStart) as caught:
                await machine.wire(order, 60)
            assert caught.value.detail == said
        await machine.wire({"drop": ["n1"], "hosts": [{"in": "", "settings": {"no.such": "1"}, "links": []}]}, 60)

    told("honest", tmp_path, story)


def test_a_machine_that_ends_while_it_wires_is_lost(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        first, second = map(int, (tmp_path / "pids").read_text().split())
        os.kill(second, 19)  # it stands still
        wired = asyncio.create_task(machine.wire({}, 60))
        await asyncio.sleep(0)
        os.kill(second, 9)
        os.kill(first, 9)
        with pytest.raises(HostGone):
            await wired

    told("honest", tmp_path, story)


def test_a_machine_that_does_not_come_back_from_wiring_is_given_up(tmp_path: Path) -> None:
    async def story(machine: Machine) -> None:
        _, second = map(int, (tmp_path / "pids").read_text().split())
        os.kill(second, 19)
        with pytest.raises(HostGone):
            await machine.wire({}, 0.01)
        assert machine.ending().startswith("the machine ended: what shapes networks has not ended within 0.01 s")
        os.kill(second, 9)

    told("honest", tmp_path, story)


@pytest.mark.parametrize(("legacy", "kind"), [(True, "legacy"), (False, "nft")])
def test_a_host_is_cut_off_once_by_one_process_for_each_family(legacy: bool, kind: str) -> None:
    files: dict[str, str] = {}
    ran: list[tuple[str, ...]] = []

    def put(name: str, content: bytes) -> str:
        files[name] = content.decode()
        return f"/tmp/{name}"

    async def run(*argv: str, room: str) -> str:
        ran.append((room, *argv))
        return ""

    machine: Any = SimpleNamespace(put=put, run=run, slow=1.0)
    ground = MachineGround([machine], [SPEC], Terms("ipv6"), 1)
    ground._legacy = legacy

    async def live() -> None:
        for doing in (ground.cut, ground.cut, ground.restore, ground.restore):
            await doing(0)

    asyncio.run(live())
    wait = ("--wait",) if legacy else ()
    assert sorted(ran) == sorted(
        (room, f"/usr/sbin/{tool}-{kind}-restore", *wait, "--noflush", f"/tmp/{name}.{tool}")
        for room in ("n1h1", "n1h2") for tool in ("iptables", "ip6tables") for name in ("cut", "uncut")
    )  # fmt: skip
    rules = "-{} INPUT -i eth0 -p tcp -j DROP\n-{} INPUT -i eth0 -p udp -j DROP\n"
    assert files["cut.ip6tables"] == f"*filter\n{rules.format('I', 'I')}COMMIT\n"
    assert files["uncut.ip6tables"] == f"*filter\n{rules.format('D', 'D')}COMMIT\n"
    assert files["cut.iptables"].count("\n-I ") == 3
