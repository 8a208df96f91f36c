"""Values there and back: a literal that an agent is given, evaluated to itself, is observed in the same form."""

from hashlib import sha256
from typing import Any

from harness.checking.asking import Session, came_to, must, must_be, of, same, saved, told
from harness.checking.stage import Stage, check
from harness.checking.talk import Failure, NotApplicable

VALUES = "Values"
EXACT = 2**53
EVERY_BYTE = "".join(map(chr, range(256)))
CHARACTERS = "0é网😀"
MANY = 150_000
"""Characters of each kind in a long line: with two to four bytes each for most, some MiB as UTF-8 and more with escapes."""


async def _comes_back(stage: Stage, *literals: Any, apply: bool = True) -> None:
    """Every literal comes back as it is, if the agent has such values. `apply`: where it has none of them, the check does not apply."""
    session = await stage.session()
    lacking = []
    for literal in literals:
        seen = await session.seen(literal)
        if came_to(seen) == "lacking":
            lacking.append(seen.lacking)
        elif came_to(seen) != "value" or not same(seen.value, literal):
            raise Failure(f"wanted {literal!r}, came {seen.value if came_to(seen) == 'value' else told(seen)!r}")
    if apply and len(lacking) == len(literals):
        raise NotApplicable(f"lacking: {lacking[0]!r}")
    stage.remarks += [f"lacking: {text!r}" for text in lacking]
    await session.close()


@check("simple-values", VALUES, "None, true and false travel as null, true and false, and are no numbers.")
async def simple_values(stage: Stage) -> None:
    await _comes_back(stage, None, True, False)


@check("integers", VALUES, "Integers are numbers without a point up to 2**53, and tagged texts beyond.")
async def integers(stage: Stage) -> None:
    beyond = ({"int": str(EXACT + 1)}, {"int": str(-EXACT - 1)}, {"int": "123456789012345678901"})
    await _comes_back(stage, 0, 1, -1, EXACT, -EXACT, *beyond)


@check("floats", VALUES, "Floats always have a point or an exponent; NaN and the infinities are tagged.")
async def floats(stage: Stage) -> None:
    await _comes_back(stage, 1.0, -1.5, 0.1, 1e300, 1e-300, {"float": "nan"}, {"float": "inf"}, {"float": "-inf"})


@check("text", VALUES, 'Text travels whole, whatever its characters; `{"text"}` is text, a bare string the native kind of it.')
async def text(stage: Stage) -> None:
    session = await stage.session()
    for content in ("", "plain", 'é\x7f\x00\r\n\\"', "网络编程", "😀", "\ufeff\ue000\uffff"):
        as_bytes = {"str": content.encode().decode("latin-1")}
        native, marked = await session.value(content), await session.value({"text": content})
        must(native in (content, as_bytes), f"a native text: wanted {content!r}, came {native!r}")
        kept = content if native == content and not isinstance(marked, dict) else {"text": content}
        must_be(marked, kept, "a text")
    await session.close()


@check("half-characters", VALUES, "Text with a lone surrogate travels as the bytes that it would have in UTF-8.")
async def half_characters(stage: Stage) -> None:
    session = await stage.session()
    seen = await session.seen({"surrogate": "a\xed\xb3\xbf"})
    if came_to(seen) != "value":
        raise NotApplicable(told(seen))
    must_be(seen.value, {"surrogate": "a\xed\xb3\xbf"}, "a text with half a character")


@check("bytes", VALUES, "Bytes are tagged, with one character U+0000 to U+00FF for each.")
async def bytes_(stage: Stage) -> None:
    session = await stage.session()
    seen = await session.value({"bytes": EVERY_BYTE})
    must(seen in ({"bytes": EVERY_BYTE}, {"str": EVERY_BYTE}), f"256 different bytes came back as {seen!r}")
    await _comes_back(stage, {"bytearray": "\x00\xff"}, {"memoryview": "\x00\xff"}, apply=False)


