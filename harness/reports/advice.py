"""What to do about a need that is not met, from the words in which a result tells it. Knows nothing of this machine."""

from collections.abc import Iterable

_ADVICE = (
    ("network condition", "networks are made between containers: sockmatrix run -t docker:IMAGE (docs/containers.md)"),
    ("capability", "containers are given the capabilities that a scenario needs: sockmatrix run -t docker:IMAGE"),
    ("needs root", "run it as root, or in a container: sockmatrix run -t docker:IMAGE"),
    ("not usable here", "sockmatrix doctor says why, and what to do"),
    ("hosts file", "sockmatrix doctor says which line the hosts file needs"),
    ("database of services", "sockmatrix doctor says what to install"),
    ("each role has a host", "leave out --server, --client and --network"),
    ("implementation", "choose another target; those that there are: sockmatrix targets"),
    ("python", "choose another target; those that there are: sockmatrix targets"),
    ("does not have", "choose another target; those that there are: sockmatrix targets"),
)
"""By a piece of the reason, the first that fits."""

ANYTHING = "choose other scenarios with -k, or other targets with -t; sockmatrix doctor says what this machine lacks"


def advice(reason: str) -> str:
    """What to try."""
    return next((words for piece, words in _ADVICE if piece in reason.lower()), ANYTHING)


def advices(reasons: Iterable[str]) -> list[str]:
    """For several, each once."""
    return list(dict.fromkeys(map(advice, reasons)))
