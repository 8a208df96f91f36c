# -*- coding: utf-8 -*-
"""The agent: performs the calls of scenarios inside a target and says what happened.

One file, standard library only; runs unchanged on CPython 2.7 and 3.4 up to the newest, PyPy and Jython. It speaks the
protocol of docs/agent-protocol.md over private copies of its standard streams, never sees an expectation, and never
hands anything of a scenario to eval or exec: expressions arrive as trees (docs/plan.md) and are interpreted here.
"""
from __future__ import print_function

import errno
import gc
import io
import json
import os
import re
import select
import socket
import stat
import struct
import sys
import threading
import time
import warnings

PROTOCOL = 1
LONGEST_VALUE = 256
LARGEST_EXACT = 2 ** 53
LARGEST_ALLOCATION = 2 ** 28
PENDING_SECONDS = 0.1
SETTLE_SECONDS = 0.05
SETTLE_LOOKS = 20
PATIENCE_SECONDS = 3.0
WAKE_SECONDS = 1.0
LONGEST_LOOK_SECONDS = 0.024

PY2 = sys.version_info[0] == 2
JYTHON = sys.platform.startswith("java")
WINDOWS = sys.platform == "win32" or (JYTHON and os.sep == "\\")
EMSCRIPTEN = sys.platform == "emscripten"
WASM = EMSCRIPTEN or sys.platform == "wasi"

if PY2:
    import __builtin__ as builtins
    TEXT, BYTES, INTEGERS = unicode, str, (int, long)  # noqa: F821
else:
    import builtins
    TEXT, BYTES, INTEGERS = str, bytes, (int,)

BLOCKED_LOOKS = 8 if JYTHON else 1
"""In a row: a thread of Java waits now and then for a moment before it comes to its call, as for a class that is being loaded."""

RAISED = (Exception, KeyboardInterrupt)
if JYTHON:
    from java.lang import Thread as JavaThread
    from java.lang import Throwable  # what Java code throws inside a call derives from no Python exception
    RAISED += (Throwable,)

clock = getattr(time, "perf_counter", None) or (time.clock if WINDOWS and PY2 else time.time)


class Skip(Exception):
    """A name the step uses was never set."""


class Refused(Exception):
    """The guard of the language does not allow the call."""


class Lacking(Exception):
    """This target lacks what a helper needs."""


def native(text):
    """The target's own `str` from JSON text."""
    return text.encode("utf-8") if PY2 else text


def readable_text(value):
    """Text for a report from whatever an exception or warning carries."""
    if isinstance(value, BYTES):
        return value.decode("utf-8", "replace")
    if isinstance(value, TEXT):
        return _SURROGATE.sub(u"\ufffd", value)
    try:
        text = str(value)
    except UnicodeError:
        text = repr(value)
    return readable_text(text.decode("utf-8", "replace") if PY2 else text)


# ------------------------------------------------------------------------------------------------- the stream


dump = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Stream(object):
    """Lines in, lines out, on private copies of standard input and output; the originals then lead elsewhere."""

    def __init__(self):
        self.buffer = b""
        self.lines = []
        self.replies = []
        """Encoded replies that wait for those to requests which came in with theirs."""
        self.write_lock = threading.Lock()
        self.private = ()
        if JYTHON:
            self._take_java()
        elif EMSCRIPTEN:
            self._take_javascript()
        elif WASM:
            self._take_originals()
        else:
            self._take_descriptors()

    def _take_originals(self):
        """Where descriptors cannot be copied: the streams themselves; what Python prints goes elsewhere."""
        self.private = (0, 1)
        sys.stdout = sys.stderr
        self.read_some = lambda: os.read(0, 65536)
        self.write_some = lambda data: os.write(1, data)

    def _take_javascript(self):
        """A read that blocked would stop the loop of the machine around: what sockets have begun goes on only while it is waited for."""
        from js import sockmatrixRead, sockmatrixWrite
        from pyodide.ffi import run_sync
        sys.stdout = sys.stderr

        def write_some(data):
            sockmatrixWrite(data.decode("latin-1"))
            return len(data)

        self.read_some = lambda: run_sync(sockmatrixRead()).encode("latin-1")
        self.write_some = write_some

    def _take_descriptors(self):
        self.source, self.sink = self._copy(0), self._copy(1)
        self.private = (self.source, self.sink)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(2, 1)
        os.close(nothing)
        self.read_some = lambda: os.read(self.source, 65536)
        self.write_some = lambda data: os.write(self.sink, data)

    @staticmethod
    def _copy(descriptor):
        """A copy far away from the numbers that sockets will get, not inherited by children."""
        if WINDOWS:
            import msvcrt
            copy = os.dup(descriptor)
            msvcrt.setmode(copy, os.O_BINARY)
            return copy
        import fcntl
        try:
            copy = fcntl.fcntl(descriptor, fcntl.F_DUPFD, 200)
        except (OSError, IOError):
            copy = os.dup(descriptor)
        fcntl.fcntl(copy, fcntl.F_SETFD, fcntl.fcntl(copy, fcntl.F_GETFD) | fcntl.FD_CLOEXEC)
        return copy

    def _take_java(self):
        import jarray
        from java.io import FileDescriptor, FileInputStream, FileOutputStream
        from java.lang import System
        source = FileInputStream(getattr(FileDescriptor, "in"))
        sink = FileOutputStream(FileDescriptor.out)
        System.setOut(System.err)
        sys.stdout = sys.stderr
        block = jarray.zeros(65536, "b")

        def read_some():
            count = source.read(block)
            return b"" if count < 0 else block[:count].tostring()

        def write_some(data):
            sink.write(data)
            sink.flush()
            return len(data)

        self.read_some, self.write_some = read_some, write_some

    def read_line(self):
        """The next line without its end, or None at end of input. Only one thread at a time may call this."""
        if not self.lines and self.replies:
            self.flush()
        while not self.lines:
            data = self.read_some()
            if not data:
                return None
            self.buffer += data
            if b"\n" in data:
                self.lines = self.buffer.split(b"\n")
                self.buffer = self.lines.pop()
                self.lines.reverse()
        return self.lines.pop()

    def write(self, message, hold=False):
        """One message as one line; with `hold` it may wait until all requests that have come in are answered: through a container
        engine each piece costs as much again as what is done for it."""
        data = dump(message)
        if not isinstance(data, BYTES):
            data = data.encode("ascii")
        with self.write_lock:
            self.replies.append(data)
        if not hold or not self.lines:
            self.flush()

    def flush(self):
        """Send what waits."""
        with self.write_lock:
            if not self.replies:
                return
            data = b"\n".join(self.replies) + b"\n"
            self.replies = []
            while data:
                data = data[self.write_some(data):]


# ------------------------------------------------------------------------------------------------- names of things

_class_names = {}


def class_name(cls):
    """Built-ins bare, others under their public module."""
    name = _class_names.get(cls)
    if name is None:
        name = _class_names[cls] = _find_class_name(cls)
    return name


def _find_class_name(cls):
    bare = getattr(cls, "__name__", "?")
    if getattr(builtins, bare, None) is cls:
        return bare
    for module in (socket, select, struct):
        for public in ("error", "herror", "gaierror", "timeout", "socket", bare):
            if getattr(module, public, None) is cls:
                return module.__name__ + "." + public
    module = getattr(cls, "__module__", None) or ""
    if module in ("exceptions", "builtins", "__builtin__", ""):
        return bare
    return module.lstrip("_") + "." + bare


def ancestors(cls):
    """Names of the classes that `cls` derives from, nearest first, without itself and `object`."""
    mro = getattr(cls, "__mro__", (cls,))
    return [class_name(base) for base in mro[1:] if base is not object]


_PREFERRED = ("EAGAIN", "EDEADLK", "EOPNOTSUPP", "EINVAL", "EEXIST")


def _numbers_to_names(module, prefixes):
    names = {}
    for name in dir(module):
        number = getattr(module, name, None)
        if name.startswith(prefixes) and isinstance(number, INTEGERS):
            names.setdefault(int(number), []).append(name)
    for found in names.values():
        found.sort(key=lambda name: (name not in _PREFERRED, name))
    return names


ERRNO_NAMES = _numbers_to_names(errno, ("E", "WSA"))
EAI_NAMES = _numbers_to_names(socket, ("EAI_",))


def describe_exception(error):
    """The `raises` part of an observation."""
    number = getattr(error, "errno", None)
    if not isinstance(number, INTEGERS) or isinstance(number, bool):
        number = None
    names = []
    if number is not None and not isinstance(error, socket.herror):
        names = (EAI_NAMES if isinstance(error, socket.gaierror) else ERRNO_NAMES).get(int(number), [])
    message = getattr(error, "strerror", None)
    if not isinstance(message, (TEXT, BYTES)):
        message = error
    return {
        "type": class_name(type(error)),
        "bases": ancestors(type(error)),
        "errno": number if number is None else int(number),
        "symbols": names,
        "message": readable_text(message)[:2000],
    }


# ------------------------------------------------------------------------------------------------- values to JSON


def digest(data):
    import hashlib
    return hashlib.sha256(data).hexdigest()


def encode_text(text, whole):
    if whole or len(text) <= LONGEST_VALUE:
        return text
    data = text.encode("utf-8", "replace" if PY2 else "surrogatepass")
    return {"large": "text" if PY2 else "native", "length": len(text), "sha256": digest(data), "head": text[:32]}


def _half_characters():
    """Matches a lone surrogate. Jython's text is UTF-16, where they come in pairs: there it matches nothing."""
    if JYTHON:
        return re.compile(u"(?!)")
    character = unichr if PY2 else chr  # noqa: F821
    return re.compile(u"[%s-%s]" % (character(0xD800), character(0xDFFF)))


_SURROGATE = _half_characters()


def encode_surrogates(text):
    """Half a character has no UTF-8 and so no place in JSON: it travels as the bytes it would have had."""
    data = text.encode("utf-8") if PY2 else text.encode("utf-8", "surrogatepass")
    return {"surrogate": data.decode("latin-1")}


def encode_bytes(tag, data, whole):
    if whole or len(data) <= LONGEST_VALUE:
        return {tag: data.decode("latin-1")}
    return {"large": tag, "length": len(data), "sha256": digest(data), "head": data[:32].decode("latin-1")}


def encode_float(number):
    if number != number:
        return {"float": "nan"}
    if number in (float("inf"), float("-inf")):
        return {"float": "inf" if number > 0 else "-inf"}
    return number


def encode_integer(number):
    number = int(number)
    return number if -LARGEST_EXACT <= number <= LARGEST_EXACT else {"int": str(number)}


def is_socket(value):
    return isinstance(value, _SOCKET_TYPES)


def _socket_types():
    kinds = [socket.socket]
    for name in ("_socketobject", "SocketType", "_realsocket"):
        kind = getattr(socket, name, None)
        if isinstance(kind, type):
            kinds.append(kind)
    if JYTHON:
        kinds += [kind for kind in (type(socket.socket()), type(socket.socket().fileno())) if isinstance(kind, type)]
    return tuple(kinds)


