"""What it means to be told to end: the same as an interrupt, so that what was begun is kept or taken away. Ends nothing itself."""

import signal
from types import FrameType


def end_as_if_interrupted() -> None:
    """From now on, whoever tells this process to end interrupts it. What it was started to overlook, as `nohup` does, it overlooks."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_: int, frame: FrameType | None) -> None:
    """A job that a script has put in the background overlooks the keyboard's interrupt, so that to raise that signal would do nothing."""
    interrupted = signal.getsignal(signal.SIGINT)
    if callable(interrupted):
        interrupted(signal.SIGINT, frame)
    else:
        raise KeyboardInterrupt
