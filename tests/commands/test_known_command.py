"""Known failures and gates from the command line: drafted, filled in, applied; and every mistake told before anything is played."""

import json
from pathlib import Path

import pytest
from msgspec import structs

from harness.runs.folder import Run
from tests.commands.conftest import Sockmatrix, save, write_scenario
from tests.reports.making import GREETING, NEW, OLD, OTHER, REFUSED, greeted_on, plan_of, refused_on, run_of

PLANS = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]

DRAFT = """# pypy-3.9.16: fail: conn.send(utf8("网络")): expected 6, observed 3
[[known]]
scenario = "tcp/greeting"
when = 'implementation == "pypy"'
kind = "xfail"
step = 8
reason = ""
see = ""
"""

WRONG = """title: A value that is never so
about: To have something red.
see: [seed:0.2]
steps:
  - client: len(fill(1))
    returns: 2
"""

RIGHT = WRONG.replace("returns: 2", "returns: 1")


def failing(**options: object) -> Run:
    """PyPy fails to greet."""
    greeted = [greeted_on(OLD), greeted_on(NEW), greeted_on(OTHER, 3)]
    made = run_of([*greeted, *(refused_on(each) for each in (OLD, NEW, OTHER))], PLANS)
    return Run(made.folder, structs.replace(made.header, options=options), made.plans, made.results, made.footer)


@pytest.fixture
def red(tmp_path: Path) -> str:
    save(failing(), tmp_path / "red")
    return "red"


def entry(scenario: str = "mine/wrong", kind: str = "xfail", **more: str) -> str:
    fields = {"scenario": f'"{scenario}"', "when": '"python >= 3"', "kind": f'"{kind}"', "reason": '"so"', "see": '"https://example.org/1"'}
    return "[[known]]\n" + "".join(f"{key} = {value}\n" for key, value in {**fields, **more}.items())


def filled(text: str) -> str:
    return text.replace('reason = ""', 'reason = "told upstream"').replace('see = ""', 'see = "https://example.org/1"')


