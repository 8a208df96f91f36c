"""Make a text that came from a target or a file harmless wherever it is shown. Knows no layout, and none of the formats."""

import re

_UNPRINTABLE_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def safe(text: str) -> str:
    r"""The text on one line, with everything that is not printable as an escape: `\x1b`, `\n`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def safe_lines(text: str) -> str:
    """The same for text that may have several lines."""
    return "\n".join(safe(line) for line in text.split("\n"))


def safe_json(text: str) -> str:
    """JSON text that means the same and holds no control character but line ends."""
    return _UNPRINTABLE_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
