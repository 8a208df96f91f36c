"""Make text harmless for a terminal: what targets and files say may hold control characters. Knows nothing of colours or layout."""

import re

from harness.runs.safe import safe

__all__ = ["safe", "safe_json", "safe_lines"]

_UNPRINTABLE_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def safe_lines(text: str) -> str:
    """The same for text that may have several lines."""
    return "\n".join(safe(line) for line in text.split("\n"))


def safe_json(text: str) -> str:
    """JSON text that means the same and holds no control character but line ends."""
    return _UNPRINTABLE_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
