"""What a step must do, in words with Python in them. Judges nothing."""

from collections.abc import Iterator

from harness.records.plan import Expectation, Plan, RaisesExpectation
from harness.reproducing.source import Writer


class _Words(Writer):
    """Expectations also have matchers."""

    def __init__(self) -> None:
        super().__init__(lambda name: name, "INDEX")

    _match = Writer._help


_write = _Words()


def expected_words(expect: Expectation) -> str:
    """`returns 23`, `raises ECONNREFUSED, takes 0.2..0.6 s`; `no exception` where nothing is said."""
    return ", ".join(_parts(expect)) or "no exception"


def _parts(expect: Expectation) -> Iterator[str]:
    if expect.has_returns:
        yield f"returns {_write(expect.returns)}"
    if expect.raises is not None:
        yield f"raises {_raises(expect.raises)}"
    if expect.takes is not None:
        bounds = ["" if bound is None else f"{bound:g}" for bound in (expect.takes.least, expect.takes.most)]
        yield f"takes {'..'.join(bounds)} s"
    if expect.warns is not None:
        yield f"warns {expect.warns.type}"
    if expect.records:
        yield "nothing in particular, only the same everywhere"


def _raises(expected: RaisesExpectation) -> str:
    kind = expected.type if isinstance(expected.type, str) else _write(expected.type)
    parts = [] if expected.type is None else [kind]
    if expected.errno is not None:
        parts.append(expected.errno if isinstance(expected.errno, str) else _write(expected.errno))
    if expected.message is not None:
        parts.append(f"with the message {_write(expected.message)}")
    return " ".join(parts) or "an exception"


def cited(plan: Plan) -> tuple[str, ...]:
    """The sources of a scenario that mean something to everybody; rows of the project's own table do not."""
    return tuple(source for source in plan.see if not source.startswith("seed:"))