_SOCKET_TYPES = _socket_types()


def is_closable(value):
    """Something whose descriptor the session must give back: a socket, file, selector or poll object."""
    if isinstance(value, type) or not hasattr(value, "close"):
        return False
    return is_socket(value) or hasattr(value, "fileno") or hasattr(value, "select")


class Encoder(object):
    """Values to the wire form of the protocol. Knows the objects of one session by number."""

    def __init__(self, session):
        self.session = session

    def encode(self, value, whole=False):
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind in INTEGERS:
            return encode_integer(value)
        if kind is TEXT and _SURROGATE.search(value):
            return encode_surrogates(value)
        if kind is TEXT:
            return {"text": encode_text(value, True)} if PY2 and (whole or len(value) <= LONGEST_VALUE) else encode_text(value, whole)
        if kind is BYTES:
            return encode_bytes("str" if PY2 else "bytes", value, whole)
        if kind is tuple:
            return {"tuple": [self.encode(item, whole) for item in value]}
        if kind is list:
            return {"list": [self.encode(item, whole) for item in value]}
        if kind is float:
            return encode_float(value)
        return self._encode_rare(kind, value, whole)

    def _encode_rare(self, kind, value, whole):
        if hasattr(kind, "__members__"):
            return {"enum": kind.__name__, "name": getattr(value, "name", None) or "", "int": encode_integer(value.value)}
        if isinstance(value, INTEGERS):
            return encode_integer(value)
        if isinstance(value, bytearray):
            return encode_bytes("bytearray", bytes(value), whole)
        if isinstance(value, memoryview):
            return encode_bytes("memoryview", value.tobytes(), whole)
        if isinstance(value, dict):
            return {"dict": [[self.encode(key, whole), self.encode(item, whole)] for key, item in value.items()]}
        if isinstance(value, (set, frozenset)):
            return {"set": sorted((self.encode(item, whole) for item in value), key=lambda item: json.dumps(item, sort_keys=True))}
        if isinstance(value, tuple):
            return {"tuple": [self.encode(item, whole) for item in value]}
        if isinstance(value, BaseException):
            return {"exception": describe_exception(value)}
        if isinstance(value, type):
            return {"class": class_name(value)}
        return self._encode_object(value, whole)

    def _encode_object(self, value, whole):
        if whole:
            return {"local": "socket" if is_socket(value) else class_name(type(value))}
        number = self.session.number_of(value)
        return {"socket": number} if is_socket(value) else {"object": class_name(type(value)), "handle": number}


# ------------------------------------------------------------------------------------------------- JSON to values


def decode(value):
    """A literal of an expression, or a value given by another role."""
    if isinstance(value, TEXT):
        return native(value)
    if not isinstance(value, dict):
        return value
    tag = next(iter(value))
    maker = _DECODERS.get("enum" if "enum" in value else tag)
    if maker is None:
        raise Refused("a value tagged %r cannot be used here" % native(tag))
    return maker(value)


def _decode_enum(value):
    kind = getattr(socket, native(value["enum"]), None)
    number = decode(value["int"])
    return kind(number) if kind is not None and hasattr(kind, "__members__") else number


def _decode_surrogate(data):
    return data.decode("utf-8") if PY2 else data.decode("utf-8", "surrogatepass")


class Elsewhere(object):
    """Stands for what another role has set and this one cannot have; it is refused when it is used."""

    def __init__(self, reason):
        self.reason = reason


def stays(thing):
    """An object lives in the process that made it."""
    return Elsewhere("%s stays in the role that made it" % thing)


def own(value):
    """The value, if it is one of this role's."""
    if type(value) is Elsewhere:
        raise Refused(value.reason)
    return value


def decode_given(value):
    """A value that another role has set: whether it can be used here is asked when a step does."""
    try:
        return decode(value)
    except Refused as error:
        return Elsewhere(str(error))


def _decode_str(value):
    data = value["str"].encode("latin-1")
    return data if PY2 else data.decode("utf-8", "surrogateescape")


_DECODERS = {
    "bytes": lambda value: value["bytes"].encode("latin-1"),
    "str": _decode_str,
    "text": lambda value: value["text"],
    "surrogate": lambda value: _decode_surrogate(value["surrogate"].encode("latin-1")),
    "bytearray": lambda value: bytearray(value["bytearray"].encode("latin-1")),
    "memoryview": lambda value: memoryview(value["memoryview"].encode("latin-1")),
    "int": lambda value: int(value["int"]),
    "float": lambda value: float(value["float"]),
    "tuple": lambda value: tuple([decode(item) for item in value["tuple"]]),
    "list": lambda value: [decode(item) for item in value["list"]],
    "dict": lambda value: dict([(decode(key), decode(item)) for key, item in value["dict"]]),
    "set": lambda value: set([decode(item) for item in value["set"]]),
    "enum": _decode_enum,
    "local": lambda value: stays("a " + native(value["local"])),
    "class": lambda value: stays("a class"),
    "exception": lambda value: stays("an exception"),
}


# ------------------------------------------------------------------------------------------------- the address guard

HOSTS_FILE = os.path.join(os.environ.get("SystemRoot", r"C:\Windows"), r"System32\drivers\etc\hosts") if WINDOWS else "/etc/hosts"
_hosts = []


def hosts():
    """Addresses by name and names by address, of the hosts file; read once."""
    if not _hosts:
        by_name, by_address = {}, {}
        try:
            with open(HOSTS_FILE) as file:
                for line in file:
                    fields = line.split("#")[0].split()
                    for name in fields[1:]:
                        by_name.setdefault(name.lower(), []).append(fields[0])
                        by_address.setdefault(fields[0], []).append(name)
        except (OSError, IOError, UnicodeError):
            pass
        _hosts.append((by_name, by_address))
    return _hosts[0]


def packed(host):
    """(family, packed address) of a numeric host in any spelling the system reads, or (None, None)."""
    host = host.split("\0")[0]
    try:
        return socket.AF_INET, socket.inet_aton(host)
    except (socket.error, ValueError, TypeError):
        pass
    try:
        return socket.AF_INET6, socket.inet_pton(socket.AF_INET6, host.split("%")[0])
    except (socket.error, ValueError, TypeError, AttributeError):
        return None, None


def read_as_decimal(host):
    """The address that a dotted quad with leading zeros is to those who do not take these for octal, else None."""
    parts = host.split("\0")[0].split(".")
    if len(parts) != 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
        return None
    return struct.pack("4B", *[int(part) for part in parts])


MAPPED = b"\0" * 10 + b"\xff\xff"


def reach_of(family, address):
    """`loopback`, `any`, `broadcast`, `multicast` or `outside`."""
    if family == socket.AF_INET:
        first = ord(address[:1])
        if first == 127:
            return "loopback"
        if address == b"\0\0\0\0":
            return "any"
        if address == b"\xff" * 4:
            return "broadcast"
        return "multicast" if 224 <= first <= 239 else "outside"
    if address[:12] == MAPPED:
        return reach_of(socket.AF_INET, address[12:])
    if address == b"\0" * 15 + b"\1":
        return "loopback"
    if address == b"\0" * 16:
        return "any"
    return "multicast" if address[:1] == b"\xff" else "outside"


def never_asked(name):
    """Names that fail before any resolver hears of them: an empty or too long label, a NUL."""
    labels = name.rstrip(".").split(".")
    return "\0" in name or len(name) > 255 or not all(0 < len(label) <= 63 for label in labels)


TEMPORARY_PREFIX = "smx-"


def temporary_root():
    """Where sessions have their folders: short, since an AF_UNIX address has little room."""
    if not WINDOWS and os.path.isdir("/tmp") and os.access("/tmp", os.W_OK):
        return "/tmp"
    import tempfile
    return tempfile.gettempdir()


def is_temporary(path):
    """Whether a path is of something in the folder of some session, this one's or that of another role."""
    root, path = os.path.normpath(temporary_root()) + os.sep, os.path.normpath(path)
    below = path[len(root):]
    return path.startswith(root) and below.startswith(TEMPORARY_PREFIX) and os.sep in below


def _options(*names):
    return [getattr(socket, name) for name in names if hasattr(socket, name)] or [-1]


# Linux's numbers stand in where the module has no name for an option.
MEMBERSHIPS = _options("IP_ADD_MEMBERSHIP", "IP_ADD_SOURCE_MEMBERSHIP") + [35, 39, 42, 46]
MEMBERSHIPS6 = _options("IPV6_JOIN_GROUP") + [20, 42, 46]


