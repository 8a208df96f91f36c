"""The marks of a scenario: its area, its tags, what it needs, and the target as a group for xdist. Names only; pytest makes marks of them.

Each has a name that says what it is (`area_tcp`, `tag_slow`, `needs_ipv6`), and the plain one (`tcp`, `slow`, `ipv6`), which is everything
that is called so. Conditions (`needs_python_ge_3_8`) have no plain name, nor has what means something to pytest itself.
"""

import re
from collections.abc import Iterator

from harness.records.plan import Plan

RESERVED = frozenset(
    "anyio asyncio django_db filterwarnings flaky order parametrize repeat run skip skipif timeout trio tryfirst trylast usefixtures "
    "xdist_group xfail".split()
)
"""Marks that pytest or a common plugin acts on."""

_PLAIN = re.compile(r"[A-Za-z]\w*(:[\w.-]+)?")
_SIGNS = {"!=": " ne ", ">=": " ge ", "<=": " le ", "==": " is ", ">": " gt ", "<": " lt "}
_SIGN = re.compile("|".join(_SIGNS))


def marks(plan: Plan) -> dict[str, str]:
    """Names of marks, and what each says."""
    return dict(_marks(plan))


def _marks(plan: Plan) -> Iterator[tuple[str, str]]:
    yield from _pair("area", plan.area, f"scenarios of the area {plan.area}")
    for tag in plan.tags:
        yield from _pair("tag", tag, f"scenarios with the tag {tag}")
    for need in plan.needs:
        yield from _pair("needs", need.text, f"scenarios that need {need.text}")


def _pair(kind: str, text: str, says: str) -> Iterator[tuple[str, str]]:
    name = identifier(text)
    yield f"{kind}_{name}", says
    if name not in RESERVED and _PLAIN.fullmatch(text):
        yield name, f"scenarios that have to do with {text}"


def identifier(text: str) -> str:
    """A text as a name that `-m` understands: `python>=3.8` is `python_ge_3_8`, `has:socket.send_fds` is `has_socket_send_fds`."""
    words = _SIGN.sub(lambda sign: _SIGNS[sign[0]], text)
    return "_".join(re.findall(r"[A-Za-z0-9]+", words)) or "unnamed"
