"""The page of the settings: keys of `sockmatrix.toml`, with the words of the record that they are read into."""

import ast
import inspect
from itertools import pairwise
from typing import Any

from harness.targets import config
from tools.docs.markdown import code, definitions, words


def settings_pages() -> dict[str, str]:
    """The one page."""
    described = field_words(config, "Config")
    lines = ["# Settings", "", f"{words(config.Config.__doc__ or '')} They are read from the folder in which a command is started.", ""]
    lines += definitions((code(key), words(described.get(key, "")) or "(no words)") for key in config.KEYS)
    return {"reference/settings": "\n".join([*lines, *_EXAMPLE])}


_EXAMPLE = [
    "A mistake in the file is told with its place, and with the nearest right key. There may be one such file: settings in both are a mistake too.",
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
