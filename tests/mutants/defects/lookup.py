"""Names, services and interfaces: getaddrinfo and its older relatives."""

from __future__ import annotations

import socket
from typing import Any

from tests.mutants.layer import Layer, mutant


def other_hints(layer: Layer, change: Any) -> None:
    """getaddrinfo() with other hints than were given: `change(hints)` gives those that replace some."""

    @layer.function("getaddrinfo")
    def changed(original: Any, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        given = dict(zip(("family", "type", "proto", "flags"), args))  # noqa: B905 - older targets know no `strict`
        hints = {"flags": 0, **given, **kwargs}
        return original(host, port, **{**hints, **change(hints)})


@mutant("getaddrinfo() gives every entry twice")
def addresses_twice(layer: Layer) -> None:
    layer.answer("getaddrinfo", lambda entries: [entry for entry in entries for _ in (0, 1)])


@mutant("getaddrinfo() gives its entries in the opposite order")
def addresses_reversed(layer: Layer) -> None:
    layer.answer("getaddrinfo", lambda entries: entries[::-1])


@mutant("getaddrinfo() ignores the type asked for")
def addresses_of_any_type(layer: Layer) -> None:
    other_hints(layer, lambda hints: {"type": 0})


@mutant("getaddrinfo() ignores the family asked for")
def addresses_of_any_family(layer: Layer) -> None:
    other_hints(layer, lambda hints: {"family": 0})


@mutant("getaddrinfo() ignores its flags")
def address_flags_ignored(layer: Layer) -> None:
    other_hints(layer, lambda hints: {"flags": hints["flags"] & socket.AI_NUMERICHOST})


@mutant("getaddrinfo() ignores AI_NUMERICHOST")
def numeric_host_ignored(layer: Layer) -> None:
    @layer.function("getaddrinfo")
    def changed(original: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        return original("127.0.0.1" if host in ("localhost", socket.gethostname()) else host, *args, **kwargs)


@mutant("getaddrinfo() gives no canonical name")
def canonical_name_missing(layer: Layer) -> None:
    layer.answer("getaddrinfo", lambda entries: [(*entry[:3], "", entry[4]) for entry in entries])


@mutant("getaddrinfo() gives plain numbers for family and type")
def addresses_with_plain_numbers(layer: Layer) -> None:
    layer.answer("getaddrinfo", lambda entries: [(int(entry[0]), int(entry[1]), *entry[2:]) for entry in entries])


@mutant("getaddrinfo() gives protocol 0")
def addresses_without_protocol(layer: Layer) -> None:
    layer.answer("getaddrinfo", lambda entries: [(*entry[:2], 0, *entry[3:]) for entry in entries])


@mutant("getaddrinfo() gives a tuple")
def addresses_in_a_tuple(layer: Layer) -> None:
    layer.answer("getaddrinfo", tuple)


@mutant("getaddrinfo() gives IPv6 addresses as pairs")
def ipv6_addresses_as_pairs(layer: Layer) -> None:
    layer.answer("getaddrinfo", lambda entries: [(*entry[:4], entry[4][:2]) for entry in entries])


@mutant("getaddrinfo() gives the port as text")
def port_as_text(layer: Layer) -> None:
    layer.answer("getaddrinfo", lambda entries: [(*entry[:4], (entry[4][0], str(entry[4][1]), *entry[4][2:])) for entry in entries])


@mutant("gethostbyname() gives a list of addresses")
def one_address_as_list(layer: Layer) -> None:
    layer.answer("gethostbyname", lambda address: [address])


@mutant("gethostbyname_ex() gives its items in another order")
def host_entry_swapped(layer: Layer) -> None:
    layer.answer("gethostbyname_ex", lambda entry: (entry[0], entry[2], entry[1]))


@mutant("gethostbyaddr() gives a name only")
def host_of_address_is_a_name(layer: Layer) -> None:
    layer.answer("gethostbyaddr", lambda entry: entry[0])


@mutant("gethostname() gives bytes")
def own_name_as_bytes(layer: Layer) -> None:
    layer.answer("gethostname", str.encode)


@mutant("getfqdn() gives what it was given")
def full_name_unchanged(layer: Layer) -> None:
    layer.function("getfqdn")(lambda original, name="": name)


@mutant("getservbyname() does not look at the protocol")
def service_of_any_protocol(layer: Layer) -> None:
    layer.function("getservbyname")(lambda original, name, *protocol: original(name))


@mutant("getservbyname() gives 0 for an unknown service")
def unknown_service_is_zero(layer: Layer) -> None:
    @layer.function("getservbyname")
    def changed(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except OSError:
            return 0


@mutant("getservbyname() takes capitals for small letters")
def service_in_any_case(layer: Layer) -> None:
    layer.function("getservbyname")(lambda original, name, *args: original(name.lower() if isinstance(name, str) else name, *args))


@mutant("getservbyname() has the bytes of the port swapped")
def service_port_swapped(layer: Layer) -> None:
    layer.answer("getservbyname", socket.htons)


@mutant("getservbyport() gives the number as text for an unknown port")
def unknown_port_is_text(layer: Layer) -> None:
    @layer.function("getservbyport")
    def changed(original: Any, port: Any, *args: Any) -> Any:
        try:
            return original(port, *args)
        except OSError:
            return str(port)


@mutant("getprotobyname() knows tcp and udp only")
def protocols_few(layer: Layer) -> None:
    @layer.function("getprotobyname")
    def changed(original: Any, name: Any) -> Any:
        number = original(name)
        if number not in (6, 17):
            raise OSError("protocol not found")
        return number


@mutant("getnameinfo() gives the service as a number")
def service_as_number(layer: Layer) -> None:
    layer.answer("getnameinfo", lambda value: (value[0], int(value[1]) if value[1].isdigit() else value[1]))


@mutant("getnameinfo() ignores NI_NUMERICSERV")
def numeric_service_ignored(layer: Layer) -> None:
    layer.function("getnameinfo")(lambda original, address, flags: original(address, flags & ~socket.NI_NUMERICSERV))


@mutant("getnameinfo() ignores NI_DGRAM")
def datagram_service_ignored(layer: Layer) -> None:
    layer.function("getnameinfo")(lambda original, address, flags: original(address, flags & ~socket.NI_DGRAM))


@mutant("getnameinfo() gives a list")
def name_information_is_a_list(layer: Layer) -> None:
    layer.answer("getnameinfo", list)


@mutant("if_nametoindex() gives 0 for an unknown name")
def unknown_interface_is_zero(layer: Layer) -> None:
    @layer.function("if_nametoindex")
    def changed(original: Any, name: Any) -> Any:
        try:
            return original(name)
        except OSError:
            return 0


@mutant("if_indextoname() gives the empty text for an unknown number")
def unknown_index_is_empty(layer: Layer) -> None:
    @layer.function("if_indextoname")
    def changed(original: Any, number: Any) -> Any:
        try:
            return original(number)
        except OSError:
            return ""


@mutant("if_nameindex() gives names only")
def interfaces_are_names(layer: Layer) -> None:
    layer.answer("if_nameindex", lambda entries: [name for _, name in entries])


@mutant("if_nameindex() counts from 0")
def interfaces_from_zero(layer: Layer) -> None:
    layer.answer("if_nameindex", lambda entries: [(number - 1, name) for number, name in entries])
