"""The JSON Schema of a scenario file, for editors. Says what the keys are; the loader alone judges what calls and names mean."""

from typing import Any

from harness.language.compile import FILE_KEYS, LONGEST_LIMIT, LONGEST_TITLE, MOST_MEMBERS, REQUIRED
from harness.language.expectations import KEYS as EXPECTATION_KEYS
from harness.language.steps import FORM_KEYS, MOST_ROLES, MOST_TIMES, STEP_KEYS
from harness.language.vocabulary import LANGUAGE_VERSION, SEE_PREFIXES

_ROLE = rf"^(?!(?:{'|'.join((*STEP_KEYS, *FORM_KEYS))})$)[a-z][a-z0-9_]{{0,30}}$"
_REFERENCE = f"^({'|'.join(prefix for prefix in SEE_PREFIXES)})\\S"
_BLANK = {"type": "string", "pattern": "\\S"}
_NAME = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]{0,60}$"}
_SCALAR = {"type": ["string", "number", "boolean", "null"]}

_DESCRIPTIONS = {
    "title": 'One line, "X does Y", in the present tense.',
    "about": "Why the behaviour matters.",
    "see": "Who promises it: python:socket.socket.accept, posix:accept, rfc:793, man:tcp(7), or an https: link.",
    "needs": "Conditions without which the scenario is unsupported: ipv6, has:socket.send_fds, os:linux, python>=3.8.",
    "tags": "Words to select scenarios by.",
    "roles": "How many of a role act at once: {client: 6}. 1 if not said.",
    "process": "own: the scenario changes process-wide state and gets agents of its own.",
    "limit": "Seconds after which a step counts as hanging; 10 if not said.",
    "cases": "Rows of parameters, each a scenario of its own: name → {parameter: expression or plain value}.",
    "steps": "The timeline. A step starts when the one above it has finished.",
    "returns": "What the call must return: a plain value, or text that holds an expression with matchers.",
    "raises": "What the call must raise: an exception class, an error symbol, or a mapping of type, errno and message.",
    "takes": "Seconds the call takes: 0.2..0.6, ..0.5 or 0.2..",
    "warns": "A warning the call must give: its class, or a mapping of type and message.",
    "records": "true: nothing is expected, the observation is only compared.",
    "varies": "Documented departures: the first whose predicate holds on a target replaces what the step expects.",
    "background": "Start the call in a thread of the role, under this name; await it later.",
    "await": "The name of a background call, whose result is waited for.",
    "pending": "The name of a background call that must not have finished.",
    "repeat": "Steps that are performed several times.",
    "when": 'A predicate on facts of the target: python < 3.10, os == "windows".',
    "because": "Why these targets depart.",
    "observed": "false: documented, but never yet seen by this project.",
}


def scenario_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a scenario file; `docs/schema/scenario-1.json` is its committed copy."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:sockmatrix:scenario-{LANGUAGE_VERSION}",
        "title": "Sockmatrix scenario",
        "type": "object",
        "required": list(REQUIRED),
        "additionalProperties": False,
        "properties": {key: _described(key, _file_key(key)) for key in FILE_KEYS},
        "$defs": {
            "steps": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/step"}},
            "step": _step(),
            "value": {"anyOf": [_SCALAR, {"type": "array", "items": {"$ref": "#/$defs/value"}}]},
            "raises": {"anyOf": [_BLANK, _mapping("type", "errno", "message") | {"minProperties": 1}]},
            "warns": {"anyOf": [_BLANK, _mapping("type", "message") | {"required": ["type"]}]},
            "see": {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": _REFERENCE}},
            "needs": {"type": "array", "items": _BLANK},
            "variation": _variation(),
        },
    }


