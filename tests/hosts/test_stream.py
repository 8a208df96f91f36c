"""The engine's framing, however it is cut, and streams that the event loop cannot watch."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.hosts.stream import ContainerProcess, let_go

OUT, ERR = 1, 2


class Ear:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, bytes]] = []
        self.end = asyncio.Event()

    def output(self, data: bytes) -> None:
        self.said.append(("out", data))

    def errors(self, data: bytes) -> None:
        self.said.append(("err", data))

    def ended(self) -> None:
        self.end.set()

    def all_of(self, kind: str) -> bytes:
        return b"".join(data for which, data in self.said if which == kind)


async def _died() -> str:
    return "exit status 3"


async def _nothing(pid: int) -> None:
    return None


def frame(kind: int, data: bytes) -> bytes:
    return struct.pack(">BxxxL", kind, len(data)) + data


def run(story: Callable[[Ear], Awaitable[None]]) -> Ear:
    """Tell a story to a new ear."""

    async def tell() -> Ear:
        ear = Ear()
        await story(ear)
        return ear

    return asyncio.run(tell())


def heard(*pieces: bytes) -> list[tuple[str, bytes]]:
    """What arrives of bytes in these pieces."""

    async def story(ear: Ear) -> None:
        process = ContainerProcess(ear, _died, _nothing)
        for piece in pieces:
            process.data_received(piece)

    return run(story).said


class TestFraming:
    def test_output_and_errors_are_told_apart(self) -> None:
        data = frame(OUT, b"one\n") + frame(ERR, b"oh\n") + frame(OUT, b"two\n")
        assert heard(data) == [("out", b"one\n"), ("err", b"oh\n"), ("out", b"two\n")]

    def test_a_header_may_come_in_pieces(self) -> None:
        data = frame(OUT, b"abc")
        assert heard(*(data[at : at + 1] for at in range(len(data)))) == [("out", b"abc")]

    def test_a_frame_may_be_empty_or_huge(self) -> None:
        huge = bytes(3 << 20)
        assert heard(frame(OUT, b""), frame(ERR, huge)[: 1 << 20], frame(ERR, huge)[1 << 20 :]) == [("out", b""), ("err", huge)]

    def test_a_frame_that_is_cut_off_is_not_told(self) -> None:
        assert heard(frame(OUT, b"whole") + frame(OUT, b"not all")[:-1]) == [("out", b"whole")]

    @settings(max_examples=100, deadline=None)
    @given(
        frames=st.lists(st.tuples(st.sampled_from([OUT, ERR]), st.binary(max_size=40)), max_size=6),
        cuts=st.lists(st.integers(0, 300), max_size=8),
    )
    def test_nothing_depends_on_where_it_is_cut(self, frames: list[tuple[int, bytes]], cuts: list[int]) -> None:
        data = b"".join(frame(kind, part) for kind, part in frames)
        places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
        names = {OUT: "out", ERR: "err"}
        assert heard(*(data[a:b] for a, b in pairwise(places))) == [(names[kind], part) for kind, part in frames]


class Wrapped:
    """A socket that does not look like one, as TLS and the named pipes of Windows do not."""

    def __init__(self, inner: socket.socket) -> None:
        self.inner = inner

    def recv(self, size: int) -> bytes:
        return self.inner.recv(size)

    def sendall(self, data: bytes) -> None:
        self.inner.sendall(data)

    def shutdown(self, how: int) -> None:
        self.inner.shutdown(how)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.parametrize("wrap", [lambda near: near, Wrapped], ids=["a socket", "something else"])
class TestStreams:
    def test_both_ways_to_the_end(self, wrap: Callable[[socket.socket], Any]) -> None:
        near, far = socket.socketpair()

        async def story(ear: Ear) -> None:
            process = await ContainerProcess(ear, _died, _nothing).attach(wrap(near))
            assert process.is_alive()
            process.write(b"question\n")
            loop = asyncio.get_running_loop()
            assert await loop.run_in_executor(None, far.recv, 100) == b"question\n"
            far.sendall(frame(OUT, b"answer\n"))
            far.sendall(frame(ERR, b"last words"))
            far.close()
            await asyncio.wait_for(ear.end.wait(), 5)
            await process.wait(5)
            assert not process.is_alive()
            assert process.ending() == "exit status 3"
            process.write(b"too late")
            process.close()

        ear = run(story)
        assert (ear.all_of("out"), ear.all_of("err")) == (b"answer\n", b"last words")

    def test_closing_ends_it(self, wrap: Callable[[socket.socket], Any]) -> None:
        near, far = socket.socketpair()

        async def story(ear: Ear) -> None:
            process = await ContainerProcess(ear, _died, _nothing).attach(wrap(near))
            process.close()
            await asyncio.wait_for(ear.end.wait(), 5)
            assert not process.is_alive()

        run(story)
        assert far.recv(10) == b""
        far.close()


class TestEnding:
    def test_an_engine_that_says_nothing_more_leaves_the_plain_fact(self) -> None:
        near, far = socket.socketpair()

        async def gone() -> str:
            raise RuntimeError("no engine")

        async def story(ear: Ear) -> None:
            process = await ContainerProcess(ear, gone, _nothing).attach(near)
            far.close()
            await asyncio.wait_for(ear.end.wait(), 5)
            assert process.ending() == "its output ended"

        run(story)

    def test_it_is_ended_by_the_number_that_it_has_told(self) -> None:
        async def story(ear: Ear) -> None:
            ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

            async def end(pid: int) -> None:
                ended.set_result(pid)
                raise RuntimeError("no engine")

            process = ContainerProcess(ear, _died, end)
            process.pid = 17
            process.kill()
            assert await asyncio.wait_for(ended, 60) == 17

        run(story)


def test_a_file_over_a_socket_is_closed_with_it() -> None:
    near, far = socket.socketpair()
    file = near.makefile("rb", buffering=0)
    let_go(file)
    assert far.recv(1) == b""
    assert near.fileno() == -1
    far.close()
    let_go(None)
