"""Make text harmless in Markdown as GitHub and GitLab show it: no markup, no HTML, no mentions, no cell borders. Knows nothing of runs."""

import re

from harness.runs.safe import safe

LONGEST = 300
"""Characters of one text; what is longer is cut, and said to be."""

_MARKED = re.compile(
    r"[\\`*\[\]<>#|~$]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside of a word it is a letter like others
    r"|(?<!\w)[+-]|[+-](?!\w)"
    r"|[&:](?=[\w#+-])|:(?=//)"
    r"|^=" + "".join(rf"|(?<=^\d{{{digits}}})[.)]" for digits in range(1, 10))  # what would be a title or a list at the start of a line
)
"""Letters that may be markup where they stand. Others are left alone, so that people can read the source too."""
_LINKED = re.compile(r"(?:[\w.+-]*@[\w/.+-]*|(?<!\w)#\w+|(?<!\w)[\w.-]+(?:/[\w.-]+)?#\d+|(?:https?://|www\.)[^\s<>`|]+)+", re.IGNORECASE)
"""What GitHub makes a link of by itself: people, teams, addresses of e-mail and of the web, issues."""


def code(text: str, longest: int = LONGEST) -> str:
    """Text as code, the same inside and outside of a table. Nothing in it can end the code or the table's cell."""
    shown = safe(clipped(text, longest))
    if not shown.strip(" "):
        return "(nothing)" if not shown else "(blanks)"
    if re.search(r"[`|\\]", shown):
        return f"<code>{_entities(shown)}</code>"
    return f"` {shown} `" if shown != shown.strip(" ") else f"`{shown}`"


def prose(text: str, longest: int = 4 * LONGEST) -> str:
    """Text as running words. Addresses, mentions and numbers of issues are code, so that nobody is called and nothing is linked."""
    shown = safe(" ".join(clipped(text, longest).split()))
    parts: list[str] = []
    end = 0
    for found in _LINKED.finditer(shown):
        parts += [_MARKED.sub(_entity, shown[end : found.start()]), code(found[0])]
        end = found.end()
    return "".join([*parts, _MARKED.sub(_entity, shown[end:])])


def link(text: str, address: str) -> str:
    """A link whose words are code; without an address the words alone."""
    return f"[{code(text)}](<{_address(address)}>)" if address else code(text)


def comment(words: str) -> str:
    """An HTML comment, which is not shown."""
    return f"<!-- {re.sub('[<>-]+', '-', safe(clipped(words, LONGEST))).strip('-')} -->"


def clipped(text: str, longest: int) -> str:
    """The first part of what is too long, and how much there was."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"


def _entities(text: str) -> str:
    """An at sign stands alone, since what looks like an address of e-mail would be made a link of also here."""
    harmless = re.sub(r"[^\w .,/='\"-]|_|(?<=www)\.", _entity, text)
    return harmless.replace("&#64;", "<span>&#64;</span>")


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def _address(address: str) -> str:
    return re.sub(r"[\s<>\\]", lambda found: f"%{ord(found[0]):02X}", safe(address))
