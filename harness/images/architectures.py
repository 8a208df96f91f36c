"""Which processors run each other's programs. Knows no image."""

_RUN_BY = {"amd64": ("amd64", "386"), "arm64": ("arm64",)}
"""Architectures whose programs a processor runs itself; others only their own. Not every 64-bit ARM runs 32-bit programs."""


def is_emulated(architecture: str, own: str) -> bool:
    """Whether programs for an architecture do not run on a processor by themselves; both as engines name them."""
    return architecture not in _RUN_BY.get(own, (own,))