def _described(key: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": _DESCRIPTIONS[key], **schema}


def _file_key(key: str) -> dict[str, Any]:
    keys: dict[str, dict[str, Any]] = {
        "title": {"type": "string", "pattern": f"^(?=.*\\S).{{1,{LONGEST_TITLE}}}\\n?$"},
        "about": _BLANK,
        "see": {"$ref": "#/$defs/see"},
        "needs": {"$ref": "#/$defs/needs"},
        "tags": {"type": "array", "items": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"}},
        "roles": _roles(),
        "process": {"const": "own"},
        "limit": {"type": "number", "minimum": 0.1, "maximum": LONGEST_LIMIT},
        "cases": _cases(),
        "steps": {"$ref": "#/$defs/steps"},
    }
    return keys[key]


def _roles() -> dict[str, Any]:
    counts = {"type": "integer", "minimum": 1, "maximum": MOST_MEMBERS}
    return {"type": "object", "maxProperties": MOST_ROLES, "patternProperties": {_ROLE: counts}, "additionalProperties": False}


def _cases() -> dict[str, Any]:
    parameter = {"anyOf": [{"$ref": "#/$defs/value"}, {"$ref": "#/$defs/raises"}]}
    row = {
        "type": "object",
        "properties": {"needs": _described("needs", {"$ref": "#/$defs/needs"})},
        "patternProperties": {"^(?!needs$)[A-Za-z][A-Za-z0-9_]*$": parameter},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {"^[A-Za-z0-9][A-Za-z0-9_.+-]*$": row},
        "additionalProperties": False,
    }


def _mapping(*keys: str) -> dict[str, Any]:
    return {"type": "object", "properties": {key: {"$ref": "#/$defs/value"} for key in keys}, "additionalProperties": False}


def _expectation_keys() -> dict[str, Any]:
    return {
        "returns": _described("returns", {"$ref": "#/$defs/value"}),
        "raises": _described("raises", {"$ref": "#/$defs/raises"}),
        "takes": _described("takes", {"type": "string", "pattern": r"^(\d+(\.\d+)?\.\.(\d+(\.\d+)?)?|\.\.\d+(\.\d+)?)$"}),
        "warns": _described("warns", {"$ref": "#/$defs/warns"}),
        "records": _described("records", {"const": True}),
    }


def _varies() -> dict[str, Any]:
    return {"varies": _described("varies", {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/variation"}})}


def _variation() -> dict[str, Any]:
    own = {
        "when": _described("when", _BLANK),
        "cases": {
            "description": "The rows of the scenario's cases that depart; left out: all.",
            "type": "array",
            "items": _BLANK,
            "minItems": 1,
        },
        "because": _described("because", _BLANK),
        "see": _described("see", {"$ref": "#/$defs/see"}),
        "observed": _described("observed", {"const": False}),
    }
    return {
        "type": "object",
        "required": ["when", "because", "see"],
        "properties": own | _expectation_keys(),
        "additionalProperties": False,
        "anyOf": [{"required": [key]} for key in EXPECTATION_KEYS],
        **_alone(),
    }


def _alone() -> dict[str, Any]:
    """Expectations that exclude each other."""
    others = [{"required": [key]} for key in EXPECTATION_KEYS if key != "records"]
    return {"not": {"anyOf": [{"required": ["returns", "raises"]}, {"required": ["records"], "anyOf": others}]}}


def _step() -> dict[str, Any]:
    """A call, or one of the other forms of a step."""
    forms = [_await(), _pending(), _repeat()]
    return {
        "type": "object",
        "if": {"anyOf": [{"required": [key]} for key in FORM_KEYS]},
        "then": {"oneOf": forms},
        "else": _call(),
    }


def _call() -> dict[str, Any]:
    seen_at_its_end = [{"required": [key]} for key in (*EXPECTATION_KEYS, "varies")]
    return {
        "properties": _expectation_keys() | _varies() | {"background": _described("background", _NAME)},
        "patternProperties": {
            _ROLE: {"type": "string", "pattern": "\\S", "description": "The call that this role makes, as Python source."}
        },
        "additionalProperties": False,
        "not": {"anyOf": [*_alone()["not"]["anyOf"], {"required": ["background"], "anyOf": seen_at_its_end}]},
    }


def _await() -> dict[str, Any]:
    keys = {"await": _described("await", _NAME)} | _expectation_keys() | _varies()
    return {"required": ["await"], "properties": keys, "additionalProperties": False, **_alone()}


def _pending() -> dict[str, Any]:
    return {"required": ["pending"], "properties": {"pending": _described("pending", _NAME)}, "additionalProperties": False}


def _repeat() -> dict[str, Any]:
    times = {"type": "integer", "minimum": 1, "maximum": MOST_TIMES}
    body = {
        "type": "object",
        "required": ["times", "steps"],
        "properties": {"times": times, "steps": {"$ref": "#/$defs/steps"}},
        "additionalProperties": False,
    }
    return {"required": ["repeat"], "properties": {"repeat": _described("repeat", body)}, "additionalProperties": False}
