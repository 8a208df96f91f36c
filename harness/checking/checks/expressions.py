"""Expressions: names, constants, operations, helpers, and what must not be evaluated."""

from hashlib import sha256
from typing import Any

from harness.checking.asking import Session, came_to, helper, must, must_be, named, of, same, saved, told
from harness.checking.stage import Stage, check
from harness.checking.talk import Failure, NotApplicable

EXPRESSIONS = "Expressions"
HELPERS = "Helpers"
BASICS = ("simple-values", "integers", "floats", "text", "bytes", "containers", "large")


@check(
    "names",
    "Steps",
    "`save` sets names, `unpack` takes a result apart, `given` brings names from others, and a name that nobody set is skipped.",
)
async def names(stage: Stage) -> None:
    session = await stage.session()
    reply = await session.run(saved("x", 51), named("x"), named("y"), given={"y": 52})
    must_be([seen.value for seen in reply.steps], [51, 51, 52], "a saved name and a given one")
    two = {"do": {"tuple": [53, 54]}, "save": ["a", "b"], "unpack": True}
    reply = await session.run(two, named("b"), {"do": {"list": [55]}, "save": ["c"], "unpack": True}, named("c"))
    must_be([seen.value for seen in reply.steps[1::2]], [54, 55], "names that were unpacked")
    for value, kind in (({"tuple": [1, 2, 3]}, "ValueError"), (7, "TypeError")):
        seen = await session.seen({"do": value, "save": ["a", "b"], "unpack": True})
        must(seen.raises is not None and seen.raises.type == kind, f"{value!r} unpacked into two names: {told(seen)}, wanted {kind}")
    seen = await session.seen(named("nobody"))
    must(came_to(seen) == "skipped", f"a name that nobody set: {told(seen)}")


@check("constants", EXPRESSIONS, "Constants have the values of the session's opening.")
async def constants(stage: Stage) -> None:
    session = await stage.session(host="127.0.0.9", nobody6="::1234", instance=3)
    wanted = {"HOST": "127.0.0.9", "PEER": "127.0.0.1", "NOBODY6": "::1234", "NOBODY": "", "INDEX": 3}
    for name, value in wanted.items():
        seen = await session.value(["const", name])
        must(seen == value or seen == {"str": value}, f"{name}: wanted {value!r}, came {seen!r}")


OPERATIONS: tuple[tuple[Any, Any], ...] = (
    (["tuple", [1, ["list", [2]]]], {"tuple": [1, {"list": [2]}]}),
    (["dict", [[1, 2]]], {"dict": [[1, 2]]}),
    (["item", {"tuple": [7, 8, 9]}, 1], 8),
    (["item", {"list": [7, 8, 9]}, -1], 9),
    (["item", {"tuple": [7, 8, 9]}, ["slice", 1, None, None]], {"tuple": [8, 9]}),
    (["item", {"list": [7, 8, 9]}, ["slice", None, None, 2]], {"list": [7, 9]}),
    (["|", 5, 2], 7),
    (["&", 6, 3], 2),
    (["+", 40, 2], 42),
    (["+", {"tuple": [1]}, {"tuple": [2]}], {"tuple": [1, 2]}),
    (["-", 2, 44], -42),
    (["neg", 3], -3),
    (["not", 0], True),
    (["<", 1, 2], True),
    (["<=", 2, 2], True),
    (["==", {"tuple": [1, 2]}, {"tuple": [1, 2]}], True),
    (["==", 1, 1.0], True),
    (["!=", {"bytes": "a"}, {"bytes": "a"}], False),
    ([">", 1, 2], False),
    ([">=", 1, 2], False),
    (["in", 2, {"tuple": [1, 2]}], True),
    (["not-in", 2, {"list": [1, 2]}], False),
    (["is", None, None], True),
    (["is-not", None, None], False),
    (["and", [1, 0, ["name", "nobody"]]], 0),
    (["or", [0, 7, ["name", "nobody"]]], 7),
    (["and", [1, 2]], 2),
    (["or", [0, False]], False),
)


@check(
    "operations",
    EXPRESSIONS,
    "Operations give what Python gives; `and` and `or` evaluate no more than they need.",
    "simple-values",
    "integers",
    "containers",
)
async def operations(stage: Stage) -> None:
    await _table(stage, OPERATIONS)


async def _table(stage: Stage, rows: tuple[tuple[Any, Any], ...]) -> None:
    session = await stage.session()
    lacking = []
    for tree, wanted in rows:
        seen = await session.seen(tree)
        if came_to(seen) == "lacking":
            lacking.append(seen.lacking)
        elif came_to(seen) != "value" or not any(same(seen.value, form) for form in _forms(wanted)):
            raise Failure(f"{tree!r}: wanted {wanted!r}, came {seen.value if came_to(seen) == 'value' else told(seen)!r}")
    if len(lacking) == len(rows):
        raise NotApplicable(f"lacking: {lacking[0]!r}")
    stage.remarks += [f"lacking: {text!r}" for text in dict.fromkeys(lacking)]


def _forms(wanted: Any) -> list[Any]:
    """Bytes and native texts as a language has them that calls bytes `str`."""
    if isinstance(wanted, str):
        return [wanted, {"str": wanted}]
    if isinstance(wanted, dict) and "bytes" in wanted:
        return [wanted, {"str": wanted["bytes"]}]
    if isinstance(wanted, dict) and wanted.get("large") == "bytes":
        return [wanted, {**wanted, "large": "str"}]
    if isinstance(wanted, dict) and "list" in wanted:
        return [wanted, {"list": [_forms(item)[-1] for item in wanted["list"]]}]
    return [wanted]


PATTERN = bytes(index % 251 for index in range(1000))

