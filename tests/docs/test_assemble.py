"""The source of the site: every page has a place, every link of a page leads to something, generated pages say what the code says."""

from pathlib import Path

import pytest

from harness.commands.main import COMMANDS
from harness.language.conditions import conditions
from harness.language.vocabulary import HELPERS, MATCHERS
from harness.records.comparison import DifferenceKind
from harness.records.observation import VERDICTS
from harness.reports.schemas import NAMES, schema
from harness.targets import ci_settings
from harness.targets.config import KEYS
from tests.docs.examples import ROOT
from tools.docs import words
from tools.docs.assemble import MORE, dead_links
from tools.docs.commands import command_pages
from tools.docs.formats import format_pages
from tools.docs.language import language_pages
from tools.docs.library import ABOUT, library_pages
from tools.docs.links import links
from tools.docs.places import SECTIONS, unplaced, written_pages
from tools.docs.settings import CI, JOB, settings_pages
from tools.docs.words import word_pages

pytestmark = pytest.mark.skipif(not (ROOT / "docs" / "README.md").is_file(), reason="an installed package has no docs")


def test_every_page_stands_in_a_section() -> None:
    assert unplaced(set(written_pages().values())) == ()


def test_a_page_without_a_place_is_told() -> None:
    assert unplaced({"index", "tutorial", "reference/commands/run", "stray"}) == ("stray",)


def test_no_page_stands_in_two_sections() -> None:
    placed = [page for section in SECTIONS for page in section.pages]
    assert len(placed) == len(set(placed))


def test_no_link_of_a_page_is_dead() -> None:
    assert dead_links() == []


def test_the_start_page_leads_to_every_page() -> None:
    text = (ROOT / "docs" / "README.md").read_text("utf-8")
    assert [section.title for section in SECTIONS[1:4] if MORE.format(section.title) not in text] == []
    written = {path: name for path, name in written_pages().items() if name in SECTIONS[0].pages + SECTIONS[4].pages}
    assert [path for path in written if path.removeprefix("docs/") not in text] == []


def test_the_start_page_names_no_page_twice() -> None:
    named = [target for target in links((ROOT / "docs" / "README.md").read_text("utf-8")) if target != "tutorial.md"]
    assert sorted(named) == sorted(set(named))


def test_every_command_has_a_page_with_every_option() -> None:
    pages = command_pages()
    assert set(pages) == {"reference/commands/index", *(f"reference/commands/{name}" for name in COMMANDS)}
    assert "`-t, --target NAME`" in pages["reference/commands/run"]
    assert "## sockmatrix history show" in pages["reference/commands/history"]
    assert "\b" not in "".join(pages.values())


def test_every_format_has_a_page_with_every_field() -> None:
    pages = format_pages()
    for name in NAMES:
        text = pages[f"reference/formats/{name}"]
        fields = {key for each in [schema(name), *schema(name).get("$defs", {}).values()] for key in each.get("properties", {})}
        assert [key for key in fields if f"`{key}`" not in text] == [], name


def test_the_words_of_the_language_are_all_there() -> None:
    pages = language_pages()
    assert [name for name in (*HELPERS, *MATCHERS) if f"`{name}(" not in pages["reference/vocabulary"]] == []
    assert [name for name in conditions() if f"\n## {name}\n" not in pages["reference/networks"]] == []


def test_every_fact_says_what_it_is() -> None:
    rows = [line for line in language_pages()["reference/facts"].splitlines() if line.startswith("| `")]
    assert [row for row in rows if row.rstrip(" |").count("|") < 3] == []


def test_every_setting_says_what_it_is() -> None:
    page = settings_pages()["reference/settings"]
    assert [key for key in KEYS if f"`{key}`\n: " not in page] == []
    assert "(no words)" not in page
    assert (set(CI), set(JOB)) == (set(ci_settings.KEYS), set(ci_settings.JOB_KEYS))


def test_every_verdict_and_every_kind_is_explained() -> None:
    from typing import get_args

    page = word_pages()["reference/words"]
    assert set(words.KINDS) == set(get_args(DifferenceKind))
    assert [verdict for verdict in VERDICTS if f"| `{verdict}` |" not in page] == []


def test_an_area_has_a_page_with_its_scenarios(tmp_path: Path) -> None:
    _write(tmp_path, "scenarios/mine/meets_nobody.yaml", _HOSTILE)
    pages = library_pages(tmp_path)
    assert list(pages) == ["reference/library/index", "reference/library/mine"]
    assert pages["reference/library/mine"] == _PAGE
    assert "| [mine](mine.md) |   | 1 | 2 |" in pages["reference/library/index"]


def test_areas_that_are_described_are_there() -> None:
    assert {folder.name for folder in (ROOT / "scenarios").iterdir() if folder.is_dir()} == set(ABOUT)


def _write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True)
    (root / name).write_text(text, "utf-8")


_HOSTILE = """
title: "A <b>title</b> with | *signs* {role}`x` and $x$"
about: "% See [here](http://evil.invalid) or @you; `code`"
see: [python:socket.socket, seed:1, 'https://example.invalid/a(b)?c|d']
needs: [ipv4]
cases:
  one: {n: 1}
  two: {n: 2, needs: [ipv6]}
steps:
  - client: socket.htons(n)
    returns: any_int()
    varies:
      - {when: 'os == "windows"', returns: 3, because: "<script>alert(1)</script>", see: [winsock:connect], observed: false}
"""

_PAGE = """# mine

2 scenarios in 1 file. To play them:

```sh
sockmatrix run -k area:mine
```

(library-mine-meets-nobody)=
## A &#60;b&#62;title&#60;/b&#62; with &#124; &#42;signs&#42; {role}&#96;x&#96; and &#36;x&#36;

&#37; See &#91;here&#93;(`http://evil.invalid)` or `@you`; &#96;code&#96;

[`mine/meets_nobody`](repository:scenarios/mine/meets_nobody.yaml) · needs `ipv4` · promised by \
[`python:socket.socket`](<https://docs.python.org/3/library/socket.html#socket.socket>), \
[<code>example.invalid/a&#40;b&#41;&#63;c&#124;d</code>](<https://example.invalid/a(b)?c|d>)

<details>
<summary>2 cases</summary>

`one`, `two`

</details>

May depart:

- `os == "windows"`: &#60;script&#62;alert(1)&#60;/script&#62; \
([`winsock:connect`](<https://learn.microsoft.com/en-us/windows/win32/api/winsock2/nf-winsock2-connect>)) \
*(documented, and never seen here)*
"""
