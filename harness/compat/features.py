"""Which features there are to tell of, and which of them each step of a scenario is about. Says nothing of who has them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from harness.compat.records import FeatureKind
from harness.coverage.catalogue import Catalogue, is_constant
from harness.coverage.usage import StepUse, Usage, read_plan
from harness.records.plan import Plan, Step

ERROR = "{call}: {symbol}"


class Features(Struct, frozen=True):
    """All features by name, and what scenarios have to do with them."""

    kinds: dict[str, FeatureKind]
    """By name, sorted."""
    uses: dict[str, tuple[StepUse, ...]]
    """By scenario, what each of its steps touches."""
    usages: dict[str, Usage]
    """By scenario, what it touches as a whole."""
    documented: dict[str, str]
    """By name, the version that its documentation says it is new in."""
    worded: dict[str, tuple[str, ...]]
    """Constants, classes, exceptions and data by the last part of their names, by which scenarios mention them."""

    def of_step(self, scenario: str, step: int) -> tuple[str, ...]:
        """What a step is about: its outermost call, options and errors; where it has no call of the API, all that it looks at."""
        use = self.uses[scenario][step]
        calls = [use.outermost] if use.outermost else sorted(use.used)
        errors = [error_name(use.outermost, symbol) for symbol in sorted(use.possible)]
        return tuple(name for name in (*calls, *sorted(use.options), *errors) if name in self.kinds)

    def asserted_by(self, plan: Plan) -> frozenset[str]:
        """Features on which an expectation of the scenario depends. Of a constant, a class or an exception: that it is mentioned there."""
        usage = self.usages[plan.id]
        found = set(usage.asserted) | {error_name(*error) for error in usage.errors}
        if usage.expects:
            found.update(name for word in usage.mentioned for name in self.worded.get(word, ()))
        for step, use in zip(plan.steps, self.uses[plan.id], strict=True):
            found.update(use.options if _expects(step) else ())
        return frozenset(found & self.kinds.keys())


def find_features(catalogue: Catalogue, plans: Sequence[Plan], names: Iterable[str]) -> Features:
    """The features of the catalogue, of the public names of targets (`recv_fds`, `socket.socket.share`), and of what scenarios do."""
    read = {plan.id: read_plan(plan) for plan in plans}
    uses = {name: steps for name, (_, steps) in read.items()}
    usages = {name: usage for name, (usage, _) in read.items()}
    kinds: dict[str, FeatureKind] = dict(_catalogued(catalogue))
    calls = frozenset(name for name, kind in kinds.items() if kind in ("function", "method"))
    for name in names:
        if is_constant(name):
            kinds.setdefault(f"socket.{name}", "constant")
    kinds.update(_of_uses((use for each in uses.values() for use in each), calls))
    return Features(dict(sorted(kinds.items())), uses, usages, _documented(catalogue), _worded(kinds))


def error_name(call: str, symbol: str) -> str:
    """`socket.socket.connect: ECONNREFUSED`."""
    return ERROR.format(call=call, symbol=symbol)


def _catalogued(catalogue: Catalogue) -> Iterator[tuple[str, FeatureKind]]:
    single: Mapping[str, FeatureKind] = {
        "function": "function", "method": "method", "attribute": "attribute", "exception": "exception", "class": "class", "data": "data",
    }  # fmt: skip
    for name in catalogue.names:
        if name.kind in single:
            yield name.name, single[name.kind]
        else:
            yield from ((f"socket.{member}", "constant") for member in name.members if is_constant(member))


def _of_uses(uses: Iterable[StepUse], calls: frozenset[str]) -> Iterator[tuple[str, FeatureKind]]:
    for use in uses:
        yield from ((option, "option") for option in use.options)
        if use.outermost in calls:
            yield from ((error_name(use.outermost, symbol), "error") for symbol in use.expected)


def _documented(catalogue: Catalogue) -> dict[str, str]:
    """Notes about one name as a whole; those of its parts and of systems have a word after a `#`."""
    pairs = (note.id.split(":", 1) for note in catalogue.notes if note.kind == "new" and "#" not in note.id)
    return {name: version for version, name in pairs}


def _worded(kinds: Mapping[str, FeatureKind]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, kind in kinds.items():
        if kind in ("constant", "class", "exception", "data"):
            word = name.rpartition(".")[2]
            found[word] = (*found.get(word, ()), name)
    return found


def _expects(step: Step) -> bool:
    return any(expect.has_returns or expect.raises is not None for expect in (step.expect, *(each.expect for each in step.varies)))