class Guard(object):
    """Refuses calls that would reach beyond loopback or write outside the session's temporary folder.

    Where the session stands on a network of the run's own, the addresses of that network are allowed too.
    """

    def __init__(self, session):
        self.session = session
        self.own = set([packed(host) for host in session.reach])

    def reach_of(self, kind, address):
        """As the function of this name, but `loopback` for what lies on the run's own network."""
        if kind is not None and (kind, address) in self.own:
            return "loopback"
        if kind != socket.AF_INET and address[:12] == MAPPED:
            return self.reach_of(socket.AF_INET, address[12:])
        reach = reach_of(kind, address)
        return "loopback" if self.own and reach in ("broadcast", "multicast") else reach

    def check(self, owner, attribute, args, kwargs):
        rule = self.RULES.get(attribute)
        if rule is not None:
            rule(self, owner, attribute, args, kwargs)

    def address(self, owner, attribute, args, kwargs):
        """connect, connect_ex, bind, sendto, sendmsg: the address is the last argument, or an item of it."""
        if isinstance(owner, type) and args:
            owner, args = args[0], args[1:]
        if not is_socket(owner) or len(args) < {"sendto": 2, "sendmsg": 4}.get(attribute, 1):
            return
        address = args[-1]
        family = self._family(owner)
        if family == getattr(socket, "AF_UNIX", -1):
            self._unix(address)
        elif hasattr(address, "__iter__") and not isinstance(address, (tuple, list, TEXT, BYTES, bytearray, memoryview)):
            raise Refused("an address must be a tuple or a list, whose items can be looked at")
        elif isinstance(address, (tuple, list)) and address:
            if attribute == "bind":
                if family in (socket.AF_INET, getattr(socket, "AF_INET6", -1)):
                    self._name(address[0], family)
            elif family in (socket.AF_INET, getattr(socket, "AF_INET6", -1)):
                self._destination(owner, address[0], family)
            else:
                self._other(family, address)

    @staticmethod
    def _family(owner):
        try:
            return int(getattr(owner, "family", socket.AF_INET))
        except (TypeError, ValueError, socket.error):
            return socket.AF_INET

    @staticmethod
    def _text(value):
        if isinstance(value, (bytes, bytearray)) and not isinstance(value, str):
            return bytes(value).decode("latin-1")
        if PY2 and isinstance(value, TEXT):
            return value.encode("utf-8")
        return value if isinstance(value, str) else None

    def _unix(self, address):
        path = self._text(address)
        if path is None or path == "" or path.startswith("\0") or is_temporary(path.split("\0")[0]):
            return
        raise Refused("AF_UNIX paths must be below the scenario's own folders: use path(name)")

    def _other(self, family, address):
        if family == getattr(socket, "AF_PACKET", -1) and address[0] != "lo" and not self.own:
            raise Refused("packets may only be sent on the interface 'lo'")
        if family == getattr(socket, "AF_VSOCK", -1):
            self._vsock(address[0])

    @staticmethod
    def _vsock(context):
        """Where the kernel has no loopback for AF_VSOCK, the local context leads to the machine's host."""
        if context not in (1, 2 ** 32 - 1):
            raise Refused("AF_VSOCK may only reach the local context (VMADDR_CID_LOCAL)")
        if context == 1:
            try:
                probe = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)
                try:
                    probe.bind((1, 2 ** 32 - 1))
                finally:
                    probe.close()
            except socket.error:
                raise Lacking("a loopback for AF_VSOCK")

    def _destination(self, owner, host, family):
        host = self._text(host)
        if host is None or host == "":
            return
        if host == "<broadcast>":
            return self._broadcast(owner)
        kind, address = packed(host)
        if kind is None:
            self._name(host, family)
            return self._local_name(host)
        if PY2 and not JYTHON and family != kind == socket.AF_INET:
            raise Refused("Python 2 reads an address of another family as one that nobody meant")
        self._reach(owner, host, kind, address)
        decimal_reading = read_as_decimal(host)
        if decimal_reading is not None and decimal_reading != address:
            self._reach(owner, host, kind, decimal_reading)

    def _local_name(self, host):
        addresses = hosts()[0].get(host.lower(), ())
        if any(self.reach_of(*packed(address)) != "loopback" for address in addresses if packed(address)[0] is not None):
            raise Refused("%s is outside loopback" % host)

    def _reach(self, owner, host, kind, address):
        reach = self.reach_of(kind, address)
        if reach == "broadcast":
            self._broadcast(owner)
        elif reach == "multicast":
            self._multicast(owner, kind)
        elif reach == "outside":
            raise Refused("%s is outside loopback" % host)

    def _broadcast(self, owner):
        if not self.own and owner.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST):
            raise Refused("a broadcast would leave this machine")

    @staticmethod
    def _multicast(owner, family):
        try:
            if family == socket.AF_INET:
                local = owner.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4)[:1] == b"\x7f"
            else:
                local = owner.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF) == 1
        except socket.error as error:
            if error.errno == errno.ENOPROTOOPT:
                raise Lacking("an answer to where multicast would go, and it may not leave loopback")
            local = False
        except AttributeError:
            local = False
        if not local:
            raise Refused("multicast needs the loopback interface: set IP_MULTICAST_IF or IPV6_MULTICAST_IF first")

    def _name(self, host, family):
        """A name may be used where no resolver outside this machine is asked for it."""
        name = self._text(host)
        if name in (None, "", "<broadcast>") or packed(name)[0] is not None or never_asked(name):
            return
        if name.lower() == "localhost" and (WINDOWS or sys.platform == "darwin"):
            return
        known = hosts()[0].get(name.lower(), ())
        six = [address for address in known if ":" in address]
        if (six if family == getattr(socket, "AF_INET6", -1) else known):
            return
        raise Lacking("%r in its hosts file, and no resolver may be asked" % name)

    def resolve(self, owner, attribute, args, kwargs):
        """getaddrinfo, gethostbyname, gethostbyname_ex, create_connection."""
        if not args and "host" not in kwargs and "address" not in kwargs:
            return
        host = args[0] if args else kwargs.get("host", kwargs.get("address"))
        if attribute in ("create_connection", "create_server"):
            host = self._text(host[0]) if isinstance(host, (tuple, list)) and host else None
            if host is not None and attribute == "create_connection":
                self._plain_destination(host)
        flags = args[5] if len(args) > 5 else kwargs.get("flags", 0)
        family = args[2] if attribute == "getaddrinfo" and len(args) > 2 else kwargs.get("family", 0)
        numeric_only = attribute == "getaddrinfo" and isinstance(flags, INTEGERS) and flags & getattr(socket, "AI_NUMERICHOST", 0)
        if not numeric_only:
            self._name(host, family)

    def _plain_destination(self, host):
        """Where the socket is made by the call itself, only loopback will do."""
        kind, address = packed(host)
        readings = [address, read_as_decimal(host)] if kind is not None else []
        if any(self.reach_of(kind, reading) not in ("loopback", "any") for reading in readings if reading is not None):
            raise Refused("%s is outside loopback" % host)
        self._local_name(host)

    def membership(self, owner, attribute, args, kwargs):
        """setsockopt: a membership is told to the network of its interface, which must be loopback."""
        if isinstance(owner, type) and args:
            args = args[1:]
        if self.own or len(args) != 3 or not isinstance(args[2], (bytes, bytearray)):
            return
        level, option, value = args
        if level == socket.IPPROTO_IP and option in MEMBERSHIPS and bytes(value)[4:5] != b"\x7f":
            raise Refused("a multicast group may only be joined on 127.0.0.1")
        if level == getattr(socket, "IPPROTO_IPV6", -1) and option in MEMBERSHIPS6 and bytes(value)[16:20] != struct.pack("@I", 1):
            raise Refused("a multicast group may only be joined on the loopback interface")

    def reverse(self, owner, attribute, args, kwargs):
        """gethostbyaddr, getfqdn, getnameinfo: an address that the hosts file does not have is asked of a resolver."""
        if attribute == "getfqdn" and self._text((args or (kwargs.get("name", ""),))[0]) in ("", "0.0.0.0", "::"):
            return self._name(socket.gethostname(), 0)
        if not args:
            return
        host = args[0]
        if attribute == "getnameinfo":
            if len(args) > 1 and isinstance(args[1], INTEGERS) and args[1] & socket.NI_NUMERICHOST:
                return
            host = host[0] if isinstance(host, tuple) and host else None
        name = self._text(host)
        if name in (None, ""):
            return
        if packed(name)[0] is None:
            self._name(name, 0)
        elif name not in hosts()[1]:
            raise Lacking("the address %s in its hosts file, and no resolver may be asked" % name)

    def descriptor(self, owner, attribute, args, kwargs):
        """The agent's own stream is out of reach. A file's method is given a size, and on Windows a socket's number is none of a file."""
        if type(owner) is not ModuleType and not isinstance(owner, type) or (WINDOWS and owner is not os):
            return
        if attribute == "socket":
            args, kwargs = args[3:4], {"fileno": kwargs.get("fileno")}
        for value in tuple(args) + tuple(kwargs.values()):
            if isinstance(value, INTEGERS) and value in self.session.agent.stream.private:
                raise Refused("descriptor %d belongs to the agent" % value)

    RULES = {}


for _name in ("connect", "connect_ex", "bind", "sendto", "sendmsg"):
    Guard.RULES[_name] = Guard.address
for _name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "create_connection", "create_server"):
    Guard.RULES[_name] = Guard.resolve
for _name in ("gethostbyaddr", "getfqdn", "getnameinfo"):
    Guard.RULES[_name] = Guard.reverse
Guard.RULES["setsockopt"] = Guard.membership
for _name in ("close", "read", "write", "dup", "fromfd", "socket", "set_inheritable", "set_blocking"):
    Guard.RULES[_name] = Guard.descriptor


# ------------------------------------------------------------------------------------------------- the evaluator

MODULES = {"socket": socket, "select": select, "errno": errno, "struct": struct, "os": os}
OS_NAMES = frozenset(
    "close read write pipe dup getpid getuid getgid set_inheritable get_inheritable set_blocking get_blocking strerror umask".split()
)
FORBIDDEN = frozenset(["format", "format_map", "mro"])
FORBIDDEN_STARTS = ("_", "func_", "gi_", "f_", "tb_", "im_", "co_", "cr_", "ag_")
ModuleType = type(os)


def module_named(name):
    if name == "selectors":
        try:
            import selectors
        except ImportError:
            raise Lacking("the module selectors")
        return selectors
    module = MODULES.get(name)
    if module is None:
        raise Refused("module %r is not part of the language" % native(name))
    return module


def is_module(tree):
    return type(tree) is list and tree[0] == "module"


_harmless = set()
"""Attribute names that have been looked at."""


def get_attribute(owner, name):
    name = native(name)
    if name not in _harmless:
        if name in FORBIDDEN or name.startswith(FORBIDDEN_STARTS):
            raise Refused("attribute %r is not part of the language" % name)
        _harmless.add(name)
    kind = type(owner)
    if kind is ModuleType:
        return get_from_module(owner, name)
    return getattr(own(owner), name)


def get_named(module, name):
    """A name of a module that an expression uses; in WebAssembly many of them are not there, as the documentation says of each."""
    try:
        return get_attribute(module, name)
    except AttributeError:
        if not WASM:
            raise
        raise Lacking("%s.%s" % (module.__name__, native(name)))


def get_from_module(module, name):
    if module is os and name not in OS_NAMES:
        raise Refused("os.%s is not part of the language" % name)
    value = getattr(module, name)
    if isinstance(value, ModuleType):
        raise Refused("%r is a module" % name)
    return value


def refuse_renaming(args):
    """sethostname() would rename the whole machine: it may be given the name there is, or what is no name."""
    for name in args:
        text = name.encode("utf-8") if isinstance(name, TEXT) else name
        if isinstance(text, (bytes, bytearray)) and bytes(text) != socket.gethostname().encode("utf-8"):
            raise Refused("sethostname() may only be given the name that the machine has")


# These answer from memory that the C library uses anew at each call, without the interpreter's lock.
NOT_REENTRANT = ("getservbyname", "getservbyport", "getprotobyname")
_databases = threading.Lock()


UNSUPPORTED = [getattr(errno, name) for name in ("ENOSYS", "ENOTSUP", "EOPNOTSUPP") if hasattr(errno, name)]


def call_if_supported(attribute, method, args, kwargs):
    """A system in WebAssembly has what its host gives it, and says of the rest that it does not support it: then it is lacking."""
    if attribute in ("inet_pton", "inet_ntop") and not socket.has_ipv6 and args and args[0] == getattr(socket, "AF_INET6", None):
        raise Lacking("IPv6, without which this Python was built")
    try:
        return method(*args, **kwargs)
    except (OSError, socket.error) as error:
        if error.errno not in UNSUPPORTED or isinstance(error, socket.gaierror):
            raise
        raise Lacking("%s(): %s" % (attribute, readable_text(error.strerror)))
    except (AttributeError, NameError) as error:
        # What the module's own Python code misses of its C code.
        if "'_socket'" not in str(error) and not str(error).endswith("is not defined"):
            raise
        raise Lacking("what %s() is made of: %s" % (attribute, readable_text(error)))


