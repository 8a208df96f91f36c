"""Examine what this machine can test and what it cannot, and say what to do about it.

Changes nothing; traffic only on loopback, and to the container engine that the settings name.
"""

import os
import platform
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from harness.targets.discover import Found, find_all
from harness.targets.interpreter import ids

if TYPE_CHECKING:
    from docker import APIClient

State = Literal["ok", "limited", "missing"]

HOSTS = Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32/drivers/etc/hosts") if os.name == "nt" else Path("/etc/hosts")
PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
KERNEL_IPV6 = Path("/proc/net/if_inet6")
"""There where the kernel has IPv6, even if no interface uses it."""

FEW_PORTS = 4096
FEW_DESCRIPTORS = 256
ENGINE_SECONDS = 3
"""For an answer of the container engine."""
LIMITS = {"MemoryLimit": "memory", "PidsLimit": "processes", "CpuCfsQuota": "processors"}
"""What the engine says of itself, with what it limits."""
SHORT_NAME = 40
"""Bytes of a socket's path that a scenario's own folder and file need below the temporary folder."""


class Check(Struct, frozen=True):
    """One thing that was examined."""

    name: str
    state: State
    finding: str
    advice: str = ""
    """What to do about it; empty if nothing has to be done."""


def examine(find: Callable[[], Found] = find_all) -> tuple[Check, ...]:
    """Examine everything, in the order in which it is best read; never an exception."""
    return (
        check_ipv4(),
        check_ipv6(),
        check_unix(),
        check_services(),
        check_host_name(socket.gethostname(), HOSTS),
        check_ports(PORT_RANGE),
        check_descriptors(),
        check_cores(),
        *check_containers(),
        check_ssh(),
        *check_interpreters(find()),
    )


def check_ipv4() -> Check:
    """Can 127.0.0.1 be bound."""
    problem = _bind_problem("AF_INET", "127.0.0.1")
    if problem:
        return Check("ipv4", "missing", f"127.0.0.1 cannot be bound: {problem}", "bring the loopback interface up: ip link set lo up")
    return Check("ipv4", "ok", "127.0.0.1 can be bound")


def check_ipv6() -> Check:
    """Can ::1 be bound."""
    problem = _bind_problem("AF_INET6", "::1")
    if problem:
        advice = "scenarios that need ipv6 will be unsupported; Linux has it with net.ipv6.conf.lo.disable_ipv6=0"
        return Check("ipv6", "missing", f"::1 cannot be bound: {problem}", advice)
    return Check("ipv6", "ok", "::1 can be bound")


def check_unix() -> Check:
    """Can an AF_UNIX socket be bound, and how long may its path be; found by trying, in a temporary folder."""
    from tempfile import TemporaryDirectory, gettempdir

    if not hasattr(socket, "AF_UNIX"):
        return Check("unix", "missing", "this Python has no AF_UNIX", "scenarios that need unix will be unsupported")
    with TemporaryDirectory(prefix="s") as folder:
        longest = longest_path(folder)
    used = len(os.fsencode(gettempdir())) + 1
    if not longest:
        return Check(
            "unix", "missing", f"no AF_UNIX socket can be bound below {gettempdir()}", "set TMPDIR to a short path on a local disk"
        )
    finding = f"paths up to {longest} bytes, of which the temporary folder takes {used}"
    if longest - used < SHORT_NAME:
        return Check("unix", "limited", finding, f"set TMPDIR to a path of at most {longest - SHORT_NAME - 1} bytes")
    return Check("unix", "ok", finding)


def check_services() -> Check:
    """Does the services database know http."""
    try:
        port = socket.getservbyname("http", "tcp")
    except OSError:
        return Check(
            "services", "missing", "http/tcp is not in the services database", "install the package netbase, or write /etc/services"
        )
    return Check("services", "ok", f"http/tcp is {port}")


def check_host_name(name: str, hosts: Path) -> Check:
    """Is the machine's own name a loopback address in its hosts file, so that no resolver is asked for it."""
    addresses = _addresses_in(hosts, name)
    if any(address.startswith("127.") or address == "::1" for address in addresses):
        return Check("hostname", "ok", f"{name} is {addresses[0]} in {hosts}; no resolver is asked")
    finding = f"{name} is {addresses[0]} in {hosts}, not a loopback address" if addresses else f"{name} is not in {hosts}"
    return Check(
        "hostname",
        "limited",
        finding,
        f"add the line '127.0.0.1 {name}' to {hosts}; until then scenarios that need hostname are unsupported",
    )


def check_ports(range_file: Path) -> Check:
    """How many ports has the system for sockets that ask for any."""
    try:
        first, last = map(int, range_file.read_text("ascii").split())
    except (OSError, ValueError):
        return Check("ports", "ok", "the range of ephemeral ports is not told on this system")
    count = last - first + 1
    finding = f"{count} ephemeral ports, {first} to {last}"
    if count < FEW_PORTS:
        return Check("ports", "limited", finding, 'widen it: sysctl net.ipv4.ip_local_port_range="32768 60999"')
    return Check("ports", "ok", finding)


def check_descriptors() -> Check:
    """How many files may a process have open."""
    try:
        import resource
    except ImportError:
        return Check("descriptors", "ok", "this system sets no limit on open files")
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        return Check("descriptors", "ok", "no limit on open files")
    if limit < FEW_DESCRIPTORS:
        enough = 1024 if most == resource.RLIM_INFINITY else min(most, 1024)
        return Check("descriptors", "limited", f"{limit} open files for a process", f"raise it: ulimit -n {enough}")
    return Check("descriptors", "ok", f"{limit} open files for a process")


