"""Networks between containers, and what shapes them: bridges without a way out, kernel settings, rules in the hosts' own namespaces.

The tools that set rules run in a container of their own, which joins the network namespace of the host that it shapes and has the
capability for it; the target's own container has not.
"""

import asyncio
import re
import secrets
from collections.abc import Collection, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network
from itertools import groupby
from typing import Any

from msgspec import Struct

from harness.hosts.container import Container, Make
from harness.hosts.engine import Engine
from harness.hosts.image import look_at
from harness.hosts.process import CannotStart, NotProvided, told
from harness.records.condition import Condition
from harness.records.observation import Addresses
from harness.targets.spec import TargetSpec

TOOLS = "sockmatrix/network"
"""Image with iproute2 and iptables; `sockmatrix images build network` makes it."""
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; export PATH"
_DONE = "= "
"""Begins the line that ends an answer, with the exit status."""
_RUN_LINES = f'while read -r line; do ( eval "$line" ) </dev/null 2>&1; printf "\\n{_DONE}%s\\n" "$?"; done'
TRIES = 5

# A host that is cut off still answers the link's own questions (ARP, neighbour discovery), as one behind a broken route does.
_DROPPED = [
    *(("iptables-nft", f"INPUT -i eth0 -p {protocol} -j DROP") for protocol in ("tcp", "udp", "icmp")),
    *(("ip6tables-nft", f"INPUT -i eth0 -p {protocol} -j DROP") for protocol in ("tcp", "udp")),
]
CUTTING = tuple(f"{tool} -I {rule}" for tool, rule in _DROPPED)
UNCUTTING = tuple(f"{tool} -D {rule}" for tool, rule in _DROPPED)
_BY_TOOL = {tool: [rule for named, rule in _DROPPED if named == tool] for tool, _ in _DROPPED}

KEPT_FROM_TOOLS = (
    *(f"/proc/{name}" for name in ("bus", "fs", "irq", "sysrq-trigger")),
    *(f"/proc/sys/{name}" for name in ("abi", "crypto", "debug", "dev", "fs", "kernel", "sunrpc", "user", "vm", "xen")),
)
"""What engines let nobody write, but for the settings of networks: those that tools see belong to their host alone."""
LASTING = ("disable_ipv6", "ip_local_port_range")
"""Settings that leave something behind: addresses that are gone, and ports of which there are few and that may not be free yet."""
MTU_FILE = "/sys/class/net/eth0/mtu"

UNDONE = ("iptables-nft -A INPUT ", "ip6tables-nft -A INPUT ", "tc qdisc add dev eth0 root ", "ip -4 address flush dev eth0")
"""How commands begin whose doing is undone."""
# What waits for late packets of connections that have ended (TIME-WAIT) may stay where the kernel ends none: it is there wherever many
# scenarios stand on the same hosts.
UNDO = "ss -K -t state connected >/dev/null 2>&1"
"""Connections end before what was learnt from them is forgotten, as they leave it behind when they end."""


class Touched(Struct, frozen=True):
    """Something of a host that nobody but its tools can change, so that it is as it was unless they were told to."""

    words: tuple[str, ...]
    """Without any of which no command changes it."""
    undo: str
    look: str
    as_new: re.Pattern[str]
    """Of what `look` says, what is said of a new host too."""


RULES = Touched(
    words=("tables-nft",), undo="iptables-nft -F INPUT; ip6tables-nft -F INPUT",
    look="iptables-nft -S && ip6tables-nft -S", as_new=re.compile(r"-P \S+ ACCEPT$"),
)  # fmt: skip
QUEUES = Touched(
    words=("tc qdisc",), undo="tc qdisc del dev eth0 root 2>/dev/null",
    look="tc qdisc show dev eth0", as_new=re.compile("qdisc noqueue "),
)  # fmt: skip
TOUCHED = (RULES, QUEUES)
_CONNECTED = "ss -Htn state connected exclude time-wait"
_ADDRESS = re.compile(r"\d+: eth0\s+inet6? ")