class Evaluator(object):
    """Interprets expression trees for one session."""

    def __init__(self, session):
        self.session = session
        self.guard = None if session.network else Guard(session)

    def evaluate(self, tree):
        if type(tree) is not list:
            return decode(tree)
        operation = _OPERATIONS.get(tree[0])
        if operation is None:
            raise Refused("operation %r is unknown" % (tree[0],))
        return operation(self, tree)

    def name(self, tree):
        try:
            value = self.session.names[tree[1]]
        except KeyError:
            raise Skip("%s was not set" % native(tree[1]))
        return own(value)

    def const(self, tree):
        return self.session.constants[tree[1]]

    def builtin(self, tree):
        value = getattr(builtins, native(tree[1]), None)
        if not isinstance(value, type):
            raise NameError("name '%s' is not defined" % native(tree[1]))
        return value

    def get(self, tree):
        owner = tree[1]
        if type(owner) is list and owner[0] == "module":
            return get_named(module_named(owner[1]), tree[2])
        return get_attribute(self.evaluate(owner), tree[2])

    def call(self, tree):
        function = tree[1]
        args = [self.evaluate(item) for item in tree[2]]
        kwargs = dict([(native(key), self.evaluate(item)) for key, item in tree[3].items()]) if len(tree) > 3 else {}
        if function[0] == "builtin":
            return self.builtin(function)(*args, **kwargs)
        if function[0] != "get":
            raise Refused("only a function that is named where it is called can be called")
        owner = function[1]
        owner = module_named(owner[1]) if type(owner) is list and owner[0] == "module" else self.evaluate(owner)
        attribute = native(function[2])
        method = get_named(owner, attribute) if isinstance(owner, ModuleType) else get_attribute(owner, attribute)
        if attribute == "sethostname":
            refuse_renaming(args)
        if self.guard is not None:
            self.guard.check(owner, attribute, args, kwargs)
        if attribute in NOT_REENTRANT:
            with _databases:
                result = method(*args, **kwargs)
        elif WASM:
            result = call_if_supported(attribute, method, args, kwargs)
        else:
            result = method(*args, **kwargs)
        if attribute in ("detach", "dup", "pipe", "recv_fds", "recvmsg", "recvmsg_into"):
            self.session.keep_descriptors(owner, attribute, result)
        return result

    def help(self, tree):
        name = native(tree[1])
        if name == "forget":
            return self.session.forget(tree[2][0][1])
        helper = HELPERS.get(name)
        if helper is None:
            raise Refused("helper %r is unknown to this agent" % name)
        args = [self.evaluate(item) if not (name == "hasattr" and is_module(item)) else module_named(item[1]) for item in tree[2]]
        kwargs = dict([(native(key), self.evaluate(item)) for key, item in tree[3].items()]) if len(tree) > 3 else {}
        return helper(self.session, *args, **kwargs)

    def item(self, tree):
        owner = self.evaluate(tree[1])
        index = tree[2]
        if type(index) is list and index[0] == "slice":
            return owner[slice(*[self.evaluate(part) for part in index[1:]])]
        return own(owner[self.evaluate(index)])

    def tuple(self, tree):
        return tuple([self.evaluate(item) for item in tree[1]])

    def list(self, tree):
        return [self.evaluate(item) for item in tree[1]]

    def dict(self, tree):
        return dict([(self.evaluate(key), self.evaluate(item)) for key, item in tree[1]])

    def every(self, tree):
        value = True
        for item in tree[1]:
            value = self.evaluate(item)
            if not value:
                break
        return value

    def either(self, tree):
        value = False
        for item in tree[1]:
            value = self.evaluate(item)
            if value:
                break
        return value


def _binary(function):
    return lambda self, tree: function(self.evaluate(tree[1]), self.evaluate(tree[2]))


