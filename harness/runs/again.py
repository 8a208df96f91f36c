"""The command that plays one cell of a run once more, wherever one is told. Plays nothing."""

from collections.abc import Iterator
from shlex import quote

from harness.records.plan import Plan
from harness.records.run import Header, TargetRecord
from harness.targets.names import stands_for_many

CONTAINERS = "docker:sockmatrix/bookworm"
"""Where scenarios can be played that need a network condition."""


def again(plan: Plan, target: TargetRecord | None, header: Header | None) -> str:
    """`sockmatrix run -k id:tcp/greeting -t python3.8`; with the file where the run was not of the library."""
    return played_again(plan, target, of_library=header is None or not header.options.get("paths"))


def played_again(plan: Plan, target: TargetRecord | None, *, of_library: bool) -> str:
    """The same where nobody has a header."""
    file = [] if of_library else [quote(plan.file)]
    who = [options(target)] if target is not None else [f"-t {CONTAINERS}"] if plan.condition else []
    return " ".join(["sockmatrix run", *file, "-k", quote(f"id:{plan.id}"), *who])


def options(target: TargetRecord) -> str:
    """Options of `sockmatrix run` for this target alone."""
    return " ".join(_options(target))


def _options(target: TargetRecord) -> Iterator[str]:
    name = target.name.removesuffix(f"+{target.network}") if target.network else target.name
    if target.server:
        server, _, client = name.partition(">")
        known = bool(client) and ">" not in client  # else a command has one, and nobody can say where the second name begins
        yield f"--server {quote(_asked(server if known else '', target.server))}"
        yield f"--client {quote(_asked(client if known else '', target.client))}"
    else:
        own = target.origin or target.id
        yield f"-t {quote(_asked(name, own.removesuffix(f'+{target.network}') if target.network else own))}"
    if target.network:
        yield f"--network {quote(target.network)}"


def _asked(name: str, own: str) -> str:
    """The name that was asked for; the id where that may have been one of many."""
    return own if stands_for_many(name) else name
