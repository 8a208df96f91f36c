"""The page of the settings: keys of `sockmatrix.toml`, with the words of the record that they are read into."""

import ast
import inspect
from itertools import pairwise
from typing import Any

from harness.gates import known as gates
from harness.records import known
from harness.targets import ci_settings, config
from tools.docs.markdown import code, definitions, table, words

CI = {
    "scenarios": "files or folders; none: the library that comes with sockmatrix",
    "select": "words of `-k`",
    "shards": f"into how many parts each job is cut, at most {ci_settings.MOST_SHARDS}; 1 if not said",
    "jobs": "the machines, `[[ci.jobs]]`, with the keys below",
}
"""Keys of `[ci]`. A test holds them, and those of its jobs, to those that there are."""

JOB = {
    "runner": "the machine: what GitHub calls `runs-on`, an image or tag of GitLab",
    "python": 'versions, `["3.8", "pypy3.10"]`; each becomes a job of its own, whose target is that Python',
    "targets": "targets by name, all in one job, in the place of `python`",
    "name": "what the job is called; its runner's name if not said",
    "shards": "as above, for this job alone",
}


def settings_pages() -> dict[str, str]:
    """The one page."""
    described = {**_OWN, **{key: text for key, text in field_words(config, "Config").items() if text}}
    lines = ["# Settings", "", f"{words(config.Config.__doc__ or '')} They are read from the folder in which a command is started.", ""]
    lines += definitions((code(key), words(described.get(key, "")) or "(no words)") for key in config.KEYS)
    return {"reference/settings": "\n".join([*lines, *_EXAMPLE, *_known(), *_ci()])}


_OWN = {"known": "What is known to fail: `[[known]]`, below."}


def _known() -> list[str]:
    described = field_words(known, "Known") | _WORDS_OF_KNOWN
    rows = [[f"**{code(key)}**" if key in gates.REQUIRED else code(key), words(described[key])] for key in gates.KEYS]
    return [
        "## What is known to fail",
        "",
        "Each entry is a table `[[known]]`. Keys in bold are required.",
        "",
        *table(["key", "what it says"], rows),
    ]


_WORDS_OF_KNOWN = {
    "kind": "`xfail`: departs every time. `flaky`: departs now and then. `skip`: is not played at all.",
    "reason": "Why it fails, in a few words.",
}


def _ci() -> list[str]:
    lines = ["## What the machines of a CI system play", "", "The table `[ci]`:", ""]
    lines += table(["key", "what it says"], [[code(key), words(CI[key])] for key in ci_settings.KEYS])
    return [
        *lines,
        "A job, `[[ci.jobs]]`:",
        "",
        *table(["key", "what it says"], [[code(key), words(JOB[key])] for key in ci_settings.JOB_KEYS]),
    ]


_EXAMPLE = [
    "A mistake in the file is told with its place, and with the nearest right key. Settings in both files are a mistake too.",
    "",
    "```toml",
    "# sockmatrix.toml; in pyproject.toml the same stands under [tool.sockmatrix]",
    'targets = ["@old", "python3.13"]',
    'history = "sockmatrix-runs/history.sqlite"',
    "",
    "[groups]",
    'old = ["python2.7", "python3.6"]',
    "```",
    "",
]


def field_words(module: Any, name: str) -> dict[str, str]:
    """The text below each field of a class, as it stands in the source."""
    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef) and node.name == name]
    found = {}
    for one, following in pairwise(classes[0].body):
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
            text = following.value.value if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant) else ""
            found[one.target.id] = str(text)
    return found
