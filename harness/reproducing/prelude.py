# -*- coding: utf-8 -*-
"""The helpers that reproductions are made with, as source text. Never imported: `helpers.py` copies from it what a file needs.

Everything here runs on Python 2.7, 3.4 and newer, PyPy and Jython. It is read by people who have never heard of the project.
"""
from __future__ import print_function

import atexit
import copy
import errno
import gc
import io
import linecache
import os
import pickle
import select
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
import weakref
from decimal import Decimal
from fractions import Fraction

HOST = "127.0.0.1"
HOST6 = "::1"
PEER = "127.0.0.1"
PEER6 = "::1"
LINK6 = ""
PEER_LINK6 = ""
BROADCAST = "127.255.255.255"
NOBODY = ""
NOBODY6 = ""

ERRORS = (Exception,)
if sys.platform.startswith("java"):
    from java.lang import Throwable  # what Java code throws inside a call is no Python exception
    ERRORS += (Throwable,)

verdict = []
clock = getattr(time, "perf_counter", time.time)
step = {"ended": clock(), "took": 0.0}


def tell(frame, number, outcome):
    """Print a line of this program and what it came to."""
    now = clock()
    step["took"], step["ended"] = now - step["ended"], now
    line = linecache.getline(frame.f_code.co_filename, number).strip().replace("outcome = ", "", 1)
    if "show(" in line:
        line = line.replace("show(", "", 1)[:-1]
    if len(outcome) > 300:
        outcome = "%s... (%d characters)" % (outcome[:300], len(outcome))
    print("  %s\n      -> %s%s" % (line, outcome, "  after %.2f s" % step["took"] if step["took"] > 0.05 else ""))


def show(value):
    """Print the line that called this, and its value."""
    frame = sys._getframe(1)
    tell(frame, frame.f_lineno, repr(value))
    return value


def show_error(error):
    """Print the line of the last try block that failed, and its error."""
    if isinstance(error, UnboundLocalError):
        raise error  # a step above failed, so that this one cannot be tried
    place = sys.exc_info()[2]
    tell(sys._getframe(1), place.tb_lineno, "raised " + traceback.format_exception_only(type(error), error)[-1].strip())
    if hasattr(error, "__traceback__"):
        error.__traceback__ = None  # what the failed call has left behind goes now, and not when this program ends
    return error


def as_reported(is_so):
    """Note whether the marked step did what was reported."""
    verdict.append(bool(is_so))


def run(steps, reported):
    """The exit code: 1, the marked step does what was reported; 0, it does something else; 3, it was not reached."""
    try:
        steps()
    except ERRORS:
        traceback.print_exc()
    if not verdict:
        print("\nThe marked step was not reached.")
        return 3
    print("\nThe marked step %s %s." % ("does" if verdict[-1] else "does not do", reported))
    return 1 if verdict[-1] else 0


def watch(seconds, is_reported):
    """End this program when it has not come to its end by then."""
    def give_up():
        print("\nStill under way after %g s%s" % (seconds, ", as reported" if is_reported else ""))
        sys.stdout.flush()
        os._exit(1 if is_reported else 3)
    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()


warned = []


def notice_warnings():
    """Have every warning given each time, on standard output."""
    def notice(message, category, filename, lineno, file=None, line=None):
        warned.append(category.__name__)
        print("      warning: %s: %s" % (category.__name__, message))
    warnings.simplefilter("always")
    warnings.showwarning = notice


def lacking(what):
    """End this program where a system cannot show what it is about."""
    print("This cannot be shown here: the system lacks %s" % what)
    sys.exit(3)


defaults = {"acting": ""}


def act(role):
    """Begin to act as a role. Each has a default timeout of its own, as it would in a process of its own."""
    print(role)
    defaults[defaults["acting"]] = socket.getdefaulttimeout()
    socket.setdefaulttimeout(defaults.get(role))
    defaults["acting"] = role


kept = []


def keep(value):
    """Keep a socket alive until the end, though no name holds it."""
    kept.append(value)
    return value


def collect():
    """Collect what nothing refers to any more."""
    gc.collect()
    if not hasattr(sys, "getrefcount"):
        gc.collect()


