"""What is different under pytest-xdist: whether this process is a worker, what it will be given next, how groups get into names.

xdist need not be there; what it keeps to itself is asked for with care, and missing it costs time only.
"""

from collections.abc import Iterator
from typing import Any

import pytest


def worker_input(config: pytest.Config) -> dict[str, Any] | None:
    """What the controller has told this worker; None in any other process."""
    return getattr(config, "workerinput", None)


def is_controller(config: pytest.Config) -> bool:
    """The tests are run by other processes, and this one collects none."""
    return worker_input(config) is None and config.pluginmanager.hasplugin("dsession")


def waiting_items(session: pytest.Session) -> Iterator[pytest.Item] | None:
    """The items after the present one that this worker is sure to be given; None if nobody can say."""
    for plugin in session.config.pluginmanager.get_plugins():
        queue = getattr(plugin, "torun", None)
        if queue is None or not hasattr(plugin, "nextitem_index"):
            continue
        try:
            with queue.lock() as locked:
                numbers = [plugin.nextitem_index, *locked]
        except (AttributeError, TypeError):
            return None
        return (session.items[number] for number in numbers if isinstance(number, int))
    return None


def group_names(items: list[pytest.Item]) -> None:
    """Let groups count where xdist 3.8 puts them into a field that pytest 9.2 no longer looks at."""
    for item in items:
        wanted = item.__dict__.get("_nodeid")
        known: Any = getattr(item, "id", None)
        if isinstance(wanted, str) and known is not None and item.nodeid != wanted and hasattr(type(known), "parse"):
            item._id = type(known).parse(wanted)


def without_group(nodeid: str) -> str:
    """The name of an item without the group that xdist has put behind it."""
    return nodeid[: nodeid.rindex("@")] if nodeid.rfind("@") > nodeid.rfind("]") else nodeid