_OPERATIONS = {
    "name": Evaluator.name, "const": Evaluator.const, "builtin": Evaluator.builtin, "get": Evaluator.get,
    "call": Evaluator.call, "help": Evaluator.help, "item": Evaluator.item, "tuple": Evaluator.tuple,
    "list": Evaluator.list, "dict": Evaluator.dict, "and": Evaluator.every, "or": Evaluator.either,
    "not": lambda self, tree: not self.evaluate(tree[1]), "neg": lambda self, tree: -self.evaluate(tree[1]),
    "|": _binary(lambda a, b: a | b), "&": _binary(lambda a, b: a & b),
    "+": _binary(lambda a, b: a + b), "-": _binary(lambda a, b: a - b),
    "<": _binary(lambda a, b: a < b), "<=": _binary(lambda a, b: a <= b), "==": _binary(lambda a, b: a == b),
    "!=": _binary(lambda a, b: a != b), ">": _binary(lambda a, b: a > b), ">=": _binary(lambda a, b: a >= b),
    "in": _binary(lambda a, b: a in b), "not-in": _binary(lambda a, b: a not in b),
    "is": _binary(lambda a, b: a is b), "is-not": _binary(lambda a, b: a is not b),
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- helpers

HELPERS = {}
UNAVAILABLE = (
    "EAFNOSUPPORT", "EPFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENOPROTOOPT", "EPERM", "EACCES",
    "WSAEAFNOSUPPORT", "WSAEPFNOSUPPORT", "WSAEPROTONOSUPPORT", "WSAESOCKTNOSUPPORT", "WSAEACCES",
)  # fmt: skip


def helper(function):
    HELPERS[function.__name__.rstrip("_")] = function
    return function


_block = b"".join([struct.pack("B", i) for i in range(251)]) * 512


@helper
def available_socket(session, family, kind, protocol=0):
    try:
        return socket.socket(family, kind, protocol)
    except socket.error as error:
        if error.errno not in [getattr(errno, name, None) for name in UNAVAILABLE]:
            raise
        raise Lacking("sockets of family %d, type %d, protocol %d" % (family, kind, protocol))


@helper
def fill(session, count):
    if count > LARGEST_ALLOCATION:
        raise Refused("fill(%d) is more than %d bytes" % (count, LARGEST_ALLOCATION))
    # One allocation: what is cut from something longer is a second one of the same size, and where memory is dear that is most of the call.
    return b"".join([_block] * (count // len(_block)) + [_block[:count % len(_block)]]) if count > 0 else b""


@helper
def utf8(session, text):
    return text if PY2 and isinstance(text, str) else text.encode("utf-8")


@helper
def path(session, name):
    name = readable_text(name)
    if os.sep in name or "/" in name or name in ("", ".", ".."):
        raise Refused("path(%r) must be a plain name" % name)
    return os.path.join(session.make_temporary(), native(name))


def _unused_java_port(session, kind, host):
    """Jython binds a socket only when it connects or listens; the machine under it binds at once."""
    from java.net import DatagramSocket, InetAddress, InetSocketAddress, Socket
    holder = DatagramSocket(0, InetAddress.getByName(host)) if kind[:3] == "udp" else Socket()
    session.hold(holder)
    if kind[:3] == "udp":
        holder.connect(InetAddress.getByName(host), holder.getLocalPort())
    else:
        holder.bind(InetSocketAddress(host, 0))
    return holder.getLocalPort()


def _unused_javascript_port(session, kind):
    if kind != "tcp":
        raise Lacking("a port that refuses, other than of TCP over IPv4")
    from js import sockmatrixUnusedPort
    from pyodide.ffi import run_sync
    holder = run_sync(sockmatrixUnusedPort())
    session.hold(holder)
    return holder.port


@helper
def unused_port(session, kind="tcp"):
    if EMSCRIPTEN:
        return _unused_javascript_port(session, kind)
    if JYTHON:
        return _unused_java_port(session, kind, session.constants["HOST6" if kind.endswith("6") else "HOST"])
    six = kind.endswith("6")
    holder = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_DGRAM if kind[:3] == "udp" else socket.SOCK_STREAM)
    session.hold(holder)
    host = session.constants["HOST6" if six else "HOST"]
    holder.bind((host, 0))
    port = holder.getsockname()[1]
    if kind[:3] == "udp":
        # Connected to itself it takes nothing from anyone else, so that its port answers as an unused one does.
        holder.connect((host, port))
    return port


@helper
def recv_all(session, sock, count):
    parts, left = [], count
    while left:
        data = sock.recv(min(left, 65536))
        if not data:
            break
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


@helper
def recv_until_eof(session, sock, size=2048, every=0):
    parts = []
    while True:
        data = sock.recv(size)
        if not data:
            return b"".join(parts)
        parts.append(data)
        if every:
            time.sleep(every)


@helper
def fill_buffer(session, sock, size=65536):
    block, total = fill(session, size), 0
    while total < LARGEST_ALLOCATION:
        try:
            total += sock.send(block)
        except socket.error as error:
            if error.errno in (errno.EAGAIN, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", -1)):
                return total
            raise
    raise Refused("the socket took %d bytes without blocking: is it set not to block?" % total)


@helper
def typename(session, value):
    return native(class_name(type(value)))


@helper
def bases(session, value):
    return [native(name) for name in ancestors(value if isinstance(value, type) else type(value))]


def _allocation(function):
    def allocate(session, *args):
        if args and isinstance(args[0], INTEGERS) and args[0] > LARGEST_ALLOCATION:
            raise Refused("%d bytes are more than %d" % (args[0], LARGEST_ALLOCATION))
        return function(*args)
    return allocate


def _plain(function):
    """A built-in as a helper; never with keywords, among which would be functions to call."""
    return lambda session, *args: function(*args)


for _name in "isinstance issubclass callable len repr str memoryview int float bool tuple list set abs min max sum any all".split():
    HELPERS[_name] = _plain(getattr(builtins, _name))


@helper
def sorted_(session, items, reverse=False):
    return sorted(items, reverse=reverse)


HELPERS["bytes"] = _allocation(bytes)
HELPERS["bytearray"] = _allocation(bytearray)


@helper
def hasattr_(session, value, name):
    try:
        get_attribute(value, readable_text(name))
    except AttributeError:
        return False
    return True


@helper
def type_(session, value):
    return type(value)


@helper
def decimal(session, text):
    from decimal import Decimal
    return Decimal(text)


@helper
def fraction(session, numerator, denominator):
    from fractions import Fraction
    return Fraction(numerator, denominator)


@helper
def nan(session):
    return float("nan")


@helper
def infinity(session):
    return float("inf")


class Indexed(object):
    """Not a number, but usable as an index."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


class Floating(object):
    """Not a number, but convertible to a float."""

    def __init__(self, number):
        self.number = number

    def __float__(self):
        return self.number


class Text(str):
    """A subclass of the native `str`."""


class Integer(int):
    """A subclass of `int`."""


HELPERS["index_object"] = _plain(Indexed)
HELPERS["float_object"] = _plain(lambda number: Floating(float(number)))
HELPERS["str_subclass"] = _plain(Text)
HELPERS["int_subclass"] = _plain(Integer)
HELPERS["generator"] = _plain(lambda *items: (item for item in items))


@helper
def linger(session, onoff, seconds):
    return struct.pack("hh" if WINDOWS else "ii", onoff, seconds)


@helper
def timeval(session, seconds):
    if WINDOWS:
        return struct.pack("@I", int(seconds * 1000))
    # 66 is Linux's other number of the option, which the names stand for where time has 64 bits and a C long has 32.
    form = "@qq" if getattr(socket, "SO_RCVTIMEO", None) == 66 else "@ll"
    return struct.pack(form, int(seconds), int(round((seconds - int(seconds)) * 1000000)))


@helper
def ip_mreq(session, group, interface):
    return socket.inet_aton(group) + socket.inet_aton(interface)


@helper
def ipv6_mreq(session, group, index):
    return socket.inet_pton(socket.AF_INET6, group) + struct.pack("@I", index)


@helper
def ucred(session, data):
    return struct.unpack("@iII", data)


@helper
def ints(session, *numbers):
    return struct.pack("@%di" % len(numbers), *numbers)


def unpacked_ints(data):
    data = bytes(data)
    count = len(data) // struct.calcsize("@i")
    return list(struct.unpack("@%di" % count, data[:count * struct.calcsize("@i")]))


def received_descriptors(items):
    """Descriptors among ancillary items."""
    rights = (socket.SOL_SOCKET, getattr(socket, "SCM_RIGHTS", None))
    return [number for level, kind, data in items if (level, kind) == rights for number in unpacked_ints(data)]


@helper
def ints_from(session, data):
    numbers = unpacked_ints(data)
    session.keep_descriptors(None, "ints_from", numbers)
    return numbers


class Task(object):
    """A thread of this process, the one that makes it, as another one sees it."""

    BLOCKED, RUNS, UNKNOWN = "blocked", "runs", "unknown"

    def __init__(self):
        try:
            self.task = os.readlink("/proc/thread-self")
        except (OSError, AttributeError):
            self.task = ""
        self.says_where = True
        """The system tells where a thread waits, as far as is known."""
        self.of_java = JavaThread.currentThread() if JYTHON else None

    def state(self):
        """It runs also where it waits for a processor, or for a lock, as that may be the interpreter's own."""
        letter = (self._read("stat") or "").rpartition(")")[2].strip()[:1]
        if letter != "S":
            return self.RUNS if letter else self.UNKNOWN
        place = self._read("wchan") if self.says_where else None
        self.says_where = place is not None
        if not place or place == "0":
            return self.UNKNOWN
        if place.startswith("futex") and not self._waits_in_java():
            return self.RUNS
        return self.BLOCKED

    def _waits_in_java(self):
        """What blocks in Jython waits for another thread of Java."""
        return self.of_java is not None and self.of_java.getState().name() in ("WAITING", "TIMED_WAITING")

    def _read(self, name):
        """None where there is no such thing."""
        if not self.task:
            return None
        path = "/proc/" + self.task + "/" + name
        try:
            if JYTHON:
                with open(path) as file:
                    return file.read()
            descriptor = os.open(path, os.O_RDONLY)  # three calls of the system, where `open` makes seven
            try:
                return os.read(descriptor, 4096).decode("latin-1")
            finally:
                os.close(descriptor)
        except (OSError, IOError):
            return None

    def settle(self, is_over):
        """Until it is seen to block, or it is over. One that would run if the machine let it is waited for, for PATIENCE_SECONDS.
        Where it cannot be told whether it blocks, it is given SETTLE_SECONDS, and so many looks, between which it gets its turn: as few
        as will do, since a look and a short sleep are dear where a system is emulated."""
        started = clock()
        looks = blocked = 0
        while not is_over() and clock() - started < PATIENCE_SECONDS:
            state = self.state()
            blocked = blocked + 1 if state == self.BLOCKED else 0
            if blocked >= BLOCKED_LOOKS:
                return
            looks = 0 if state == self.RUNS else looks + 1
            if looks >= SETTLE_LOOKS and clock() - started >= SETTLE_SECONDS:
                return
            time.sleep(SETTLE_SECONDS / SETTLE_LOOKS if looks > 1 and state == self.UNKNOWN else 0.0005)


class Alarms(object):
    """SIGALRM for one session, which has its process to itself.

    One that comes once, or raises, is for the next call that blocks: it is armed when that is seen to block, so that it comes
    neither before nor after it, however busy the machine is. One that comes again and again is armed at once, and meets every call
    that takes long; it ends with one that raises, as the agent's own calls are not for it."""

    def __init__(self):
        self.count = 0
        self.raises = False
        self.tells = None
        """The socket on which the next one that comes sends a byte."""
        self.used = False
        self.due = None
        """For the next call that blocks: seconds until the first, and between them."""
        self.over = True
        """No call is under way that an alarm waits for."""
        self.armed = False
        self.arming = threading.Lock()
        self.thread = None
        """The last one that looked at a call."""

    def handle(self, number, frame):
        self.count += 1
        if self.tells is not None:
            told, self.tells = self.tells, None
            told.send(b"!")
        if self.raises and not self.over:
            raise KeyboardInterrupt("alarm") if PY2 else InterruptedError(errno.EINTR, "alarm")  # noqa: F821

    def set(self, after, every, raises, tells):
        import signal
        if WASM or not hasattr(signal, "setitimer"):
            raise Lacking("signals that come during a call" if WASM else "signal.setitimer")
        self.used = True
        self.raises = raises
        self.tells = tells
        signal.signal(signal.SIGALRM, self.handle)
        waits = after and (raises or not every)
        self.due = (after, every) if waits else None
        signal.setitimer(signal.ITIMER_REAL, *((0, 0) if waits else (after, every)))

    def attend(self):
        """A call begins that an alarm may be for."""
        self.over = self.armed = False
        self.thread = threading.Thread(target=self._arm, args=(Task(),))
        self.thread.daemon = True
        self.thread.start()

    def _arm(self, task):
        import signal
        task.settle(lambda: self.over)
        with self.arming:
            if not self.over:
                self.armed = True
                signal.setitimer(signal.ITIMER_REAL, *self.due)

    def leave(self, raised):
        """A call has ended. If an alarm was armed for it, there is none for the next one."""
        self.over = True
        with self.arming:
            if self.armed:
                self.armed, self.due = False, None
                self._stop()
        if raised and not self.due:
            self._stop()

    def _stop(self):
        import signal
        signal.setitimer(signal.ITIMER_REAL, 0)

    def disarm(self):
        self.over = True
        if not self.used:
            return
        import signal
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        if self.thread is not None:
            self.thread.join()


@helper
def alarm(session, after, every=0, raises=False, tells=None):
    if not session.agent.single:
        raise Refused("alarm() needs 'process: own'")
    if session.alarms is None:
        session.alarms = Alarms()
    session.alarms.set(after, every, raises, tells)


@helper
def alarms(session):
    return session.alarms.count if session.alarms else 0


_LOOK = """
import os, sys
try:
    sys.exit(0 if os.fstat(int(sys.argv[1])).st_ino == int(sys.argv[2]) else 1)
except OSError:
    sys.exit(1)
"""


@helper
def inherited(session, sock):
    import subprocess
    if not session.agent.single:
        # A child holds every socket of its parent until it has become another program.
        raise Refused("inherited() needs 'process: own'")
    if WINDOWS or JYTHON or WASM:
        raise Lacking("descriptors that a child can be asked about")
    number = sock if isinstance(sock, INTEGERS) else sock.fileno()
    command = [sys.executable, "-E", "-S", "-c", _LOOK, str(number), str(os.fstat(number).st_ino)]
    return subprocess.call(command, close_fds=False) == 0


@helper
def enter(session, value):
    return type(value).__enter__(value)


@helper
def leave(session, value):
    return type(value).__exit__(value, None, None, None)


@helper
def readable(session, sock, within):
    return bool(select.select([sock], [], [], within)[0])


@helper
def writable(session, sock, within):
    return bool(select.select([], [sock], [], within)[1])


def refers(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


@helper
def is_open(session, number):
    if JYTHON or WINDOWS or WASM:
        raise Lacking("descriptors with numbers that the system can be asked about")
    return refers(number)


@helper
def host_name(session):
    name = socket.gethostname()
    if name.lower() not in hosts()[0]:
        raise Lacking("the machine's own name %r in its hosts file" % name)
    return name


@helper
def exception_of(session, sock):
    number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return native(ERRNO_NAMES.get(number, [str(number)])[0]) if number else ""


def _event_names(module, prefix, mask, known):
    return sorted([prefix + name for name in known if mask & getattr(module, prefix + name, 0)])


@helper
def poll_events(session, sock, within):
    if not hasattr(select, "poll"):
        raise Lacking("select.poll")
    poller = select.poll()
    half_closed = getattr(select, "POLLRDHUP", 0x2000 if sys.platform.startswith("linux") else 0)
    poller.register(sock, select.POLLIN | select.POLLOUT | select.POLLPRI | half_closed)
    found = poller.poll(int(within * 1000))
    return _event_names(select, "POLL", found[0][1] if found else 0, ("IN", "PRI", "OUT", "ERR", "HUP", "NVAL"))


@helper
def epoll_events(session, sock, within):
    if not hasattr(select, "epoll"):
        raise Lacking("select.epoll")
    poller = select.epoll()
    try:
        poller.register(sock.fileno(), select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI | 0x2000)
        found = poller.poll(within)
    finally:
        poller.close()
    names = _event_names(select, "EPOLL", found[0][1] if found else 0, ("IN", "PRI", "OUT", "ERR", "HUP"))
    return sorted(names + (["EPOLLRDHUP"] if found and found[0][1] & 0x2000 else []))


@helper
def pickled(session, value):
    import pickle
    return pickle.dumps(value)


@helper
def copied(session, value):
    import copy
    return copy.copy(value)


def _own_path(session, name):
    text = readable_text(name)
    if not session.temporary or not os.path.normpath(text).startswith(readable_text(session.temporary) + os.sep):
        raise Refused("only paths made by path(name) may be looked at")
    return name


@helper
def mode(session, name):
    return os.stat(_own_path(session, name)).st_mode & 0o7777


@helper
def exists(session, name):
    return os.path.lexists(_own_path(session, name))


@helper
def remove(session, name):
    os.unlink(_own_path(session, name))


@helper
def make_file(session, name):
    open(_own_path(session, name), "wb").close()


@helper
def make_folder(session, name):
    os.mkdir(_own_path(session, name))


@helper
def make_link(session, name, target):
    if not hasattr(os, "symlink"):
        raise Lacking("os.symlink")
    os.symlink(_own_path(session, target), _own_path(session, name))


@helper
def set_mode(session, name, bits):
    place = _own_path(session, name)
    session.undo.append((os.chmod, place, os.stat(place).st_mode & 0o7777))
    os.chmod(place, bits)


@helper
def spare_descriptors(session, count):
    if not session.agent.single:
        raise Refused("spare_descriptors() needs 'process: own'")
    try:
        import resource
    except ImportError:
        raise Lacking("the module resource")
    for codec in ("ascii", "latin-1", "utf-8", "idna"):
        "".encode(codec)  # Looked up now: a codec that is not loaded yet takes a descriptor to load.
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = [number for number in range(count + 256) if not refers(number)]
    session.undo.append((resource.setrlimit, resource.RLIMIT_NOFILE, limits))
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[count], limits[1]))


@helper
def open_file(session, name, data, mode="rb", buffering=-1):
    if mode not in ("rb", "r", "r+b"):
        raise Refused("open_file() takes the modes rb, r and r+b, not %r" % native(mode))
    place = path(session, name)
    with io.open(place, "wb") as file:
        file.write(data)
    return _held(session, io.open(place, mode, buffering))


@helper
def bytes_file(session, data):
    return _held(session, io.BytesIO(data))


@helper
def text_file(session, text):
    return _held(session, io.StringIO(text if isinstance(text, TEXT) else text.decode("ascii")))


def _held(session, file):
    session.hold(file)
    return file


@helper
def weak(session, value):
    import weakref
    return weakref.ref(value)() is value


@helper
def volatile(session, number):
    """The number itself; its name tells the controller that it differs from run to run."""
    return int(number)


# ------------------------------------------------------------------------------------------------- warnings

_local = threading.local()


def _record_warning(message, category, filename, lineno, file=None, line=None):
    seen = getattr(_local, "warnings", None)
    if seen is not None and not is_somebody_elses(category):
        seen.append({"type": class_name(category), "message": readable_text(message)[:2000]})


def is_somebody_elses(category):
    """Where objects are collected late, any thread may be told what became of any session's; it is heeded where a step collects them."""
    late = not hasattr(sys, "getrefcount") and category.__name__ == "ResourceWarning"
    return late and not getattr(_local, "collecting", False)


def take_warnings():
    """Warnings reach the step whose thread gives them, every time they are given."""
    warnings.simplefilter("always")
    warnings.showwarning = _record_warning


# ------------------------------------------------------------------------------------------------- jobs


def starts_threads():
    """WebAssembly has threads only where its host gives some."""
    if not WASM:
        return True
    try:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        return True
    except RuntimeError:
        return False


THREADS = starts_threads()
LOCKS_WAIT = hasattr(threading, "TIMEOUT_MAX")
"""A lock can be waited for so long and no longer: on Python 2 not, which Jython is too."""
FORKS = sys.platform.startswith("linux") and hasattr(os, "fork")
"""Elsewhere what a process may do after a fork is restricted: on macOS the libraries of the system say so and end it."""


class Job(object):
    """A call under way in a thread of its own."""

    def __init__(self, session, call):
        self.call = call
        self.session = session
        self.observation = {}
        self.value = None
        self.task = None
        self.finished = False
        self.running = threading.Lock()
        self.done = threading.Lock()
        self.running.acquire()
        self.done.acquire()
        self.thread = threading.Thread(target=self._work)
        self.thread.daemon = True

    def start(self):
        self.thread.start()
        self.running.acquire()
        self.task.settle(lambda: self.finished)

    def _work(self):
        self.task = Task()
        self.running.release()
        self.value = self.session.evaluate(self.call["do"], self.observation)
        self.finished = True
        self.done.release()

    def wait(self):
        """Block until finished; any number of times."""
        self.done.acquire()
        self.done.release()

    def is_pending(self):
        if LOCKS_WAIT:
            if self.done.acquire(True, PENDING_SECONDS):
                self.done.release()
            return not self.finished
        give_up = clock() + PENDING_SECONDS
        while not self.finished and clock() < give_up:
            time.sleep(0.005)
        return not self.finished


class Watch(object):
    """Measures how long this process keeps a thread waiting that should run."""

    def __init__(self):
        self.longest = 0.0
        self.over = False
        self.thread = threading.Thread(target=self._work)
        self.thread.daemon = True
        self.thread.start()

    def _work(self):
        while not self.over:
            before = clock()
            time.sleep(0.005)
            self.longest = max(self.longest, clock() - before - 0.005)

    def stop(self):
        self.over = True
        self.thread.join()
        return self.longest


# ------------------------------------------------------------------------------------------------- sessions


def identity_of(number):
    """Something that tells one open object from another behind the same descriptor, or None where it cannot be had."""
    try:
        status = os.fstat(number)
        # What has no kind (an epoll, on Linux) shares its inode with all of its like. File systems may each count from 1, as gVisor's do.
        return (status.st_dev, status.st_ino) if status.st_ino and stat.S_IFMT(status.st_mode) else None
    except (OSError, TypeError, ValueError, AttributeError, OverflowError):
        return None


ADDRESSES = [
    (name, name.lower()) for name in u"HOST HOST6 PEER PEER6 LINK6 PEER_LINK6 BROADCAST NOBODY NOBODY6".split()
]
"""Words of the language for addresses, with the keys under which an opening has them."""


class Session(object):
    """One member of one role in one play: its names, objects, jobs and temporary folder."""

    def __init__(self, agent, key, opening):
        self.agent = agent
        self.key = key
        self.names = {}
        self.objects = []
        self.numbers = {}
        self.held = []
        self.loose = []
        self.owned = []
        self.jobs = {}
        self.done = []
        self.alarms = None
        self.undo = []
        """Functions with their arguments that put back, at the end, what helpers have changed."""
        self.temporary = ""
        self.aborted = False
        self.busy = threading.Lock()
        self.network = bool(opening.get("network"))
        self.folder = native(opening.get("folder", u""))
        self.reach = [native(host) for host in opening.get("reach", ())]
        self.constants = dict([(native(name), native(opening.get(key, u""))) for name, key in ADDRESSES])
        self.constants["INDEX"] = opening.get("instance", 0)
        self.encoder = Encoder(self)
        self.evaluator = Evaluator(self)
        self.watch = Watch() if opening.get("watch") and THREADS else None

    # -- objects

    def number_of(self, value):
        """The handle of an object: its place in the order in which this session met them."""
        number = self.numbers.get(id(value))
        if number is None:
            self.objects.append(value)
            number = self.numbers[id(value)] = len(self.objects)
            if is_closable(value):
                self._own(value)
        return number

    def _own(self, value):
        try:
            descriptor = value.fileno()
        except Exception:  # noqa: BLE001 - an object without a descriptor is none to give back
            return
        if isinstance(descriptor, INTEGERS) and descriptor >= 0:
            known = identity_of(descriptor)
            if known is not None:
                self.owned.append((class_name(type(value)), int(descriptor), known))

    def keep_descriptors(self, owner, attribute, result):
        """Bare descriptors that a call handed out are given back in the end."""
        if attribute == "recv_fds":
            result = result[1]
        elif attribute in ("recvmsg", "recvmsg_into"):
            result = received_descriptors(result[1])
        elif attribute == "dup" and owner is not os and owner is not socket:
            return
        for number in result if isinstance(result, (list, tuple)) else (result,):
            if isinstance(number, INTEGERS) and number > 2 and number not in self.agent.stream.private:
                self.loose.append((int(number), identity_of(number)))

    def hold(self, value):
        self.held.append(value)

    def forget(self, name):
        if name not in self.names:
            raise Skip("%s was not set" % native(name))
        late = not hasattr(sys, "getrefcount")
        if late:
            gc.collect()
        value = self.names.pop(name)
        number = self.numbers.pop(id(value), None)
        if number is not None:
            self.objects[number - 1] = None
        del value
        _local.collecting = True
        try:
            gc.collect()
            if late:
                gc.collect()
        finally:
            _local.collecting = False

    def make_temporary(self):
        if not self.temporary:
            import tempfile
            self.temporary = tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=self.folder or temporary_root())
        return self.temporary

    # -- steps

    def run(self, steps, given):
        """Perform steps until one does not come to a value; the observations so far are in `done`."""
        for name, value in given.items():
            self.names[name] = decode_given(value)
        self.done = done = []
        for call in steps:
            observation = {"step": call["n"], "seconds": 0.0}
            self.perform(call, observation)
            done.append(observation)
            if self.aborted or not ("value" in observation or "started" in observation or "pending" in observation):
                break
        return done

    def perform(self, call, observation):
        kind = call.get("kind", "call")
        if kind == "call":
            value = self.observe(call["do"], observation)
        elif kind == "background" and not THREADS:
            observation["lacking"] = "threads"
            return
        elif kind == "background":
            job = self.jobs[call["job"]] = Job(self, call)
            job.start()
            observation["started"] = True
            return
        elif kind == "pending":
            observation["pending"] = self.jobs[call["job"]].is_pending()
            return
        else:
            value = self._await(call, observation)
        if call.get("save") and "value" in observation:
            self.assign(call, value, observation)

    def _await(self, call, observation):
        job = self.jobs.get(call["job"])
        if job is None:
            observation["skipped"] = "job %s was not started" % call["job"]
            return None
        job.wait()
        observation.update(job.observation)
        value, job.value = job.value, None
        if "value" in observation:
            observation["value"] = self.encoder.encode(value)
        return value

    def observe(self, tree, observation):
        """Evaluate, and put what came of it into the observation; the value is returned."""
        alarms = self.alarms
        if alarms is not None and alarms.due:
            alarms.attend()
        value = self.evaluate(tree, observation)
        if alarms is not None and alarms.used:
            alarms.leave("raises" in observation)
        if "value" in observation:
            observation["value"] = self.encoder.encode(value)
        return value

    def evaluate(self, tree, observation):
        """Evaluate; a value is returned and not yet encoded, since objects get their numbers in the order of the timeline."""
        seen = _local.warnings = []
        value = None
        started = clock()
        try:
            value = self.evaluator.evaluate(tree)
            observation["seconds"] = round(clock() - started, 6)
            observation["value"] = None
        except Skip as error:
            observation["skipped"] = str(error)
        except Refused as error:
            observation["refused"] = str(error)
        except Lacking as error:
            observation["lacking"] = str(error)
        except RAISED as error:  # noqa: BLE001 - whatever a call raises is the observation
            observation["seconds"] = round(clock() - started, 6)
            observation["raises"] = describe_exception(error)
        if PY2:
            sys.exc_clear()
        _local.warnings = None
        if seen:
            observation["warnings"] = seen
        return value

    def assign(self, call, value, observation):
        if not call.get("unpack"):
            self.names[call["save"][0]] = value
            return
        try:
            values = list(value)
        except TypeError as error:
            values = error
        if isinstance(values, list) and len(values) == len(call["save"]):
            self.names.update(zip(call["save"], values))
            return
        problem = values if isinstance(values, TypeError) else ValueError("%d values for %d names" % (len(values), len(call["save"])))
        del observation["value"]
        observation["raises"] = describe_exception(problem)

    def export(self, names):
        return dict([(name, self.encoder.encode(self.names[name], whole=True)) for name in names if name in self.names])

    # -- clean-up

    def close(self):
        """Give everything back; what could not be given back is in the answer."""
        if self.alarms is not None:
            self.alarms.disarm()
        while self.undo:
            step = self.undo.pop()
            try:
                step[0](*step[1:])
            except OSError:
                pass  # What was changed is gone.
        self._end_jobs()
        if socket.getdefaulttimeout() is not None and self.agent.single:
            socket.setdefaulttimeout(None)
        for value in self.objects:
            self._close_object(value)
        for value in self.held:
            value.close()
        self._close_loose()
        leaks = self._leaks()
        self.names.clear()
        starved = self.watch.stop() if self.watch else 0.0
        if self.temporary:
            import shutil
            shutil.rmtree(self.temporary, ignore_errors=True)
        return {"leaks": leaks, "temporary": readable_text(self.temporary), "starved": round(starved, 6)}

    def _close_object(self, value):
        if value is None or not is_closable(value):
            return
        if is_socket(value):
            self._shorten_time_wait(value)
        try:
            value.close()
        except Exception:  # noqa: BLE001 - a refused close shows up as a leak
            pass

    @staticmethod
    def _shorten_time_wait(sock):
        """A reset leaves no TIME_WAIT behind; thousands of plays a minute would use up the ephemeral ports."""
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger(None, 1, 0))
        except Exception:  # noqa: BLE001 - a kind of socket, or a system, that cannot
            pass

    def _close_loose(self):
        for number, known in self.loose:
            if known is not None and identity_of(number) == known:
                try:
                    os.close(number)
                except OSError:
                    pass

    def _leaks(self):
        left = [each for each in self.owned if identity_of(each[1]) == each[2]]
        if left:
            gc.collect()
        leaks = []
        for name, number, known in left:
            if identity_of(number) == known:
                leaks.append("%s: descriptor still open after close()" % name)
                self._give_back(number)
        return leaks

    @staticmethod
    def _give_back(number):
        """Where objects are collected late, one that still holds the number would close it again, and by then it may be another's."""
        if hasattr(sys, "getrefcount"):
            try:
                os.close(number)
            except OSError:
                pass

    def _end_jobs(self):
        under_way = [job for job in self.jobs.values() if not job.finished]
        if under_way:
            self.wake()
            give_up = clock() + WAKE_SECONDS
            while clock() < give_up and not all(job.finished for job in under_way):
                time.sleep(0.002)

    def wake(self):
        """End calls that block on this session's sockets. Which of these means works differs by system; all are tried."""
        for sock in [value for value in self.objects if value is not None and is_socket(value)]:
            for means in (self._wake_by_shutdown, self._wake_by_contact) + ((self._wake_by_close,) if WINDOWS else ()):
                try:
                    means(sock)
                except Exception:  # noqa: BLE001 - the next means, or a new process, will do
                    pass

    @staticmethod
    def _wake_by_shutdown(sock):
        sock.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _wake_by_contact(sock):
        address = sock.getsockname()
        family, kind = sock.family, sock.type
        if isinstance(address, tuple) and address[0] in ("0.0.0.0", "::"):
            address = ("127.0.0.1" if address[0] == "0.0.0.0" else "::1",) + tuple(address[1:])
        other = socket.socket(family, kind & 0xF)
        try:
            other.setblocking(False)
            if kind & 0xF == socket.SOCK_DGRAM:
                other.sendto(b"\0", address)
            else:
                other.connect_ex(address)
        finally:
            other.close()

    @staticmethod
    def _wake_by_close(sock):
        """Winsock ends what is under way on a socket that is closed; elsewhere such a call goes on, and its number may become another's."""
        sock.close()

    def stuck(self):
        """How many calls of this session are still under way."""
        give_up = clock() + WAKE_SECONDS
        while self._under_way() and clock() < give_up:
            time.sleep(0.002)
        return self._under_way()

    def _under_way(self):
        jobs = len([job for job in self.jobs.values() if not job.finished])
        if not self.busy.acquire(False):
            return jobs + 1
        self.busy.release()
        return jobs


