"""The agent for MicroPython: the protocol of docs/agent-protocol.md in that dialect, with a layer that translates addresses.

Runs on the Unix port of MicroPython and needs nothing but its built-in modules; `ffi` reaches the C library for what the port has no call
for: the agent's own streams, clean-up, facts, and the two calls that the layer stands in for (docs/systems/micropython.md).
What MicroPython lacks is said to be lacking. Nothing here judges, and nothing of a scenario is handed to eval or exec.
"""

import _thread
import binascii
import builtins
import errno
import gc
import hashlib
import io
import json
import os
import select
import socket
import struct
import sys
import time

import ffi

PROTOCOL = 1
LONGEST_VALUE = 256
LARGEST_EXACT = 2**53
LARGEST_ALLOCATION = 2**26
PENDING_MS = 100
SETTLE_MS = 50
WAKE_MS = 1000
STACK_BYTES = 1 << 20
"""Expressions nest 40 levels deep; the main thread of MicroPython has room for fewer."""

# Linux's numbers, for calls of the C library and for constants that MicroPython has no names for.
F_GETFD, F_DUPFD_CLOEXEC, O_RDWR = 1, 1030, 2
SOL_SOCKET, SO_ERROR, SO_BROADCAST, SO_DOMAIN = 1, 4, 6, 39
AI_NUMERICHOST = 4
SHUT_RDWR = 2
EINTR = 4
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10
POLL_NAMES = (("IN", 1), ("PRI", 2), ("OUT", 4), ("ERR", 8), ("HUP", 16), ("NVAL", 32))
POLLRDHUP = 0x2000


class Skip(Exception):
    """A name the step uses was never set."""


class Refused(Exception):
    """The guard of the language does not allow the call."""


class Lacking(Exception):
    """MicroPython lacks what the step needs, or the layer cannot translate it."""


# ------------------------------------------------------------------------------------------------- the C library


class Library:
    """Calls of the C library."""

    SHAPES = {
        "read": ("l", "ipL"), "write": ("l", "ipL"), "fcntl": ("i", "iii"), "open": ("i", "pi"), "dup2": ("i", "ii"), "close": ("i", "i"),
        "getpid": ("i", ""), "gettid": ("i", ""), "geteuid": ("i", ""), "_exit": ("v", "i"), "mkdtemp": ("p", "p"), "shutdown": ("i", "ii"),
        "getsockname": ("i", "ipp"), "getsockopt": ("i", "iiipp"), "strerrorname_np": ("s", "i"), "gnu_get_libc_version": ("s", ""),
        "gethostname": ("i", "pL"), "uname": ("i", "p"), "chmod": ("i", "pi"), "symlink": ("i", "pp"), "fork": ("i", ""),
        "waitpid": ("i", "ipi"),
    }  # fmt: skip
    """Type of the result and of the arguments, in the letters of `ffi`."""

    def __init__(self):
        # All at once: threads of MicroPython may run at the same time, and what they share must not change under them.
        library = ffi.open(None)
        self._calls = {name: self._find(library, name) for name in self.SHAPES}

    def _find(self, library, name):
        result, arguments = self.SHAPES[name]
        try:
            return library.func(result, name, arguments)
        except OSError:
            return None

    def has(self, name):
        """Whether this C library has the call."""
        return self._calls[name] is not None

    def call(self, name, *arguments):
        """The result, whatever it is."""
        return self._calls[name](*arguments)

    def checked(self, name, *arguments):
        """The result; raises OSError where that says so. A signal of the garbage collector ends no call."""
        while True:
            result = self.call(name, *arguments)
            if result >= 0:
                return result
            number = os.errno()
            if number != EINTR:
                raise OSError(number)


library = Library()


def c_text(text):
    """Text as the C library takes it."""
    return (text if isinstance(text, bytes) else text.encode()) + b"\0"


def option_of(number, option):
    """An integer option of level SOL_SOCKET, by the descriptor."""
    value, length = bytearray(4), bytearray(struct.pack("I", 4))
    library.checked("getsockopt", number, SOL_SOCKET, option, value, length)
    return struct.unpack("i", value)[0]


def name_of(number):
    """The address that a socket is bound to, as the kernel has it."""
    value, length = bytearray(128), bytearray(struct.pack("I", 128))
    library.checked("getsockname", number, value, length)
    return bytes(value[: struct.unpack("I", length)[0]])


def family_of(sock, address):
    """The family that the kernel gave a socket; of a closed one, that of the address: MicroPython is asked all the same."""
    try:
        return option_of(sock.fileno(), SO_DOMAIN)
    except OSError:
        if not isinstance(address, tuple):
            return AF_UNIX
        return AF_INET6 if address and ":" in str(address[0]) else AF_INET


def milliseconds_since(moment):
    return time.ticks_diff(time.ticks_us(), moment) / 1000


# ------------------------------------------------------------------------------------------------- the stream


class Stream:
    """Lines in, lines out, on private copies of standard input and output; the originals then lead elsewhere."""

    def __init__(self):
        self.buffer = b""
        self.lines = []
        self.write_lock = _thread.allocate_lock()
        self.source = library.checked("fcntl", 0, F_DUPFD_CLOEXEC, 200)
        self.sink = library.checked("fcntl", 1, F_DUPFD_CLOEXEC, 200)
        nothing = library.checked("open", c_text("/dev/null"), O_RDWR)
        library.checked("dup2", nothing, 0)
        library.checked("dup2", 2, 1)
        library.checked("close", nothing)
        self.poll = select.poll()
        self.poll.register(self.source, select.POLLIN)
        self.block = bytearray(65536)

    def read_line(self):
        """The next line without its end, or None at end of input."""
        while not self.lines:
            self.poll.poll()  # waits without keeping other threads from running, also in a build whose threads take turns
            count = library.checked("read", self.source, self.block, len(self.block))
            if not count:
                return None
            self.buffer += bytes(memoryview(self.block)[:count])
            if b"\n" in self.buffer:
                self.lines = self.buffer.split(b"\n")
                self.buffer = self.lines.pop()
                self.lines.reverse()
        return self.lines.pop()

    def write(self, message):
        """One message as one line."""
        data = (to_json(message) if "export" in message else json.dumps(message)).encode() + b"\n"
        with self.write_lock:
            while data:
                count = library.checked("write", self.sink, data, len(data))
                data = data[count:]


LONG = 4096
"""From so many bytes on, text goes past `json`, which makes room for it a few bytes at a time."""


