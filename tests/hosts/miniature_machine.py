"""A process that pretends to be a machine, over a real switchboard: python miniature_machine.py MISDEED FOLDER -u -c PROGRAM.

With `fd=NUMBER` before the program, frames go through that socket.
"""

import base64
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

NOISE = b"[    1.234567] random: crng init done <smx\n"
WORD = b"the word"
Lines = Iterator[bytes]


def honest(lines: Lines, folder: Path) -> Lines:
    yield from lines


def says_kernel_messages_in_between(lines: Lines, folder: Path) -> Lines:
    for line in lines:
        yield NOISE
        yield line


def writes_a_kernel_message_before_a_frame(lines: Lines, folder: Path) -> Lines:
    for line in lines:
        yield b"[    2.5] no newline here " + line


def damages_a_frame(lines: Lines, folder: Path) -> Lines:
    for line in lines:
        yield line.replace(b" out ", b" oux ")


def loses_a_frame(lines: Lines, folder: Path) -> Lines:
    yield from (line for line in lines if b" out " not in line)


def truncates_a_frame_and_dies(lines: Lines, folder: Path) -> Lines:
    for line in lines:
        if b" out " in line:
            yield line[:20]
            return
        yield line


def dies_at_boot(lines: Lines, folder: Path) -> Lines:
    yield b"Kernel panic - not syncing: No working init found\n"


def dies_at_its_first_boot(lines: Lines, folder: Path) -> Lines:
    if (folder / "booted").exists():
        yield from lines
    else:
        (folder / "booted").touch()
        yield b"Kernel panic - not syncing: not today\n"


def never_is_ready(lines: Lines, folder: Path) -> Lines:
    yield b"Loading, please wait...\n"
    yield from (b"" for line in lines)


def dies_of_a_word(lines: Lines, folder: Path) -> Lines:
    """As often as the file `deaths` says: when an agent answers with it."""
    for line in lines:
        deaths = folder / "deaths"
        if WORD in _said(line) and int(deaths.read_text()):
            deaths.write_text(str(int(deaths.read_text()) - 1))
            return
        yield line


def dies_of_a_word_and_at_each_first_boot(lines: Lines, folder: Path) -> Lines:
    """The same, and it comes up when it is tried a second time."""
    if len((folder / "pids").read_text().splitlines()) % 2:
        yield b"Kernel panic - not syncing: not today\n"
    else:
        yield from dies_of_a_word(lines, folder)


def garbles_a_word(lines: Lines, folder: Path) -> Lines:
    """Whenever an agent answers with it."""
    for line in lines:
        yield line.replace(b" out ", b" oux ") if WORD in _said(line) else line


def _said(line: bytes) -> bytes:
    found = re.search(rb"<smx [0-9]+ out [0-9]+ ([^ ]*) ", line)
    return base64.b64decode(found[1]) if found else b""


MISDEEDS: dict[str, Callable[[Lines, Path], Lines]] = {
    function.__name__: function
    for function in (
        honest, says_kernel_messages_in_between, writes_a_kernel_message_before_a_frame, damages_a_frame, loses_a_frame,
        truncates_a_frame_and_dies, dies_at_boot, dies_at_its_first_boot, never_is_ready, dies_of_a_word,
        dies_of_a_word_and_at_each_first_boot, garbles_a_word,
    )
}  # fmt: skip


def main(misdeed: str, folder: str, *boot: str) -> None:
    """Pass on what the switchboard says, changed."""
    if boot[0].startswith("fd="):
        pass_on_by_a_line(socket.socket(fileno=int(boot[0].removeprefix("fd="))), boot[1:])
        return
    process = subprocess.Popen([sys.executable, *boot], stdout=subprocess.PIPE)
    assert process.stdout is not None
    (Path(folder) / "pids").open("a").write(f"{os.getpid()} {process.pid}\n")
    for line in MISDEEDS[misdeed](process.stdout, Path(folder)):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    if misdeed != "honest":
        process.kill()  # it would complain of the pipe that nobody reads any more
        sys.exit(3)


def pass_on_by_a_line(line: socket.socket, boot: tuple[str, ...]) -> None:
    """As a machine does that has a better way than its console; on that it says more that is nobody's business."""
    process = subprocess.Popen([sys.executable, *boot], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    for source in (os.fdopen(0, "rb", 0, closefd=False), line.makefile("rb", buffering=0)):
        threading.Thread(target=_copy, args=(source, process.stdin), daemon=True).start()
    for said in process.stdout:
        if said.startswith(b"<smx "):
            line.sendall(said)
            sys.stdout.buffer.write(NOISE)
        else:
            sys.stdout.buffer.write(said)
        sys.stdout.buffer.flush()


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while data := source.read(65536):
        target.write(data)
        target.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
