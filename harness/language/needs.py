"""What a scenario needs of a target: predicates and their short forms. Says which need is unmet; skips nothing itself."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from harness.language.conditions import conditions
from harness.language.mistakes import did_you_mean
from harness.language.predicates import BOOLEANS, PredicateError, has_name, parse
from harness.records.facts import Facts
from harness.records.plan import Need

_SHORT_FORM = re.compile(r"(?P<kind>[a-z]+):(?P<value>.*)", re.DOTALL)
_SHORT_FORMS = ("cap", "has", "os", "network")
_LACKING = {
    "ipv4": "which is not usable here",
    "ipv6": "which is not usable here",
    "unix": "which is not usable here",
    "root": "and this target does not run as root",
    "wine": "and this target is not Wine",
    "gvisor": "and this target does not run in gVisor",
    "host_network": "and this target has a network stack of its own",
    "hostname": "and the host name is not in the hosts file here",
    "emulated": "and this processor is the machine's own",
    "one_host": "and here each role has a host of its own",
    "services": "and the database of services is missing here",
    "listens": "and no socket can be bound or listen here",
    "threads": "and no thread can be started here",
}

Unmet = Callable[[Facts], str]
"""The reason why a target does not meet a need, or an empty text."""


def unmet(needs: Sequence[Need], facts: Facts) -> str:
    """The reason for the first need that a target does not meet: `needs ipv6, which is not usable here`; empty if all are met."""
    for need in needs:
        reason = check(need.text)(facts)
        if reason:
            return reason
    return ""


@lru_cache(maxsize=4096)
def check(text: str) -> Unmet:
    """How to find out whether a need is met. Raises `PredicateError` for a need that cannot be understood."""
    text = text.strip()
    short = _SHORT_FORM.fullmatch(text)
    if short is None:
        return _predicate(text)
    kind, value = short["kind"], short["value"]
    if kind not in _SHORT_FORMS:
        hint = did_you_mean(f"{kind}:", [f"{known}:" for known in _SHORT_FORMS])
        raise PredicateError(text, 0, f"unknown need '{kind}:'", hint or "short forms are cap:, has:, os:, network:")
    if not value.strip() or value != value.strip():
        raise PredicateError(text, len(kind) + 1, f"'{kind}:' needs a value right after it", "such as has:socket.send_fds")
    return {"cap": _capability, "has": _name, "os": _system, "network": _network}[kind](value)


_OF_INTERPRETER = frozenset(
    "python implementation implementation_version os kernel libc libc_version machine byteorder bits wine wine_version "
    "gvisor gvisor_version host_network hypervisor listens threads socket select errno".split()
)


def is_of_interpreter(need: Need) -> bool:
    """The need is one that the same interpreter meets, or does not, in whatever surroundings."""
    text = need.text.strip()
    short = _SHORT_FORM.fullmatch(text)
    if short is not None:
        return short["kind"] in ("has", "os")
    return _OF_INTERPRETER.issuperset(parse(text).facts)


def _predicate(text: str) -> Unmet:
    predicate = parse(text)
    if text in BOOLEANS:
        reason = f"needs {text}, {_LACKING[text]}"
        return lambda facts: "" if predicate.holds(facts) else reason
    return lambda facts: "" if predicate.holds(facts) else f"needs {text}, and here {_described(predicate.facts, facts)}"


def _described(words: tuple[str, ...], facts: Facts) -> str:
    """The facts a predicate looks at, as they are."""
    return " and ".join(_one_described(word, facts) for word in words)


def _one_described(word: str, facts: Facts) -> str:
    if word == "setting":
        return "the setting differs"
    if word in ("socket", "select", "errno"):
        return f"{word} is that of {_python(facts)}"
    value = getattr(facts, word)
    if isinstance(value, tuple):
        return f"{word} are {', '.join(value) or 'none'}"
    if isinstance(value, bool):
        return f"{word} is {'true' if value else 'false'}"
    return f"{word} is {value if value != '' else 'not known'}"


CAPABILITIES = frozenset(
    "audit_control audit_read audit_write block_suspend bpf checkpoint_restore chown dac_override dac_read_search fowner fsetid ipc_lock "
    "ipc_owner kill lease linux_immutable mac_admin mac_override mknod net_admin net_bind_service net_broadcast net_raw perfmon setfcap "
    "setgid setpcap setuid sys_admin sys_boot sys_chroot sys_module sys_nice sys_pacct sys_ptrace sys_rawio sys_resource sys_time "
    "sys_tty_config syslog wake_alarm".split()
)
"""Of Linux: capabilities(7)."""


def _capability(value: str) -> Unmet:
    name = value.lower().removeprefix("cap_")
    if name not in CAPABILITIES:
        hint = did_you_mean(name, CAPABILITIES) or "names are those of capabilities(7), such as cap:net_raw"
        raise PredicateError(f"cap:{value}", len("cap:"), f"unknown capability '{value}'", hint)
    return lambda facts: "" if name in facts.capabilities else f"needs the capability {name}, which is not given here"


def _system(value: str) -> Unmet:
    predicate = parse(f'os == "{value}"')
    return lambda facts: "" if predicate.holds(facts) else f"needs {value}, and this is {facts.os}"


def _network(value: str) -> Unmet:
    if value not in conditions():
        hint = did_you_mean(value, conditions()) or f"conditions are {', '.join(conditions())}"
        raise PredicateError(f"network:{value}", len("network:"), f"unknown network condition '{value}'", hint)

    def reason(facts: Facts) -> str:
        if facts.network == value:
            return ""
        return f"needs the network condition '{value}', and here it is {repr(facts.network) if facts.network else 'the plain loopback'}"

    return reason


def _name(value: str) -> Unmet:
    module, _, name = value.partition(".")
    _check_name(value, module, name)
    return lambda facts: "" if has_name(facts, module, name) else f"needs {value}, which {_python(facts)} does not have"


def _check_name(value: str, module: str, name: str) -> None:
    from harness.language.vocabulary import SOCKET_ATTRIBUTES, module_names

    if module not in ("socket", "select", "errno"):
        hint = "write has:socket.send_fds, has:socket.socket.sendmsg, has:select.epoll or has:errno.EADV"
        raise PredicateError(f"has:{value}", 4, f"'has:' knows socket, select and errno, not '{module}'", hint)
    method = name.removeprefix("socket.") if module == "socket" and name.startswith("socket.") else ""
    known = SOCKET_ATTRIBUTES if method else module_names()[module]
    wanted = method or name
    if wanted not in known:
        prefix = value[: len(value) - len(wanted)]
        raise PredicateError(f"has:{value}", 4, f"no system has '{value}'", did_you_mean(wanted, known, prefix))


def _python(facts: Facts) -> str:
    if facts.implementation in ("cpython", ""):
        return f"Python {facts.python}"
    return f"{facts.implementation} {facts.implementation_version} (Python {facts.python})"