# ------------------------------------------------------------------------------------------------- facts

SETTINGS = """
net.core.somaxconn net.core.rmem_default net.core.wmem_default net.ipv4.tcp_syncookies net.ipv4.tcp_abort_on_overflow
net.ipv4.tcp_congestion_control net.ipv4.tcp_rmem net.ipv4.tcp_wmem net.ipv4.tcp_fastopen net.ipv4.ip_local_port_range
net.ipv4.ip_unprivileged_port_start net.ipv4.ip_nonlocal_bind net.ipv4.tcp_tw_reuse net.ipv4.tcp_migrate_req net.ipv6.bindv6only
net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.all.hop_limit net.ipv6.ip_nonlocal_bind net.unix.max_dgram_qlen net.ipv4.ip_default_ttl
net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_time net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_timestamps
net.ipv4.tcp_syn_retries net.ipv4.icmp_ratelimit net.ipv4.icmp_ratemask net.ipv6.icmp.ratelimit
net.ipv6.icmp.ratemask
""".split()

CAPABILITIES = """
chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service net_broadcast
net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice
sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm
block_suspend audit_read perfmon bpf checkpoint_restore
""".split()


NO_NETWORK = (
    "EADDRNOTAVAIL", "EAFNOSUPPORT", "EPFNOSUPPORT", "EPROTONOSUPPORT", "ENETDOWN", "ENETUNREACH", "EHOSTUNREACH",
    "WSAEADDRNOTAVAIL", "WSAEAFNOSUPPORT", "WSAEPROTONOSUPPORT", "WSAENETDOWN", "WSAENETUNREACH", "WSAEHOSTUNREACH",
)  # fmt: skip