class Job(object):
    """A call under way in a thread of its own."""

    def __init__(self, call, arguments, keywords):
        self.call = lambda: call(*arguments, **keywords)
        self.value = self.error = None
        self.thread = threading.Thread(target=self.work)
        self.thread.daemon = True
        self.thread.start()

    def work(self):
        try:
            self.value = self.call()
        except ERRORS as error:
            self.error = error

    def is_pending(self):
        """Whether the call has still not finished after a moment."""
        self.thread.join(0.1)
        return self.thread.is_alive()

    def result(self):
        """What the call gave, or raise what it raised."""
        while self.thread.is_alive():
            self.thread.join(0.05)
        if self.error is not None:
            raise self.error
        return self.value


def start(call, *arguments, **keywords):
    """Begin a call in the background, and wait until it is likely to block."""
    job = Job(call, arguments, keywords)
    job.thread.join(0.05)
    return job


def native(text):
    """This Python's own str of a text."""
    return text.encode("utf-8") if sys.version_info[0] == 2 else text


def typename(value):
    """The name of a value's class, with its module unless it is built in."""
    return class_name(type(value))


def class_name(cls):
    """The name of a class, with its module unless it is built in."""
    for module in (socket, select, struct):
        for name in ("error", "herror", "gaierror", "timeout", "socket", cls.__name__):
            if getattr(module, name, None) is cls and cls.__module__ not in ("exceptions", "builtins", "__builtin__"):
                return module.__name__ + "." + name
    if cls.__module__ in ("exceptions", "builtins", "__builtin__"):
        return cls.__name__
    return cls.__module__.lstrip("_") + "." + cls.__name__


def bases(value):
    """The names of the classes that a class, or the class of a value, derives from."""
    cls = value if isinstance(value, type) else type(value)
    return [class_name(base) for base in cls.__mro__[1:] if base is not object]


folders = {}


def path(name, owner=""):
    """A path in a temporary folder, short enough for AF_UNIX."""
    if owner not in folders:
        folders[owner] = tempfile.mkdtemp(prefix="smx-", dir="/tmp" if os.path.isdir("/tmp") else None)
        atexit.register(shutil.rmtree, folders[owner], True)
    return os.path.join(folders[owner], name)


held = []


def unused_port(kind="tcp"):
    """A port that refuses: it is held, bound, and nothing listens there."""
    if sys.platform.startswith("java"):
        return unused_port_of_java(kind)
    holder = socket.socket(socket.AF_INET6 if kind.endswith("6") else socket.AF_INET,
                           socket.SOCK_DGRAM if kind.startswith("udp") else socket.SOCK_STREAM)
    held.append(holder)
    host = "::1" if kind.endswith("6") else "127.0.0.1"
    holder.bind((host, 0))
    if kind.startswith("udp"):
        holder.connect(holder.getsockname()[:2])  # to itself, so that it takes nothing from anyone else
    return holder.getsockname()[1]


def unused_port_of_java(kind):
    """The same on Jython, which binds a socket only when it connects or listens."""
    from java.net import DatagramSocket, InetAddress, InetSocketAddress, Socket
    address = InetAddress.getByName("::1" if kind.endswith("6") else "127.0.0.1")
    holder = DatagramSocket(0, address) if kind.startswith("udp") else Socket()
    held.append(holder)
    if kind.startswith("udp"):
        holder.connect(address, holder.getLocalPort())
    else:
        holder.bind(InetSocketAddress(address, 0))
    return holder.getLocalPort()


def available_socket(family, kind, protocol=0):
    """A socket of a kind that not every kernel has, or not for every user."""
    unavailable = ("EAFNOSUPPORT", "EPFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENOPROTOOPT", "EPERM", "EACCES")
    try:
        return socket.socket(family, kind, protocol)
    except socket.error as error:
        if errno.errorcode.get(error.errno) not in unavailable:
            raise
        lacking("sockets of family %d, type %d, protocol %d" % (family, kind, protocol))


def utf8(text):
    """The UTF-8 of a text."""
    return text if str is bytes and isinstance(text, str) else text.encode("utf-8")