def to_json(value):
    """As `json.dumps`, for what may have long texts in it."""
    if isinstance(value, str) and len(value) > LONG:
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ",".join([json.dumps(key) + ":" + to_json(item) for key, item in value.items()]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join([to_json(item) for item in value]) + "]"
    return json.dumps(value)


def quoted(text):
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    for number in range(32):
        if chr(number) in text:
            text = text.replace(chr(number), "\\u%04x" % number)
    return '"' + text + '"'


def from_json(line):
    """As `json.loads`, for lines that may have long texts in them: those without escapes are taken out, and put back afterwards."""
    if len(line) <= LONG:
        return json.loads(line)
    parts, long, inside = line.split(b'"'), {}, False
    for at in range(len(parts) - 1):
        part = parts[at]
        if inside and len(part) > LONG and b"\\" not in part:
            long["\0%d" % at] = part.decode()
            parts[at] = b"\\u0000%d" % at
        if not (inside and ends_in_escape(part)):
            inside = not inside
    value = json.loads(b'"'.join(parts))
    return put_back(value, long) if long else value


def ends_in_escape(part):
    """Whether the quote behind it belongs to the text."""
    return (len(part) - len(part.rstrip(b"\\"))) % 2 == 1


def put_back(value, long):
    if isinstance(value, str):
        return long.get(value, value)
    if isinstance(value, list):
        return [put_back(item, long) for item in value]
    if isinstance(value, dict):
        return {key: put_back(item, long) for key, item in value.items()}
    return value


# ------------------------------------------------------------------------------------------------- names of things

MODULES = {"socket": socket, "select": select, "errno": errno, "struct": struct, "os": os}
OS_NAMES = frozenset(
    "close read write pipe dup getpid getuid getgid set_inheritable get_inheritable set_blocking get_blocking strerror umask".split()
)
ModuleType = type(os)


def class_name(cls):
    """Built-ins bare, others under their public module, as far as a module has them."""
    bare = cls.__name__
    if bare in ("FileIO", "TextIOWrapper"):
        return "io." + bare  # as its documentation names them, though the module shows neither
    for module, name in ((socket, "socket"), (select, "select"), (io, "io")):
        if getattr(module, bare, None) is cls:
            return name + "." + bare
    return bare


def ancestors(cls):
    """Names of the classes that `cls` derives from, nearest first, without itself and `object`."""
    names = []
    for base in getattr(cls, "__bases__", ()):
        if base is not object:
            names.append(class_name(base))
            names.extend(ancestors(base))
    return names


def symbols_of(number):
    """Names of an error number: MicroPython's own module knows a few, the C library all."""
    if number in errno.errorcode:
        return [errno.errorcode[number]]
    found = library.call("strerrorname_np", number) if library.has("strerrorname_np") else None
    return [found] if found else []


def describe_exception(error):
    """The `raises` part of an observation."""
    number = getattr(error, "errno", None) if isinstance(error, OSError) else None
    if not isinstance(number, int) or isinstance(number, bool):
        number = None
    return {
        "type": class_name(type(error)),
        "bases": ancestors(type(error)),
        "errno": number,
        "symbols": [] if number is None else symbols_of(number),
        "message": str(error)[:2000],
    }


# ------------------------------------------------------------------------------------------------- values to JSON


def latin(data):
    """One character U+0000-U+00FF for each byte."""
    data = bytes(data)
    try:
        text = data.decode()
        if len(text) == len(data):
            return text
    except UnicodeError:
        pass
    return "".join([chr(byte) for byte in data])


def unlatin(text):
    """The bytes that such characters stand for."""
    data = text.encode()
    return data if len(data) == len(text) else bytes([ord(character) for character in text])


def digest(data):
    return binascii.hexlify(hashlib.sha256(data).digest()).decode()


def encode_text(text, whole):
    data = text.encode()
    if has_half_characters(data):
        return {"surrogate": latin(data)}
    if whole or len(text) <= LONGEST_VALUE:
        return text
    return {"large": "native", "length": len(text), "sha256": digest(data), "head": text[:32]}


def encode_bytes(tag, data, whole):
    if whole or len(data) <= LONGEST_VALUE:
        return {tag: latin(data)}
    return {"large": tag, "length": len(data), "sha256": digest(data), "head": latin(data[:32])}


def has_half_characters(data):
    """Whether UTF-8 has a lone surrogate in it: ED A0..BF."""
    at = data.find(b"\xed")
    while 0 <= at < len(data) - 1:
        if data[at + 1] >= 0xA0:
            return True
        at = data.find(b"\xed", at + 1)
    return False


def encode_float(number):
    if number != number:
        return {"float": "nan"}
    if number in (float("inf"), float("-inf")):
        return {"float": "inf" if number > 0 else "-inf"}
    return number


def encode_integer(number):
    return number if -LARGEST_EXACT <= number <= LARGEST_EXACT else {"int": str(number)}


def is_socket(value):
    return isinstance(value, socket.socket)


def is_closable(value):
    """Something whose descriptor the session must give back: a socket or a file."""
    return not isinstance(value, type) and hasattr(value, "close") and (is_socket(value) or hasattr(value, "fileno"))


class Encoder:
    """Values to the wire form of the protocol. Knows the objects of one session by number."""

    def __init__(self, session):
        self.session = session

    def encode(self, value, whole=False):
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return encode_integer(value)
        if isinstance(value, str):
            return encode_text(value, whole)
        if isinstance(value, bytes):
            return encode_bytes("bytes", value, whole)
        if isinstance(value, float):
            return encode_float(value)
        if isinstance(value, (tuple, list)):
            items = [self.encode(item, whole) for item in value]
            return {"tuple": items} if isinstance(value, tuple) else {"list": items}
        return self._encode_rare(value, whole)

    def _encode_rare(self, value, whole):
        if isinstance(value, (bytearray, memoryview)):
            return encode_bytes("bytearray" if isinstance(value, bytearray) else "memoryview", bytes(value), whole)
        if isinstance(value, dict):
            return {"dict": [[self.encode(key, whole), self.encode(item, whole)] for key, item in value.items()]}
        if isinstance(value, (set, frozenset)):
            return {"set": sorted([self.encode(item, whole) for item in value], key=json.dumps)}
        if isinstance(value, BaseException):
            return {"exception": describe_exception(value)}
        if isinstance(value, type):
            return {"class": class_name(value)}
        if whole:
            return {"local": "socket" if is_socket(value) else class_name(type(value))}
        number = self.session.number_of(value)
        return {"socket": number} if is_socket(value) else {"object": class_name(type(value)), "handle": number}


# ------------------------------------------------------------------------------------------------- JSON to values


class Elsewhere:
    """Stands for what another role has set and this one cannot have; it is refused when it is used."""

    def __init__(self, reason):
        self.reason = reason


def stays(thing):
    """An object lives in the process that made it."""
    return Elsewhere("%s stays in the role that made it" % thing)


def own(value):
    """The value, if it is one of this role's."""
    if isinstance(value, Elsewhere):
        raise Refused(value.reason)
    return value


def decode_given(value):
    """A value that another role has set: whether it can be used here is asked when a step does."""
    try:
        return decode(value)
    except Refused as error:
        return Elsewhere(str(error))


def joined(text):
    """Text whose characters beyond U+FFFF came as two escapes: MicroPython's `json` leaves the halves as they are."""
    data = text.encode()
    if not has_half_characters(data):
        return text
    units, out, at = [ord(character) for character in text], [], 0
    while at < len(units):
        unit, after = units[at], units[at + 1] if at + 1 < len(units) else 0
        pair = 0xD800 <= unit < 0xDC00 <= after < 0xE000
        out.append(chr(0x10000 + ((unit - 0xD800) << 10) + after - 0xDC00) if pair else chr(unit))
        at += 2 if pair else 1
    return "".join(out)


def decode(value):
    """A literal of an expression, or a value given by another role."""
    if isinstance(value, str):
        return joined(value)
    if not isinstance(value, dict):
        return value
    for tag, maker in DECODERS:
        if tag in value:
            return maker(value[tag], value)
    raise Refused("a value tagged %r cannot be used here" % list(value)[0])


def decoded(items):
    return [decode(item) for item in items]


DECODERS = (
    ("enum", lambda inner, value: decode(value["int"])),
    ("bytes", lambda inner, value: unlatin(inner)),
    ("str", lambda inner, value: unlatin(inner).decode()),
    ("text", lambda inner, value: joined(inner)),
    ("surrogate", lambda inner, value: str(unlatin(inner), "utf-8")),
    ("bytearray", lambda inner, value: bytearray(unlatin(inner))),
    ("memoryview", lambda inner, value: memoryview(unlatin(inner))),
    ("int", lambda inner, value: int(inner)),
    ("float", lambda inner, value: float(inner)),
    ("tuple", lambda inner, value: tuple(decoded(inner))),
    ("list", lambda inner, value: decoded(inner)),
    ("dict", lambda inner, value: dict([(decode(key), decode(item)) for key, item in inner])),
    ("set", lambda inner, value: set(decoded(inner))),
    ("local", lambda inner, value: stays("a " + inner)),
    ("class", lambda inner, value: stays("a class")),
    ("exception", lambda inner, value: stays("an exception")),
)


# ------------------------------------------------------------------------------------------------- the translation of addresses

PLAIN_FORM = "a form for this address that its sockets take: addresses are packed there, and the layer packs %s"


def to_packed(session, family, address):
    """What a MicroPython socket takes for an address as Python writes it, by the road that its documentation shows: getaddrinfo.

    Only addresses that every Python takes are translated. What CPython would refuse, MicroPython never gets to see in that form: the answer
    would be the layer's own.
    """
    if family == AF_UNIX:
        return unix_packed(address)
    if family not in (AF_INET, AF_INET6):
        raise Lacking("addresses of family %d, as the layer knows no form for them" % family)
    if not is_plain(family, address):
        raise Lacking(PLAIN_FORM % ("(host, port)" if family == AF_INET else "(host, port[, flow, scope])"))
    packed = resolved(session, family, address[0], address[1])
    return with_scope(packed, address) if len(address) > 2 else packed


def is_plain(family, address):
    if not isinstance(address, tuple) or not 2 <= len(address) <= (2 if family == AF_INET else 4):
        return False
    host, numbers = address[0], address[1:]
    if type(host) is not str or "\0" in host or "%" in host or not all([type(number) is int and number >= 0 for number in numbers]):
        return False
    return numbers[0] <= 0xFFFF and all([each < 2**20 for each in numbers[1:]])


def with_scope(packed, address):
    flow = struct.pack(">I", address[2])
    scope = struct.pack("I", address[3] if len(address) > 3 else 0)
    return packed[:4] + flow + packed[8:24] + scope


def resolved(session, family, host, port):
    """Where getaddrinfo leads, without a resolver. The empty host is every interface, which MicroPython has no name for."""
    name = host or ("0.0.0.0" if family == AF_INET else "::")
    try:
        return bytes(socket.getaddrinfo(name, port, family, 0, 0, AI_NUMERICHOST)[0][-1])
    except OSError:
        session.guard.name(name, family)
    try:
        return bytes(socket.getaddrinfo(name, port, family)[0][-1])
    except OSError as error:
        raise Lacking("an address of family %d for %r (%s)" % (family, host, error))


def unix_packed(address):
    path = address.encode() if type(address) is str else bytes(address) if type(address) in (bytes, bytearray) else None
    if path is None or len(path) > 107 or b"\0" in path[1:]:
        raise Lacking(PLAIN_FORM % "paths of at most 107 bytes")
    if path == b"" or path[:1] == b"\0":
        return struct.pack("H", AF_UNIX) + path
    return struct.pack("H", AF_UNIX) + path + b"\0"


def from_packed(packed):
    """An address as Python writes it, from what MicroPython hands out."""
    packed = bytes(packed)
    family = struct.unpack("H", packed[:2])[0] if len(packed) >= 2 else None
    if family == AF_INET and len(packed) >= 8:
        return (socket.inet_ntop(AF_INET, packed[4:8]), struct.unpack(">H", packed[2:4])[0])
    if family == AF_INET6 and len(packed) >= 28:
        port, flow = struct.unpack(">HI", packed[2:8])
        return (socket.inet_ntop(AF_INET6, packed[8:24]), port, flow, struct.unpack("I", packed[24:28])[0])
    if family == AF_UNIX:
        return unix_path(packed[2:])
    return None if not packed else packed


def unix_path(rest):
    if rest[:1] == b"\0":
        return rest
    try:
        return rest.split(b"\0")[0].decode()
    except UnicodeError:
        raise Lacking("text for a path that is no UTF-8")


# ------------------------------------------------------------------------------------------------- the address guard

HOSTS_FILE = "/etc/hosts"
_hosts = []


def hosts():
    """Addresses by name, of the hosts file; read once."""
    if not _hosts:
        by_name = {}
        for line in text_of(HOSTS_FILE).split("\n"):
            fields = line.split("#")[0].split()
            for name in fields[1:]:
                by_name.setdefault(name.lower(), []).append(fields[0])
        _hosts.append(by_name)
    return _hosts[0]


def text_of(path):
    """What is in a file of the system; nothing where it cannot be read."""
    try:
        with open(path) as file:
            return file.read()
    except (OSError, UnicodeError):
        return ""


def reach_of(packed):
    """`loopback`, `any`, `broadcast`, `multicast` or `outside`, of a packed address."""
    if packed[:2] == struct.pack("H", AF_INET6):
        return reach_of_six(packed[8:24])
    return reach_of_four(packed[4:8])


def reach_of_four(address):
    if address[0] == 127:
        return "loopback"
    if address == b"\0\0\0\0":
        return "any"
    if address == b"\xff\xff\xff\xff":
        return "broadcast"
    return "multicast" if 224 <= address[0] <= 239 else "outside"


def reach_of_six(address):
    if address[:12] == bytes(10) + b"\xff\xff":
        return reach_of_four(address[12:])
    if address == bytes(15) + b"\1":
        return "loopback"
    if address == bytes(16):
        return "any"
    return "multicast" if address[0] == 0xFF else "outside"


def is_temporary(path):
    """Whether a path is of something in the folder of some session, this one's or that of another role."""
    parts = path.split("/")
    return len(parts) > 3 and parts[0] == "" and parts[1] == "tmp" and parts[2].startswith("smx-") and ".." not in parts


class Guard:
    """Refuses calls that would reach beyond loopback or write outside a session's temporary folder, before they are made."""

    def __init__(self, open_network, reach):
        self.lifted = open_network
        self.reach = [host_bytes(host) for host in reach]

    def bound(self, packed):
        """An address that a socket is to be bound to: any of this machine's own, and paths below the session's folders."""
        if not self.lifted and packed[:2] == struct.pack("H", AF_UNIX):
            self._path(packed)

    def reached(self, sock, packed):
        """An address that something is to be sent to."""
        if self.lifted:
            return
        if packed[:2] == struct.pack("H", AF_UNIX):
            self._path(packed)
            return
        reach = reach_of(packed)
        if reach in ("loopback", "any") or self._is_own(packed, reach):
            return
        if reach == "broadcast":
            if may_broadcast(sock):
                raise Refused("a broadcast would leave this machine")
            return
        raise Refused("%s is outside loopback" % from_packed(packed)[0])

    def _is_own(self, packed, reach):
        address = packed[8:24] if packed[:2] == struct.pack("H", AF_INET6) else packed[4:8]
        if address[:12] == bytes(10) + b"\xff\xff":
            address = address[12:]
        return address in self.reach or (bool(self.reach) and reach in ("broadcast", "multicast"))

    @staticmethod
    def _path(packed):
        path = unix_path(packed[2:])
        if isinstance(path, str) and path and not is_temporary(path):
            raise Refused("AF_UNIX paths must be below the scenario's own folders: use path(name)")

    def name(self, host, family):
        """A name may be used where no resolver outside this machine is asked for it."""
        if self.lifted:
            return
        known = hosts().get(host.lower(), ())
        six = [address for address in known if ":" in address]
        if not (six if family == AF_INET6 else known):
            raise Lacking("%r in its hosts file, and no resolver may be asked" % host)


def may_broadcast(sock):
    try:
        return option_of(sock.fileno(), SO_BROADCAST)
    except OSError:
        return False


def host_bytes(host):
    return socket.inet_pton(AF_INET6 if ":" in host else AF_INET, host)


# ------------------------------------------------------------------------------------------------- the evaluator


def check_attribute(name):
    if name.startswith("_") or name in ("format", "format_map", "mro"):
        raise Refused("attribute %r is not part of the language" % name)


def module_named(name):
    if name == "selectors":
        raise Lacking("the module selectors")
    module = MODULES.get(name)
    if module is None:
        raise Refused("module %r is not part of the language" % name)
    return module


def owner_name(owner):
    """What an attribute is looked up in, as a need names it: `socket`, `socket.socket`, `FileIO`."""
    if isinstance(owner, ModuleType):
        return [name for name, module in MODULES.items() if module is owner][0]
    return class_name(owner if isinstance(owner, type) else type(owner))


def get_attribute(owner, name):
    """What is not there is lacking: the scenario is not about names, and MicroPython documents that it has few."""
    check_attribute(name)
    own(owner)
    if owner is os and name not in OS_NAMES:
        raise Refused("os.%s is not part of the language" % name)
    if not hasattr(owner, name):
        raise Lacking("%s.%s" % (owner_name(owner), name))
    value = getattr(owner, name)
    if isinstance(value, ModuleType):
        raise Refused("%r is a module" % name)
    return value


def is_module(tree):
    return isinstance(tree, list) and tree[0] == "module"


class Evaluator:
    """Interprets expression trees for one session; of one step or one background call."""

    def __init__(self, session):
        self.session = session
        self.stood_in = []
        """Calls that the layer performed, because MicroPython does not have them."""

    def evaluate(self, tree):
        if not isinstance(tree, list):
            return decode(tree)
        operation = OPERATIONS.get(tree[0])
        if operation is None:
            raise Refused("operation %r is unknown" % (tree[0],))
        return operation(self, tree)

    def name(self, tree):
        if tree[1] not in self.session.names:
            raise Skip("%s was not set" % tree[1])
        return own(self.session.names[tree[1]])

    def const(self, tree):
        return self.session.constants[tree[1]]

    def builtin(self, tree):
        value = getattr(builtins, tree[1], None)
        if not isinstance(value, type):
            raise Lacking("the built-in %s" % tree[1])
        return value

    def owner(self, tree):
        return module_named(tree[1]) if is_module(tree) else self.evaluate(tree)

    def get(self, tree):
        return get_attribute(self.owner(tree[1]), tree[2])

    def arguments(self, tree):
        args = [self.evaluate(item) for item in tree[2]]
        kwargs = {key: self.evaluate(item) for key, item in tree[3].items()} if len(tree) > 3 else {}
        return args, kwargs

    def call(self, tree):
        function = tree[1]
        if function[0] == "builtin":
            args, kwargs = self.arguments(tree)
            return self.builtin(function)(*args, **kwargs)
        if function[0] != "get":
            raise Refused("only a function that is named where it is called can be called")
        owner = self.owner(function[1])
        if is_socket(owner) and not hasattr(owner, function[2]) and function[2] in STAND_INS:
            return self.stand_in(owner, function[2], tree)
        method = get_attribute(owner, function[2])
        args, kwargs = self.arguments(tree)
        rule = TRANSLATED.get(function[2])
        if rule is None or not (is_socket(owner) or owner in (socket, socket.socket)):
            return method(*args, **kwargs)
        return rule(self, owner, method, args, kwargs)

    def stand_in(self, sock, name, tree):
        """Perform a call that MicroPython does not have. What comes of it is never taken for MicroPython's: not even what goes wrong."""
        args, kwargs = self.arguments(tree)
        if kwargs:
            raise Lacking("socket.socket.%s" % name)
        try:
            value = STAND_INS[name](self.session, sock, *args)
        except (OSError, TypeError, ValueError, MemoryError) as error:
            raise Lacking("socket.socket.%s, and what stands in for it failed (%s: %s)" % (name, class_name(type(error)), error))
        self.stood_in.append("socket.socket." + name)
        return value

    def help(self, tree):
        name = tree[1]
        if name == "forget":
            return self.session.forget(tree[2][0][1])
        helper = HELPERS.get(name)
        if helper is None:
            raise Lacking(MISSING_HELPERS[name]) if name in MISSING_HELPERS else Refused("helper %r is unknown to this agent" % name)
        args = [self.owner(item) if name == "hasattr" else self.evaluate(item) for item in tree[2]]
        kwargs = {key: self.evaluate(item) for key, item in tree[3].items()} if len(tree) > 3 else {}
        return helper(self.session, *args, **kwargs)

    def item(self, tree):
        owner, index = self.evaluate(tree[1]), tree[2]
        if isinstance(index, list) and index[0] == "slice":
            start, stop, step = [self.evaluate(part) for part in index[1:]]
            return owner[start:stop] if step is None else owner[start:stop:step]
        return own(owner[self.evaluate(index)])

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


OPERATIONS = {
    "name": Evaluator.name, "const": Evaluator.const, "builtin": Evaluator.builtin, "get": Evaluator.get,
    "call": Evaluator.call, "help": Evaluator.help, "item": Evaluator.item, "and": Evaluator.every, "or": Evaluator.either,
    "tuple": lambda self, tree: tuple([self.evaluate(item) for item in tree[1]]),
    "list": lambda self, tree: [self.evaluate(item) for item in tree[1]],
    "dict": lambda self, tree: {self.evaluate(key): self.evaluate(item) for key, item in tree[1]},
    "not": lambda self, tree: not self.evaluate(tree[1]), "neg": lambda self, tree: -self.evaluate(tree[1]),
    "|": _binary(lambda a, b: a | b), "&": _binary(lambda a, b: a & b),
    "+": _binary(lambda a, b: a + b), "-": _binary(lambda a, b: a - b),
    "<": _binary(lambda a, b: a < b), "<=": _binary(lambda a, b: a <= b), "==": _binary(lambda a, b: a == b),
    "!=": _binary(lambda a, b: a != b), ">": _binary(lambda a, b: a > b), ">=": _binary(lambda a, b: a >= b),
    "in": _binary(lambda a, b: a in b), "not-in": _binary(lambda a, b: a not in b),
    "is": _binary(lambda a, b: a is b), "is-not": _binary(lambda a, b: a is not b),
}  # fmt: skip


# ------------------------------------------------------------------------------------------------- calls whose addresses are translated


def receiver(owner, args):
    """The socket that a method is called on, and where its arguments begin: `s.connect(a)` or `socket.socket.connect(s, a)`."""
    return (owner, 0) if is_socket(owner) else (args[0] if args and is_socket(args[0]) else None, 1)


def call_with_address(check):
    """connect, bind: the one argument is an address."""

    def rule(evaluator, owner, method, args, kwargs):
        sock, first = receiver(owner, args)
        if sock is not None and len(args) == first + 1 and not kwargs:
            packed = to_packed(evaluator.session, family_of(sock, args[first]), args[first])
            check(evaluator.session.guard, sock, packed)
            args = args[:first] + [packed]
        elif len(args) > first:
            raise Lacking("a form for these arguments that the layer could translate")
        return method(*args, **kwargs)

    return rule


def sendto(evaluator, owner, method, args, kwargs):
    """sendto: the last of two or three arguments is an address."""
    sock, first = receiver(owner, args)
    if sock is not None and len(args) - first in (2, 3) and not kwargs:
        packed = to_packed(evaluator.session, family_of(sock, args[-1]), args[-1])
        evaluator.session.guard.reached(sock, packed)
        args = args[:-1] + [packed]
    elif len(args) > first + 1:
        raise Lacking("a form for these arguments that the layer could translate")
    return method(*args, **kwargs)


def with_peer(evaluator, owner, method, args, kwargs):
    """accept, recvfrom: the second item of what comes back is an address."""
    value, address = method(*args, **kwargs)
    return value, from_packed(address)


def getaddrinfo(evaluator, owner, method, args, kwargs):
    """The addresses that come back are translated; a name is asked for only where no resolver is."""
    if owner is not socket:
        return method(*args, **kwargs)
    flags = args[5] if len(args) > 5 else 0
    if args and isinstance(args[0], str) and not (isinstance(flags, int) and flags & AI_NUMERICHOST) and not is_numeric(args[0]):
        evaluator.session.guard.name(args[0], args[2] if len(args) > 2 else 0)
    return [tuple(list(found[:4]) + [from_packed(found[4])]) for found in method(*args, **kwargs)]


def is_numeric(host):
    try:
        socket.getaddrinfo(host, 0, 0, 0, 0, AI_NUMERICHOST)
    except OSError:
        return False
    return host != ""


TRANSLATED = {
    "connect": call_with_address(lambda guard, sock, packed: guard.reached(sock, packed)),
    "bind": call_with_address(lambda guard, sock, packed: guard.bound(packed)),
    "sendto": sendto,
    "accept": with_peer,
    "recvfrom": with_peer,
    "getaddrinfo": getaddrinfo,
}


# ------------------------------------------------------------------------------------------------- what the layer stands in for


def stand_in_getsockname(session, sock):
    """Without it no scenario would know the port that it was given."""
    return from_packed(name_of(sock.fileno()))


def stand_in_sendall(session, sock, data, flags=0):
    """MicroPython's own send, until everything is sent."""
    rest = memoryview(data)
    while len(rest):
        rest = rest[sock.send(rest, flags) :]


STAND_INS = {"getsockname": stand_in_getsockname, "sendall": stand_in_sendall}


# ------------------------------------------------------------------------------------------------- helpers

HELPERS = {}
MISSING_HELPERS = {
    "decimal": "the module decimal", "fraction": "the module fractions", "alarm": "the module signal", "alarms": "the module signal",
    "inherited": "the module subprocess", "exception_of": "socket.socket.getsockopt", "epoll_events": "select.epoll",
    "pickled": "the module pickle", "copied": "the module copy", "weak": "the module weakref", "spare_descriptors": "the module resource",
    "host_name": "socket.gethostname", "recvmsg": "socket.socket.recvmsg",
}  # fmt: skip
"""Helpers whose subject MicroPython does not have."""

UNAVAILABLE = ("EAFNOSUPPORT", "EPFNOSUPPORT", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT", "ENOPROTOOPT", "EPERM", "EACCES")


def helper(function):
    HELPERS[function.__name__[5:]] = function
    return function


PATTERN = bytes(range(251))


@helper
def help_available_socket(session, family, kind, protocol=0):
    try:
        return socket.socket(family, kind, protocol)
    except OSError as error:
        if not set(symbols_of(error.errno)).intersection(UNAVAILABLE):
            raise
        raise Lacking("sockets of family %d, type %d, protocol %d" % (family, kind, protocol))


@helper
def help_fill(session, count):
    if count > LARGEST_ALLOCATION:
        raise Lacking("room for fill(%d) in a heap that is made for %d bytes" % (count, LARGEST_ALLOCATION))
    return (PATTERN * (count // 251 + 1))[:count]


@helper
def help_utf8(session, text):
    return text.encode()


@helper
def help_path(session, name):
    if "/" in name or name in ("", ".", ".."):
        raise Refused("path(%r) must be a plain name" % name)
    return session.make_temporary() + "/" + name


@helper
def help_unused_port(session, kind="tcp"):
    family = AF_INET6 if kind.endswith("6") else AF_INET
    holder = socket.socket(family, socket.SOCK_DGRAM if kind[:3] == "udp" else socket.SOCK_STREAM)
    session.hold(holder)
    host = session.constants["HOST6" if family == AF_INET6 else "HOST"]
    holder.bind(resolved(session, family, host, 0))
    packed = name_of(holder.fileno())
    if kind[:3] == "udp":
        holder.connect(packed)  # then it takes nothing from anyone else, so that its port answers as an unused one does
    return from_packed(packed)[1]


@helper
def help_recv_all(session, sock, count):
    parts, left = [], count
    while left:
        data = sock.recv(min(left, 65536))
        if not data:
            break
        parts.append(data)
        left -= len(data)
    return b"".join(parts)


@helper
def help_recv_until_eof(session, sock, size=2048, every=0):
    parts = []
    while True:
        data = sock.recv(size)
        if not data:
            return b"".join(parts)
        parts.append(data)
        if every:
            time.sleep(every)


@helper
def help_fill_buffer(session, sock, size=65536):
    block, total = help_fill(session, size), 0
    while total < LARGEST_ALLOCATION:
        try:
            total += sock.send(block)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return total
            raise
    raise Refused("the socket took %d bytes without blocking: is it set not to block?" % total)


@helper
def help_typename(session, value):
    return class_name(type(value))


@helper
def help_bases(session, value):
    return ancestors(value if isinstance(value, type) else type(value))


def bounded(function):
    """Nothing larger than the heap is made for is tried: what would come of it is the heap's answer."""

    def allocate(session, *args):
        if args and isinstance(args[0], int) and args[0] > LARGEST_ALLOCATION:
            raise Lacking("room for %d bytes in a heap that is made for %d" % (args[0], LARGEST_ALLOCATION))
        return function(*args)

    return allocate


def plain(function):
    """A built-in as a helper; never with keywords, among which would be functions to call."""
    return lambda session, *args: function(*args)


for _name, _function in (
    ("isinstance", isinstance), ("issubclass", issubclass), ("callable", callable), ("len", len), ("repr", repr), ("str", str),
    ("memoryview", memoryview), ("int", int), ("float", float), ("bool", bool), ("tuple", tuple), ("list", list), ("set", set),
    ("abs", abs), ("min", min), ("max", max), ("sum", sum), ("any", any), ("all", all), ("type", type),
):  # fmt: skip
    HELPERS[_name] = plain(_function)

HELPERS["bytes"] = bounded(bytes)
HELPERS["bytearray"] = bounded(bytearray)


@helper
def help_sorted(session, items, reverse=False):
    return sorted(items, reverse=reverse)


@helper
def help_hasattr(session, value, name):
    check_attribute(name)
    return hasattr(value, name)


@helper
def help_nan(session):
    return float("nan")


@helper
def help_infinity(session):
    return float("inf")


class Indexed:
    """Not a number, but usable as an index."""

    def __init__(self, number):
        self.number = number

    def __index__(self):
        return self.number


class Floating:
    """Not a number, but convertible to a float."""

    def __init__(self, number):
        self.number = number

    def __float__(self):
        return self.number


class Text(str):
    """A subclass of the native `str`."""


class Integer(int):
    """A subclass of `int`."""


HELPERS["index_object"] = plain(Indexed)
HELPERS["float_object"] = plain(lambda number: Floating(float(number)))
HELPERS["str_subclass"] = plain(Text)
HELPERS["int_subclass"] = plain(Integer)
HELPERS["generator"] = plain(lambda *items: (item for item in items))


@helper
def help_linger(session, onoff, seconds):
    return struct.pack("ii", onoff, seconds)


@helper
def help_timeval(session, seconds):
    return struct.pack("ll", int(seconds), int(round((seconds - int(seconds)) * 1000000)))


@helper
def help_ip_mreq(session, group, interface):
    return socket.inet_pton(AF_INET, group) + socket.inet_pton(AF_INET, interface)


@helper
def help_ipv6_mreq(session, group, index):
    return socket.inet_pton(AF_INET6, group) + struct.pack("I", index)


@helper
def help_ucred(session, data):
    return struct.unpack("iII", data)


@helper
def help_ints(session, *numbers):
    return struct.pack("%di" % len(numbers), *numbers)


@helper
def help_ints_from(session, data):
    count = len(data) // 4
    return list(struct.unpack("%di" % count, bytes(data)[: count * 4]))


@helper
def help_enter(session, value):
    if not hasattr(value, "__enter__"):
        raise Lacking("%s.__enter__" % owner_name(value))
    return value.__enter__()


@helper
def help_leave(session, value):
    if not hasattr(value, "__exit__"):
        raise Lacking("%s.__exit__" % owner_name(value))
    return value.__exit__(None, None, None)


def polled(sock, events, within):
    """The events that MicroPython's poll reports, 0 for none."""
    poller = select.poll()
    poller.register(sock, events)
    found = poller.poll(int(within * 1000))
    return found[0][1] if found else 0


@helper
def help_readable(session, sock, within):
    return bool(polled(sock, select.POLLIN, within))


@helper
def help_writable(session, sock, within):
    return bool(polled(sock, select.POLLOUT, within) & ~select.POLLHUP)


@helper
def help_poll_events(session, sock, within):
    mask = polled(sock, 1 | 2 | 4 | POLLRDHUP, within)
    return sorted(["POLL" + name for name, bit in POLL_NAMES if mask & bit])


@helper
def help_is_open(session, number):
    return library.call("fcntl", number, F_GETFD, 0) >= 0


def own_path(session, name):
    if not session.temporary or not name.startswith(session.temporary + "/") or ".." in name.split("/"):
        raise Refused("only paths made by path(name) may be looked at")
    return name


@helper
def help_mode(session, name):
    return os.stat(own_path(session, name))[0] & 0o7777


@helper
def help_exists(session, name):
    return exists(own_path(session, name))


def exists(path):
    """Whether a folder has a name, also one that is a link to nothing."""
    folder, _, last = path.rpartition("/")
    return any([found[0] == last for found in os.ilistdir(folder)])


@helper
def help_remove(session, name):
    os.unlink(own_path(session, name))


@helper
def help_make_file(session, name):
    open(own_path(session, name), "wb").close()


@helper
def help_make_folder(session, name):
    os.mkdir(own_path(session, name))


@helper
def help_make_link(session, name, target):
    library.checked("symlink", c_text(own_path(session, target)), c_text(own_path(session, name)))


@helper
def help_set_mode(session, name, bits):
    place = own_path(session, name)
    session.undo.append((place, os.stat(place)[0] & 0o7777))
    library.checked("chmod", c_text(place), bits)


@helper
def help_open_file(session, name, data, mode="rb", buffering=-1):
    if mode not in ("rb", "r", "r+b"):
        raise Refused("open_file() takes the modes rb, r and r+b, not %r" % mode)
    place = help_path(session, name)
    with open(place, "wb") as file:
        file.write(data)
    file = open(place, mode)
    session.hold(file)
    return file


@helper
def help_bytes_file(session, data):
    return io.BytesIO(data)


@helper
def help_text_file(session, text):
    return io.StringIO(text)


@helper
def help_volatile(session, number):
    return int(number)


# ------------------------------------------------------------------------------------------------- jobs


class Job:
    """A call under way in a thread of its own."""

    def __init__(self, session, call):
        self.call = call
        self.session = session
        self.observation = {}
        self.value = None
        self.task = 0
        self.finished = False

    def start(self):
        start_thread(self._work)
        settle(self, lambda: self.finished)

    def _work(self):
        self.task = library.call("gettid")
        self.value = self.session.evaluate(self.call["do"], self.observation)
        self.finished = True

    def wait(self):
        """Block until finished; any number of times."""
        while not self.finished:
            time.sleep_us(500)

    def is_pending(self):
        began = time.ticks_us()
        while not self.finished and milliseconds_since(began) < PENDING_MS:
            time.sleep_ms(5)
        return not self.finished


def settle(thread, is_over):
    """Until a thread is seen to block in the kernel, or is over, or SETTLE_MS have passed since it began to run."""
    while not thread.task:
        time.sleep_us(200)
    began = time.ticks_us()
    while not is_over() and milliseconds_since(began) < SETTLE_MS and not is_blocked(thread.task):
        time.sleep_us(500)


def is_blocked(task):
    place = text_of("/proc/self/task/%d/wchan" % task)
    return place not in ("", "0") and not place.startswith("futex")


class Watch:
    """Measures how long this process keeps a thread waiting that should run."""

    def __init__(self):
        self.longest = 0.0
        self.over = False
        self.ended = False
        start_thread(self._work)

    def _work(self):
        while not self.over:
            before = time.ticks_us()
            time.sleep_ms(5)
            self.longest = max(self.longest, milliseconds_since(before) / 1000 - 0.005)
        self.ended = True

    def stop(self):
        self.over = True
        while not self.ended:
            time.sleep_ms(1)
        return self.longest


def start_thread(work, *arguments):
    """The first threads of a process may be many; those that have ended give their room back late."""
    for _ in range(1000):
        try:
            _thread.start_new_thread(work, arguments)
            return
        except OSError as error:
            if error.errno != errno.EAGAIN:
                raise
            time.sleep_ms(1)
    raise OSError(errno.EAGAIN)


# ------------------------------------------------------------------------------------------------- sessions


def identity_of(number):
    """What tells one open object from another behind the same descriptor, or None where there is none."""
    try:
        return os.stat("/proc/self/fd/%d" % number)[1]
    except OSError:
        return None


ADDRESSES = tuple([(name, name.lower()) for name in "HOST HOST6 PEER PEER6 LINK6 PEER_LINK6 BROADCAST NOBODY NOBODY6".split()])


class Session:
    """One member of one role in one play: its names, objects, jobs and temporary folder."""

    def __init__(self, opening):
        self.names = {}
        self.objects = []
        self.numbers = {}
        self.held = []
        self.owned = []
        self.jobs = {}
        self.done = []
        self.undo = []
        self.temporary = ""
        self.aborted = False
        self.busy = False
        self.folder = opening.get("folder", "")
        self.guard = Guard(bool(opening.get("network")), opening.get("reach", ()))
        self.constants = {name: opening.get(key, "") for name, key in ADDRESSES}
        self.constants["INDEX"] = opening.get("instance", 0)
        self.encoder = Encoder(self)
        self.watch = Watch() if opening.get("watch") else None

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
        except Exception:
            return
        known = identity_of(descriptor)
        if known is not None:
            self.owned.append((class_name(type(value)), descriptor, known))

    def hold(self, value):
        self.held.append(value)

    def forget(self, name):
        """Drop the last reference and collect. MicroPython's collector may take any word on the stack for a reference."""
        if name not in self.names:
            raise Skip("%s was not set" % name)
        value = self.names.pop(name)
        if is_closable(value):
            raise Lacking("a collector that closes what is forgotten: its objects are closed by close() alone")
        number = self.numbers.pop(id(value), None)
        if number is not None:
            self.objects[number - 1] = None
        value = None
        gc.collect()

    def make_temporary(self):
        if not self.temporary:
            template = bytearray((self.folder or "/tmp").encode() + b"/smx-XXXXXX\0")
            if not library.call("mkdtemp", template):
                raise OSError(os.errno())
            self.temporary = bytes(template[:-1]).decode()
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
            value = self.evaluate(call["do"], observation)
        elif kind == "background":
            job = self.jobs[call["job"]] = Job(self, call)
            job.start()
            self._begun(job, observation)
            return
        elif kind == "pending":
            job = self.jobs[call["job"]]
            pending = job.is_pending()
            skipped = not pending and job.observation.get("skipped")
            observation.update({"skipped": skipped} if skipped else {"pending": pending})
            return
        else:
            value = self._await(call, observation)
        if "value" in observation:
            observation["value"] = self.encoder.encode(value)
            if call.get("save"):
                self.assign(call, value, observation)

    @staticmethod
    def _begun(job, observation):
        """What MicroPython lacks is said at once: the steps below would wait for it."""
        lacking = job.finished and job.observation.get("lacking")
        observation.update({"lacking": lacking} if lacking else {"started": True})

    def _await(self, call, observation):
        job = self.jobs.get(call["job"])
        if job is None:
            observation["skipped"] = "job %s was not started" % call["job"]
            return None
        job.wait()
        observation.update(job.observation)
        value, job.value = job.value, None
        return value

    def evaluate(self, tree, observation):
        """Evaluate; a value is returned and not yet encoded, since objects get their numbers in the order of the timeline."""
        evaluator = Evaluator(self)
        value = None
        started = time.ticks_us()
        try:
            value = evaluator.evaluate(tree)
            observation["seconds"] = seconds_since(started)
            observation["value"] = None
        except Skip as error:
            observation["skipped"] = str(error)
        except Refused as error:
            observation["refused"] = str(error)
        except Lacking as error:
            observation["lacking"] = str(error)
        except Exception as error:
            observation["seconds"] = seconds_since(started)
            observation["raises"] = describe_exception(error)
        if evaluator.stood_in:
            observation["stood_in"] = evaluator.stood_in
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
            self.names.update(dict(zip(call["save"], values)))
            return
        problem = values if isinstance(values, TypeError) else ValueError("%d values for %d names" % (len(values), len(call["save"])))
        del observation["value"]
        observation["raises"] = describe_exception(problem)

    def export(self, names):
        return {name: self.encoder.encode(self.names[name], True) for name in names if name in self.names}

    # -- clean-up

    def close(self):
        """Give everything back; what could not be given back is in the answer."""
        for place, bits in self.undo:
            library.call("chmod", c_text(place), bits)
        self._end_jobs()
        for value in self.objects + self.held:
            close_object(value)
        leaks = self._leaks()
        self.names.clear()
        starved = self.watch.stop() if self.watch else 0.0
        if self.temporary:
            remove_tree(self.temporary)
        return {"leaks": leaks, "temporary": self.temporary, "starved": round(starved, 6)}

    def _leaks(self):
        leaks = []
        for name, number, known in self.owned:
            if identity_of(number) == known:
                leaks.append("%s: descriptor still open after close()" % name)
                library.call("close", number)
        return leaks

    def _end_jobs(self):
        if any([not job.finished for job in self.jobs.values()]):
            self.wake()
            began = time.ticks_us()
            while milliseconds_since(began) < WAKE_MS and not all([job.finished for job in self.jobs.values()]):
                time.sleep_ms(2)

    def wake(self):
        """End calls that block on this session's sockets, in which threads of it wait: by shutdown, and by a word from outside."""
        for sock in [value for value in self.objects if value is not None and is_socket(value)]:
            number = sock.fileno()
            if number >= 0:
                library.call("shutdown", number, SHUT_RDWR)
                try:
                    contact(number)
                except Exception:
                    pass  # a new process will do

    def stuck(self):
        """How many calls of this session are still under way."""
        began = time.ticks_us()
        while self._under_way() and milliseconds_since(began) < WAKE_MS:
            time.sleep_ms(2)
        return self._under_way()

    def _under_way(self):
        return len([job for job in self.jobs.values() if not job.finished]) + (1 if self.busy else 0)


def seconds_since(moment):
    return time.ticks_diff(time.ticks_us(), moment) / 1000000


def close_object(value):
    if value is None or not is_closable(value):
        return
    try:
        if is_socket(value):
            # A reset leaves no TIME_WAIT behind; thousands of plays a minute would use up the ephemeral ports.
            value.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except Exception:
        pass  # a kind of socket that cannot, or one that is closed
    try:
        value.close()
    except Exception:
        pass  # a refused close shows up as a leak


def contact(number):
    """A datagram or a connection to a socket's own address, without waiting."""
    packed = name_of(number)
    if packed[:2] == struct.pack("H", AF_UNIX) or reach_of(packed) not in ("loopback", "any"):
        return
    if reach_of(packed) == "any":
        packed = packed[:4] + b"\x7f\0\0\1" + packed[8:] if len(packed) < 28 else packed[:8] + bytes(15) + b"\1" + packed[24:]
    other = socket.socket(AF_INET if len(packed) < 28 else AF_INET6, socket.SOCK_DGRAM)
    try:
        other.setblocking(False)
        other.sendto(b"\0", packed)
    finally:
        other.close()


def remove_tree(path):
    """A folder with everything in it; what cannot be removed stays."""
    try:
        for found in list(os.ilistdir(path)):
            place = path + "/" + found[0]
            if found[1] == 0x4000:
                remove_tree(place)
            else:
                os.unlink(place)
        os.rmdir(path)
    except OSError:
        pass


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

NO_NETWORK = frozenset("EADDRNOTAVAIL EAFNOSUPPORT EPFNOSUPPORT EPROTONOSUPPORT ENETDOWN ENETUNREACH EHOSTUNREACH".split())
"""Only such errors say that a network is missing; behind any other a wrong socket layer must not be able to hide."""

DIALECT = {"socket.error": "OSError", "select.error": "OSError"}
"""MicroPython has neither name, and its documentation says that OSError is what they mean in every Python of today."""


def can_reach_itself(family, host):
    """A datagram to a socket of our own."""
    try:
        probe = socket.socket(family, socket.SOCK_DGRAM)
        try:
            probe.bind(socket.getaddrinfo(host, 0, family, 0, 0, AI_NUMERICHOST)[0][-1])
            probe.sendto(b"x", name_of(probe.fileno()))
        finally:
            probe.close()
    except OSError as error:
        return not NO_NETWORK.intersection(symbols_of(error.errno) if isinstance(error.errno, int) else ("EAFNOSUPPORT",))
    return True


def can_make_unix():
    try:
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


def kernel_and_machine():
    room = bytearray(65 * 6)
    library.call("uname", room)
    words = [bytes(room[at * 65 : (at + 1) * 65]).split(b"\0")[0].decode() for at in range(6)]
    return leading_numbers(words[2]), words[4]


def leading_numbers(text):
    numbers = []
    for part in text.replace("-", ".").split("."):
        if not part.isdigit():
            break
        numbers.append(part)
    return ".".join(numbers)


def c_library():
    if "musl" in text_of("/proc/self/maps"):
        return "musl", ""
    if library.has("gnu_get_libc_version"):
        return "glibc", library.call("gnu_get_libc_version")
    return "", ""


def capabilities():
    for line in text_of("/proc/self/status").split("\n"):
        if line.startswith("CapEff:"):
            mask = int(line.split()[1], 16)
            return sorted([name for bit, name in enumerate(CAPABILITIES) if mask >> bit & 1])
    return []


def settings():
    found = {}
    for name in SETTINGS:
        text = text_of("/proc/sys/" + name.replace(".", "/"))
        if text:
            found[name] = " ".join(text.split())
    return found


def public(owner):
    return [name for name in dir(owner) if not name.startswith("_")]


def public_names():
    names = [name for name in public(socket) if not isinstance(getattr(socket, name), ModuleType)]
    return sorted(names + ["socket.socket." + name for name in public(socket.socket)])


def constants():
    found = {}
    for module, owner in (("socket", socket), ("select", select), ("errno", errno)):
        for name in public(owner):
            value = getattr(owner, name)
            if isinstance(value, int) and not isinstance(value, bool):
                found[module + "." + name] = value
    return found


def exception_classes():
    found = dict(DIALECT)
    for name in public(builtins):
        value = getattr(builtins, name)
        if isinstance(value, type) and issubclass(value, BaseException):
            found[name] = class_name(value)
    return found


def knows_itself():
    room = bytearray(256)
    library.call("gethostname", room, 255)
    found = hosts().get(bytes(room).split(b"\0")[0].decode().lower(), ())
    return any([address.startswith("127.") or address == "::1" for address in found])


def is_gvisor():
    return text_of("/proc/version").strip() == "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016"


def version_of(numbers):
    return ".".join([str(number) for number in numbers[:3]])


def facts():
    kernel, machine = kernel_and_machine()
    libc, libc_version = c_library()
    return {
        "python": version_of(sys.version_info),
        "implementation": sys.implementation[0],
        "implementation_version": version_of(sys.implementation[1]),
        "os": sys.platform,
        "kernel": kernel,
        "libc": libc,
        "libc_version": libc_version,
        "machine": machine,
        "byteorder": sys.byteorder,
        "bits": struct.calcsize("P") * 8,
        "ipv4": can_reach_itself(AF_INET, "127.0.0.1"),
        "ipv6": can_reach_itself(AF_INET6, "::1"),
        "unix": can_make_unix(),
        "forks": library.has("fork"),
        "root": library.call("geteuid") == 0,
        "capabilities": capabilities(),
        "hostname": knows_itself(),
        "services": False,
        "wine": False,
        "gvisor": is_gvisor(),
        "settings": settings(),
        "names": public_names(),
        "constants": constants(),
        "classes": exception_classes(),
    }


# ------------------------------------------------------------------------------------------------- the server


class Worker:
    """Performs requests one after the other, in a thread that lasts as long as there are any."""

    def __init__(self):
        self.lock = _thread.allocate_lock()
        self.queue = []
        self.running = False
        self.task = 0

    def submit(self, work):
        """In the order in which they came; returns at once."""
        with self.lock:
            self.queue.append(work)
            if self.running:
                return
            self.running = True
        start_thread(self._work)

    def settle(self):
        """Until what was submitted last has begun, and is over or blocks."""
        while self.running and self.queue:
            time.sleep_us(200)
        settle(self, lambda: not self.running)

    def _work(self):
        self.task = library.call("gettid")
        while True:
            with self.lock:
                if not self.queue:
                    self.running = False
                    return
                work = self.queue.pop(0)
            work()


class Agent:
    """Reads requests on the main thread, and has each session's performed by a thread of its own, or all by one where `single` is asked."""

    def __init__(self):
        self.stream = Stream()
        self.sessions = {}
        self.workers = {}
        self.only = None
        self.state = _thread.allocate_lock()
        """Held by whoever looks at the sessions or at their workers: threads of MicroPython may run at the same time."""

    def hello(self):
        self.stream.write(
            {
                "agent": "sockmatrix",
                "protocol": PROTOCOL,
                "python": version_of(sys.version_info),
                "implementation": sys.implementation[0],
                "pid": library.call("getpid"),
            }
        )

    def serve(self):
        """Until told to stop, or until the input ends."""
        while True:
            line = self.stream.read_line()
            if line is None:
                self.leave(0)
            self.take(line)

    def take(self, line):
        number = None
        try:
            request = from_json(line)
            number, what = request["id"], request["do"]
            if what not in self.ACTIONS:
                raise ValueError("'do' is %r" % what)
        except Exception as error:
            self.stream.write({"id": number, "error": "not a request: %s" % str(error)[:200]})
            return
        if what in ("run", "close"):
            self.worker(request).submit(lambda: self.answer(number, what, request))
        else:
            self.answer(number, what, request)

    def worker(self, request):
        if self.only is not None:
            return self.only
        with self.state:
            return self.workers.setdefault(request.get("session"), Worker())

    def answer(self, number, what, request):
        try:
            reply = self.ACTIONS[what](self, request)
        except Exception as error:
            reply = {"error": "%s: %s" % (class_name(type(error)), error)}
        if reply is not None:
            reply["id"] = number
            self.stream.write(reply)

    def start(self, request):
        if request.get("protocol") != PROTOCOL:
            message = "this agent speaks protocol %s, not %s" % (PROTOCOL, request.get("protocol"))
            self.stream.write({"id": request["id"], "error": message})
            self.leave(3)
        self.only = Worker() if request.get("single") else None
        return {"compiled": None} if request.get("compiled") else {}

    def facts(self, request):
        return {"facts": facts()}

    def run(self, request):
        key = request["session"]
        session = self.session(key, request.get("open"))
        session.busy = True
        done = session.run(request["steps"], request.get("given", {}))
        session.busy = False
        if session.aborted:
            return None
        reply = {"steps": done}
        if request.get("export"):
            reply["export"] = session.export(request["export"])
        if request.get("close") and len(done) == len(request["steps"]):
            reply["closed"] = self.dismiss(key).close()
        return reply

    def session(self, key, opening):
        with self.state:
            if opening is not None:
                self.sessions[key] = Session(opening)
            if key not in self.sessions:
                raise ValueError("the session %s was not opened" % key)
            return self.sessions[key]

    def dismiss(self, key):
        """A session that has come to its end, or nothing."""
        with self.state:
            self.workers.pop(key, None)
            return self.sessions.pop(key, None)

    def close(self, request):
        session = self.dismiss(request["session"])
        return {"closed": session.close() if session else {"leaks": [], "temporary": "", "starved": 0.0}}

    def abort(self, request):
        if request["session"] in self.sessions or request["session"] in self.workers:
            self.worker(request).settle()
        session = self.dismiss(request["session"])
        if session is None:
            return {"steps": [], "stuck": 0, "closed": {"leaks": [], "temporary": "", "starved": 0.0}}
        session.aborted = True
        done = list(session.done)
        session.wake()
        stuck = session.stuck()
        return {"steps": done, "stuck": stuck, "closed": session.close()}

    def fork(self, request):
        """An agent in a process of its own, as new as this one was when it started; this one then says how it ended."""
        if self.sessions or self.workers or (self.only is not None and self.only.task):
            raise ValueError("only an agent that has carried nothing can fork")
        child = library.checked("fork")
        if not child:
            self.hello()
            return None
        place = bytearray(4)
        library.checked("waitpid", child, place, 0)
        status = struct.unpack("i", place)[0]
        return {"ended": -(status & 127) if status & 127 else status >> 8 & 255}

    def stop(self, request):
        self.leave(0)

    def leave(self, status):
        for session in list(self.sessions.values()):
            if session.temporary:
                remove_tree(session.temporary)
        library.call("_exit", status)

    ACTIONS = {"start": start, "facts": facts, "run": run, "close": close, "abort": abort, "fork": fork, "stop": stop}


def main():
    """Serve until told to stop or until the input ends."""
    _thread.stack_size(STACK_BYTES)
    agent = Agent()
    agent.hello()
    agent.serve()