def means_no_network(error):
    """Only such errors say that a network is missing; behind any other a wrong socket layer must not be able to hide."""
    return JYTHON or error.errno in [getattr(errno, name) for name in NO_NETWORK if hasattr(errno, name)]


def can_reach_itself(family, host):
    """A datagram to a socket of our own: that the address can be bound says nothing of an interface that is down."""
    if family == -1:
        return False
    if WASM:
        return can_make(family, socket.SOCK_STREAM)
    try:
        probe = socket.socket(family, socket.SOCK_DGRAM)
    except socket.error as error:
        return not means_no_network(error)
    except (ValueError, AttributeError):
        return False
    try:
        probe.bind((host, 0))
        probe.sendto(b"x", (host, probe.getsockname()[1]))
        return True
    except socket.error as error:
        return not means_no_network(error)
    except (AttributeError, TypeError):
        return not JYTHON
    finally:
        probe.close()


def can_make_unix():
    return hasattr(socket, "AF_UNIX") and can_make(socket.AF_UNIX, socket.SOCK_STREAM)


def can_make(family, kind):
    try:
        socket.socket(family, kind).close()
        return True
    except (socket.error, AttributeError):
        return False


def can_listen():
    """A system for which sockets are not all there, and which says so, is not asked for what it does not claim."""
    if not WASM:
        return True
    try:
        probe = socket.socket()
    except (socket.error, AttributeError):
        return False
    try:
        probe.bind(("127.0.0.1", 0))
        probe.listen(1)
        return True
    except (socket.error, AttributeError):
        return False
    finally:
        probe.close()


def implementation():
    if hasattr(sys, "implementation"):
        return sys.implementation.name
    return "jython" if JYTHON else "pypy" if "__pypy__" in sys.builtin_module_names else "cpython"


def version_of(info):
    return ".".join([str(part) for part in info[:3]])


def implementation_version():
    if implementation() == "pypy":
        return version_of(sys.pypy_version_info)
    return version_of(getattr(sys, "implementation", sys).version if hasattr(sys, "implementation") else sys.version_info)


def operating_system():
    if JYTHON:
        from java.lang import System
        name = System.getProperty("os.name").lower()
        return "windows" if name.startswith("windows") else "macos" if name.startswith("mac") else name
    names = {"darwin": "macos", "win32": "windows", "cygwin": "cygwin"}
    return names.get(sys.platform, sys.platform.rstrip("0123456789"))


def leading_numbers(text):
    numbers = []
    for part in text.replace("-", ".").split("."):
        if not part.isdigit():
            break
        numbers.append(part)
    return ".".join(numbers)


def kernel_and_machine():
    if JYTHON:
        from java.lang import System
        return leading_numbers(System.getProperty("os.version")), System.getProperty("os.arch").replace("amd64", "x86_64")
    if WASM:
        return "", "wasm32" if struct.calcsize("P") == 4 else "wasm64"
    if WINDOWS:
        version = sys.getwindowsversion()
        return "%d.%d.%d" % tuple(version[:3]), os.environ.get("PROCESSOR_ARCHITECTURE", "").lower()
    found = os.uname()
    return leading_numbers(found[2]), found[4]


def c_library():
    if WASM:
        return "musl", ""  # both of its systems have a libc that was made out of musl
    if JYTHON or WINDOWS:
        return ("msvcrt", "") if WINDOWS and not JYTHON else ("", "")
    try:
        words = os.confstr("CS_GNU_LIBC_VERSION").split()
        return words[0], words[1]
    except (ValueError, OSError, AttributeError, IndexError):
        return _c_library_loaded()


def _c_library_loaded():
    """For a Python whose confstr does not know the name: ask the library itself."""
    try:
        with open("/proc/self/maps") as file:
            if "musl" in file.read():
                return "musl", ""
        import ctypes
        version = ctypes.CDLL(None).gnu_get_libc_version
        version.restype = ctypes.c_char_p
        return "glibc", readable_text(version())
    except (OSError, IOError, ImportError, AttributeError):
        return "", ""


def byte_order():
    """Of the machine: Jython reports that of its own virtual one."""
    if not JYTHON:
        return sys.byteorder
    from java.nio import ByteOrder
    return "little" if ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN else "big"


def capabilities():
    try:
        with open("/proc/self/status") as file:
            mask = [int(line.split()[1], 16) for line in file if line.startswith("CapEff:")][0]
    except (OSError, IOError, IndexError, ValueError):
        return []
    return sorted([name for bit, name in enumerate(CAPABILITIES) if mask >> bit & 1])


def settings():
    found = {}
    for name in SETTINGS:
        try:
            with open("/proc/sys/" + name.replace(".", "/")) as file:
                found[name] = " ".join(file.read().split())
        except (OSError, IOError):
            pass
    return found


def public_names():
    names = [name for name in dir(socket) if not name.startswith("_") and not isinstance(getattr(socket, name, None), ModuleType)]
    # Some implementations give a socket its methods only when it is made.
    methods = set(dir(socket.socket))
    if not WASM:
        probe = socket.socket()
        methods |= set(dir(probe))
        probe.close()
    return sorted(names + ["socket.socket." + name for name in methods if not name.startswith("_")])


def constants():
    found = {}
    for module in (socket, select, errno):
        for name in dir(module):
            value = getattr(module, name, None)
            if not name.startswith("_") and isinstance(value, INTEGERS) and not isinstance(value, bool) and abs(value) <= LARGEST_EXACT:
                found[module.__name__ + "." + name] = int(value)
    return found


def exception_classes():
    found = {}
    for module, prefix in ((builtins, ""), (socket, "socket."), (select, "select."), (struct, "struct.")):
        for name in dir(module):
            value = getattr(module, name, None)
            if not name.startswith("_") and isinstance(value, type) and issubclass(value, BaseException):
                found[prefix + name] = class_name(value)
    return found


def wine_version():
    """Empty on Windows itself, whose library has no such function, and where a Python cannot ask for it."""
    if not WINDOWS or JYTHON:
        return ""
    try:
        import ctypes
        ask = ctypes.windll.ntdll.wine_get_version
    except (ImportError, AttributeError):
        return ""
    ask.restype = ctypes.c_char_p
    return re.match(r"[\d.]*", ask().decode("ascii", "replace")).group().strip(".")


