"""Turn raw evidence into observations that two identical runs share, and back without loss. Judges nothing.

Ephemeral ports, descriptors, process ids, addresses of objects and the scenario's temporary folder become placeholders: as values
`{"port": 1}`, inside text `<port:1>`. Ports and process ids are numbered by first appearance, so that equal ones stay equal. A descriptor
or an object's address may be used again after it was given back, by chance by the same scenario or another; these, and ports where several
members of a role act at once, have no identity: `*`. Ports that the plan itself writes down stay as they are. Where the roles have hosts of
their own, these hosts' addresses and the numbers of their interfaces become placeholders too.

One thing is not put back: the order of the classes that Jython says an argument could be. It is that of a hash, another in each process;
here they are sorted.
"""

import re
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from msgspec import UNSET, Struct, structs

from harness.records.observation import UNTIMED, Addresses, Evidence, Observation, Raised, Trouble, Warned
from harness.records.plan import Plan
from harness.records.run import Result, Volatile

FIRST_EPHEMERAL = 1024
FIRST_LIKELY = 10_000
"""Systems give out ports from here on; a smaller number that a scenario writes down is its own, wherever it stands."""
_HOST = re.compile(r"(?:[0-9A-Fa-f:.]*(?:%[\w.-]+)?|localhost)\Z")
_SUSPICIOUS = re.compile(r"[0-9]{4}|fd[= ]|0x| can't be coerced to |<(?:port|fd|pid|address|temporary|host|scope|literal)\b")
_ESCAPE = re.compile(r"<(?=(?:port|fd|pid|address|temporary|host|scope|literal)\b)")
_TOKEN = re.compile(
    r"(?P<before>[lr]addr=\(u?'[^']*', )(?P<port>[1-9][0-9]{3,4})(?![0-9])|(?<=fd[= ])(?P<fd>0|[1-9][0-9]{0,9})(?![0-9])"
    r"|(?P<address>0x[0-9A-Fa-f]{6,})|(?P<number>(?<![\w.])[1-9][0-9]{3,4}(?![\w.]))"
)
"""Numbers only as targets write them, without leading zeros, so that the way back gives the same text."""
_COERCIONS = re.compile(r"(?<= arg can't be coerced to )[\w.$\[\]]+(?:, [\w.$\[\]]+)+")
"""Jython's classes that an overloaded method of Java takes: `wrapped(): 1st arg can't be coerced to byte[], io.netty.buffer.ByteBuf`."""
_PLACEHOLDER = re.compile(r"<(?P<kind>port|fd|pid|address|temporary|host|scope):(?P<number>[a-z0-9.]+|\*)>|<literal:")


class Normalised(Struct, frozen=True):
    """Evidence that two identical runs share, and what it takes to undo the change."""

    steps: tuple[Observation, ...]
    trouble: Trouble | None
    leaks: tuple[str, ...]
    volatile: Volatile


