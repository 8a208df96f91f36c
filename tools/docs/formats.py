"""A page for each published format, made of its JSON Schema: every record, every field, in the words of the code."""

from collections.abc import Iterator
from typing import Any

from harness.reports.schemas import NAMES, file_name, schema
from tools.docs.links import REPOSITORY
from tools.docs.markdown import code, table, words

FOLDER = "reference/formats"


def format_pages() -> dict[str, str]:
    """The overview, and a page for each schema."""
    made = {name: schema(name) for name in NAMES}
    return {f"{FOLDER}/index": _overview(made), **{f"{FOLDER}/{name}": "\n".join(_page(name, each)) for name, each in made.items()}}


def _overview(made: dict[str, dict[str, Any]]) -> str:
    rows = [[f"[`{name}`]({name}.md)", words(_title(each)), f"[{file_name(name)}]({_file(name)})"] for name, each in made.items()]
    lines = [
        "# Formats",
        "",
        "Whatever a command shows can be had as JSON, and whatever a run leaves is JSON. Each format has a JSON Schema",
    ]
    lines += ["(2020-12), which `sockmatrix schema NAME` prints.", "", *table(["format", "what it is", "schema"], rows)]
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", *made, "```", ""])


def _file(name: str) -> str:
    return f"{REPOSITORY}docs/schema/{file_name(name)}"


def _title(each: dict[str, Any]) -> str:
    """`Sockmatrix run: run.json` is `run.json`."""
    return str(each["title"]).removeprefix("Sockmatrix ").partition(": ")[2] or "the file of a scenario"


def _page(name: str, whole: dict[str, Any]) -> Iterator[str]:
    yield from (f"# {name}", "", f"The format of {words(_title(whole))}. Its schema: [{file_name(name)}]({_file(name)})", "")
    if "properties" in whole:
        yield from _record(whole)
    elif "$ref" in whole or "items" in whole or "prefixItems" in whole:
        yield from (f"The document is {_type(whole)}.", "")
    for key, each in whole.get("$defs", {}).items():
        yield from (f"## {key}", "", *_record(each))


def _record(each: dict[str, Any]) -> Iterator[str]:
    if "description" in each:
        yield from (words(each["description"]), "")
    required = set(each.get("required", ()))
    rows = [[_field(key, key in required), _type(one), _words(one)] for key, one in each.get("properties", {}).items()]
    if rows:
        yield from table(["field", "type", "what it says"], rows)
    elif "properties" not in each:
        yield from (f"It is {_type(each)}.", "")


def _field(key: str, required: bool) -> str:
    return f"**{code(key)}**" if required else code(key)


def _words(one: dict[str, Any]) -> str:
    default = one.get("default")
    said = words(str(one.get("description", "")))
    return f"{said} (else {code(_json(default))})" if default not in (None, "", [], {}) else said


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=True)


def _type(one: dict[str, Any]) -> str:
    """A few words for what may stand there."""
    if "$ref" in one:
        name = str(one["$ref"]).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in one:
        return ", ".join(code(_json(each)) for each in one["enum"])
    if "const" in one:
        return code(_json(one["const"]))
    for many in ("anyOf", "oneOf"):
        if many in one:
            return " or ".join(dict.fromkeys(_type(each) for each in one[many]))
    return _plain(one)


def _plain(one: dict[str, Any]) -> str:
    kind = one.get("type", "anything")
    if kind == "array":
        items = one.get("items")
        return f"list of {_type(items)}" if isinstance(items, dict) and items else "list"
    if kind == "object" and isinstance(one.get("additionalProperties"), dict):
        return f"mapping to {_type(one['additionalProperties'])}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
