"""The catalogue knows every name that scenarios may say and that interpreters have."""

import sys

from harness.coverage.catalogue import catalogue, is_constant, unknown_names
from harness.language.vocabulary import SOCKET_ATTRIBUTES, error_symbols, module_names


def test_every_name_of_the_language_is_in_it() -> None:
    assert unknown_names(module_names()["socket"]) == ()


def test_every_method_of_the_language_is_in_it() -> None:
    assert unknown_names(frozenset(f"socket.{name}" for name in SOCKET_ATTRIBUTES)) == ()


def test_what_this_interpreter_has_is_in_it() -> None:
    import socket

    names = {name for name in dir(socket) if name[0] != "_" and not isinstance(getattr(socket, name), type(sys))}
    names |= {f"socket.{name}" for name in dir(socket.socket) if name[0] != "_"}
    assert unknown_names(frozenset(names)) == ()


def test_a_name_that_nobody_has_heard_of_is_told() -> None:
    assert unknown_names(frozenset({"recv", "socket.recv_ahead", "AF_NEW", "XX_NEW"})) == ("XX_NEW", "recv", "socket.recv_ahead")


def test_notes_have_names_of_their_own() -> None:
    ids = [note.id for note in catalogue().notes]
    assert len(set(ids)) == len(ids)
    assert all(note.kind in ("new", "changed") and note.names and note.says.endswith(".") for note in catalogue().notes)


def test_errors_are_symbols_and_their_calls_are_known() -> None:
    functions = {name.name for name in catalogue().names} | {"os.close"}
    for call in catalogue().calls:
        named = {*call.shall, *call.may}
        assert named <= error_symbols()
        assert set(call.not_provoked) <= named
        assert set(call.python) <= functions
        assert len(named) == len(call.shall) + len(call.may)


def test_every_group_of_constants_has_members() -> None:
    assert all(name.members for name in catalogue().names if name.kind == "constants")


def test_a_constant_is_known_by_its_name_before_anybody_has_met_it() -> None:
    assert is_constant("SO_NEVER_SEEN")
    assert not any(map(is_constant, ("EBADF", "POLLIN", "SSL_ERROR_EOF", "CAPI", "CMSG_LEN", "AddressFamily", "has_ipv6")))