HELPED: tuple[tuple[Any, Any], ...] = (
    (helper("len", {"bytes": "abc"}), 3),
    (helper("fill", 3), {"bytes": "\x00\x01\x02"}),
    (
        helper("fill", 1000),
        {"large": "bytes", "length": 1000, "sha256": sha256(PATTERN).hexdigest(), "head": PATTERN[:32].decode("latin-1")},
    ),
    (helper("utf8", "网"), {"bytes": "\xe7\xbd\x91"}),
    (helper("typename", 1), "int"),
    (helper("typename", True), "bool"),
    (helper("typename", None), "NoneType"),
    (helper("bases", ["builtin", "Exception"]), {"list": ["BaseException"]}),
    (helper("isinstance", 1, ["builtin", "int"]), True),
    (helper("bytearray", 2), {"bytearray": "\x00\x00"}),
    (helper("sorted", {"list": [3, 1, 2]}), {"list": [1, 2, 3]}),
    (helper("tuple", {"list": [1]}), {"tuple": [1]}),
    (helper("list", {"tuple": [1]}), {"list": [1]}),
    (helper("int", "12"), 12),
    (helper("float", 2), 2.0),
    (helper("bool", ""), False),
    (helper("abs", -4), 4),
    (helper("min", 3, 1, 2), 1),
    (helper("max", {"list": [3, 1, 2]}), 3),
    (helper("sum", {"list": [3, 1, 2]}), 6),
    (helper("any", {"list": [0, 1]}), True),
    (helper("all", {"list": [0, 1]}), False),
    (helper("nan"), {"float": "nan"}),
    (helper("infinity"), {"float": "inf"}),
    (helper("callable", 1), False),
    (helper("repr", 1), "1"),
    (helper("str", 1), "1"),
    (helper("volatile", 9), 9),
    (helper("ints", 0, -1), {"bytes": "\x00\x00\x00\x00\xff\xff\xff\xff"}),
)  # fmt: skip


@check("helpers", HELPERS, "Helpers give what the table of the protocol says, or are lacking.", *BASICS)
async def helpers(stage: Stage) -> None:
    await _table(stage, HELPED)


@check("paths", HELPERS, "`path` gives a place in a folder of the session's own, short enough for AF_UNIX, that goes with the session.")
async def paths(stage: Stage) -> None:
    session = await stage.session()
    first, again, other = [_plain(await session.value(helper("path", name))) for name in ("a", "a", "b")]
    must_be(again, first, "the path of the same name")
    must(other != first, "two names have one path")
    folder = first.replace("\\", "/").rpartition("/")[0]
    must(folder.rpartition("/")[2].startswith("smx-"), f"the folder's name does not begin with 'smx-': {first!r}")
    must(first.startswith(("/",)) is False or len(first) < 100, f"too long for AF_UNIX: {first!r}")
    for name in ("../a", "", ".."):
        seen = await session.seen(helper("path", name))
        must(came_to(seen) == "refused", f"path({name!r}): {told(seen)}")
    closed = await session.close()
    must(closed.temporary.replace("\\", "/") == folder, f"'temporary' of the clean-up is {closed.temporary!r}, the path was {first!r}")
    must(not stage.sees_files or not _exists(folder), f"{folder} is still there")


def _plain(value: Any) -> str:
    return str(value["str"] if isinstance(value, dict) else value)


def _exists(folder: str) -> bool:
    from pathlib import Path

    return Path(folder).exists()


async def _must_not_be(session: Session, tree: Any, allowed: tuple[str, ...]) -> None:
    seen = await session.seen(tree)
    must(came_to(seen) in allowed, f"{tree!r}: {told(seen)}, wanted {' or '.join(allowed)}")


@check("unknown-words", EXPRESSIONS, "Operations, helpers and modules that there are not are refused or lacking, never guessed.")
async def unknown_words(stage: Stage) -> None:
    session = await stage.session()
    for tree in (["exec", "1"], helper("shout", 1), of("sys", "version"), ["match", "any_int", []]):
        await _must_not_be(session, tree, ("refused", "lacking"))
    must_be(await session.value(44), 44, "the next value")


UNDERSCORED = (
    ["get", {"tuple": []}, "__class__"],
    ["get", {"bytes": ""}, "__doc__"],
    ["call", ["get", "", "format"], []],
    of("socket", "_socket"),
    of("os", "system"),
    of("os", "environ"),
    of("socket", "sys"),
    ["call", ["call", ["builtin", "object"], []], []],
)


@check("no-evaluation", EXPRESSIONS, "Text is never run as a program, and nothing outside of the language is reached.")
async def no_evaluation(stage: Stage) -> None:
    session = await stage.session()
    for text in ("1 + 1", "__import__('os').getpid()", "process.pid"):
        seen = await session.value(text)
        must(seen in (text, {"str": text}), f"the text {text!r} came back as {seen!r}")
    for tree in UNDERSCORED:
        seen = await session.seen(tree)
        absent = seen.raises is not None and seen.raises.type in ("AttributeError", "NameError")
        must(absent or came_to(seen) in ("refused", "lacking"), f"{tree!r}: {told(seen)}")
    for name in ("eval", "open", "__import__"):
        seen = await session.seen(["call", ["builtin", name], ["1"]])
        must(seen.raises is not None or came_to(seen) in ("refused", "lacking"), f"the builtin {name}: {told(seen)}")


@check("allocations", "Limits", "`fill`, `bytes` and `bytearray` of more than 2**28 bytes are refused, not tried.")
async def allocations(stage: Stage) -> None:
    session = await stage.session()
    for name in ("fill", "bytes", "bytearray"):
        await _must_not_be(session, helper(name, 2**40), ("refused", "lacking"))