def check_cores() -> Check:
    """How many cores may this program use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores == 1:
        return Check("cores", "limited", "1 core", "time bounds may come out inconclusive; play on fewer targets at once")
    return Check("cores", "ok", f"{cores} cores")


def check_ssh() -> Check:
    """Is there a client for `ssh:` targets. It is only asked for its version."""
    import shutil
    import subprocess

    if shutil.which("ssh") is None:
        advice = "on Debian and Ubuntu: sudo apt-get install openssh-client"
        return Check("ssh", "missing", "there is no program ssh; other machines cannot be targets (ssh:user@host)", advice)
    told = subprocess.run(["ssh", "-V"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    words = (told.stderr or told.stdout).split(",")[0].strip() or "ssh"
    return Check("ssh", "ok", f"{words}; other machines can be targets (ssh:user@host)")


def check_containers() -> tuple[Check, ...]:
    """Which container engine answers, and what it has of that which networks need. It is asked; nothing is made there."""
    from harness.images.engine import EngineUnavailable

    try:
        return _engine_checks()
    except EngineUnavailable as absent:
        return (Check("containers", "missing", absent.problem, absent.hint),)


def _engine_checks() -> tuple[Check, ...]:
    """What the engine answers. Raises `EngineUnavailable`."""
    from harness.images.engine import connect, errors, unavailable

    failures = errors()
    try:
        with connect(ENGINE_SECONDS) as client:
            info = client.info()
            return (check_engine(client.version(), info), check_tools(client), check_ipv6_networks(info["KernelVersion"], KERNEL_IPV6))
    except failures as error:
        raise unavailable(error) from error


def check_engine(version: Mapping[str, Any], info: Mapping[str, Any]) -> Check:
    """What engine it is, and can it set the limits that every container is given."""
    programs = [part["Name"] for part in version.get("Components") or ()]
    name = "Podman" if any("podman" in program.lower() for program in programs) else "Docker"
    finding = f"{name} {version['Version']}, API {version['ApiVersion']}, storage {info['Driver']}"
    unlimited = [what for key, what in LIMITS.items() if not info.get(key)]
    if unlimited:
        advice = "give it cgroups for that (without root: delegated by systemd); until then containers may not start"
        return Check("containers", "limited", f"{finding}; it sets no limit on {' and '.join(unlimited)}", advice)
    return Check("containers", "ok", finding)


def check_tools(client: "APIClient") -> Check:
    """Is there the image with the tools that shape networks."""
    from harness.images.inventory import held
    from harness.images.registry import registry

    image = next(image for image in registry() if image.role == "tools")
    if held(client, image.image) is None:
        finding = f"there is no image '{image.image}'; scenarios that need its tools will be unsupported"
        return Check("tools", "missing", finding, f"build it: sockmatrix images build {image.name}")
    return Check("tools", "ok", f"networks are shaped with {image.image}")


def check_ipv6_networks(kernel: str, table: Path) -> Check:
    """Can networks with IPv6 be expected of the engine's kernel, if that is this machine's."""
    if kernel != platform.release():
        finding = f"the engine's kernel is {kernel}, not this machine's: whether it has IPv6 shows when it is used"
        return Check("networks", "limited", finding, "try it: sockmatrix run -t docker:IMAGE -k area:ipv6 --network ipv6")
    if not table.exists():
        advice = "scenarios on networks with IPv6 will fail to start; boot without ipv6.disable=1"
        return Check("networks", "limited", "IPv4 alone: the kernel has no IPv6", advice)
    return Check("networks", "ok", "IPv4 and IPv6 can be expected")


def check_interpreters(found: Found) -> tuple[Check, ...]:
    """What there is to play on, and one check for each that was left out."""
    names = ids(found.interpreters)
    skipped = tuple(
        Check("skipped", "limited", f"{path}: {reason}", "mend it, or take it off PATH if it is not wanted")
        for path, reason in found.skipped.items()
    )
    if not names:
        return (Check("interpreters", "missing", "no interpreter found", "install a Python, or name one by its path"), *skipped)
    return (Check("interpreters", "ok", f"{len(names)} found: {', '.join(names)}"), *skipped)


def longest_path(folder: str) -> int:
    """Length in bytes of the longest AF_UNIX path that can be bound below the folder; 0 if none can.

    Limits above the longest file name in this folder (255 bytes and the folder's own) are not told apart.
    """
    shortest = len(os.fsencode(folder)) + 2
    if not _binds_path(folder, shortest):
        return 0
    works, fails = shortest, shortest + 255
    while fails - works > 1:
        middle = (works + fails) // 2
        works, fails = (middle, fails) if _binds_path(folder, middle) else (works, middle)
    return works


def _binds_path(folder: str, length: int) -> bool:
    path = os.path.join(folder, "")
    path += "x" * (length - len(os.fsencode(path)))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.bind(path)
    except OSError:
        return False
    with suppress(OSError):
        os.unlink(path)
    return True


def _bind_problem(family: str, address: str) -> str:
    if not hasattr(socket, family):
        return f"this Python has no {family}"
    try:
        with socket.socket(getattr(socket, family), socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _addresses_in(hosts: Path, name: str) -> list[str]:
    try:
        lines = hosts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    entries = (line.split("#")[0].split() for line in lines)
    return [entry[0] for entry in entries if name.lower() in map(str.lower, entry[1:])]
