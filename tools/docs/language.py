"""Pages of the words that scenarios are written in: helpers, names, facts, network conditions. Their grammar is in scenarios/README.md."""

from collections.abc import Iterable, Iterator

from harness.language import vocabulary
from harness.language.conditions import conditions
from harness.language.predicates import BOOLEANS, COLLECTIONS, FACT_WORDS, KNOWN_VALUES, NUMBERS, TEXTS, VERSIONS
from harness.records import condition, facts
from tools.docs.markdown import block, code, definitions, table, words
from tools.docs.settings import field_words


def language_pages() -> dict[str, str]:
    """Vocabulary, facts, networks."""
    return {
        "reference/vocabulary": "\n".join(_vocabulary()),
        "reference/facts": "\n".join(_facts()),
        "reference/networks": "\n".join(_networks()),
    }


def _vocabulary() -> Iterator[str]:
    yield from ("# Vocabulary of the scenario language", "")
    yield from ("Every word that a scenario may use. What is not here cannot be said; what helpers and matchers give is told in")
    yield from ("[the scenario language](../language.md#helpers).", "")
    yield from ("## Helpers", "", "`name=` may be left out, `*name` may be any number of values.", "")
    yield from (*_listed(f"{name}({given})" for name, given in vocabulary.HELPERS.items()), "")
    yield from ("## Matchers", "", *_listed(f"{name}({given})" for name, given in vocabulary.MATCHERS.items()), "")
    yield from ("## Constants", "", *_listed(vocabulary.CONSTANTS), "")
    yield from ("## What the network can do", "")
    yield from definitions((code(f"network: {name}(ROLE)"), words(what)) for name, what in vocabulary.NETWORK_ACTIONS.items())
    yield from ("## References", "", "A source in `see` begins with one of", "", *_listed(vocabulary.SEE_PREFIXES), "")
    yield from (
        "## Classes and exceptions",
        "",
        *_listed(sorted(vocabulary.CLASSES)),
        "",
        *_listed(sorted(vocabulary.exception_names())),
        "",
    )
    yield from ("## Modules", "", "Public names, over all versions and systems.", "")
    for module in vocabulary.MODULES:
        yield from (f"### {module}", "", *block(_filled(sorted(vocabulary.module_names()[module]))))
    yield from ("## Words from elsewhere", "", "What the checker answers to words that people bring along.", "")
    yield from table(["word", "instead"], [[code(word), words(instead)] for word, instead in vocabulary.STRANGERS.items()])


def _listed(items: Iterable[str]) -> list[str]:
    return [", ".join(code(item) for item in items)]


def _filled(names: list[str]) -> str:
    from textwrap import fill

    return fill(" ".join(names), 110, break_long_words=False, break_on_hyphens=False)


def _facts() -> Iterator[str]:
    described = field_words(facts, "Facts")
    yield from ("# Facts", "", words((facts.Facts.__doc__ or "").partition("\n\n")[0]), "")
    yield from (
        "`sockmatrix facts` shows them. In `when` and `needs` they are compared as",
        "[the scenario language](../language.md) says.",
        "",
    )
    rows = [[code(word), _kind(word), words(described.get(word, "") or _OTHERWISE.get(word, ""))] for word in sorted(FACT_WORDS)]
    yield from table(["fact", "compared as", "what it is"], rows)
    for word, values in KNOWN_VALUES.items():
        yield from (f"Values of {code(word)}: " + ", ".join(code(value) for value in values), "")
    yield from ("## Kernel settings", "", 'Those that `setting("…")` knows:', "", *block("\n".join(vocabulary.SETTINGS)))


_OTHERWISE = {
    "socket": 'names of the module: `"AF_VSOCK" in socket`',
    "select": 'names of the module: `"epoll" in select`',
    "errno": 'names of the module: `"EADV" in errno`',
    "setting": "a kernel setting, by its sysctl name; below",
    "implementation_version": "version of the implementation, where it counts its own releases",
    "libc_version": "version of the C library",
    "machine": "the processor: `x86_64`, `aarch64`",
    "byteorder": "`little` or `big`",
    "root": "the target runs as root",
    "wine": "a Windows Python under Wine",
}
"""Words for facts whose field says enough to those who read the source."""


def _kind(word: str) -> str:
    kinds = ((VERSIONS, "version"), (TEXTS, "text"), (NUMBERS, "number"), (BOOLEANS, "yes or no"), (COLLECTIONS, "collection, with `in`"))
    return next((kind for group, kind in kinds if word in group), "text or number")


def _networks() -> Iterator[str]:
    yield from ("# Network conditions", "", "What `needs: [network:NAME]` and `sockmatrix run --network NAME` may ask for.", "")
    rows = [[f"[`{name}`](#{name})", str(each.hosts), words(each.what)] for name, each in conditions().items()]
    yield from table(["name", "hosts", "what it is"], rows)
    described = field_words(condition, "Condition")
    for name, each in conditions().items():
        yield from (f"## {name}", "", words(each.what), "")
        yield from _settings_of(each, described)


def _settings_of(each: condition.Condition, described: dict[str, str]) -> Iterator[str]:
    usual = condition.Condition("")
    own = [
        field
        for field in ("ipv6", "ipv4", "internal", "mtu", "user", "both", "capabilities")
        if getattr(each, field) != getattr(usual, field)
    ]
    if own:
        yield from table(
            ["setting", "", "what it says"], [[code(key), code(str(getattr(each, key))), words(described[key])] for key in own]
        )
    if each.sysctls:
        yield from ("Kernel settings:", "", *block("\n".join(f"{key} = {value}" for key, value in each.sysctls.items())))
    if each.rules:
        yield from ("Rules; of alternatives (`else`) the first that the kernel accepts:", "")
        yield from block("\n".join("\n  else ".join(rule) for rule in each.rules))
