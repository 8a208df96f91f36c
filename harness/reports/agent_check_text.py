"""Print what came of checking agents: failures with their evidence, and a line of counts. Checks nothing."""

from collections.abc import Mapping, Sequence

from harness.records.agent_check import AgentCheck, CheckedAgent, CheckOutcome
from harness.reports.counting import several
from harness.reports.symbols import Symbol
from harness.reports.terminal import Page

SYMBOLS: Mapping[CheckOutcome, Symbol] = {
    "pass": Symbol("✓", "+", "green"),
    "fail": Symbol("✗", "x", "bold red"),
    "not applicable": Symbol("-", "-", "dim"),
    "untried": Symbol("?", "?", "yellow"),
}
DOCUMENT = "docs/agent-protocol.md"


def print_checked(page: Page, agents: Sequence[CheckedAgent]) -> None:
    """All agents, one below the other."""
    for number, agent in enumerate(agents):
        if number:
            page.blank()
        page.line((agent.agent, "bold"))
        if agent.trouble:
            page.line(("it could not be started: ", ""), (agent.trouble, "yellow"), indent=2)
        for check in agent.checks:
            _print_check(page, check)
        if agent.checks:
            page.line(counted(agent.checks), indent=2)


def counted(checks: Sequence[AgentCheck]) -> str:
    """`40 checks: 38 pass, 2 not applicable`."""
    counts = {outcome: sum(check.outcome == outcome for check in checks) for outcome in SYMBOLS}
    return f"{several(len(checks), 'check')}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)


def _print_check(page: Page, check: AgentCheck) -> None:
    symbol = SYMBOLS[check.outcome]
    note = f"  {check.detail}" if check.detail and check.outcome != "fail" else ""
    page.line("  ", page.sign(symbol), f" {check.name}", (note, "dim"), hang=4)
    if check.outcome == "fail":
        page.line((check.detail, "yellow"), indent=6, hang=2)
        page.line(("asked     ", "dim"), check.asks, (f"  ({DOCUMENT}, {check.section})", "dim"), indent=6, hang=10)
        if check.sent:
            page.line(("sent      ", "dim"), check.sent, indent=6, hang=10)
        page.line(("came      ", "dim"), check.came or "nothing", indent=6, hang=10)
