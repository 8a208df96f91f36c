"""How the switchboard gets into a machine: down its line, as the agent does into an interpreter. Sends nothing itself."""

from functools import cache
from pathlib import Path

from harness.agents.program import without_words

READY = "<smx-boot>"
"""What a machine's interpreter says when it waits for its program."""

BOOT = (
    "i=__import__;s=i('sys').stdin;i('os').isatty(0)and(i('tty').setraw(0));"
    f"exec(''.join(iter(lambda:(print('{READY}',flush=True),s.readline()[:-1])[1],'')))"
)
"""Program of an interpreter that is to be a machine's switchboard: takes a longer one in pieces, each when it has said that it is ready,
until an empty one comes. There is no blank and no double quote in it, so that it can stand in the command line of a kernel as it is."""
WIRING = "sockmatrix_wiring"
"""The module that a switchboard wires networks with."""
PIECE = 2048
"""A terminal holds no more than 4,095 bytes that nobody has read."""


def boot_arguments() -> list[str]:
    """Arguments of the interpreter that a machine is started with."""
    return ["-u", "-c", BOOT]


@cache
def wiring() -> bytes:
    """Its source as it travels."""
    return without_words(Path(__file__).with_name("wiring.py").read_text(encoding="utf-8")).encode()


@cache
def program_pieces() -> tuple[bytes, ...]:
    """The program that `BOOT` takes, as lines: brings the machine up, serves, and ends the machine."""
    sources = {name: Path(__file__).with_name(f"{name}.py").read_text("utf-8") for name in ("bringup", "switchboard")}
    parts = [f"{name}={{}};exec(compile({text!a},'sockmatrix-{name}','exec'),{name})" for name, text in sources.items()]
    calls = ["bringup['bring_up']()", "switchboard['main'](bringup['NOTES'])", "bringup['power_off']()"]
    program = ";".join(parts + calls).encode("ascii")
    return (*(program[at : at + PIECE] + b"\n" for at in range(0, len(program), PIECE)), b"\n")
