"""(b) What a step costs over the plain round trip to a warm agent, and what a message costs."""

import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from harness.targets.config import Config
from harness.targets.resolve import resolve
from tests.agents.conversation import Conversation, method, new_socket

ROUNDS = 2000


def median_of(agent: Conversation, trees: Sequence[Any]) -> float:
    """Median seconds of a request with these steps."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        agent.run(*trees, session="bench")
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def main() -> None:
    for spec in resolve(sys.argv[1:] or ["pyenv:*"], Config()).targets:
        with Conversation(spec.command) as agent:
            agent.run({"do": new_socket(), "save": ["s"]}, session="bench")
            none = median_of(agent, [])
            one = median_of(agent, [method("s", "getsockname")])
            fifteen = median_of(agent, [method("s", "getsockname")] * 15)
            print(
                f"{spec.id:16} round trip {none * 1e6:6.1f} us   one step {one * 1e6:6.1f} us   15 steps {fifteen * 1e6:6.1f} us"
                f"   a step over the round trip {(fifteen - none) / 15 * 1e6:5.1f} us"
            )


main()