class Network:
    """One bridge of this run."""

    def __init__(self, name: str, inspected: dict[str, Any]) -> None:
        self.name = name
        subnets = [ip_network(each["Subnet"]) for each in inspected["IPAM"]["Config"]]
        self.subnet = next(subnet for subnet in subnets if isinstance(subnet, IPv4Network))
        self.subnet6 = next((subnet for subnet in subnets if isinstance(subnet, IPv6Network)), None)

    @classmethod
    async def make(cls, engine: Engine, condition: Condition) -> "Network":
        """A bridge that leads nowhere else. Raises `CannotStart`."""
        name = f"sockmatrix-{engine.run}-{secrets.token_hex(4)}"
        await cls._create(engine, condition, name)
        return cls(name, await engine.call(engine.client.inspect_network, name))

    @staticmethod
    async def _create(engine: Engine, condition: Condition, name: str) -> None:
        from docker.types import IPAMConfig, IPAMPool

        options = {"com.docker.network.bridge.enable_ip_masquerade": "false"}
        if condition.mtu:
            options["com.docker.network.driver.mtu"] = str(condition.mtu)
        for left in reversed(range(TRIES)):
            # Older engines have no pool of IPv6 subnets: one of the unique local addresses (RFC 4193) that hardly anybody else has taken.
            pool = IPAMConfig(pool_configs=[IPAMPool(subnet=f"fd{secrets.token_hex(1)}:{_group()}:{_group()}:{_group()}::/64")])
            try:
                await engine.call(
                    engine.client.create_network, name, driver="bridge", internal=condition.internal, enable_ipv6=condition.ipv6,
                    ipam=pool if condition.ipv6 else None, labels=engine.labels, options=options,
                )  # fmt: skip
                return
            except CannotStart as error:
                if "overlap" not in error.detail or not left:
                    raise CannotStart(_advised(error.detail)) from None

    @property
    def broadcast(self) -> str:
        """The address of everybody on the bridge."""
        return str(self.subnet.broadcast_address)

    @property
    def nobody(self) -> str:
        """An address that no host has: engines give out the low ones."""
        return str(self.subnet.broadcast_address - 1)

    @property
    def nobody6(self) -> str:
        """The same for IPv6; empty without."""
        return str(self.subnet6[-2]) if self.subnet6 else ""

    def addresses(self, own: Container, other: Container, condition: Condition) -> Addresses:
        """Where a role stands that plays in the container `own`."""
        mine, theirs = self._of(own), self._of(other)
        return Addresses(
            host=mine["IPAddress"] if condition.ipv4 else "", host6=mine["GlobalIPv6Address"],
            peer=theirs["IPAddress"] if condition.ipv4 else "", peer6=theirs["GlobalIPv6Address"],
            link6=_link_local(mine["MacAddress"]) if condition.ipv6 else "",
            peer_link6=_link_local(theirs["MacAddress"]) if condition.ipv6 else "",
            broadcast=self.broadcast if condition.ipv4 else "", nobody=self.nobody if condition.ipv4 else "", nobody6=self.nobody6,
        )  # fmt: skip

    def bearing(self, container: Container) -> str:
        """The IPv4 address that the engine gave a host, with the length of its prefix."""
        found = self._of(container)
        return f"{found['IPAddress']}/{found['IPPrefixLen']}"

    def _of(self, container: Container) -> dict[str, Any]:
        found: dict[str, Any] = container.inspected["NetworkSettings"]["Networks"][self.name]
        return found


