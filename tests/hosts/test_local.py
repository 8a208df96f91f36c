"""Processes of this machine: what they leave behind is not waited for, and holds nothing of ours open."""

import asyncio
import os
import sys

import pytest

from harness.hosts.local import LocalHost, LocalProcess
from harness.targets.spec import TargetSpec

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a child that outlives its parent is made with fork")

LEAVES_A_CHILD = """
import os, sys
if os.fork() == 0:
    os.setsid()
    os.read(int(sys.argv[1]), 1)   # until the test is over
    os._exit(0)
print("last words", flush=True)
"""


class Notes:
    """A listener that writes down what it is told."""

    def __init__(self) -> None:
        self.said = b""
        self.over = asyncio.Event()

    def output(self, data: bytes) -> None:
        self.said += data

    def errors(self, data: bytes) -> None:
        self.said += data

    def ended(self) -> None:
        self.over.set()


async def leave_a_child(read: int) -> tuple[Notes, LocalProcess]:
    """Start a program that ends at once and leaves a child, which holds its pipes; wait until it is said to have ended."""
    notes = Notes()
    process = LocalProcess(notes)
    command = [sys.executable, "-c", LEAVES_A_CHILD, str(read)]
    await asyncio.get_running_loop().subprocess_exec(lambda: process, *command, pass_fds=(read,))
    async with asyncio.timeout(30):
        await notes.over.wait()
    return notes, process


def test_what_a_process_leaves_behind_holds_no_pipe_of_ours() -> None:
    read, write = os.pipe()

    async def story() -> None:
        notes, process = await leave_a_child(read)
        assert notes.said == b"last words\n"
        assert (process.is_alive(), process.ending()) == (False, "exit status 0")
        assert process._transport is not None
        assert process._transport.is_closing()

    try:
        asyncio.run(story())  # a transport that is still open when the loop has been closed complains, which pytest makes an error
    finally:
        os.close(write)
        os.close(read)


def test_a_process_is_given_the_variables_of_its_recipe() -> None:
    spec = TargetSpec("toy", "toy", (sys.executable, "-c", "import os; print(os.environ['BOX'])"), pipe=True, environment={"BOX": "red"})

    async def story() -> bytes:
        notes = Notes()
        process = await LocalHost(spec).open(notes)
        async with asyncio.timeout(30):
            await notes.over.wait()
        process.close()
        return notes.said

    assert asyncio.run(story()) == b"red\n"
