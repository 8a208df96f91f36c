"""Make a text that came from a target or a file harmless wherever it is shown. Knows no layout, and none of the formats."""


def safe(text: str) -> str:
    r"""The text on one line, with everything that is not printable as an escape: `\x1b`, `\n`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