class Tools:
    """What shapes the network of one host."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self._turn = asyncio.Lock()
        self._before: dict[str, str] = {}
        """What settings were before they were set, by their files."""
        self._touched: set[Touched] = set()
        """What may be otherwise than on a new host."""
        self._is_cut = False

    @classmethod
    async def beside(cls, engine: Engine, host: Container) -> "Tools":
        """Tools that share the host's network namespace. Raises `CannotStart` where there is no image with them."""
        try:
            image = await look_at(engine, TargetSpec(TOOLS, TOOLS, ("/bin/sh",), image=TOOLS))
        except CannotStart as error:
            raise NotProvided(f"needs the tools that shape networks: {error.detail}") from None
        make = Make(image=image.reference, command=image.command, inside=host.id, capabilities=("net_admin", "net_raw"), waits=True)
        return cls(await ShellContainer(engine, make).start())

    async def shape(self, condition: Condition) -> str:
        """Set the rules of a condition; which alternatives were taken, where there was a choice."""
        if not condition.rules:
            return ""
        return "; ".join(taken(condition.rules, await self.run(shaping(condition.rules))))

    async def cut(self) -> None:
        """Drop all that comes in, if that is not so already."""
        if not self._is_cut:
            self._is_cut = True
            await self.run(" && ".join(restored(tool, [f"-I {rule}" for rule in rules]) for tool, rules in _BY_TOOL.items()))

    async def restore(self) -> None:
        """Let it in again."""
        if self._is_cut:
            await self.run(" && ".join(restored(tool, [f"-D {rule}" for rule in rules]) for tool, rules in _BY_TOOL.items()))
            self._is_cut = False

    async def set(self, condition: Condition) -> dict[str, str]:
        """Give the kernel settings of a condition to a host that was made without them; what the kernel then says of each. Raises
        `CannotStart` where it does not take them."""
        named = {_file(name): name for name in condition.sysctls}
        wanted = {_file(name): value for name, value in condition.sysctls.items()}
        if condition.mtu:
            wanted[MTU_FILE] = str(condition.mtu)
        before = await self._values(wanted)
        self._before = before | self._before
        await self._write(wanted)
        return {name: wanted[file] for file, name in named.items()}

    async def _write(self, wanted: dict[str, str]) -> None:
        if not wanted:
            return
        await self.run(" && ".join(_written(file, value) for file, value in wanted.items()))
        has = await self._values(wanted)
        if has != wanted:
            raise CannotStart(f"settings did not become what they were to be: {has}, not {wanted}")

    async def _values(self, files: Collection[str]) -> dict[str, str]:
        if not files:
            return {}
        said = await self.run(f"cat {' '.join(files)}")
        return {file: " ".join(line.split()) for file, line in zip(files, said.splitlines(), strict=True)}

    async def undo(self, address: str) -> None:
        """Make the host as if nobody had stood on it: with its settings and its address, if it has one, without rules, connections, and
        anything learnt from those. Raises `CannotStart` where it does not come to that."""
        await self._write(self._before)
        self._before = {}
        has = await self.look(address, "; ".join([*(each.undo for each in TOUCHED if each in self._touched), UNDO]))
        if not has:
            await self.run(f"ip -4 address add {address} brd + dev eth0")
            if not await self.look(address):
                raise CannotStart(f"a host did not get its address {address} again")
        self._touched = set()
        self._is_cut = False

    async def look(self, address: str, undo: str = "") -> bool:
        """Whether a host has its address, if it is to have one, perhaps after something was undone. Raises `CannotStart`, saying what,
        where anything else is not as it is on a new host."""
        forget = ["tcp_metrics flush all", *(["neigh flush dev eth0"] if address else [])] if undo else []
        asked = [*forget, "tcp_metrics show", *(["address show dev eth0"] if address else [])]
        # A batch is one process for all of it, which goes on after what it could not do.
        looks = [f"{_lines(asked)} | ip -o -force -batch -", _CONNECTED, *(each.look for each in TOUCHED if each in self._touched)]
        said = await self.run("; ".join([*([undo] if undo else []), " && ".join(looks)]))
        addresses = [line for line in said.splitlines() if _ADDRESS.match(line)]
        left = [
            line for line in said.splitlines() if line and line not in addresses and not any(each.as_new.match(line) for each in TOUCHED)
        ]
        if left:
            raise CannotStart(f"not undone: {'; '.join(left)}")
        return not address or any(f" {address} " in line for line in addresses)

    async def run(self, command: str) -> str:
        """What a line of shell says; raises `CannotStart` with that where it fails."""
        self._touched |= {each for each in TOUCHED if any(word in command for word in each.words)}
        async with self._turn:
            self.container.keeper.hear(command)
            said = []
            while not (line := await self.container.keeper.line()).startswith(_DONE):
                said.append(line)
        text, code = "\n".join(said).strip(), int(line.removeprefix(_DONE))
        if code:
            raise CannotStart(f"{command[:200]}: {text or told(code)}")
        return text


class ShellContainer(Container):
    """A container without a Python, kept by a shell that runs each line it hears, until the end of its input."""

    def _create(self) -> str:
        # Of the kernel's settings those of the network alone can be written, which are the host's own.
        limits = {**self._limits(), "ReadonlyPaths": list(KEPT_FROM_TOOLS)}
        made = self.engine.client.create_container(
            self.make.image, entrypoint=[*self.make.command, "-c", f"{PATH}; {_RUN_LINES}"], command=[], stdin_open=True, user="0:0",
            host_config=limits, labels=self._labels(),
        )  # fmt: skip
        return str(made["Id"])


