"""The formats of `sockmatrix report`: how each is called, what its file is named, and who makes it. Makes nothing itself."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from harness.commands import exits

if TYPE_CHECKING:
    from harness.records.plan import Plan
    from harness.reports.material import Material


class Format(NamedTuple):
    """One format. Its maker is loaded when it is asked for."""

    file: str
    maker: str
    """`module:function` of what makes the file's bytes out of a `Material`."""
    what: str


FORMATS: Mapping[str, Format] = {
    "html": Format("report.html", "harness.commands.report_formats:html", "one page to look at, without anything to load"),
    "md": Format("report.md", "harness.reports.markdown:summary_page", "Markdown for the summary of a CI step, at most 1 MiB"),
    "comment": Format("comment.md", "harness.reports.markdown:comment_page", "the same for a comment, at most 65,536 characters"),
    "annotations": Format("annotations.txt", "harness.reports.annotations:annotations", "GitHub's marks beside steps; to standard output"),
    "junit": Format("junit.xml", "harness.reports.junit:junit", "JUnit XML, a suite for each target"),
    "json": Format("report.json", "harness.reports.data:report_json", "everything as data (schema: sockmatrix schema report)"),
    "codequality": Format("gl-code-quality-report.json", "harness.reports.codequality:code_quality", "GitLab's findings of code quality"),
    "badge": Format("badge.svg", "harness.reports.pictures:badge", "a badge"),
    "matrix": Format("matrix.svg", "harness.reports.pictures:matrix", "a picture of areas and targets"),
}

GROUPS: Mapping[str, tuple[str, ...]] = {"svg": ("badge", "matrix"), "all": tuple(FORMATS)}
"""Names for several."""

DEFAULT = "html"

ENDINGS: Mapping[str, str] = {".html": "html", ".md": "md", ".xml": "junit", ".json": "json", ".svg": "matrix", ".txt": "annotations"}
"""What a file is, by its name, where no format is asked for."""


def html(material: "Material") -> bytes:
    """The page, with a program for each scenario that can be one."""
    from harness.pages.page import render
    from harness.reproducing.limits import NotReproducible
    from harness.reproducing.marked import reproduction

    def program(plan: "Plan") -> str:
        try:
            return reproduction(plan, material.run).file
        except NotReproducible as problem:
            return f"# {problem}\n"

    return render(
        material.run,
        material.summary.comparison,
        found=material.outcome,
        where=material.where,
        title=material.title,
        source=material.source,
        reproducer=program,
    )


def chosen(words: Sequence[str]) -> tuple[str, ...]:
    """The formats that were asked for, each once. Ends the command on a word that is none."""
    names: dict[str, None] = {}
    for word in filter(None, (part.strip() for part in ",".join(words).split(","))):
        if word not in FORMATS and word not in GROUPS:
            exits.usage(f"unknown format '{word}'; {_hint(word)}")
        names.update(dict.fromkeys(GROUPS.get(word, (word,))))
    return tuple(names) or exits.usage("no format is named after --format; there are " + ", ".join((*FORMATS, *GROUPS)))


def _hint(word: str) -> str:
    from harness.language.mistakes import did_you_mean

    known = (*FORMATS, *GROUPS)
    return did_you_mean(word, known) or "there are " + ", ".join(known)


def maker_of(name: str) -> "Callable[[Material], bytes]":
    """The function that makes a format."""
    module, function = FORMATS[name].maker.split(":")
    made: Callable[[Material], bytes] = getattr(importlib.import_module(module), function)
    return made


def table() -> str:
    """The formats for `--help`."""
    widest = max(map(len, FORMATS))
    rows = {**{name: each.what for name, each in FORMATS.items()}, **{name: _listed(each) for name, each in GROUPS.items()}}
    return "\n".join(f"{name:{widest}}  {what}" for name, what in rows.items())


def _listed(names: Sequence[str]) -> str:
    return "every one of them" if len(names) == len(FORMATS) else " and ".join(names)
