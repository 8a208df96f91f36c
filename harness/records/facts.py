"""What a target says of itself. Facts decide needs and variations, and explain differences."""

from msgspec import Struct


class Facts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Facts of one target, reported by its agent once at start; every field is a word of the predicate language.

    Versions are dotted text and are compared number by number. An empty text means "not known on this target",
    which no comparison matches.
    """

    python: str
    """Version of the language, `sys.version_info` joined by dots: `3.8.18`."""
    implementation: str
    """`cpython`, `pypy`, `jython`, …: `platform.python_implementation()` in small letters."""
    implementation_version: str
    os: str
    """`linux`, `macos`, `windows`, `freebsd`, `emscripten`, `wasi`, …"""
    kernel: str = ""
    """Release of the kernel, its leading numbers only: `6.18.44`."""
    libc: str = ""
    """`glibc`, `musl`, `msvcrt`, … or empty."""
    libc_version: str = ""
    machine: str = ""
    byteorder: str = "little"
    bits: int = 64
    """Size of a pointer in bits."""
    ipv4: bool = True
    """A datagram from 127.0.0.1 to itself can be sent; in WebAssembly, where there are none, a stream socket can be made."""
    ipv6: bool = False
    """A datagram from ::1 to itself can be sent."""
    unix: bool = False
    """An AF_UNIX stream socket can be made."""
    listens: bool = True
    """A socket can be bound, and wait for connections."""
    threads: bool = True
    """A call can be left under way in a thread while others are made."""
    forks: bool = False
    """The agent can divide itself, so that a scenario with a process of its own gets a fork of one that has done nothing."""
    root: bool = False
    capabilities: tuple[str, ...] = ()
    """Effective Linux capabilities, small letters without `cap_`: `net_raw`."""
    hostname: bool = False
    """The machine's own host name is in its hosts file as a loopback address, so that no resolver is asked for it."""
    services: bool = False
    """`getservbyname("http", "tcp")` answers."""
    wine: bool = False
    gvisor: bool = False
    """System calls are answered by gVisor, which is a kernel of its own."""
    gvisor_version: str = ""
    """The date of gVisor's release, `2024.7.29`, where the run has started that; nothing inside tells it."""
    host_network: bool = False
    """A sandbox that passes socket calls on to the kernel of the machine that it runs on."""
    hypervisor: str = ""
    """What a kernel of its own runs on, where the run has started that: `uml` (User-mode Linux), `qemu`; else empty."""
    settings: dict[str, str] = {}
    """Kernel settings that sockets depend on, by their sysctl name."""
    names: tuple[str, ...] = ()
    """Public names of the module `socket`, and `socket.socket.X` for the methods of a socket, sorted."""
    constants: dict[str, int] = {}
    """Integer constants by qualified name: `socket.AF_INET`, `errno.EAGAIN`, `select.POLLIN`."""
    classes: dict[str, str] = {}
    """Exception classes by the name a program writes, with the name the class really has: `socket.timeout: TimeoutError`."""
    network: str = ""
    """The network condition the target is in, empty for the machine's own loopback."""
    shaping: str = ""
    """What makes the condition on this engine's kernel: `netem loss 10%`, or what stands in for it."""
    one_host: bool = True
    """All roles stand on one host; false where each has a host of its own on a network."""
    image: str = ""
    """Digest of the container image, empty outside containers."""
    emulated: bool = False
    """The image is for another processor than the engine's, which emulates it: what it shows of system calls may be the emulator's."""
