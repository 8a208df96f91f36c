"""Who plays with whom on what network: from the options of `run` to the casts of an order. Starts nothing."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from harness.commands import exits
from harness.engine.order import Cast
from harness.targets.config import Config, read
from harness.targets.spec import TargetSpec, why_apart

if TYPE_CHECKING:
    from harness.targets.resolve import Resolved

WANTED = ("targets", "server", "client", "pairs", "networks")


class Wanted(Struct, frozen=True):
    """The options that say who plays."""

    targets: Sequence[str]
    server: str | None = None
    client: str | None = None
    pairs: str | None = None
    networks: Sequence[str] = ()


def casts(wanted: Wanted) -> "tuple[tuple[Cast, ...], Resolved]":
    """The casts, and what was found and left out. Ends the command where the options do not go together."""
    _check(wanted)
    config = read(Path.cwd())
    if wanted.server is not None and wanted.client is not None:
        servers, clients = _resolve([wanted.server], config), _resolve([wanted.client], config)
        return _on_networks([(one, other) for one in servers.targets for other in clients.targets], wanted.networks), servers
    resolved = _resolve(wanted.targets, config)
    if wanted.pairs is None:
        companies = [_company(spec, config) for spec in resolved.targets]
        return _on_networks(companies, wanted.networks, helped=True), resolved
    chosen = resolved.targets if wanted.pairs == "all" else _one_of_each_version(resolved.targets)
    return _on_networks([(one, other) for one in chosen for other in chosen], wanted.networks), resolved


def _company(spec: TargetSpec, config: Config) -> tuple[TargetSpec, ...]:
    """A target, with its helper if it can only connect."""
    return (spec, *_resolve([spec.partner], config).targets[:1]) if spec.partner else (spec,)


def _check(wanted: Wanted) -> None:
    from harness.language.conditions import conditions
    from harness.language.mistakes import did_you_mean

    if (wanted.server is None) != (wanted.client is None):
        exits.usage("--server and --client go together")
    if wanted.server is not None and (wanted.targets or wanted.pairs):
        exits.usage("either --target (with or without --pairs), or --server and --client")
    for name in wanted.networks:
        if name not in conditions():
            hint = did_you_mean(name, conditions()) or f"there are {', '.join(conditions())}"
            exits.usage(f"unknown network condition '{name}'; {hint}")


def _resolve(names: Sequence[str], config: Config) -> "Resolved":
    from harness.targets.resolve import resolve

    resolved = resolve(names, config)
    if not resolved.targets:
        exits.no_targets(names)
    return resolved


def _on_networks(companies: Iterable[tuple[TargetSpec, ...]], networks: Sequence[str], *, helped: bool = False) -> tuple[Cast, ...]:
    """Every company on every network; where it is `helped`, a second one is no partner but a helper."""
    return tuple(_cast(company, network, helped=helped) for company in companies for network in (dict.fromkeys(networks) or [""]))


def _cast(specs: tuple[TargetSpec, ...], network: str, *, helped: bool) -> Cast:
    if apart := why_apart(specs, helped=helped):
        exits.usage(apart)
    if len({spec.remote for spec in specs}) > 1 and not helped:
        one, other = specs[0], specs[-1]
        exits.usage(f"'{one.name}' and '{other.name}' are on two machines, and each plays on its own loopback: name targets of one")
    if network and not all(spec.image for spec in specs):
        exits.usage(f"the network condition '{network}' is made of containers; '{specs[0].name}' is none: name docker: targets")
    if network == "no-network" and len(specs) > 1:
        exits.usage("two containers without a network cannot reach each other; choose another condition")
    if helped and len(specs) > 1:
        return Cast(specs[0].id, specs[0].name, specs, helped=True)
    suffix = f"+{network}" if network else ""
    return Cast(">".join(spec.id for spec in specs) + suffix, ">".join(spec.name for spec in specs) + suffix, specs, network)


def _one_of_each_version(specs: Sequence[TargetSpec]) -> list[TargetSpec]:
    """The first target of each implementation and minor version; of containers every one, as only they know what they have."""
    chosen: dict[object, TargetSpec] = {}
    for spec in specs:
        known = (spec.implementation, *spec.version.split(".")[:2]) if spec.version else spec.id
        chosen.setdefault(known, spec)
    return list(chosen.values())
