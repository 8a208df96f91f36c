"""`sockmatrix compat`: from saved runs to tables, data, pages, a picture, and the check of a set."""

import json
from pathlib import Path

import jsonschema
import pytest

from harness.reports.schemas import schema
from tests.commands.conftest import Sockmatrix, save
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, greeted_on, plan_of, refused_on, run_of

ERROR = "socket.socket.connect: ECONNREFUSED"


@pytest.fixture
def written(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set of the small run, and a library that has its scenario alone."""
    from harness.commands import compat_command
    from harness.language.library import load

    file = tmp_path / "scenarios" / "connect" / "refused.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(REFUSED, "utf-8")
    monkeypatch.setattr(compat_command, "load_library", lambda paths: load([Path("scenarios")]))
    assert sockmatrix("compat", "--write", "reports") == (0, "", "")
    return Path("reports") / "compat.json"


def test_without_a_run_the_newest_is_read(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("compat")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("Compatibility  ")
    assert " socket.socket.connect: ECONNREFUSED  cpython-linux, pypy-linux yes · 1 note\n" in ended.out


@pytest.mark.parametrize("name", [ERROR, "connect: ECONNREFUSED", "*: ECONNREFUSED", "socket.socket.connect: *"])
def test_a_feature_by_its_name_its_last_part_or_a_pattern(name: str, sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("compat", "--feature", name)
    assert ended.code == 0
    assert ended.out.startswith(f"{ERROR}  error\n")


def test_several_features_are_a_table(sockmatrix: Sockmatrix, saved: Path) -> None:
    ended = sockmatrix("compat", "--feature", "create_server", "--feature", "send_fds")
    assert " socket.create_server  cpython-linux, pypy-linux no\n socket.send_fds       cpython-linux, pypy-linux no\n" in ended.out


def test_a_feature_that_is_none_brings_the_nearest(sockmatrix: Sockmatrix, saved: Path) -> None:
    assert sockmatrix("compat", "--feature", "create_sever") == (
        2, "", "sockmatrix: no feature 'create_sever'; did you mean 'create_server'?\n",
    )  # fmt: skip
    assert sockmatrix("compat", "--feature", "?") == (2, "", "sockmatrix: no feature '?'; sockmatrix compat --all lists them\n")


def test_the_data_fit_their_schema_and_are_what_is_written(sockmatrix: Sockmatrix, saved: Path) -> None:
    printed = sockmatrix("compat", "--json").out
    jsonschema.Draft202012Validator(schema("compat")).validate(json.loads(printed))
    assert sockmatrix("compat", "--out", "it.json").code == 0
    assert Path("it.json").read_text("utf-8") == printed


def test_a_data_set_can_be_read_instead_of_runs(sockmatrix: Sockmatrix, written: Path) -> None:
    assert sockmatrix("compat", str(written), "--json").out == written.read_text("utf-8")
    ended = sockmatrix("compat", str(written), "sockmatrix-runs")
    assert ended == (2, "", "sockmatrix: reports/compat.json: a data set stands alone; name it, or runs\n")


def test_a_page_and_a_picture_of_some_features(sockmatrix: Sockmatrix, saved: Path) -> None:
    for file, begin in (("it.md", "# Compatibility"), ("it.svg", "<svg ")):
        assert sockmatrix("compat", "--feature", "connect", "--out", file) == (0, "", "")
        assert Path(file).read_text("utf-8").startswith(begin)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--out", "it.html"], "it.html: no format for '.html'; name it .json, .md or .svg"),
        (["--out", "it.md", "--json"], "--json, --out and --write are one or the other"),
        (
            ["--feature", "recv", "--out", "it.json"],
            "--feature is for the terminal, and for --out FILE.md or FILE.svg; the data set is always whole",
        ),
        (["--check", "it.json", "--json"], "--check goes with runs alone"),
    ],
)
def test_what_does_not_go_together(arguments: list[str], problem: str, sockmatrix: Sockmatrix, saved: Path) -> None:
    assert sockmatrix("compat", *arguments) == (2, "", f"sockmatrix: {problem}\n")


def test_what_is_no_data_set_is_refused(sockmatrix: Sockmatrix, tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text("{}", "utf-8")
    problem = "no compatibility data (it has no format version); data are written with: sockmatrix compat RUN --out FILE.json"
    for arguments in (["it.json"], ["--check", "it.json"]):
        assert sockmatrix("compat", *arguments) == (2, "", f"sockmatrix: it.json: {problem}\n")


def test_a_folder_that_cannot_be_written_is_told(sockmatrix: Sockmatrix, saved: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "compat.json").mkdir()
    assert sockmatrix("compat", "--write", "taken") == (3, "", "sockmatrix: taken/compat.json: cannot be written: Is a directory\n")


def test_a_set_is_up_to_date_with_the_run_it_was_made_from(sockmatrix: Sockmatrix, written: Path, saved: Path) -> None:
    assert sockmatrix("compat", "--check", str(written), str(saved)) == (
        0, f"{saved}: 3 targets and 1 scenario compared\n{written} is up to date\n", "",
    )  # fmt: skip
    assert sockmatrix("compat", "--check", str(written)) == (0, f"{written} is up to date\n", "")


def test_a_run_that_shows_otherwise_makes_it_out_of_date(sockmatrix: Sockmatrix, written: Path, tmp_path: Path) -> None:
    results = [refused_on(OLD, kind="ConnectionRefusedError"), refused_on(NEW), refused_on(OTHER)]
    save(run_of(results, [plan_of(REFUSED, "connect/refused")]), tmp_path / "new")
    assert sockmatrix("compat", "--check", str(written), "new") == (
        1,
        (
            "new: 3 targets and 1 scenario compared\n"
            "connect/refused, line 7: a recorded difference is gone: s.connect((HOST, unused_port()))\n"
            "reports/compat.json is out of date in 1 point; make it again: tox run -e compat\n"
        ),
        "",
    )


def test_pages_that_somebody_edited_and_scenarios_it_does_not_know_make_it_out_of_date(
    sockmatrix: Sockmatrix, written: Path, tmp_path: Path
) -> None:
    (tmp_path / "reports" / "errors.md").write_text("mine", "utf-8")
    (tmp_path / "scenarios" / "connect" / "again.yaml").write_text(REFUSED, "utf-8")
    assert sockmatrix("compat", "--check", str(written)) == (
        1,
        (
            "scenario connect/again has not been played\n"
            "reports/errors.md is not what the data say\n"
            "reports/compat.json is out of date in 2 points; make it again: tox run -e compat\n"
        ),
        "",
    )


def test_a_run_with_nothing_in_common_is_no_check(sockmatrix: Sockmatrix, written: Path, tmp_path: Path) -> None:
    save(run_of([greeted_on(NEW)], [plan_of(GREETING, "tcp/greeting")], complete=False), tmp_path / "other")
    ended = sockmatrix("compat", "--check", str(written), "other")
    assert ended.code == 3
    assert ended.out.endswith("reports/compat.json: a run has nothing in common with it, so that nothing of that was checked\n")
