"""Addresses and numbers between text, host order and network order."""

from __future__ import annotations

import socket
import struct
from typing import Any

from tests.mutants.layer import Layer, mutant


@mutant("inet_aton() takes four parts only")
def aton_takes_four_parts_only(layer: Layer) -> None:
    layer.function("inet_aton")(lambda original, text: socket.inet_pton(socket.AF_INET, text))


@mutant("inet_aton() takes leading zeros for decimals")
def aton_takes_octal_for_decimal(layer: Layer) -> None:
    layer.function("inet_aton")(
        lambda original, text: original(".".join(part.lstrip("0") or "0" if part.isdigit() else part for part in text.split(".")))
    )


@mutant("inet_aton() refuses hexadecimal parts")
def aton_refuses_hexadecimal(layer: Layer) -> None:
    @layer.function("inet_aton")
    def changed(original: Any, text: Any) -> Any:
        if isinstance(text, str) and "x" in text.lower():
            raise OSError("illegal IP address string passed to inet_aton")
        return original(text)


@mutant("inet_aton() refuses blanks and what follows")
def aton_refuses_trailing_text(layer: Layer) -> None:
    @layer.function("inet_aton")
    def changed(original: Any, text: Any) -> Any:
        if isinstance(text, str) and " " in text:
            raise OSError("illegal IP address string passed to inet_aton")
        return original(text)


@mutant("inet_aton() gives the bytes in the order of the host")
def aton_swapped(layer: Layer) -> None:
    layer.answer("inet_aton", lambda data: data[::-1])


@mutant("inet_aton() raises ValueError")
def aton_raises_value_error(layer: Layer) -> None:
    @layer.function("inet_aton inet_pton")
    def changed(original: Any, *args: Any) -> Any:
        try:
            return original(*args)
        except OSError as error:
            raise ValueError(str(error)) from None


@mutant("inet_pton() takes what inet_aton() takes")
def pton_takes_short_forms(layer: Layer) -> None:
    @layer.function("inet_pton")
    def changed(original: Any, family: Any, text: Any) -> Any:
        return socket.inet_aton(text) if family == socket.AF_INET else original(family, text)


@mutant("inet_pton() takes a scope and drops it")
def pton_takes_a_scope(layer: Layer) -> None:
    layer.function("inet_pton")(lambda original, family, text: original(family, text.split("%")[0] if isinstance(text, str) else text))


@mutant("inet_pton() strips blanks")
def pton_strips_blanks(layer: Layer) -> None:
    layer.function("inet_pton")(lambda original, family, text: original(family, text.strip() if isinstance(text, str) else text))


@mutant("inet_pton() of an unknown family raises ValueError")
def pton_of_unknown_family(layer: Layer) -> None:
    @layer.function("inet_pton inet_ntop")
    def changed(original: Any, family: Any, value: Any) -> Any:
        if family not in (socket.AF_INET, socket.AF_INET6) and isinstance(family, int):
            raise ValueError("unknown address family")
        return original(family, value)


@mutant("inet_ntop() writes IPv6 addresses in full")
def ntop_in_full(layer: Layer) -> None:
    @layer.function("inet_ntop")
    def changed(original: Any, family: Any, data: Any) -> Any:
        text = original(family, data)
        return ":".join(f"{part:x}" for part in struct.unpack("!8H", data)) if family == socket.AF_INET6 else text


@mutant("inet_ntop() writes IPv6 addresses in capitals")
def ntop_in_capitals(layer: Layer) -> None:
    layer.answer("inet_ntop", str.upper)


@mutant("inet_ntop() shortens a single group of zeros")
def ntop_shortens_one_zero(layer: Layer) -> None:
    @layer.function("inet_ntop")
    def changed(original: Any, family: Any, data: Any) -> Any:
        text = original(family, data)
        return text.replace(":0:", "::", 1) if family == socket.AF_INET6 and "::" not in text else text


@mutant("inet_ntop() shortens the last run of zeros, not the longest")
def ntop_shortens_the_last_run(layer: Layer) -> None:
    @layer.function("inet_ntop")
    def changed(original: Any, family: Any, data: Any) -> Any:
        text = original(family, data)
        if family != socket.AF_INET6 or "::" not in text:
            return text
        full = ":".join(f"{part:x}" for part in struct.unpack("!8H", data))
        head, found, tail = full.rpartition(":0:0:")
        return head + "::" + tail if found else text


@mutant("inet_ntop() writes IPv4-mapped addresses in hexadecimal")
def ntop_mapped_in_hexadecimal(layer: Layer) -> None:
    @layer.function("inet_ntop")
    def changed(original: Any, family: Any, data: Any) -> Any:
        text = original(family, data)
        if not text.startswith("::ffff:") or "." not in text:
            return text
        high, low = struct.unpack("!2H", bytes(data)[12:])
        return f"::ffff:{high:x}:{low:x}"


@mutant("inet_ntoa() takes more than four bytes")
def ntoa_takes_more(layer: Layer) -> None:
    layer.function("inet_ntoa")(lambda original, data: original(bytes(data)[:4]))


@mutant("inet_ntoa() fills short addresses up")
def ntoa_fills_up(layer: Layer) -> None:
    layer.function("inet_ntoa")(lambda original, data: original(bytes(data).ljust(4, b"\0")))


@mutant("inet_ntop() takes data of any length")
def ntop_takes_more(layer: Layer) -> None:
    layer.function("inet_ntop")(lambda original, family, data: original(family, bytes(data)[: 4 if family == socket.AF_INET else 16]))


@mutant("inet_ntop() does not take a bytearray")
def ntop_refuses_bytearray(layer: Layer) -> None:
    @layer.function("inet_ntop inet_ntoa")
    def changed(original: Any, *args: Any) -> Any:
        if not isinstance(args[-1], bytes):
            raise TypeError("bytes are required")
        return original(*args)


@mutant("htons() does not swap bytes")
def htons_does_nothing(layer: Layer) -> None:
    layer.function("htons")(lambda original, number: number)


@mutant("htons() drops what is beyond 16 bits")
def htons_wraps_around(layer: Layer) -> None:
    layer.function("htons ntohs")(lambda original, number: original(number & 65535))


@mutant("htonl() drops what is beyond 32 bits")
def htonl_wraps_around(layer: Layer) -> None:
    layer.function("htonl ntohl")(lambda original, number: original(number & 0xFFFFFFFF))


@mutant("htonl() gives a signed number")
def htonl_signed(layer: Layer) -> None:
    layer.answer("htonl", lambda number: number - (1 << 32) if number >> 31 else number)


@mutant("ntohl() swaps 16 bits only")
def ntohl_of_sixteen_bits(layer: Layer) -> None:
    layer.function("ntohl")(lambda original, number: socket.ntohs(number & 65535) if number < 65536 else original(number))


@mutant("htons() takes a float")
def htons_takes_float(layer: Layer) -> None:
    layer.function("htons htonl ntohs ntohl")(lambda original, number: original(int(number) if isinstance(number, float) else number))
