"""What a kernel that was just started needs before it is a machine: file systems, modules, loopback. Starts no process.

Runs as the first process of a machine, on Python 3.8 or later, before the switchboard and in the same process. Each thing is done only
where it is not done yet, so that in a sandbox that is complete nothing happens. MODULES names the folder of the kernel's modules, or
`host:` and a folder of the machine outside, LOAD those to be loaded, and LINE the device that is the switchboard's line from then on; a
kernel hands such words of its command line on as environment.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import re
import shutil
import socket
import struct

NOTES: list[str] = []
"""What could not be done: the controller is told."""
MOUNTS = (("proc", "/proc", "proc"), ("sysfs", "/sys", "sysfs"), ("devtmpfs", "/dev", "devtmpfs"), ("tmpfs", "/run", "tmpfs"))
WRITABLE = ("/tmp", "/var/tmp", "/dev/shm")
NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0), "ptmx": (5, 2)}
NAME = "machine"
HOSTS = f"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.1.1\t{NAME}\n"
"""As a container engine writes it, except that the machine's own name means loopback: it has no other address."""
READ_ONLY = 0x1
IFF_UP = 0x1
FINIT_MODULE = {"x86_64": 313, "aarch64": 273, "s390x": 344}
POWER_OFF = 0x4321FEDC
KOBJECT_UEVENT = 15
DEVICE_SECONDS = 60.0
"""An emulated machine is slow."""

_libc = ctypes.CDLL(None, use_errno=True)


def bring_up() -> None:
    """Everything, in the order in which one needs the other."""
    if os.getpid() != 1 or os.path.exists("/proc/self"):
        return
    for source, place, kind in MOUNTS:
        mount(source, place, kind)
    make_nodes()
    for place in WRITABLE:
        if os.path.isdir(place) or make_folder(place):
            mount("tmpfs", place, "tmpfs")
    hush()
    with devices() as coming:
        load_modules(os.environ.get("MODULES", ""), os.environ.get("LOAD", ""))
        take_line(os.environ.get("LINE", ""), coming)
    write_hosts()
    set_loopback_up()


def mount(source: str, place: str, kind: str, flags: int = 0, data: str = "") -> bool:
    """Whether it could be mounted."""
    done: bool = _libc.mount(source.encode(), place.encode(), kind.encode(), flags, data.encode()) == 0
    error = ctypes.get_errno()
    if not done and error != errno.EBUSY:  # the kernel has mounted it already
        NOTES.append(f"mount {place}: {os.strerror(error)}")
    return done


def make_folder(place: str) -> bool:
    """On a file system that can be written to."""
    try:
        os.makedirs(place, exist_ok=True)
    except OSError as error:
        NOTES.append(f"{place}: {error.strerror}")
    return os.path.isdir(place)


def make_nodes() -> None:
    """The devices that programs take for granted, where the kernel has no devtmpfs."""
    if os.path.exists("/dev/null"):
        return
    mount("tmpfs", "/dev", "tmpfs")
    for name, numbers in NODES.items():
        os.mknod("/dev/" + name, 0o666 | 0o020000, os.makedev(*numbers))
    make_folder("/dev/shm")


def hush() -> None:
    """Kernel messages would come in between what is said on the same line."""
    try:
        with open("/proc/sys/kernel/printk", "w") as file:
            file.write("1 1 1 1")
    except OSError as error:
        NOTES.append(f"printk: {error.strerror}")


def write_hosts() -> None:
    """The names of a machine without a network. /etc is a copy in memory where it cannot be written to."""
    socket.sethostname(NAME)
    if not os.access("/etc", os.W_OK) or os.statvfs("/etc").f_flag & os.ST_RDONLY:
        shutil.copytree("/etc", "/run/etc", symlinks=True)
        mount("/run/etc", "/etc", "", 4096)  # MS_BIND
    for name, text in (("hosts", HOSTS), ("hostname", NAME + "\n")):
        try:
            with open("/etc/" + name, "w") as file:
                file.write(text)
        except OSError as error:
            NOTES.append(f"/etc/{name}: {error.strerror}")


def set_loopback_up() -> None:
    """With all its addresses, which the kernel gives it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        flags = struct.unpack("16sh14x", fcntl.ioctl(asked, 0x8913, struct.pack("16sh14x", b"lo", 0)))[1]
        fcntl.ioctl(asked, 0x8914, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def load_modules(folder: str, wanted: str) -> None:
    """Load modules with those that they need; one that a kernel does not have, or has built in, is no fault."""
    if not folder or not wanted:
        return
    if folder.startswith("host:"):
        make_folder("/run/modules")
        mount("none", "/run/modules", "hostfs", READ_ONLY, folder[len("host:") :])
        folder = "/run/modules"
    files = {}
    for place, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".ko"):
                files[name[:-3].replace("-", "_")] = os.path.join(place, name)
    loaded: set[str] = set()
    for name in wanted.split(","):
        load(name.replace("-", "_"), files, loaded)


def load(name: str, files: dict[str, str], loaded: set[str]) -> None:
    """One module, after those that it says it depends on."""
    if name in loaded or name not in files:
        return
    loaded.add(name)
    with open(files[name], "rb") as file:
        needed = re.search(rb"\0depends=([^\0]*)\0", file.read())
        for other in needed[1].decode().split(",") if needed else []:
            load(other.replace("-", "_"), files, loaded)
        number = FINIT_MODULE.get(os.uname().machine)
        if number and _libc.syscall(number, file.fileno(), b"", 0) != 0:
            NOTES.append(f"module {name}: {os.strerror(ctypes.get_errno())}")


def devices() -> socket.socket:
    """What the kernel says of devices that come."""
    coming = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, KOBJECT_UEVENT)
    coming.bind((0, 1))
    return coming


def take_line(device: str, coming: socket.socket) -> None:
    """Take a device in the place of standard input and output, as soon as it is there."""
    if not device:
        return
    coming.settimeout(DEVICE_SECONDS)
    while not os.path.exists(device):
        try:
            coming.recv(65536)
        except OSError as error:
            if error.errno != errno.ENOBUFS:  # more has come than there was room for
                raise
    line = os.open(device, os.O_RDWR)
    os.dup2(line, 0)
    os.dup2(line, 1)
    os.close(line)


def power_off() -> None:
    """The end of a machine is the end of its first process."""
    if os.getpid() == 1:
        os.sync()
        _libc.reboot(POWER_OFF)
