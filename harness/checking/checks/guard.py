"""The address guard. It is asked with sockets that are closed already, and paths where nobody listens: whatever an agent makes of the call,
nothing can be sent.

That no resolver is asked cannot be tried in this way, and is not.
"""

from typing import Any

from harness.checking.asking import UDP, Session, came_to, method, must, named, new_socket, of, saved, told
from harness.checking.stage import Stage, check
from harness.checking.talk import NotApplicable

GUARD = "The address guard"
NOWHERE = ("/sockmatrix-nowhere/a.sock", "sockmatrix-nowhere/a.sock")
"""Where nothing can listen: no such folder."""
OUTSIDE = ("192.0.2.1", "198.51.100.7", "10.0.0.1", "8.8.8.8")


def _address(host: Any) -> Any:
    return ["tuple", [host, 9]]


async def _closed(stage: Stage, *kind: Any, **opening: Any) -> Session:
    """A session with the closed socket `s`."""
    await stage.needs_ipv4()
    session = await stage.session(**opening)
    await session.all(saved("s", new_socket(*kind)), method("s", "close"))
    return session


async def _must_refuse(session: Session, tree: Any) -> None:
    seen = await session.seen(tree)
    must(came_to(seen) in ("refused", "lacking"), f"{tree!r}: {told(seen)}, wanted refused")


@check("guard", GUARD, "What would reach beyond loopback is refused before it is made, whatever state the socket is in.")
async def guard(stage: Stage) -> None:
    await stage.parts(_guard_of_datagrams, _guard_of_streams)


async def _guard_of_datagrams(stage: Stage) -> None:
    datagrams = await _closed(stage, *UDP)
    for host in OUTSIDE:
        await _must_refuse(datagrams, method("s", "sendto", {"bytes": "x"}, _address(host)))
        await _must_refuse(datagrams, method("s", "connect", _address(host)))
    await _must_refuse(datagrams, ["call", ["get", of("socket", "socket"), "connect"], [named("s"), _address(OUTSIDE[0])]])


async def _guard_of_streams(stage: Stage) -> None:
    streams = await _closed(stage)
    for host in OUTSIDE:
        await _must_refuse(streams, method("s", "connect", _address(host)))
        await _must_refuse(streams, method("s", "connect_ex", _address(host)))
    seen = await streams.seen(method("s", "connect", _address("127.0.0.1")))
    must(came_to(seen) != "refused", f"loopback is refused: {told(seen)}")


@check("guard-ipv6", GUARD, "The same for IPv6, and for IPv4 written into it.", "guard", "facts")
async def guard_ipv6(stage: Stage) -> None:
    if not (await stage.facts()).ipv6:
        raise NotApplicable("its facts say that it has no IPv6")
    session = await _closed(stage, of("socket", "AF_INET6"), of("socket", "SOCK_STREAM"))
    for host in ("2001:db8::1", "fe80::1", "::ffff:192.0.2.1"):
        await _must_refuse(session, method("s", "connect", _address(host)))


@check("guard-unix", GUARD, "AF_UNIX reaches only what lies below the folders of sessions.", "guard", "facts")
async def guard_unix(stage: Stage) -> None:
    if not (await stage.facts()).unix:
        raise NotApplicable("its facts say that it has no AF_UNIX")
    session = await stage.session()
    await session.all(saved("s", new_socket(of("socket", "AF_UNIX"), of("socket", "SOCK_STREAM"))))
    for place in NOWHERE:
        await _must_refuse(session, method("s", "connect", place))
    await session.close()


@check("reach", GUARD, "Addresses that the opening names under `reach` are allowed, and no others; with `network` all are.", "guard")
async def reach(stage: Stage) -> None:
    await stage.parts(lambda stage: _reach(stage, *UDP), _reach)


async def _reach(stage: Stage, *kind: Any) -> None:
    for opening, host, allowed in (
        ({"reach": ["192.0.2.7"]}, "192.0.2.7", True),
        ({"reach": ["192.0.2.7"]}, "192.0.2.70", False),
        ({"network": True}, "192.0.2.1", True),
    ):
        session = await _closed(stage, *kind, **opening)
        seen = await session.seen(method("s", "connect", _address(host)))
        if allowed and came_to(seen) == "lacking":
            raise NotApplicable(told(seen))
        must((came_to(seen) == "raises") is allowed, f"{opening} and {host}, on a closed socket: {told(seen)}")
