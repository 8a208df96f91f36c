"""The words of the language hold nothing that a stranger could misuse, and miss nothing that a socket has."""

import errno
import importlib.util
import select
import selectors
import socket
import struct
import sys
from pathlib import Path
from types import ModuleType

import pytest

from harness.language import vocabulary

ROOT = Path(__file__).parent.parent.parent


def collector() -> ModuleType:
    spec = importlib.util.spec_from_file_location("collect_names", ROOT / "tools" / "collect_names.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_attribute_of_a_socket_is_a_word() -> None:
    public = {name for name in dir(socket.socket) if not name.startswith("_")}
    assert public <= vocabulary.SOCKET_ATTRIBUTES
    assert {"ioctl", "share"} <= vocabulary.SOCKET_ATTRIBUTES


def test_every_attribute_of_a_selector_is_a_word() -> None:
    assert {name for name in dir(selectors.DefaultSelector) if not name.startswith("_")} <= vocabulary.ATTRIBUTES
    assert set(selectors.SelectorKey._fields) <= vocabulary.ATTRIBUTES


@pytest.mark.parametrize(
    "name", ["format", "format_map", "mro", "gi_frame", "f_globals", "func_globals", "tb_frame", "cr_frame", "with_traceback"]
)
def test_attributes_that_lead_out_of_a_value_are_no_words(name: str) -> None:
    assert name not in vocabulary.ATTRIBUTES


def test_no_word_is_underscored() -> None:
    names = {name for names in vocabulary.module_names().values() for name in names}
    assert not [name for name in names | vocabulary.ATTRIBUTES | vocabulary.words() if name.startswith("_")]


def test_of_os_only_what_touches_descriptors_and_the_process_itself_is_allowed() -> None:
    allowed = "close dup get_blocking get_inheritable getgid getpid getuid pipe read set_blocking set_inheritable strerror umask write"
    assert sorted(vocabulary.module_names()["os"]) == allowed.split()


def test_names_of_other_systems_are_known() -> None:
    assert {
        "SIO_RCVALL",
        "SO_EXCLUSIVEADDRUSE",
        "LOCAL_PEERCRED",
        "AF_SYSTEM",
        "SO_REUSEPORT_LB",
        "AF_HYPERV",
        "fromshare",
        "IPV6_RECVERR",
    } <= (vocabulary.module_names()["socket"])
    assert {"kqueue", "kevent", "devpoll", "epoll"} <= vocabulary.module_names()["select"]
    assert {"WSAECONNREFUSED", "ECONNREFUSED", "EAI_NONAME"} <= vocabulary.error_symbols()


@pytest.mark.parametrize("module", [socket, select, selectors, errno, struct])
def test_the_collector_asks_an_interpreter_for_its_public_names(module: ModuleType) -> None:
    asked = collector().ask(sys.executable)[module.__name__]
    assert "sys" not in asked
    assert not [name for name in asked if name.startswith("_") or isinstance(getattr(module, name), ModuleType)]
    assert not set(asked) - set(dir(module))


def test_the_names_of_this_interpreter_are_in_the_data() -> None:
    found = collector().collect([sys.executable])
    known = vocabulary.module_names()
    newer = {module: sorted(set(names) - known[module]) for module, names in found.items()}
    assert not any(newer.values()), f"run tools/collect_names.py: {newer}"


def test_exception_classes_of_this_interpreter_are_known() -> None:
    import builtins

    here = {name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)}
    assert {name for name in here if not name.startswith("_")} - vocabulary.EXCEPTIONS <= {"TabError", "PythonFinalizationError"}


def test_signatures_tell_required_from_optional_arguments() -> None:
    assert vocabulary.signature("fill_buffer") == (("s",), ("size",), False)
    assert vocabulary.signature("one_of") == (("a",), (), True)
    assert vocabulary.signature("nan") == ((), (), False)


def test_pure_helpers_are_helpers() -> None:
    assert set(vocabulary.HELPERS) >= vocabulary.PURE_HELPERS >= vocabulary.EXPECTATION_HELPERS
