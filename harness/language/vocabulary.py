"""The words of the scenario language: helpers, matchers, constants, classes, modules and attributes. Checks no scenario itself.

The names of the modules are data, `names.json`, collected over all Python versions by `tools/collect_names.py`. What is not
in these tables cannot be said in a scenario.
"""

from functools import cache
from typing import NamedTuple

LANGUAGE_VERSION = 1

MODULES = ("socket", "select", "selectors", "errno", "struct", "os")

CONSTANTS = ("HOST", "HOST6", "PEER", "PEER6", "LINK6", "PEER_LINK6", "BROADCAST", "NOBODY", "NOBODY6", "INDEX")

NETWORK_ACTIONS = {
    "cut": "all packets from and to the host of this role are dropped from now on, without a word to anybody",
    "restore": "they pass again",
    "kill": "the process of this role is killed; its kernel closes its sockets",
    "power_off": "the host of this role is gone, with its kernel's state; nothing says so to anybody",
}
"""What a step of the role `network` may do to the host of another role."""

CLASSES = frozenset("object int float bool str bytes bytearray memoryview tuple list dict set frozenset type".split())
"""Built-in classes that are values, for `isinstance` and `issubclass`."""

EXCEPTIONS = frozenset(
    """
    ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError BufferError
    BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError
    DeprecationWarning EOFError EncodingWarning EnvironmentError Exception ExceptionGroup FileExistsError FileNotFoundError
    FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning IndentationError IndexError InterruptedError
    IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError
    NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError ProcessLookupError RecursionError
    ReferenceError ResourceWarning RuntimeError RuntimeWarning StandardError StopAsyncIteration StopIteration SyntaxError
    SyntaxWarning SystemError SystemExit TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError
    UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning WindowsError ZeroDivisionError
    """.split()
)
"""Built-in exceptions of all Python versions from 2.7 on."""

MODULE_EXCEPTIONS = (
    "socket.error", "socket.herror", "socket.gaierror", "socket.timeout", "select.error", "struct.error",
)  # fmt: skip

WARNINGS = frozenset(name for name in EXCEPTIONS if name.endswith("Warning"))

HELPERS = {
    "path": "name",
    "unused_port": "kind=",
    "available_socket": "family, type, protocol=",
    "utf8": "text",
    "fill": "n",
    "recv_all": "s, n",
    "recv_until_eof": "s, size=, every=",
    "fill_buffer": "s, size=",
    "typename": "x",
    "bases": "x",
    "hasattr": "x, name",
    "isinstance": "x, classes",
    "issubclass": "x, classes",
    "callable": "x",
    "len": "x",
    "repr": "x",
    "str": "x=, encoding=, errors=",
    "bytes": "x=, encoding=, errors=",
    "bytearray": "x=, encoding=, errors=",
    "memoryview": "x",
    "int": "x=, base=",
    "float": "x=",
    "bool": "x=",
    "tuple": "x=",
    "list": "x=",
    "set": "x=",
    "sorted": "x, reverse=",
    "abs": "x",
    "min": "x, *more",
    "max": "x, *more",
    "sum": "x, start=",
    "any": "x",
    "all": "x",
    "type": "x",
    "decimal": "text",
    "fraction": "a, b",
    "nan": "",
    "infinity": "",
    "index_object": "n",
    "float_object": "x",
    "str_subclass": "text",
    "int_subclass": "n",
    "generator": "*items",
    "linger": "onoff, seconds",
    "timeval": "seconds",
    "ip_mreq": "group, interface",
    "ipv6_mreq": "group, index",
    "ucred": "data",
    "ints": "*numbers",
    "ints_from": "data",
    "alarm": "after, every=, raises=, tells=",
    "alarms": "",
    "inherited": "s",
    "enter": "s",
    "leave": "s",
    "forget": "name",
    "readable": "s, within",
    "writable": "s, within",
    "is_open": "fd",
    "host_name": "",
    "exception_of": "s",
    "poll_events": "s, within",
    "epoll_events": "s, within",
    "pickled": "x",
    "copied": "x",
    "mode": "path",
    "exists": "path",
    "remove": "path",
    "make_file": "path",
    "make_folder": "path",
    "make_link": "path, target",
    "set_mode": "path, bits",
    "spare_descriptors": "n",
    "open_file": "name, data, mode=, buffering=",
    "bytes_file": "data",
    "text_file": "text",
    "weak": "x",
    "volatile": "x",
}
"""Helpers with their parameters: `name` is required and positional, `name=` optional and also a keyword, `*name` any number."""

PURE_HELPERS = frozenset(
    "utf8 fill len str bytes bytearray tuple list set sorted int float bool abs min max sum any all nan infinity".split()
)
"""Helpers that depend on their arguments alone, so that it makes no difference how often they are called."""

EXPECTATION_HELPERS = frozenset("utf8 fill len bytes bytearray tuple list nan infinity".split())
"""Helpers that an expectation may call, with at most one argument: they are performed where it is judged, not on a target."""

EXPECTATION_MODULES = ("socket", "select", "errno")
"""Modules whose integer constants are facts of a target, so that an expectation may name them."""

MATCHERS = {
    "anything": "",
    "any_int": "",
    "any_float": "",
    "any_str": "",
    "any_bytes": "",
    "any_port": "",
    "between": "a, b",
    "matches": "pattern",
    "contains": "x",
    "starts": "x",
    "instance": "type_name",
    "length": "n",
    "one_of": "a, *more",
    "differs": "x",
}

PROCESS_WIDE_HELPERS = ("alarm", "alarms", "inherited", "spare_descriptors")
PROCESS_WIDE_MEMBERS = ("socket.setdefaulttimeout", "os.umask")