class Normaliser:
    """One pass over one cell's evidence; also for texts about it, afterwards."""

    def __init__(self, plan: Plan, temporary: tuple[str, ...], addresses: Mapping[str, Addresses]) -> None:
        self.plan = plan
        self.temporary = temporary
        self.addresses = dict(addresses)
        self.hosts = named(addresses)
        self.host_pattern = _any_of(self.hosts) if self.hosts else None
        self.numbers: dict[str, dict[Any, int]] = {"port": {}, "pid": {}, "scope": {}}
        self.anonymous: list[int | str] = []
        self.unnumbered: set[int | str] = set()
        self.literal = literal_ports(plan)

    def evidence(self, evidence: Evidence) -> Normalised:
        """All that was seen; in the order in which `restore` goes back."""
        steps = tuple([self.observation(seen) for seen in evidence.observations])
        trouble = evidence.trouble and structs.replace(evidence.trouble, detail=self.text(evidence.trouble.detail))
        leaks = tuple([self.text(leak) for leak in evidence.leaks])
        seconds = tuple([seen.seconds for seen in evidence.observations])
        volatile = Volatile(seconds=seconds, placeholders=self.placeholders(), anonymous=tuple(self.anonymous), starved=evidence.starved)
        if self.addresses:
            volatile = structs.replace(volatile, addresses=self.addresses)
        return Normalised(steps, trouble, leaks, volatile)

    def observation(self, seen: Observation) -> Observation:
        """One observation without what differs from run to run."""
        changes: dict[str, Any] = {} if seen.seconds is UNTIMED else {"seconds": UNTIMED}
        if seen.value is not UNSET and (type(seen.value) is not bool and seen.value is not None):
            value = self.value(seen.value, self.plan.steps[seen.step].yields)
            if value is not seen.value:
                changes["value"] = value
        if seen.raises is not None and self._may_hold(seen.raises.message):
            changes["raises"] = structs.replace(seen.raises, message=self.text(seen.raises.message))
        if seen.warnings:
            changes["warnings"] = tuple(Warned(warned.type, self.text(warned.message)) for warned in seen.warnings)
        return structs.replace(seen, **changes) if changes else seen

    def value(self, value: Any, yields: str = "") -> Any:
        if isinstance(value, str):
            return self.text(value) if self._may_hold(value) else value
        if isinstance(value, dict):
            return self._tagged(value, yields)
        if yields and "," not in yields and isinstance(value, int) and not isinstance(value, bool):
            return self._number(yields, value)
        return value

    def _tagged(self, value: dict[str, Any], yields: str) -> Any:
        tag, inner = next(iter(value.items()))
        if tag in ("tuple", "list"):
            if _is_address(inner):
                # In their order, in which the way back takes out what has no identity.
                host, port = self.value(inner[0]), self._port(inner[1])
                return {tag: [host, port, *(self._scope(item) if at else self.value(item) for at, item in enumerate(inner[2:]))]}
            kinds = yields.split(",") if "," in yields else [yields] * len(inner)
            return {tag: [self.value(item, kind) for item, kind in zip_longest(inner, kinds[: len(inner)], fillvalue="")]}
        if tag in ("bytes", "str", "text", "bytearray", "memoryview"):
            return {tag: self.text(inner)} if self._may_hold(inner) else value
        if tag in ("dict",):
            return {tag: [[self.value(key), self.value(item)] for key, item in inner]}
        if tag == "exception":
            return {tag: {**inner, "message": self.text(inner["message"])}}
        return value

    def _port(self, port: Any) -> Any:
        if not isinstance(port, int) or port < FIRST_EPHEMERAL or port in self.literal:
            return port
        return {"port": self._name("port", port)}

    def _scope(self, number: Any) -> Any:
        """The number of an interface; loopback's is the same everywhere, that of a network made for the run is not."""
        return {"scope": self._name("scope", number)} if self.hosts and isinstance(number, int) and number > 1 else number

    def _number(self, kind: str, raw: int) -> Any:
        if kind == "port":
            return self._port(raw)
        if kind == "scope":
            return self._scope(raw)
        return raw if raw < 0 and kind != "volatile" else {kind: self._name(kind, raw)}

    def _name(self, kind: str, raw: int | str) -> Any:
        if kind in ("fd", "address", "volatile") or (kind == "port" and self.plan.many):
            self.anonymous.append(raw)
            if kind == "port":
                self.unnumbered.add(raw)
            return "*"
        numbers = self.numbers[kind]
        return numbers.setdefault(raw, len(numbers) + 1)

    def text(self, text: str) -> str:
        """Text with placeholders; what only looks like one is marked as literal first."""
        if not text:
            return text
        text = _ESCAPE.sub("<literal:", text)
        text = _COERCIONS.sub(lambda found: ", ".join(sorted(found[0].split(", "))), text)
        for number, folder in enumerate(self.temporary, 1):
            text = text.replace(folder, f"<temporary:{number}>")
        if self.host_pattern is not None:
            text = self.host_pattern.sub(lambda found: f"<host:{self.hosts[found[0]]}>", text)
        return _TOKEN.sub(self._token, text)

    def _token(self, found: re.Match[str]) -> str:
        if found["port"] is not None:
            port = self._port(int(found["port"]))
            return f"{found['before']}{port if isinstance(port, int) else '<port:' + str(port['port']) + '>'}"
        if found["fd"] is not None:
            return f"<fd:{self._name('fd', int(found['fd']))}>"
        if found["address"] is not None:
            return f"<address:{self._name('address', found['address'])}>"
        return self._known_port(found["number"])

    def _known_port(self, digits: str) -> str:
        """A number in a message is a port if the scenario has met it as one."""
        port = int(digits)
        if port in self.numbers["port"] or port in self.unnumbered:
            return f"<port:{self._name('port', port)}>"
        return digits

    def placeholders(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for kind, numbers in self.numbers.items():
            for raw, number in numbers.items():
                table[f"{kind}:{number}"] = raw
        for address, name in self.hosts.items():
            table[f"host:{name}"] = address
        for number, folder in enumerate(self.temporary, 1):
            table[f"temporary:{number}"] = folder
        return table

    def _may_hold(self, text: str) -> bool:
        """Whether a text may hold something that differs from run to run."""
        if _SUSPICIOUS.search(text) or (self.temporary and any(folder in text for folder in self.temporary)):
            return True
        return self.host_pattern is not None and self.host_pattern.search(text) is not None


def named(addresses: Mapping[str, Addresses]) -> dict[str, str]:
    """The placeholder of every address that a run's network has: `1` and `2` for the hosts in the order of the roles, and so on."""
    names: dict[str, str] = {}
    for number, place in enumerate(dict.fromkeys(addresses.values()), 1):
        other = 3 - number
        for address, name in (
            (place.host, f"{number}"), (place.host6, f"{number}.ipv6"), (place.link6, f"{number}.link"), (place.peer, f"{other}"),
            (place.peer6, f"{other}.ipv6"), (place.peer_link6, f"{other}.link"), (place.broadcast, "broadcast"), (place.nobody, "nobody"),
            (place.nobody6, "nobody6"),
        ):  # fmt: skip
            if address and not address.startswith("127.") and address != "::1":
                names.setdefault(address, name)
    return names


def _any_of(addresses: Mapping[str, str]) -> re.Pattern[str]:
    """Any of these addresses, where it is not part of a longer one; it may be an IPv4 address mapped into IPv6."""
    longest_first = sorted(map(re.escape, addresses), key=len, reverse=True)
    return re.compile(rf"(?:(?<![0-9A-Fa-f:.])|(?<=::ffff:))(?:{'|'.join(longest_first)})(?![0-9A-Fa-f:]|\.[0-9])")


_literal: dict[str, frozenset[int]] = {}
"""By the digest of the plan. Kept for every plan: the targets of a run go through all of them, each at its own pace, so that a few would
be none."""


def literal_ports(plan: Plan) -> frozenset[int]:
    """Ports that the plan itself writes down; these are part of what it says and stay."""
    known = _literal.get(plan.digest)
    if known is None:
        found: set[int] = set()
        for step in plan.steps:
            _collect(step.call.do, found)
        known = _literal[plan.digest] = frozenset(found)
    return known


def _collect(tree: Any, found: set[int]) -> None:
    if isinstance(tree, dict):
        items = tree.get("tuple")
        if items:
            _collect_address(items, found)
    elif isinstance(tree, (int, str)):
        _collect_small(tree, found)
    elif isinstance(tree, list):
        if tree and tree[0] == "tuple" and len(tree) == 2 and isinstance(tree[1], list):
            _collect_address(tree[1], found)
        for part in tree:
            _collect(part, found)


def _collect_small(literal: int | str, found: set[int]) -> None:
    """A port outside an address: `getaddrinfo("127.0.0.1", 8080)`, or `"8080"`."""
    if isinstance(literal, str) and (len(literal) > 5 or not (literal.isascii() and literal.isdigit())):
        return
    if FIRST_EPHEMERAL <= int(literal) < FIRST_LIKELY:
        found.add(int(literal))


def _collect_address(items: list[Any], found: set[int]) -> None:
    if len(items) in (2, 4) and isinstance(items[1], int):
        found.add(items[1])


def _is_address(items: list[Any]) -> bool:
    if len(items) not in (2, 4) or not isinstance(items[1], int) or isinstance(items[1], bool):
        return False
    host = items[0]
    if isinstance(host, dict):
        host = host.get("str", host.get("text"))
    return isinstance(host, str) and _HOST.match(host) is not None


def normalise(plan: Plan, evidence: Evidence) -> tuple[tuple[Observation, ...], Volatile]:
    """Observations with placeholders, and what it takes to undo that."""
    normalised = Normaliser(plan, evidence.temporary, evidence.addresses).evidence(evidence)
    return normalised.steps, normalised.volatile


# ------------------------------------------------------------------------------------------------------ the way back


class _Restorer:
    """Undoes one pass of the normaliser, in the same order."""

    def __init__(self, volatile: Volatile) -> None:
        self.table = volatile.placeholders
        self.anonymous = iter(volatile.anonymous)

    def raw(self, kind: str, number: Any) -> Any:
        return next(self.anonymous) if number == "*" else self.table[f"{kind}:{number}"]

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, dict):
            return value
        tag, inner = next(iter(value.items()))
        if tag in ("port", "fd", "pid", "scope", "volatile"):
            return self.raw(tag, inner)
        if tag in ("tuple", "list"):
            return {tag: [self.value(item) for item in inner]}
        if tag in ("bytes", "str", "text", "bytearray", "memoryview"):
            return {tag: self.text(inner)}
        if tag == "dict":
            return {tag: [[self.value(key), self.value(item)] for key, item in inner]}
        if tag == "exception":
            return {tag: {**inner, "message": self.text(inner["message"])}}
        return value

    def text(self, text: str) -> str:
        if "<" not in text:
            return text
        return _PLACEHOLDER.sub(self._token, text)

    def _token(self, found: re.Match[str]) -> str:
        if found["kind"]:
            return str(self.raw(found["kind"], found["number"]))
        return "<"

    def observation(self, seen: Observation, seconds: float) -> Observation:
        changes: dict[str, Any] = {"seconds": seconds}
        if seen.value is not UNSET:
            changes["value"] = self.value(seen.value)
        if seen.raises is not None:
            changes["raises"] = _with_message(seen.raises, self.text)
        if seen.warnings:
            changes["warnings"] = tuple(Warned(warned.type, self.text(warned.message)) for warned in seen.warnings)
        return structs.replace(seen, **changes)


def _with_message(raised: Raised, change: Callable[[str], str]) -> Raised:
    return structs.replace(raised, message=change(raised.message))


def restore(result: Result) -> Evidence:
    """The raw evidence that a result was made of."""
    undo = _Restorer(result.volatile)
    steps = tuple(undo.observation(seen, seconds) for seen, seconds in zip(result.steps, result.volatile.seconds, strict=True))
    trouble = result.trouble and structs.replace(result.trouble, detail=undo.text(result.trouble.detail))
    leaks = tuple(undo.text(leak) for leak in result.leaks)
    temporary = tuple(str(folder) for key, folder in result.volatile.placeholders.items() if key.startswith("temporary:"))
    return Evidence(steps, trouble, leaks, result.volatile.starved, temporary, result.volatile.addresses)