class TestDrafting:
    def test_entries_are_printed(self, sockmatrix: Sockmatrix, red: str) -> None:
        assert sockmatrix("known", "--from", red) == (0, DRAFT, "sockmatrix: 1 entry; fill in reason and see\n")

    def test_they_are_added_to_a_file_in_which_nothing_else_changes(self, sockmatrix: Sockmatrix, red: str, tmp_path: Path) -> None:
        before = '# of ours\ntargets = ["current"]   # kept'
        (tmp_path / "sockmatrix.toml").write_text(before)
        ended = sockmatrix("known", "--from", red, "--out", "sockmatrix.toml")
        assert ended == (0, "", "sockmatrix: 1 entry added to sockmatrix.toml; fill in reason and see\n")
        assert (tmp_path / "sockmatrix.toml").read_text() == f"{before}\n\n{DRAFT}"

    def test_one_that_is_not_filled_in_is_refused_by_all_who_need_it(self, sockmatrix: Sockmatrix, red: str, tmp_path: Path) -> None:
        (tmp_path / "sockmatrix.toml").write_text(DRAFT)
        said = "sockmatrix: sockmatrix.toml:7: 'reason' is empty; say why it departs, for whoever reads it later\n"
        for words in (["known"], ["known", "--from", red], ["judge", red, "--known", "sockmatrix.toml"], ["run", "-t", "current"]):
            assert sockmatrix(*words) == (2, "", said)

    def test_what_is_known_is_not_added_again(self, sockmatrix: Sockmatrix, red: str, tmp_path: Path) -> None:
        (tmp_path / "sockmatrix.toml").write_text(filled(DRAFT))
        ended = sockmatrix("known", "--from", red, "--out", "sockmatrix.toml")
        assert ended == (0, "", "sockmatrix: nothing is red that could be known and is not\n")
        assert (tmp_path / "sockmatrix.toml").read_text() == filled(DRAFT)

    def test_a_pyproject_gets_our_table(self, sockmatrix: Sockmatrix, red: str, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        assert sockmatrix("known", "--from", red, "--out", "pyproject.toml").code == 0
        assert (tmp_path / "pyproject.toml").read_text().endswith(DRAFT.replace("[[known]]", "[[tool.sockmatrix.known]]"))

    def test_settings_stay_in_one_file(self, sockmatrix: Sockmatrix, red: str, tmp_path: Path) -> None:
        (tmp_path / "pyproject.toml").write_text("[tool.sockmatrix]\ntargets = []\n")
        said = "sockmatrix: the settings are in pyproject.toml; add the entries there: --out pyproject.toml\n"
        assert sockmatrix("known", "--from", red, "--out", "sockmatrix.toml") == (2, "", said)
        assert sockmatrix("known", "--from", red, "--out", "elsewhere.toml").code == 0

    def test_a_list_in_one_line_cannot_be_added_to(self, sockmatrix: Sockmatrix, red: str, tmp_path: Path) -> None:
        (tmp_path / "known.toml").write_text("known = []\n")
        ended = sockmatrix("known", "--from", red, "--out", "known.toml")
        assert ended.code == 2
        assert ended.err.endswith("; write those that are there as tables: [[known]]\n")
        assert (tmp_path / "known.toml").read_text() == "known = []\n"

    def test_nothing_of_a_run_is_replaced(self, sockmatrix: Sockmatrix, red: str) -> None:
        ended = sockmatrix("known", "--from", red, "--out", "red/results.jsonl")
        assert ended.code == 2

    def test_as_json(self, sockmatrix: Sockmatrix, red: str) -> None:
        (only,) = json.loads(sockmatrix("known", "--from", red, "--json").out)
        assert (only["scenario"], only["when"], only["kind"], only["reason"], only["see"]) == (
            "tcp/greeting", 'implementation == "pypy"', "xfail", "", "",
        )  # fmt: skip

    def test_a_file_without_a_run_is_a_mistake(self, sockmatrix: Sockmatrix) -> None:
        assert sockmatrix("known", "--out", "x.toml") == (2, "", "sockmatrix: --out goes with --from RUN\n")


class TestListing:
    def test_entries_of_the_settings(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        (tmp_path / "sockmatrix.toml").write_text(entry(kind="flaky", rate="0.2"))
        assert sockmatrix("known").out == (
            "mine/wrong  python >= 3  flaky, at most 0.2 of plays  sockmatrix.toml:1\n    because so  (https://example.org/1)\n"
        )

    def test_none(self, sockmatrix: Sockmatrix) -> None:
        assert sockmatrix("known").out == "nothing is known; draft entries from a run: sockmatrix known --from RUN\n"
        assert json.loads(sockmatrix("known", "--json").out) == []


class TestGates:
    def test_a_saved_run_is_judged_by_a_file(self, sockmatrix: Sockmatrix, red: str, tmp_path: Path) -> None:
        (tmp_path / "known.toml").write_text(filled(DRAFT))
        assert sockmatrix("judge", red).code == 1
        ended = sockmatrix("judge", red, "--known", "known.toml")
        assert (ended.code, ended.out.splitlines()[-1]) == (0, "exit 0: as expected")
        data = json.loads(sockmatrix("judge", red, "--known", "known.toml", "--json").out)
        assert (data["verdicts"]["fail"], data["gate"]["expected"], data["gate"]["known"][0]["state"]) == (1, 1, "used")

    def test_a_file_that_is_not_there(self, sockmatrix: Sockmatrix, red: str) -> None:
        said = "sockmatrix: no.toml: there is no such file; make one: sockmatrix known --from RUN --out no.toml\n"
        assert sockmatrix("judge", red, "--known", "no.toml") == (2, "", said)

    def test_what_a_run_fails_on_can_be_chosen_wherever_it_is_shown(self, sockmatrix: Sockmatrix, red: str) -> None:
        assert sockmatrix("summary", red).code == 1
        ended = sockmatrix("summary", red, "--fail-on", "crash")
        assert ended.code == 0
        assert "✓ 1 fail in 6 cells, not failing on: fail (1 cell)  exit 0\n" in ended.out
        assert sockmatrix("judge", red, "--fail-on", "crash").code == 0
        assert sockmatrix("report", red, "--format", "junit", "--exit-code", "--fail-on", "crash").code == 0
        assert sockmatrix("report", red, "--format", "junit", "--exit-code").code == 1

    def test_a_difference_from_a_baseline_needs_one(self, sockmatrix: Sockmatrix, red: str) -> None:
        said = "sockmatrix: --fail-on new-difference goes with --baseline: sockmatrix run --baseline FILE\n"
        for words in ("new-difference", "fail,new-difference", "fail, new-difference", " new-difference ,fail"):
            assert sockmatrix("judge", red, "--fail-on", words) == (2, "", said)
        assert sockmatrix("judge", red, "--fail-on", "all").code == 1

    def test_a_run_remembers_what_it_was_to_fail_on(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        save(failing(fail_on="crash"), tmp_path / "lenient")
        assert sockmatrix("summary", "lenient").code == 0
        assert sockmatrix("summary", "lenient", "--fail-on", "default").code == 1

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["run", "--fail-on", "faill"], "--fail-on: there is no 'faill'; did you mean 'fail'?"),
            (["summary", "--fail-on", "new-difference"], "--fail-on new-difference goes with --baseline: sockmatrix run --baseline FILE"),
            (["run", "--fail-on", "new-difference"], "--fail-on new-difference goes with --baseline: sockmatrix run --baseline FILE"),
            (["judge", "--fail-on", ""], "--fail-on names nothing; there are"),
            (
                ["run", "--repeat", "2", "--retry-unexpected", "2"],
                "--retry-unexpected goes without --repeat, which plays every cell several times already",
            ),
        ],
    )
    def test_mistakes(self, sockmatrix: Sockmatrix, words: list[str], said: str) -> None:
        ended = sockmatrix(*words)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"sockmatrix: {said}")


