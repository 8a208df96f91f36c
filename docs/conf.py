"""How Sphinx builds the site. The pages are put together by `python -m tools.docs`, which calls it."""

import posixpath
from typing import Any

from docutils import nodes

from harness import __version__
from harness.commands.main import COMMANDS

project = "Sockmatrix"
author = "the Sockmatrix authors"
copyright = "the Sockmatrix authors, Apache-2.0"  # noqa: A001 - the name that Sphinx asks for
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["files"]
myst_enable_extensions = ["deflist", "fieldlist"]
myst_heading_anchors = 4
# An address of a file that has no page; it is made a real one below.
myst_url_schemes = {"http": None, "https": None, "mailto": None, "repository": None}
# Ours are no grammar of Pygments: Jenkins' pipelines, and outputs of commands.
suppress_warnings = ["misc.highlighting_failure"]
highlight_language = "text"
# "--" is an option, and quotes are code.
smartquotes = False

html_theme = "furo"
html_title = f"Sockmatrix {release}"
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
# They would be fetched, which browsers refuse to pages that were opened from disk.
html_show_search_summary = False
# Nothing of a page comes from another host.
html_theme_options = {"top_of_page_buttons": [], "navigation_with_keys": True}
html_static_path = ["_static"]
html_css_files = ["sockmatrix.css"]

man_pages = [
    ("reference/commands/index", "sockmatrix", "what does the socket API do, on each of your Pythons", author, "1"),
    *((f"reference/commands/{name}", f"sockmatrix-{name}", purpose.rstrip("."), author, "1") for name, purpose in COMMANDS.items()),
]
man_show_urls = True


def setup(app: Any) -> dict[str, Any]:
    """Settings and steps of our own."""
    app.add_config_value("source_url", "", "env")
    app.connect("doctree-resolved", _find_files)
    app.connect("build-finished", _copy_files)
    # After Furo has made its tree.
    app.connect("html-page-context", _mend, priority=900)
    app.connect("env-updated", _set_titles_aside)
    app.connect("html-page-context", _show_titles, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _find_files(app: Any, doctree: nodes.document, name: str) -> None:
    """Files of the repository are read where it is, or, where nobody has said where, as copies that come with the site."""
    for reference in list(doctree.findall(nodes.reference)):
        address = str(reference.get("refuri", ""))
        if address.startswith("repository:"):
            reference["refuri"] = _address(app, address.removeprefix("repository:"), name)


def _mend(app: Any, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """For those who listen to a page: captions of the contents have a rank. For those with keys alone: wide blocks can be moved."""
    tree = context.get("furo_navigation_tree")
    if isinstance(tree, str):
        context["furo_navigation_tree"] = tree.replace('role="heading"', 'role="heading" aria-level="2"')
    if isinstance(context.get("body"), str):
        context["body"] = context["body"].replace("<pre>", '<pre tabindex="0">')


def _set_titles_aside(app: Any, env: Any) -> list[str]:
    """The contents at the side of a page are made of copies of the titles of all pages, and those of 1,700 scenarios take long to copy."""
    aside = getattr(env, "titles_aside", {})
    for name, contents in env.tocs.items():
        if name.startswith("reference/library/") and len(contents) and len(contents[0]) > 1 and not name.endswith("/index"):
            aside[name] = contents.deepcopy()
            del contents[0][1:]
    env.titles_aside = aside
    return []


def _show_titles(app: Any, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """The titles of a page itself, beside it."""
    contents = getattr(app.env, "titles_aside", {}).get(name)
    if contents is not None:
        for reference in contents.findall(nodes.reference):
            reference["refuri"] = reference["anchorname"] or "#"
        context["toc"] = app.builder.render_partial(contents)["fragment"]
        context["furo_hide_toc"] = False


def _address(app: Any, path: str, name: str) -> str:
    if app.config.source_url:
        return f"{app.config.source_url.rstrip('/')}/{path}"
    file = f"files/{path.partition('#')[0]}.txt"
    return posixpath.relpath(file, posixpath.dirname(name) or ".")


def _copy_files(app: Any, problem: Exception | None) -> None:
    import shutil
    from pathlib import Path

    if problem is None and app.builder.format == "html" and not app.config.source_url:
        shutil.copytree(Path(app.srcdir) / "files", Path(app.outdir) / "files", dirs_exist_ok=True)
