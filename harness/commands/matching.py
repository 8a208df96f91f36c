"""Match what somebody types against ids. `*` and `?` are the only wildcards: ids have square brackets."""

import re


def is_like(pattern: str, text: str, *, begins: bool = False) -> bool:
    """Whether a text is what was typed; with `begins`, also if it only begins so."""
    if not any(wild in pattern for wild in "*?"):
        return text == pattern or (begins and text.startswith(pattern))
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, re.DOTALL) is not None