SOCKET_ATTRIBUTES = frozenset(
    """
    accept bind close connect connect_ex detach dup family fileno fromfd get_inheritable getblocking getpeername getsockname
    getsockopt gettimeout ioctl listen makefile proto recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into send
    sendall sendfile sendmsg sendmsg_afalg sendto set_inheritable setblocking setsockopt settimeout share shutdown timeout type
    """.split()
)
"""Methods and attributes of a socket in any version, on any system."""

_FILE = """
    buffer bufsize close closed default_bufsize detach encoding errors fileno flush isatty line_buffering mode name newlines next peek
    raw read read1 readable readall readinto readinto1 readline readlines seek seekable softspace tell truncate writable write writelines
"""

_TEXT_AND_BYTES = """
    capitalize casefold count decode encode endswith find fromhex hex index isalnum isalpha isascii isdecimal isdigit islower
    isnumeric isspace istitle isupper join lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rpartition
    rsplit rstrip split splitlines startswith strip swapcase title translate upper
"""

_CONTAINERS = """
    append c_contiguous cast clear contiguous copy extend f_contiguous insert itemsize items keys nbytes ndim
    pop readonly release remove reverse shape sort strides suboffsets tobytes tolist toreadonly values get
"""

_NUMBERS = "as_integer_ratio bit_count bit_length conjugate denominator from_bytes imag is_integer numerator real to_bytes"

_POLLING = """
    control poll register unregister modify select get_key get_map fromfd data events fd fileobj fflags filter flags ident udata
"""

_EXCEPTIONS = "args errno filename message reason strerror winerror"

_STRUCTS = "iter_unpack pack pack_into size unpack unpack_from"

_ENUMS = "name value"

ATTRIBUTES = (
    frozenset(" ".join((_FILE, _TEXT_AND_BYTES, _CONTAINERS, _NUMBERS, _POLLING, _EXCEPTIONS, _STRUCTS, _ENUMS)).split())
    | SOCKET_ATTRIBUTES
)
"""Attributes a scenario may read from values. `format` is left out: it reads attributes of its arguments by name, a way around the rest."""

SEE_PREFIXES = (
    "python:", "since:", "posix:", "rfc:", "man:", "seed:", "issue:", "winsock:", "macos:", "freebsd:", "pypy:", "jython:", "https:",
)  # fmt: skip

STRANGERS = {
    "time": "a scenario has no sleeps: a step starts when the one above it has finished",
    "sleep": "a scenario has no sleeps: a step starts when the one above it has finished",
    "threading": "a call that blocks takes 'background: NAME'",
    "signal": "use alarm(after) for a signal during a call",
    "sys": "what depends on the target belongs under 'varies'",
    "platform": "what depends on the target belongs under 'varies'",
    "open": "use make_file(path)",
    "print": "every step's value is recorded",
    "range": "use 'repeat' for steps, fill(n) for bytes",
    "true": "write True",
    "false": "write False",
    "null": "write None",
}
"""Words that people bring along from elsewhere, with what the language has instead."""


SETTINGS = tuple(
    """
    net.core.somaxconn net.core.rmem_default net.core.wmem_default net.ipv4.tcp_syncookies net.ipv4.tcp_abort_on_overflow
    net.ipv4.tcp_congestion_control net.ipv4.tcp_rmem net.ipv4.tcp_wmem net.ipv4.tcp_fastopen net.ipv4.ip_local_port_range
    net.ipv4.ip_unprivileged_port_start net.ipv4.ip_nonlocal_bind net.ipv4.tcp_tw_reuse net.ipv4.tcp_migrate_req net.ipv6.bindv6only
    net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.all.hop_limit net.ipv6.ip_nonlocal_bind net.unix.max_dgram_qlen net.ipv4.ip_default_ttl
    net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_time net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_timestamps
    net.ipv4.tcp_syn_retries net.ipv4.icmp_ratelimit net.ipv4.icmp_ratemask net.ipv6.icmp.ratelimit
    net.ipv6.icmp.ratemask
    """.split()
)

SETTINGS_OF_MEMORY = frozenset({"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"})
"""Those that follow from how much memory a kernel finds when it starts: chance, on a machine that is booted for a run."""
"""Kernel settings that an agent reports; the agent has the same list."""


class Signature(NamedTuple):
    """How a helper or matcher may be called."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    variadic: bool


@cache
def signature(name: str) -> Signature:
    """The signature of a helper or matcher; raises `KeyError` for other words."""
    text = HELPERS[name] if name in HELPERS else MATCHERS[name]
    words = [word.strip() for word in text.split(",") if word]
    return Signature(
        tuple(word for word in words if word[0] != "*" and word[-1] != "="),
        tuple(word[:-1] for word in words if word[-1] == "="),
        any(word[0] == "*" for word in words),
    )


@cache
def module_names() -> dict[str, frozenset[str]]:
    """Public names of the modules, over all Python versions and systems."""
    from importlib.resources import files

    import msgspec

    data = files("harness.language").joinpath("names.json").read_bytes()
    return msgspec.json.decode(data, type=dict[str, frozenset[str]])


@cache
def error_symbols() -> frozenset[str]:
    """Symbols of error numbers: of `errno`, and `EAI_…` of `socket`."""
    resolver = {name for name in module_names()["socket"] if name.startswith("EAI_")}
    return frozenset(resolver | (module_names()["errno"] - {"errorcode"}))


@cache
def exception_names() -> frozenset[str]:
    """Every exception class as a scenario may write it."""
    return EXCEPTIONS | set(MODULE_EXCEPTIONS)


@cache
def words() -> frozenset[str]:
    """Every word with a meaning of its own, which no scenario may set."""
    return frozenset((*MODULES, *CONSTANTS, *HELPERS, *MATCHERS)) | CLASSES | EXCEPTIONS