@check(
    "containers",
    VALUES,
    "Tuples, lists, dicts and sets are tagged, nested to any depth; a set is sorted by the form of its items.",
    "simple-values",
    "integers",
)
async def containers(stage: Stage) -> None:
    deep: Any = 1
    for _ in range(20):
        deep = {"tuple": [deep, {"list": []}]}
    await _comes_back(
        stage,
        {"tuple": []}, {"tuple": [1, {"list": [2, {"tuple": [None]}]}]}, {"dict": []}, {"dict": [[1, {"list": [True]}]]},
        {"set": [1, 10, 2]}, deep,
    )  # fmt: skip
    session = await stage.session()
    seen = await session.seen({"set": [2, 10, 1]})
    must(came_to(seen) == "lacking" or seen.value == {"set": [1, 10, 2]}, f"the set of 2, 10 and 1 came as {seen.value!r}")


@check(
    "large", VALUES, "Text and bytes of more than 256 units are observed by length, digest and head, and exported whole.", "text", "bytes"
)
async def large(stage: Stage) -> None:
    session = await stage.session()
    data = EVERY_BYTE + "x"
    must_be(len(await _content(session, {"bytes": EVERY_BYTE})), 256, "the length of 256 bytes")
    digest = sha256(data.encode("latin-1")).hexdigest()
    for tag in await _tags(session):
        reply = await session.run(saved("data", {"bytes": data}), export=["data"])
        wanted = {"large": tag, "length": 257, "sha256": digest, "head": EVERY_BYTE[:32]}
        must_be(reply.steps[0].value, wanted, "257 bytes")
        must_be(reply.export, {"data": {tag: data}}, "257 bytes, exported")
    seen = await session.value({"text": "é" * 257})
    kind = seen.get("large") if isinstance(seen, dict) else None
    must(kind in ("native", "text"), f"257 characters came as {seen!r}")
    must_be(seen, {"large": kind, "length": 257, "sha256": sha256(("é" * 257).encode()).hexdigest(), "head": "é" * 32}, "257 characters")
    await session.close()


async def _content(session: Session, literal: Any) -> str:
    seen = await session.value(literal)
    return str(next(iter(seen.values()))) if isinstance(seen, dict) else ""


async def _tags(session: Session) -> tuple[str, ...]:
    """`bytes`, or `str` where that is what the language calls them."""
    return tuple(await session.value({"bytes": ""}))


@check("long-line", "The stream", "A line may be long: some MiB are taken, and given.", "pieces", "text", "large")
async def long_line(stage: Stage) -> None:
    session = await stage.session()
    text = CHARACTERS * MANY
    reply = await session.run(saved("long", {"text": text}), export=["long"])
    must(reply.steps[0].value != text, "an observation that is not shortened")
    exported = reply.export.get("long")
    content = exported.get("text") if isinstance(exported, dict) else exported
    must(content == text, f"{len(text)} characters went out and others came back")
    await session.close()


@check("constants-of-modules", VALUES, "A constant of a module is what the facts say, as a number or as a member of an enum.", "facts")
async def constants_of_modules(stage: Stage) -> None:
    known = (await stage.facts()).constants
    if "socket.AF_INET" not in known:
        raise NotApplicable("its facts have no 'socket.AF_INET'")
    seen = await (await stage.session()).value(of("socket", "AF_INET"))
    if isinstance(seen, dict):
        must(seen.get("name") == "AF_INET", f"a member of an enum without its name: {seen!r}")
        seen = seen.get("int")
    must_be(seen, known["socket.AF_INET"], "socket.AF_INET")


@check("classes", VALUES, "Classes and exceptions are values, by their real names.", "simple-values", "integers")
async def classes(stage: Stage) -> None:
    session = await stage.session()
    must_be(await session.value(["builtin", "ValueError"]), {"class": "ValueError"}, "a class")
    seen = await session.value(["call", ["builtin", "ValueError"], ["oh"]])
    must(isinstance(seen, dict) and "exception" in seen, f"an exception as a value came as {seen!r}")
    raised = seen["exception"]
    thing = await session.value(["call", ["builtin", "object"], []])
    must_be(thing, {"object": "object", "handle": 1}, "an object of another kind")
    must_be([raised["type"], raised["errno"], raised["symbols"], raised["message"]], ["ValueError", None, [], "oh"], "an exception")