def can_be_undone(condition: Condition) -> bool:
    """All that its rules do is undone, and its settings leave nothing behind."""
    if any(name.endswith(LASTING) for name in condition.sysctls):
        return False
    commands = [command for alternatives in condition.rules for choice in alternatives for command in choice.split(" && ")]
    return condition.internal and all(command.startswith(UNDONE) for command in commands)


def is_plain(condition: Condition) -> bool:
    """Hosts can be made for it that are then given the settings of others, as they have none of their own."""
    return not condition.sysctls and not condition.mtu


def _file(name: str) -> str:
    return "/proc/sys/" + name.replace(".", "/")


def _written(file: str, value: str) -> str:
    return f"ip link set dev eth0 mtu {value}" if file == MTU_FILE else f"echo {value} >{file}"


def script(rules: tuple[tuple[str, ...], ...]) -> str:
    """One shell program for all rules: of each the first alternative that works, saying its number."""
    return "; ".join(_tried(at, alternatives) for at, alternatives in enumerate(rules))


def shaping(rules: tuple[tuple[str, ...], ...]) -> str:
    """The same by fewer processes: rules without an alternative that follow each other are set by one of each kind, and no number is said
    of them."""
    lines = []
    for tool, group in groupby(enumerate(rules), lambda each: _tool(each[1])):
        if tool:
            lines.append(f"{restored(tool, [choice.removeprefix(tool).strip() for _, (choice,) in group])} || exit 1")
        else:
            lines += [_tried(at, alternatives) for at, alternatives in group]
    return "; ".join(lines)


def _tried(at: int, alternatives: tuple[str, ...]) -> str:
    *choices, last = [f"{{ {command}; }}" for command in alternatives]
    tried = "".join(f"{choice} 2>/dev/null && echo {at} {number} || " for number, choice in enumerate(choices))
    return f"{{ {tried}{{ {last} && echo {at} {len(choices)}; }}; }} || exit 1"


def _tool(alternatives: tuple[str, ...]) -> str:
    """What sets a rule that has no alternative and is one command, where that can set many at a time."""
    tool = alternatives[0].partition(" ")[0]
    return tool if tool in _BY_TOOL and len(alternatives) == 1 and "&&" not in alternatives[0] else ""


def restored(tool: str, rules: Sequence[str]) -> str:
    """One process for several rules, which are set all together or not at all; what is there stays."""
    return f"{_lines(['*filter', *rules, 'COMMIT'])} | {tool}-restore --noflush"


def _lines(lines: Sequence[str]) -> str:
    return "printf '%s\\n' " + " ".join(f"'{line}'" for line in lines)


def taken(rules: tuple[tuple[str, ...], ...], said: str) -> list[str]:
    chosen = [line.split() for line in said.splitlines() if line.strip()]
    return [_short(rules[int(at)][int(number)]) for at, number in chosen if len(rules[int(at)]) > 1]


def _short(command: str) -> str:
    """`netem delay 100ms` of the whole command."""
    words = command.partition("&&")[0].split()
    if words[0] == "tc":
        return " ".join(words[words.index("root") + 1 :])
    return "iptables statistic nth" if "statistic" in words else command


def _link_local(mac: str) -> str:
    """The link-local address that Linux makes from an Ethernet address (RFC 4291, appendix A)."""
    parts = bytes.fromhex(mac.replace(":", ""))
    identifier = bytes([parts[0] ^ 2]) + parts[1:3] + b"\xff\xfe" + parts[3:]
    return str(IPv6Address(b"\xfe\x80" + bytes(6) + identifier))


def _group() -> str:
    return secrets.token_hex(2)


def _advised(detail: str) -> str:
    if "non-overlapping" in detail or "pool" in detail:
        return f"{detail} (no subnet is left: 'sockmatrix clean' removes what ended runs have left, 'docker network prune' more)"
    if "ip6" in detail.lower() or "ipv6" in detail.lower():
        return f"{detail} (where the engine has no IPv6, try --network plain)"
    return detail
