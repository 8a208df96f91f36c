"""`sockmatrix report`: which files, where, and what is said when they cannot be."""

import json
import os
import re
import shlex
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.commands import report_command, report_formats
from harness.commands.report_formats import FORMATS, GROUPS, chosen, maker_of
from harness.reports.material import Material
from tests.commands.conftest import Sockmatrix, save
from tests.pages.carried import data_of
from tests.reports.making import NEW, OLD, OTHER, REFUSED, plan_of, refused_on, run_of, small_run

PLAN = plan_of(REFUSED, "connect/refused")
ALL = "html, md, comment, annotations, junit, json, codequality, badge, matrix, svg, all"
DATA = "md,comment,annotations,junit,json,codequality,svg"
INTERRUPTED = (
    "sockmatrix: the run in half was interrupted, or is still going on: 1 of 3 cells have a result;"
    " go on with: sockmatrix run --resume --out half\n"
)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    save(run_of([refused_on(OLD), refused_on(NEW, "fail", kind="OSError"), refused_on(OTHER)], [PLAN]), tmp_path / "bad")
    return "bad"


@pytest.fixture
def half(tmp_path: Path) -> str:
    save(run_of([refused_on(OLD)], [PLAN], complete=False), tmp_path / "half")
    return "half"


def test_files_have_the_same_names_every_time_and_are_told(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    ended = sockmatrix("report", "--format", DATA, "--out", "made")
    assert (ended.code, ended.err) == (0, "")
    names = [each.file for name, each in FORMATS.items() if name != "html"]
    assert [line.split()[0] for line in ended.out.splitlines()] == [f"made/{name}" for name in names]
    before = {name: (tmp_path / "made" / name).read_bytes() for name in names}
    assert sockmatrix("report", "--format", DATA, "--out", "made").code == 0
    assert before == {name: (tmp_path / "made" / name).read_bytes() for name in names}
    assert sorted(file.name for file in (tmp_path / "made").iterdir()) == sorted(names)


def test_without_a_word_it_is_the_page(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_formats, "html", lambda material: b"<!doctype html>\n")
    ended = sockmatrix("report")
    assert ended == (0, "sockmatrix-report/report.html  0.1 kB\n", "")
    assert (tmp_path / "sockmatrix-report" / "report.html").read_bytes() == b"<!doctype html>\n"


def test_the_page_opens_with_what_is_asked_for(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    asked = ("--where", "area:udp", "--title", "Nightly", "--source-url", "https://example.org/blob/main")
    assert sockmatrix("report", *asked).code == 0
    page = data_of((tmp_path / "sockmatrix-report" / "report.html").read_text("utf-8"))
    assert (page["where"], page["title"], page["source"]) == ("area:udp", "Nightly", "https://example.org/blob/main")
    message = "sockmatrix: --where is what the HTML page opens with; badge, matrix have all of the run\n"
    assert sockmatrix("report", "--where", "area:udp", "-f", "svg") == (2, "", message)


def test_a_query_that_cannot_be_understood_makes_no_page(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    message = "sockmatrix: unknown word 'aera:' in query 'aera:udp', character 1; did you mean 'area:'?\n"
    assert sockmatrix("report", "--where", "aera:udp") == (2, "", message)
    assert not (tmp_path / "sockmatrix-report").exists()


def test_a_file_tells_its_format_by_its_ending(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    assert sockmatrix("report", "--out", "new/results.xml") == (0, "new/results.xml  1.7 kB\n", "")
    assert ElementTree.parse(tmp_path / "new" / "results.xml").getroot().tag == "testsuites"
    assert sockmatrix("report", "--out", "one.json").code == 0
    assert json.loads((tmp_path / "one.json").read_text("utf-8"))["report"] == 1
    assert sockmatrix("report", "--out", "one.svg").code == 0
    assert b"<desc" in (tmp_path / "one.svg").read_bytes()


def test_a_file_of_somebody_else_is_left(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("a scenario")
    problem = "mine.yaml is there already, and is no report by its name (.html, .md, .xml, .json, .svg, .txt)"
    assert sockmatrix("report", "--out", "mine.yaml") == (2, "", f"sockmatrix: {problem}; name another file, or a folder\n")
    assert (tmp_path / "mine.yaml").read_text() == "a scenario"


def test_what_is_there_is_replaced_whole(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "summary").write_text("old" * 10_000)
    (tmp_path / "link").symlink_to("summary")
    assert sockmatrix("report", "--format", "md", "--out", "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "summary").read_text("utf-8").startswith("<!-- sockmatrix report -->\n")
    assert sorted(file.name for file in tmp_path.iterdir() if file.name.startswith(".")) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_stays_a_pipe(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text("utf-8")))
    reader.start()
    assert sockmatrix("report", "--format", "annotations", "--out", "pipe") == (0, "", "pipe  0.1 kB\n")
    reader.join()
    assert read[0].startswith("::notice title=Sockmatrix::as expected in 3 cells")
    assert pipe.is_fifo()


def test_standard_output_has_the_report_and_nothing_else(sockmatrix: Sockmatrix, bad: str) -> None:
    text = sockmatrix("report", bad, "--format", "annotations")
    assert (text.code, text.err, text.out.count("\n")) == (0, "", 2)
    assert text.out.startswith("::error file=scenarios/connect/refused.yaml,title=fail%3A connect/refused::on cpython-3.12.1\n")
    page = sockmatrix("report", bad, "-f", "md", "-o", "-", "--title", "nightly").out
    assert page.startswith("<!-- sockmatrix report nightly -->\n## nightly\n\n❌ **1 fail in 3 cells**")


def test_the_exit_code_is_that_of_the_run_where_it_is_asked_for(sockmatrix: Sockmatrix, bad: str, half: str, saved: Path) -> None:
    annotations = ("--format", "annotations")
    assert sockmatrix("report", bad, *annotations).code == 0
    assert sockmatrix("report", bad, *annotations, "--exit-code").code == 1
    assert sockmatrix("report", str(saved), *annotations, "--exit-code").code == 0
    assert sockmatrix("report", bad, half, "--format", "badge", "--exit-code").code == 3


def test_several_runs_have_folders_of_their_own(sockmatrix: Sockmatrix, bad: str, saved: Path, tmp_path: Path) -> None:
    save(small_run(), tmp_path / "bad-2")
    ended = sockmatrix("report", bad, str(saved), "bad-2", bad, "--format", "badge", "--out", "made")
    folders = ["bad", saved.name, "bad-2", "bad-3"]
    assert [line.split()[0] for line in ended.out.splitlines()] == [f"made/{folder}/badge.svg" for folder in folders]
    assert b"1 of 3 red" in (tmp_path / "made" / "bad" / "badge.svg").read_bytes()


def test_an_interrupted_run_is_said_to_be_one_in_every_format(sockmatrix: Sockmatrix, half: str, tmp_path: Path) -> None:
    ended = sockmatrix("report", half, "--format", DATA, "--out", "made")
    assert (ended.code, ended.err) == (0, INTERRUPTED)
    made = {file.name: file.read_text("utf-8") for file in (tmp_path / "made").iterdir()}
    words = "The run was interrupted, or is still going on: 1 of 3 cells have a result."
    assert words in made["report.md"]
    assert words in made["comment.md"]
    assert f"::error title=Sockmatrix%3A interrupted::{words}" in made["annotations.txt"]
    assert made["junit.xml"].count('type="missing"') == 2
    assert json.loads(made["report.json"])["scenarios"][0]["verdicts"] == ["pass", "missing", "missing"]
    assert "2 of 3 red, run incomplete" in made["badge.svg"]
    assert made["matrix.svg"].count('<rect class="red"') == 3
    (finding,) = json.loads(made["gl-code-quality-report.json"])
    assert finding["description"] == "The run was interrupted, or is still going on: 1 of 3 cells have a result."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-f", "junti"), "unknown format 'junti'; did you mean 'junit'?"),
        (
            ("-f", "pdf"),
            f"unknown format 'pdf'; there are {ALL}",
        ),
        (
            ("-f", ","),
            f"no format is named after --format; there are {ALL}",
        ),
        (("-f", "svg", "-o", "-"), "standard output takes one format, not badge, matrix; name a folder with --out"),
        (("-f", "md,json", "-o", "x.md"), "the file x.md takes one format, not md, json; name a folder with --out"),
        (("bad", "bad", "-f", "md", "-o", "-"), "standard output takes one run, not 2; name a folder with --out"),
    ],
)
def test_what_cannot_be_made_is_said_before_anything_is(
    sockmatrix: Sockmatrix, bad: str, saved: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert sockmatrix("report", *arguments) == (2, "", f"sockmatrix: {message}\n")


def test_what_is_no_run_makes_no_report(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    found = "no run here (run.json: No such file or directory)"
    advice = "a run is the folder that 'sockmatrix run' names at its end"
    assert sockmatrix("report", "nothing", "-f", "md") == (2, "", f"sockmatrix: nothing: {found}; {advice}\n")
    assert not (tmp_path / "sockmatrix-report").exists()


def test_where_nothing_can_be_written_it_is_said(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = sockmatrix("report", "-f", "md", "-o", "file/below")
    assert ended == (3, "", "sockmatrix: file/below/report.md: cannot be written: Not a directory\n")


def test_every_format_has_a_file_of_its_own_and_a_maker(saved: Path) -> None:
    assert len({each.file for each in FORMATS.values()}) == len(FORMATS)
    assert all(name in FORMATS for names in GROUPS.values() for name in names)
    assert all(callable(maker_of(name)) for name in FORMATS)


def test_the_page_is_made_by_the_room_of_pages() -> None:
    from harness.reports.material import material_of

    material: Material = material_of(small_run())
    assert b"<html" in maker_of("html")(material)


DOCS = Path(__file__).parents[2] / "docs" / "reports.md"


@pytest.fixture
def page_of_docs() -> str:
    if not DOCS.is_file():
        pytest.skip("an installed package has no docs")
    return DOCS.read_text("utf-8")


def test_the_docs_name_every_format_and_its_file(page_of_docs: str) -> None:
    rows = [line for line in page_of_docs.splitlines() if line.startswith("| `")]
    for name, each in FORMATS.items():
        assert any(f"`{name}`" in row and each.file in row for row in rows), name


def test_every_command_of_the_docs_can_be_given(page_of_docs: str) -> None:
    lines = re.findall(r"(?<!<!-- )sockmatrix report .*", page_of_docs)
    assert len(lines) > 4
    for line in lines:
        words = shlex.split(line.split("`")[0].rstrip("'"), comments=True)[2:]
        context = report_command.command.make_context("report", words[: words.index(">>")] if ">>" in words else words)
        chosen(context.params["formats"] or ["html"])


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "html"])
def test_a_run_of_nothing_and_one_that_had_just_begun_break_no_format(name: str) -> None:
    from harness.reports.material import material_of

    for run in (run_of([], [], targets=()), run_of([], [PLAN], complete=False)):
        assert maker_of(name)(material_of(run))


@pytest.mark.parametrize("name", ["run.json", "results.jsonl", "scenarios.jsonl"])
def test_nothing_takes_the_place_of_evidence(sockmatrix: Sockmatrix, saved: Path, name: str) -> None:
    file = saved / name
    before = file.read_bytes()
    refusal = (2, "", f"sockmatrix: {file} is part of a run, which nothing replaces; name another file\n")
    assert sockmatrix("report", "--format", "json", "--out", str(file)) == refusal
    if name == "run.json":
        assert sockmatrix("compat", "--out", str(file)) == refusal
    assert file.read_bytes() == before