def is_gvisor():
    """Its version is the same text in every release: pkg/sentry/fsimpl/proc of gVisor's source."""
    try:
        with open("/proc/version") as file:
            return file.read().strip() == "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016"
    except (OSError, IOError):
        return False


def knows_services():
    try:
        return socket.getservbyname("http", "tcp") == 80
    except (socket.error, AttributeError):
        return False


def facts():
    kernel, machine = kernel_and_machine()
    libc, libc_version = c_library()
    wine = wine_version()
    return {
        "python": version_of(sys.version_info),
        "implementation": implementation(),
        "implementation_version": implementation_version(),
        "os": operating_system(),
        "kernel": kernel,
        "libc": libc,
        "libc_version": libc_version,
        "machine": machine,
        "byteorder": byte_order(),
        "bits": 64 if JYTHON and "64" in machine else struct.calcsize("P") * 8,
        "ipv4": can_reach_itself(socket.AF_INET, "127.0.0.1"),
        "ipv6": can_reach_itself(getattr(socket, "AF_INET6", -1), "::1"),
        "unix": can_make_unix(),
        "listens": can_listen(),
        "threads": THREADS,
        "forks": FORKS,
        "root": hasattr(os, "geteuid") and os.geteuid() == 0,
        "capabilities": capabilities(),
        "hostname": any(address.startswith("127.") or address == "::1" for address in hosts()[0].get(socket.gethostname().lower(), ())),
        "services": knows_services(),
        "wine": bool(wine),
        "wine_version": wine,
        "gvisor": is_gvisor(),
        "settings": settings(),
        "names": public_names(),
        "constants": constants(),
        "classes": exception_classes(),
    }


# ------------------------------------------------------------------------------------------------- the server


LATE = "copy decimal encodings.idna fractions hashlib pickle selectors shutil subprocess tempfile traceback weakref".split()
"""Modules that are imported when something first needs them."""


def load_what_threads_would_see_in_parts():
    """Before Python 3.10, a module that is read from a zip file can be seen by another thread before it is whole: bpo-42131."""
    if (3,) < sys.version_info < (3, 10) and not os.path.exists(getattr(os, "__file__", "")):
        for name in LATE:
            __import__(name)


LOOK_SECONDS = 0.012 if is_gvisor() else 0.003
"""Between two looks at the leader. In gVisor a look costs as much as a small request."""


class Agent(object):
    """Reads requests and performs them on one thread, the leader. A watching thread finds a leader that is blocked in a
    request and starts another to read on; handing over at every request would cost more than most requests do.

    Where everything takes longer, so does every request: a leader that comes back right after another took its place was
    not blocked, and from then on it is given longer, up to LONGEST_LOOK_SECONDS between two looks."""

    def __init__(self):
        self.stream = Stream()
        self.sessions = {}
        self.single = True
        self.state = threading.Lock()
        self.generation = 0
        self.look_seconds = LOOK_SECONDS
        self.replaced = {}
        """When a leader was, by its generation, as long as it has not come back."""
        self.performing = False
        self.serial = 0
        self.watcher_sleeps = False
        self.alarm_clock = threading.Lock()
        self.alarm_clock.acquire()
        self.state_at_start = None
        """Of the process, where it carries one scenario at a time; None where that cannot be seen."""

    def hello(self):
        self.stream.write({
            "agent": "sockmatrix", "protocol": PROTOCOL, "python": version_of(sys.version_info),
            "implementation": implementation(), "pid": os.getpid(),
        })  # fmt: skip

    def serve(self):
        """The main thread: leads, and stays when another has taken over, since without it the process would end."""
        self.lead(0)
        while True:
            time.sleep(3600)

    def lead(self, generation):
        """Read and perform until another leader has been appointed."""
        while True:
            with self.state:
                if self.generation != generation:
                    self._learn_from(clock() - self.replaced.pop(generation))
                    return
                self.performing = False
            line = self.stream.read_line()
            if line is None:
                self.leave(0)
            with self.state:
                self.performing = True
                self.serial += 1
                wake, self.watcher_sleeps = self.watcher_sleeps, False
            if wake:
                self.alarm_clock.release()
            self.answer(line)

    def _learn_from(self, seconds):
        """So long after it was replaced, a leader has come back."""
        if seconds < 2 * self.look_seconds:
            self.look_seconds = min(2 * self.look_seconds, LONGEST_LOOK_SECONDS)
        else:
            self.look_seconds = max(self.look_seconds / 2, LOOK_SECONDS)

    def watch(self):
        """Appoint another leader when the present one has been at the same request for two looks in a row."""
        last = -1
        while True:
            time.sleep(self.look_seconds)
            if self.stream.replies:
                self.stream.flush()  # what the leader is at may take long
            with self.state:
                same = self.serial == last
                if same and self.performing:
                    self.replaced[self.generation] = clock()
                    self.generation += 1
                    self.performing = False
                    self._start_thread(self.lead, self.generation)
                elif same:
                    self.watcher_sleeps = True
                last = self.serial
                rest = self.watcher_sleeps
            if rest:
                self.alarm_clock.acquire()

    @staticmethod
    def _start_thread(work, *arguments):
        thread = threading.Thread(target=work, args=arguments)
        thread.daemon = True
        thread.start()

    def answer(self, line):
        number = None
        try:
            request = json.loads(line.decode("utf-8"))
            number = request["id"]
            action = self.ACTIONS[request["do"]]
        except (ValueError, KeyError, TypeError, UnicodeError) as error:
            self.stream.write({"id": number, "error": "not a request: " + readable_text(error)[:200]})
            return
        try:
            reply = action(self, request)
        except Exception as error:  # noqa: BLE001 - the controller must hear of it, and the agent goes on
            import traceback
            place = traceback.format_exc().splitlines()[-3].strip()
            reply = {"error": "%s: %s (%s)" % (class_name(type(error)), readable_text(error), place)}
        if reply is not None:
            reply["id"] = number
            self.stream.write(reply, hold=not self.single)

    def start(self, request):
        if request.get("protocol") != PROTOCOL:
            message = "this agent speaks protocol %s, not %s" % (PROTOCOL, request.get("protocol"))
            self.stream.write({"id": request["id"], "error": message})
            self.leave(3)
        self.single = bool(request.get("single"))
        if THREADS and not self.single:
            load_what_threads_would_see_in_parts()
            self._start_thread(self.watch)
        if self.single:
            if hasattr(gc, "freeze"):
                gc.freeze()  # what is there by now need not be gone through at each look
            self.state_at_start = state_of_process()
        return {"compiled": compiled()} if request.get("compiled") else {}

    def facts(self, request):
        return {"facts": facts()}

    def run(self, request):
        key = request["session"]
        opening = request.get("open")
        if opening is not None:
            self.sessions[key] = Session(self, key, opening)
        session = self.sessions[key]
        with session.busy:
            done = session.run(request["steps"], request.get("given", {}))
        if session.aborted:
            return None
        reply = {"steps": done}
        if request.get("export"):
            reply["export"] = session.export(request["export"])
        if request.get("close") and len(done) == len(request["steps"]):
            reply["closed"] = self.closed(self.sessions.pop(key))
        return reply

    def close(self, request):
        session = self.sessions.pop(request["session"], None)
        return {"closed": self.closed(session) if session else {"leaks": [], "temporary": "", "starved": 0.0}}

    def closed(self, session):
        """What the clean-up of a session came to, and whether the process could carry another one as if it had just started."""
        told = session.close()
        if self.state_at_start is not None and not self.sessions and not told["leaks"] and state_of_process() == self.state_at_start:
            told["unchanged"] = True
        return told

    def abort(self, request):
        session = self.sessions.pop(request["session"], None)
        if session is None:
            return {"steps": [], "stuck": 0, "closed": {"leaks": [], "temporary": "", "starved": 0.0}}
        session.aborted = True
        done = list(session.done)
        session.wake()
        stuck = session.stuck()
        closed = session.close()
        return {"steps": done, "stuck": stuck, "closed": closed}

    def fork(self, request):
        """An agent in a process of its own, as new as this one was when it started; this one then says how it ended."""
        if not FORKS or not self.single or self.sessions:
            raise ValueError("only an agent that has carried nothing, and has one thread, can fork")
        self.stream.flush()
        if hasattr(gc, "freeze"):
            gc.freeze()  # a collection would write to each object that there is, and so copy the page that both have it in
        child = os.fork()
        if not child:
            self.hello()
            return None
        status = os.waitpid(child, 0)[1]
        return {"ended": os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)}

    def stop(self, request):
        self.leave(0)

    def leave(self, status):
        self.stream.flush()
        for session in list(self.sessions.values()):
            if session.temporary:
                import shutil
                shutil.rmtree(session.temporary, ignore_errors=True)
        os._exit(status)

    ACTIONS = {"start": start, "facts": facts, "run": run, "close": close, "abort": abort, "fork": fork, "stop": stop}


def state_of_process():
    """All that a scenario can change of the process that it has to itself: the language has no other names for such things. None where
    something of it cannot be seen, as where objects are collected late, or descriptors not counted."""
    if WASM or not hasattr(sys, "getrefcount"):
        return None
    gc.collect()
    descriptors = open_descriptors()
    if descriptors is None:
        return None
    mask = os.umask(0o77)
    os.umask(mask)
    return socket.getdefaulttimeout(), mask, state_of_signals(), descriptor_limits(), threading.active_count(), descriptors


def state_of_signals():
    import signal
    if not hasattr(signal, "setitimer"):
        return ()
    return signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)


def descriptor_limits():
    try:
        import resource
    except ImportError:
        return ()
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def open_descriptors():
    """Each with what it leads to; on Windows how many handles there are."""
    if WINDOWS:
        return count_of_handles()
    for place in ("/proc/self/fd", "/dev/fd"):
        try:
            numbers = os.listdir(place)
        except OSError:
            continue
        return sorted([(int(number), identity_of(int(number))) for number in numbers])
    return None


def count_of_handles():
    try:
        import ctypes
        kernel, count = ctypes.windll.kernel32, ctypes.c_ulong()
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        found = kernel.GetProcessHandleCount(ctypes.c_void_p(kernel.GetCurrentProcess()), ctypes.byref(count))
    except (ImportError, AttributeError):
        return None
    return count.value if found else None


def compiled():
    """What this interpreter has made of the agent's source, for the next process of the same interpreter; None where it cannot be had."""
    code = globals().get("CODE")
    if code is None:
        return None
    try:
        import marshal
        data = marshal.dumps(code)
        return {"version": sys.version, "code": data.decode("latin-1")}
    except Exception:  # noqa: BLE001 - it saves time, and nothing else depends on it
        return None


def main():
    """Serve until told to stop or until the input ends."""
    agent = Agent()
    take_warnings()
    agent.hello()
    agent.serve()


if __name__ == "__main__":
    main()