@pytest.mark.end_to_end
class TestPlaying:
    def played(self, sockmatrix: Sockmatrix, folder: Path, known: str, *words: str) -> tuple[int, str]:
        write_scenario(folder, "mine/wrong", WRONG)
        write_scenario(folder, "mine/right", RIGHT)
        (folder / "sockmatrix.toml").write_text(known)
        ended = sockmatrix("run", "scenarios", "-t", "current", "-q", *words)
        return ended.code, ended.out

    def test_a_known_failure_does_not_fail(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        code, out = self.played(sockmatrix, tmp_path, entry())
        assert code == 0
        assert "✓ as expected in 2 cells, 1 of them known to depart  exit 0\n" in out

    def test_one_that_passes_does(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        code, out = self.played(sockmatrix, tmp_path, entry() + entry("mine/right"))
        assert code == 1
        assert "✗ 1 stale known failure in 2 cells, 1 of them known to depart  exit 1" in out

    def test_what_is_skipped_is_not_played(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        code, out = self.played(sockmatrix, tmp_path, entry(kind="skip"))
        assert code == 0
        assert "Known  1 cell not played\n" in out
        assert "✓ as expected in 1 cell  exit 0\n" in out

    def test_what_is_red_is_played_again(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        code, out = self.played(sockmatrix, tmp_path, "", "--retry-unexpected", "2")
        assert code == 1
        assert "Retried  1 cell: 0 flaky, 1 red every time\n  mine/wrong  cpython-" in out

    def test_an_entry_for_no_scenario_of_the_library_is_a_mistake(
        self, sockmatrix: Sockmatrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("harness.commands.reading.library_folder", lambda: write_scenario(tmp_path, "mine/wrong", WRONG).parents[1])
        (tmp_path / "sockmatrix.toml").write_text(entry("mine/wrnog"))
        said = "sockmatrix: sockmatrix.toml:1: no scenario 'mine/wrnog'; did you mean 'mine/wrong'?\n"
        assert sockmatrix("run", "-t", "current") == (2, "", said)

    def test_an_entry_for_a_scenario_of_ones_own_does_not_keep_the_library_from_being_played(
        self, sockmatrix: Sockmatrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        library = write_scenario(tmp_path / "library", "tcp/right", RIGHT).parents[1]
        monkeypatch.setattr("harness.commands.reading.library_folder", lambda: library)
        write_scenario(tmp_path, "mine/wrong", WRONG)
        settings = entry() + '[ci]\nscenarios = ["scenarios"]\n'
        (tmp_path / "sockmatrix.toml").write_text(settings)
        ended = sockmatrix("run", "-t", "current", "-q")
        assert (ended.code, ended.err) == (0, "")
        assert "✓ as expected in 1 cell  exit 0\n" in ended.out
        (tmp_path / "sockmatrix.toml").write_text(settings.replace("mine/wrong", "mine/wrnog"))
        said = "sockmatrix: sockmatrix.toml:1: no scenario 'mine/wrnog'; did you mean 'mine/wrong'?\n"
        assert sockmatrix("run", "-t", "current") == (2, "", said)

    def test_a_difference_can_be_overlooked(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        self.played(sockmatrix, tmp_path, "", "--out", "one", "--fail-on", "none")
        assert sockmatrix("baseline", "accept", "b.json", "one").code == 0
        text = (tmp_path / "b.json").read_text()
        (tmp_path / "b.json").write_text(text.replace('"fail"', '"hang"'))
        words = ["run", "scenarios", "-t", "current", "-q", "--baseline", "b.json", "--fail-on"]
        overlooking = sockmatrix(*words, "crash")
        assert overlooking.code == 0
        last = "exit 0: as expected, not failing on: fail (1 cell), new-difference (1 change)"
        assert " ".join(overlooking.out.split()).endswith(last)
        assert sockmatrix(*words, "new-difference").code == 1
        assert sockmatrix(*words, "none").code == 0

    def test_what_no_shard_could_say_the_merged_run_says(self, sockmatrix: Sockmatrix, tmp_path: Path) -> None:
        known = entry() + entry("mine/nothing") + entry("mine/right", kind="skip")
        codes = [self.played(sockmatrix, tmp_path, known, "--shard", f"{shard}/2", "--out", f"part-{shard}")[0] for shard in (1, 2)]
        assert sorted(codes) == [0, 3]  # one of them has nothing but what is skipped
        ended = sockmatrix("merge", "part-1", "part-2", "--out", "merged")
        assert ended.code == 1
        assert " ○ unused  mine/nothing  python >= 3  sockmatrix.toml:7\n     no scenario of the run is meant\n" in ended.out
        assert " · skip  mine/right  python >= 3  sockmatrix.toml:13\n     1 cell not played\n" in ended.out
        assert "✗ 1 unused known failure in 1 cell, 1 of them known to depart" in ended.out
        assert sockmatrix("merge", "part-1", "part-2", "--out", "again", "--fail-on", "!known-unused").code == 0
