"""The command that plays one cell of a run once more. Plays nothing."""

from shlex import quote

from harness.records.plan import Plan
from harness.records.run import Header, TargetRecord


def again(plan: Plan, target: TargetRecord, header: Header) -> str:
    """`sockmatrix run -k id:tcp/greeting -t cpython-3.8.18`; with the file where the run was not of the library."""
    file = [quote(plan.file)] if header.options.get("paths") else []
    return " ".join(["sockmatrix run", *file, "-k", quote(f"id:{plan.id}"), *_who(target)])


def _who(target: TargetRecord) -> list[str]:
    network = ["--network", quote(target.network)] if target.network else []
    if target.server:
        return ["--server", quote(target.server), "--client", quote(target.client), *network]
    # What was asked for may have been many; the id is one of them.
    named_many = target.name in ("", "all") or "*" in target.name or target.name.startswith("@")
    name = target.id.removesuffix(f"+{target.network}") if named_many else target.name.removesuffix(f"+{target.network}")
    return ["-t", quote(name), *network]