def fill(count):
    """Known bytes: the byte at each place is the place modulo 251."""
    pattern = b"".join([struct.pack("B", number) for number in range(251)])
    return (pattern * (count // 251 + 1))[:count]


def recv_all(sock, count):
    """Receive so many bytes, or up to the end of the stream."""
    parts, left = [], count
    while left:
        data = sock.recv(min(left, 65536))
        if not data:
            break
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


def recv_until_eof(sock, size=2048, every=0):
    """Receive up to the end of the stream, with so many seconds after each piece."""
    parts = []
    while True:
        data = sock.recv(size)
        if not data:
            return b"".join(parts)
        parts.append(data)
        if every:
            time.sleep(every)


def fill_buffer(sock, size=65536):
    """Send until it would block, on a socket that does not block; how many bytes were taken."""
    block, total = fill(size), 0
    while total < 2 ** 28:
        try:
            total += sock.send(block)
        except socket.error as error:
            if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", -1)):
                break
            raise
    return total


def linger(onoff, seconds):
    """The value of SO_LINGER."""
    return struct.pack("hh" if os.name == "nt" else "ii", onoff, seconds)


def timeval(seconds):
    """The value of SO_RCVTIMEO and SO_SNDTIMEO."""
    if os.name == "nt":
        return struct.pack("@I", int(seconds * 1000))
    form = "@qq" if getattr(socket, "SO_RCVTIMEO", None) == 66 else "@ll"  # Linux's number where time has 64 bits and a C long has 32
    return struct.pack(form, int(seconds), int(round((seconds - int(seconds)) * 1000000)))


def ip_mreq(group, interface):
    """The value of IP_ADD_MEMBERSHIP."""
    return socket.inet_aton(group) + socket.inet_aton(interface)


def ipv6_mreq(group, index):
    """The value of IPV6_JOIN_GROUP."""
    return socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index)


def ucred(data):
    """Process, user and group of an SO_PEERCRED."""
    return struct.unpack("@iII", data)


def ints(*numbers):
    """An array of C ints, as bytes."""
    return struct.pack("@%di" % len(numbers), *numbers)


def ints_from(data):
    """The C ints in some bytes."""
    count = len(bytes(data)) // struct.calcsize("@i")
    return list(struct.unpack("@%di" % count, bytes(data)[:count * struct.calcsize("@i")]))


class Indexed(object):
    """Not a number, but usable as an index."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


class Floating(object):
    """Not a number, but convertible to a float."""

    def __init__(self, number):
        self.number = float(number)

    def __float__(self):
        return self.number


class Text(str):
    """A subclass of str."""


class Integer(int):
    """A subclass of int."""


def generator(*items):
    """A generator of some items."""
    return (item for item in items)


alarms_seen = []
alarms_asked = []


def arm_when_blocked(thread, after, every, number):
    """Have the alarm begin when the main thread is seen to block in the system, or after a while where that cannot be seen."""
    looks, started = 0, time.time()
    while looks < 20 or time.time() - started < 0.05:
        time.sleep(0.0005)
        try:
            with open("/proc/%s/stat" % thread) as file:
                blocked = file.read().rpartition(")")[2].split()[0] == "S"
            with open("/proc/%s/wchan" % thread) as file:
                place = file.read()
        except (OSError, IOError):
            blocked, place = True, ""
        if blocked and place not in ("", "0") and not place.startswith("futex"):
            break
        looks = looks + 1 if blocked and place in ("", "0") else 0
        if time.time() - started > 3:
            break
    if number == len(alarms_asked):
        signal.setitimer(signal.ITIMER_REAL, after, every)


def alarm(after, every=0, raises=False, tells=None):
    """Have SIGALRM come after so many seconds, and again every so many; it is counted, sends a byte to `tells`, or raises.

    The time of one that comes once, or raises, begins when the next call blocks, however busy the machine is."""
    told = [tells]

    def handle(number, frame):
        alarms_seen.append(number)
        if told[0] is not None:
            told.pop().send(b"!")
            told.append(None)
        if raises:
            raise KeyboardInterrupt("alarm") if sys.version_info[0] == 2 else InterruptedError(errno.EINTR, "alarm")

    if not hasattr(signal, "setitimer"):
        lacking("signal.setitimer")
    signal.signal(signal.SIGALRM, handle)
    alarms_asked.append(after)
    waits = after and (raises or not every)
    signal.setitimer(signal.ITIMER_REAL, 0 if waits else after, 0 if waits else every)
    if waits:
        thread = "%d/task/%d" % (os.getpid(), os.getpid())
        armer = threading.Thread(target=arm_when_blocked, args=(thread, after, every, len(alarms_asked)))
        armer.daemon = True
        armer.start()


def alarms():
    """How many alarms have come."""
    return len(alarms_seen)


LOOK = """
import os, sys
try:
    sys.exit(os.fstat(int(sys.argv[1])).st_ino != int(sys.argv[2]))
except OSError:
    sys.exit(1)
"""


def inherited(sock):
    """Whether a child process, started without closing descriptors, has this one too."""
    if not hasattr(os, "fork"):
        lacking("descriptors that a child can be asked about")
    number = sock if isinstance(sock, int) else sock.fileno()
    inode = os.fstat(number).st_ino
    return subprocess.call([sys.executable, "-E", "-S", "-c", LOOK, str(number), str(inode)], close_fds=False) == 0


def enter(value):
    """Begin a with block."""
    return type(value).__enter__(value)


def leave(value):
    """End a with block."""
    return type(value).__exit__(value, None, None, None)


def readable(sock, within):
    """Whether there is something to receive within so many seconds."""
    return bool(select.select([sock], [], [], within)[0])


def writable(sock, within):
    """Whether something can be sent within so many seconds."""
    return bool(select.select([], [sock], [], within)[1])


def is_open(number):
    """Whether a descriptor refers to anything."""
    if os.name != "posix":
        lacking("descriptors with numbers that the system can be asked about")
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def host_name():
    """The machine's own name."""
    return socket.gethostname()


def exception_of(sock):
    """The name of the error that waits at a socket."""
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return errno.errorcode.get(number, str(number)) if number else ""


def poll_events(sock, within):
    """The names of the events that poll reports within so many seconds."""
    if not hasattr(select, "poll"):
        lacking("select.poll")
    poller = select.poll()
    half_closed = getattr(select, "POLLRDHUP", 0x2000 if sys.platform.startswith("linux") else 0)
    poller.register(sock, select.POLLIN | select.POLLOUT | select.POLLPRI | half_closed)
    found = poller.poll(int(within * 1000))
    mask = found[0][1] if found else 0
    return sorted(["POLL" + name for name in ("IN", "PRI", "OUT", "ERR", "HUP", "NVAL") if mask & getattr(select, "POLL" + name, 0)])


def epoll_events(sock, within):
    """The names of the events that epoll reports within so many seconds."""
    if not hasattr(select, "epoll"):
        lacking("select.epoll")
    poller = select.epoll()
    poller.register(sock.fileno(), select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI | 0x2000)
    found = poller.poll(within)
    poller.close()
    mask = found[0][1] if found else 0
    names = ["EPOLL" + name for name in ("IN", "PRI", "OUT", "ERR", "HUP") if mask & getattr(select, "EPOLL" + name)]
    return sorted(names + (["EPOLLRDHUP"] if mask & 0x2000 else []))


def mode(name):
    """The permission bits of a path."""
    return os.stat(name).st_mode & 0o7777


def make_file(name):
    """Make an empty file."""
    open(name, "wb").close()


def make_link(name, target):
    """Make a symbolic link."""
    if not hasattr(os, "symlink"):
        lacking("os.symlink")
    os.symlink(target, name)


def set_mode(name, bits):
    """Change permission bits until the end of this program."""
    atexit.register(os.chmod, name, mode(name))
    os.chmod(name, bits)


def spare_descriptors(count):
    """From now on, let this process open only so many more descriptors."""
    try:
        import resource
    except ImportError:
        lacking("the module resource")
    for codec in ("ascii", "latin-1", "utf-8", "idna"):
        "".encode(codec)  # now: a codec that is not loaded yet takes a descriptor to load
    free = [number for number in range(count + 256) if not is_open(number)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[count], resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def open_file(name, data, mode="rb", buffering=-1, owner=""):
    """An open file of that content."""
    with io.open(path(name, owner), "wb") as file:
        file.write(data)
    held.append(io.open(path(name, owner), mode, buffering))
    return held[-1]


def text_file(text):
    """A file in memory."""
    return io.StringIO(text if isinstance(text, type(u"")) else text.decode("ascii"))


def weak(value):
    """Whether a value can be referred to weakly."""
    return weakref.ref(value)() is value
