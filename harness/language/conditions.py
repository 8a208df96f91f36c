"""The network conditions that a scenario may ask for, read from `conditions.toml`. Makes none of them."""

from functools import cache

import msgspec

from harness.records.condition import Condition


@cache
def conditions() -> dict[str, Condition]:
    """Every condition by its name, in the order of the file."""
    import tomllib
    from importlib.resources import files

    text = files("harness.language").joinpath("conditions.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Condition])
