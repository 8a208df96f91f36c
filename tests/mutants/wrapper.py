"""An interpreter with one defect: `PYTHON wrapper.py NAME …` changes `socket`, then does what `PYTHON …` does.

Only `-c PROGRAM` of the interpreter's own arguments is understood, as that is how an agent is started. Environment:
SOCKMATRIX_MUTANT_REPORT   file that grows by a byte each time the defect is met
SOCKMATRIX_MUTANT_FORM     `subclass`: change a subclass put in the place of `socket.socket` instead of the class itself
SOCKMATRIX_MUTANT_SCOPE    `everywhere`: hit what the agent does for its own ends, too
"""

from __future__ import annotations

import importlib
import os
import sys
import types
from typing import Any


def catalogue() -> Any:
    """The list of mutants. Its package is found by its place, whatever else on the path may be named `tests`."""
    package = sys.modules["tests"] = types.ModuleType("tests")
    package.__path__ = [os.path.dirname(os.path.dirname(os.path.abspath(__file__)))]
    return importlib.import_module("tests.mutants.catalogue")


def install(name: str) -> None:
    """Put one defect in."""
    found = catalogue()
    chosen = found.find(name)
    layer = found.Layer(
        everywhere=os.environ.get("SOCKMATRIX_MUTANT_SCOPE") == "everywhere",
        subclass=os.environ.get("SOCKMATRIX_MUTANT_FORM") == "subclass",
        report=os.environ.get("SOCKMATRIX_MUTANT_REPORT", ""),
    )
    chosen.apply(layer)


def run(arguments: list[str]) -> None:
    """Be the interpreter: run the program that `-c` gives, with standard input as it is."""
    position = arguments.index("-c")
    sys.argv = ["-c", *arguments[position + 2 :]]
    scope = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(compile(arguments[position + 1], "<string>", "exec"), scope)


if __name__ == "__main__":
    del sys.path[0]
    install(sys.argv[1])
    run(sys.argv[2:])
