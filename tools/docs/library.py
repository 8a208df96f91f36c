"""A page for each area of the library, made of its files: what is played, needed, promised, and who may depart. Plays nothing."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from harness.language.library import load
from harness.records.plan import Need, Plan, Variation
from harness.reports.counting import several
from tools.docs.links import REPOSITORY
from tools.docs.markdown import code, folded, prose, sources, table
from tools.docs.observed import Observed, observed

FOLDER = "reference/library"

ABOUT = {
    "addresses": "Converting addresses and numbers, without a network: `inet_pton`, `htonl` and their like.",
    "arguments": "What calls make of arguments that are no numbers, no bytes, or too many.",
    "connect": "Connecting, and being refused.",
    "connect_ex": "Connecting without exceptions.",
    "creation": "Making sockets and closing them.",
    "descriptors": "File descriptors: inheriting, duplicating, detaching.",
    "families": "Address families that not every system has.",
    "files": "Sockets as files: `makefile`, `sendfile`.",
    "functions": "Functions of the module that work on several sockets or on none.",
    "ipv6": "IPv6, alone and together with IPv4.",
    "messages": "`sendmsg` and `recvmsg`, with ancillary data.",
    "names": "Names of hosts, services, protocols and interfaces.",
    "network": "What only a network between two hosts can do: lose, refuse, cut.",
    "nonblocking": "Calls that do not wait.",
    "options": "`setsockopt` and `getsockopt`.",
    "readiness": "`select`, `poll`, `epoll`, `selectors`.",
    "shutdown": "Ending one direction of a connection, or both.",
    "signals": "Signals during calls.",
    "tcp": "Streams: listening, accepting, sending, receiving, ending.",
    "threads": "One socket in several threads.",
    "timeouts": "Time-outs, and what is raised when they are over.",
    "trouble": "What programs get wrong: closed peers, lost data, full buffers.",
    "udp": "Datagrams.",
    "unix": "Sockets of the file system.",
}
"""A line for each area that has one; another is there without."""


def library_pages(root: Path) -> dict[str, str]:
    """The overview, and a page for each area."""
    found = load([root / "scenarios"], cache=False)
    assert not found.mistakes, found.mistakes[0]
    areas = {area: list(plans) for area, plans in groupby(found.plans, key=lambda plan: plan.area)}
    seen = observed(root / "reports" / "compat.json")
    pages = {f"{FOLDER}/{area}": "\n".join(_page(area, plans, root, seen)) for area, plans in areas.items()}
    return {f"{FOLDER}/index": _overview(areas), **pages}


def topics(plans: Sequence[Plan]) -> list[tuple[str, list[Plan]]]:
    """Plans by the id of their file, without the case."""
    return [(topic, list(cases)) for topic, cases in groupby(plans, key=lambda plan: plan.id.partition("[")[0])]


def _overview(areas: dict[str, list[Plan]]) -> str:
    rows = [[f"[{area}]({area}.md)", ABOUT.get(area, ""), str(len(topics(plans))), str(len(plans))] for area, plans in areas.items()]
    files, scenarios = sum(int(row[2]) for row in rows), sum(int(row[3]) for row in rows)
    lines = [
        "# The library",
        "",
        f"{scenarios} scenarios in {files} files. Each file is one behaviour; where it has cases, each is a scenario.",
    ]
    lines += ["`sockmatrix show ID` shows one as a timeline, `sockmatrix run -k area:NAME` plays an area.", ""]
    lines += table(["area", "what it is about", "files", "scenarios"], rows)
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", *areas, "```", ""])


def _page(area: str, plans: list[Plan], root: Path, seen: Observed) -> Iterator[str]:
    found = topics(plans)
    about = [ABOUT[area], ""] if area in ABOUT else []
    yield from (f"# {area}", "", *about, f"{several(len(plans), 'scenario')} in {several(len(found), 'file')}. To play them:", "")
    yield from ("```sh", f"sockmatrix run -k area:{area}", "```", "")
    for topic, cases in found:
        yield from _topic(topic, cases, root)
        yield from seen.lines(topic)


def _topic(topic: str, cases: list[Plan], root: Path) -> Iterator[str]:
    first = cases[0]
    yield from (f"({anchor(topic)})=", f"## {prose(first.title)}", "", prose(first.about), "")
    facts = [f"[{code(topic)}]({REPOSITORY}{_file(first, root)})"]
    needs = dict.fromkeys(need.text for need in _shared_needs(cases))
    facts += [f"needs {', '.join(code(need) for need in needs)}"] if needs else []
    facts += [f"promised by {sources(_see(cases))}"]
    yield from (" · ".join(facts), "")
    if len(cases) > 1:
        yield from folded(f"{len(cases)} cases", [", ".join(code(_case(plan)) for plan in cases)])
    departures = _departures(cases)
    if departures:
        yield from ("May depart:", "", *(_departure(each) for each in departures), "")


def anchor(topic: str) -> str:
    """How a page is told where a scenario is: `library-tcp-greeting`."""
    return "library-" + re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-")


def _file(plan: Plan, root: Path) -> str:
    return Path(plan.file).resolve().relative_to(root.resolve()).as_posix()


def _case(plan: Plan) -> str:
    return plan.id.partition("[")[2].removesuffix("]")


def _shared_needs(cases: list[Plan]) -> list[Need]:
    """Needs that every case has; a case's own are in the file."""
    return [need for need in cases[0].needs if all(need.text in {each.text for each in plan.needs} for plan in cases)]


def _see(cases: list[Plan]) -> list[str]:
    """Sources that other people can read; rows of the project's own table are on a page of theirs."""
    return [source for source in cases[0].see if not source.startswith("seed:")]


def _departures(cases: list[Plan]) -> list[Variation]:
    """Documented departures of all cases, each condition and reason once, in the order of the file."""
    found = sorted(
        (each for plan in cases for step in plan.steps for each in step.varies), key=lambda each: (each.place.line, each.place.column)
    )
    return list({(each.when, each.because): each for each in reversed(found)}.values())[::-1]


def _departure(each: Variation) -> str:
    unseen = "" if each.observed else " *(documented, and never seen here)*"
    return f"- {code(each.when)}: {prose(each.because)} ({sources(each.see)}){unseen}"
