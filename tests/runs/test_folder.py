"""The run folder: written as results come, read with every doubt said."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from harness.records.gate import HeldBaseline
from harness.records.observation import Trouble, Verdict
from harness.records.run import Result
from harness.runs import folder as module
from harness.runs.folder import ResumeError, RunFormatError, RunStorageError, RunWriter, canonical, header_bytes, read, write_header
from harness.runs.newest import newest
from tests.comparing.telling import facts
from tests.runs.making import header, passed, plan, whole_run


def test_a_whole_run_is_read_back(tmp_path: Path) -> None:
    plans = whole_run(tmp_path)
    run = read(tmp_path)
    assert run.complete
    assert not run.missing
    assert list(run.plans) == ["area/b", "area/a"]
    assert run.plans["area/a"] == plans[1]
    assert {key: result.verdict for key, result in run.results.items()} == {
        (s, t): "pass" for s in ("area/a", "area/b") for t in ("one", "two")
    }


def test_machines_that_were_lost_by_their_own_name_are_hosts(tmp_path: Path) -> None:
    whole_run(tmp_path)
    file = tmp_path / "run.json"
    head = json.loads(file.read_text())
    head["targets"][0] |= {"lost_machines": 2, "lost_hosts": 1}
    file.write_text(json.dumps(head))
    assert [each.lost_hosts for each in read(tmp_path).header.targets] == [3, 0]
    head["targets"][0]["lost_machines"] = "two"
    file.write_text(json.dumps(head))
    with pytest.raises(RunFormatError, match="the file was changed or damaged"):
        read(tmp_path)


def test_closing_puts_results_into_the_order_of_the_plan(tmp_path: Path) -> None:
    whole_run(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "results.jsonl").read_text().splitlines()]
    assert [(line["scenario"], line["target"]) for line in lines[:-1]] == [(s, t) for s in ("area/b", "area/a") for t in ("one", "two")]
    assert lines[-1]["footer"] == 4


@pytest.mark.parametrize("name", ['area/topic["quoted"]', "area/topic[back\\\\slash]", "area/topic[ä→\t]"])
def test_cells_of_any_name_are_put_into_order(tmp_path: Path, name: str) -> None:
    plans = [plan(name, 1), plan("area/other", 1)]
    writer = RunWriter.create(tmp_path / "run", header(plans, ("one", 'two "2"')), plans)
    for each in reversed(plans):
        for target in ('two "2"', "one"):
            writer.append(passed(each, target, 1))
    writer.close()
    cells = [(name, "one"), (name, 'two "2"'), ("area/other", "one"), ("area/other", 'two "2"')]
    assert list(read(tmp_path / "run").results) == cells


def test_a_header_that_is_written_again_is_the_same_to_the_byte(tmp_path: Path) -> None:
    plans = [plan()]
    known = header(plans, job='"targets": []')
    first = structs.replace(known.targets[0], grounds={"ipv6": (facts("3.8.1"), facts("2.7.18"))}, trouble="a line\nand another")
    second = structs.replace(first, lost_starts=1)
    writer = RunWriter.create(tmp_path / "run", known, plans)
    for targets in ((first, known.targets[1]), (second, known.targets[1]), (second, structs.replace(second, id="two"))):
        writer.introduce(targets)
        assert (tmp_path / "run" / "run.json").read_bytes() == header_bytes(structs.replace(known, targets=targets))
    writer.excuse("two", {"area/topic": "why"})
    writer.introduce(targets)
    assert (tmp_path / "run" / "run.json").read_bytes() == header_bytes(writer.header)
    assert b'"excused"' in header_bytes(writer.header)
    writer.abandon()


def test_results_are_on_disk_as_they_come(tmp_path: Path) -> None:
    of = plan()
    writer = RunWriter.create(tmp_path, header([of]), [of])
    writer.append(passed(of, "two", 1, 2))
    run = read(tmp_path)
    assert not run.complete
    assert list(run.results) == [("area/topic", "two")]
    assert run.missing == (("area/topic", "one"),)
    writer.abandon()


def test_a_torn_last_line_is_an_interruption(tmp_path: Path) -> None:
    of = plan()
    writer = RunWriter.create(tmp_path, header([of]), [of])
    writer.append(passed(of, "two", 1, 2))
    writer.abandon()
    results = tmp_path / "results.jsonl"
    results.write_bytes(results.read_bytes() + b'{"scenario": "area/to')
    assert list(read(tmp_path).results) == [("area/topic", "two")]
    again = RunWriter.resume(tmp_path, {of.id: of.digest}, ["one", "two"], 1)
    assert again.done == {("area/topic", "two")}
    again.append(passed(of, "one", 1, 2))
    again.close()
    assert read(tmp_path).complete


@pytest.mark.parametrize(
    ("verdict", "trouble"),
    [("error", Trouble("error", "lost")), ("unsupported", Trouble("unsupported", "needs an image", mendable=True))],
)
def test_what_says_nothing_of_its_target_is_played_again(tmp_path: Path, verdict: Verdict, trouble: Trouble) -> None:
    of = plan()
    writer = RunWriter.create(tmp_path, header([of]), [of])
    writer.append(passed(of, "one", 1, 2))
    writer.append(Result(of.id, "two", verdict, (), reason=trouble.detail, trouble=trouble))
    writer.close()
    assert read(tmp_path).complete
    again = RunWriter.resume(tmp_path, {of.id: of.digest}, ["one", "two"], 1)
    assert again.done == {("area/topic", "one")}
    assert not read(tmp_path).complete
    again.append(passed(of, "two", 1, 2))
    again.close()
    assert [result.verdict for result in read(tmp_path).results.values()] == ["pass", "pass"]
    superseded = (tmp_path / "superseded.jsonl").read_text().splitlines()
    assert [line[:40] for line in superseded] == [
        '{"scenario":"area/topic","target":"two",',
        '{"footer":2,"finished":"' + superseded[1][24:40],
    ]


@pytest.mark.parametrize(
    ("scenarios", "targets", "protocol", "message"),
    [
        ({"area/topic": "another"}, ["one", "two"], 1, "the run was of something else: 1 scenario(s) differ (area/topic); start a new one"),
        (None, [], 1, "the run was of something else: targets differ (one, two); start a new one"),
        (None, ["one", "two"], 2, "the run was of something else: agent protocol 1, now 2; start a new one"),
    ],
)
def test_only_the_same_run_is_gone_on_with(
    tmp_path: Path, scenarios: dict[str, str] | None, targets: list[str], protocol: int, message: str
) -> None:
    of = plan()
    RunWriter.create(tmp_path, header([of]), [of]).abandon()
    with pytest.raises(ResumeError) as caught:
        RunWriter.resume(tmp_path, scenarios or {of.id: of.digest}, targets, protocol)
    assert str(caught.value) == f"{tmp_path}: {message}"


def test_what_a_baseline_said_of_a_part_is_gone_when_the_run_goes_on(tmp_path: Path) -> None:
    of = plan()
    writer = RunWriter.create(tmp_path, header([of]), [of])
    writer.append(passed(of, "one", 1, 2))
    writer.abandon()
    held = HeldBaseline("baseline.json", changes=2)
    write_header(tmp_path, msgspec.structs.replace(read(tmp_path).header, baseline=held))
    assert read(tmp_path).header.baseline == held
    again = RunWriter.resume(tmp_path, {of.id: of.digest}, ["one", "two"], 1)
    again.introduce(again.header.targets)
    again.abandon()
    assert read(tmp_path).header.baseline is None


def test_two_processes_do_not_write_to_one_run(tmp_path: Path) -> None:
    of = plan()
    writer = RunWriter.create(tmp_path, header([of]), [of])
    with pytest.raises(ResumeError, match="another process is writing to this run; wait for it to end"):
        RunWriter.resume(tmp_path, {of.id: of.digest}, ["one", "two"], 1)
    writer.abandon()
    RunWriter.resume(tmp_path, {of.id: of.digest}, ["one", "two"], 1).abandon()


def damage(folder: Path, name: str, data: bytes) -> str:
    """Read a whole run after one of its files was replaced; the message of the refusal."""
    if not folder.joinpath("run.json").exists():
        whole_run(folder)
    (folder / name).write_bytes(data)
    with pytest.raises(RunFormatError) as caught:
        read(folder)
    return str(caught.value).replace(str(folder), "RUN")


class TestDamage:
    def test_no_run_at_all(self, tmp_path: Path) -> None:
        with pytest.raises(
            RunFormatError, match=r"no run here \(run.json: No such file or directory\); a run is the folder that 'sockmatrix run' names"
        ):
            read(tmp_path)

    def test_a_newer_version(self, tmp_path: Path) -> None:
        assert damage(tmp_path, "run.json", b'{"run": 99, "strange": 1}') == (
            "RUN/run.json: the run has format 99, this sockmatrix reads 1; read it with the version that made it, or a newer one"
        )

    @pytest.mark.parametrize("data", [b"", b"\x00\xff\xfe", b"[]", b"{"])
    def test_a_header_that_is_none(self, tmp_path: Path, data: bytes) -> None:
        assert damage(tmp_path, "run.json", data).startswith("RUN/run.json: not the header of a run (")

    def test_lost_scenarios(self, tmp_path: Path) -> None:
        assert (
            damage(tmp_path, "scenarios.jsonl", b"") == "RUN/scenarios.jsonl: 2 scenario(s) are missing (area/b, …); the file was cut short"
        )

    def test_rubbish_between_results(self, tmp_path: Path) -> None:
        whole_run(tmp_path)
        lines = (tmp_path / "results.jsonl").read_bytes().split(b"\n")
        lines[1] = b"rubbish"
        assert damage(tmp_path, "results.jsonl", b"\n".join(lines)).startswith("RUN/results.jsonl:2: JSON is malformed")

    def test_lost_lines_under_a_footer(self, tmp_path: Path) -> None:
        whole_run(tmp_path)
        lines = (tmp_path / "results.jsonl").read_bytes().split(b"\n")
        assert damage(tmp_path, "results.jsonl", b"\n".join(lines[1:])) == (
            "RUN/results.jsonl: the footer counts 4 results, there are 3; lines were lost or added"
        )

    def test_a_footer_that_is_none(self, tmp_path: Path) -> None:
        assert damage(tmp_path, "results.jsonl", b'{"footer": "x"}\n') == (
            "RUN/results.jsonl:1: Expected `int`, got `str` - at `$.footer`; the file was changed or damaged"
        )

    @pytest.mark.parametrize("data", [b'{"scenario":"ar', b'{"scenario":"ar\n', b"rubbish\nrubbish\n"])
    def test_something_behind_the_footer(self, tmp_path: Path, data: bytes) -> None:
        whole_run(tmp_path)
        before = (tmp_path / "results.jsonl").read_bytes()
        assert damage(tmp_path, "results.jsonl", before + data) == (
            "RUN/results.jsonl:6: something is behind the end of the results; the file was changed or damaged"
        )

    def test_a_cell_that_is_there_twice(self, tmp_path: Path) -> None:
        of = plan()
        writer = RunWriter.create(tmp_path, header([of]), [of])
        writer.append(passed(of, "two", 1, 2))
        writer.append(passed(of, "two", 1, 2))
        writer.abandon()
        with pytest.raises(RunFormatError, match="is there twice; the folder mixes two runs"):
            read(tmp_path)

    def test_a_cell_of_another_run(self, tmp_path: Path) -> None:
        of = plan()
        writer = RunWriter.create(tmp_path, header([of]), [of])
        writer.append(passed(of, "three", 1, 2))
        writer.abandon()
        with pytest.raises(RunFormatError, match="is not of this run; the folder mixes two runs"):
            read(tmp_path)


class TestStorage:
    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
    def test_a_full_disk_keeps_what_was_written(self, tmp_path: Path) -> None:
        of = plan()
        writer = RunWriter.create(tmp_path, header([of]), [of])
        writer.append(passed(of, "two", 1, 2))
        written = (tmp_path / "results.jsonl").read_bytes()

        writer._file.close()
        writer._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115 - the writer closes it
        with pytest.raises(RunStorageError, match="cannot be written to: No space left on device; what was written is kept; make room"):
            writer.append(passed(of, "one", 1, 2))
        writer.abandon()
        assert (tmp_path / "results.jsonl").read_bytes() == written
        assert list(read(tmp_path).results) == [("area/topic", "two")]

    def test_a_line_that_was_cut_short_is_taken_back(self, tmp_path: Path) -> None:
        of = plan()
        writer = RunWriter.create(tmp_path, header([of]), [of])

        class Full:
            """Takes a part of the first line, then refuses once."""

            def __init__(self, file: Any) -> None:
                self.file = file
                self.writes = 0

            def __getattr__(self, name: str) -> Any:
                return getattr(self.file, name)

            def write(self, data: memoryview) -> int:
                self.writes += 1
                if self.writes == 2:
                    raise OSError(28, "No space left on device")
                return int(self.file.write(data[:5] if self.writes == 1 else data))

        writer._file = Full(writer._file)  # type: ignore[assignment]
        with pytest.raises(RunStorageError):
            writer.append(passed(of, "one", 1, 2))
        writer.append(passed(of, "two", 1, 2))
        writer.abandon()
        assert list(read(tmp_path).results) == [("area/topic", "two")]

    def test_a_short_write_is_completed(self, tmp_path: Path) -> None:
        class Slow:
            def __init__(self) -> None:
                self.data = b""

            def write(self, data: memoryview) -> int:
                self.data += bytes(data[:3])
                return min(3, len(data))

        slow = Slow()
        module._write_all(slow, b"0123456789")  # type: ignore[arg-type]
        assert slow.data == b"0123456789"

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        of = plan()
        with pytest.raises(RunStorageError, match="cannot be written to: Not a directory"):
            RunWriter.create(tmp_path / "file" / "run", header([of]), [of])

    def test_a_run_is_not_written_over(self, tmp_path: Path) -> None:
        whole_run(tmp_path)
        with pytest.raises(ResumeError, match="there is a run in it already"):
            whole_run(tmp_path)


def test_canonical_form_leaves_out_times(tmp_path: Path) -> None:
    whole_run(tmp_path / "a")
    whole_run(tmp_path / "b")
    assert canonical(read(tmp_path / "a")) == canonical(read(tmp_path / "b"))


def test_canonical_form_is_in_the_order_of_the_plan(tmp_path: Path) -> None:
    whole_run(tmp_path)
    lines = [json.loads(line) for line in canonical(read(tmp_path)).splitlines()]
    assert [(line["scenario"], line["target"]) for line in lines] == [(s, t) for s in ("area/b", "area/a") for t in ("one", "two")]
    assert all(line["volatile"] == {} for line in lines)


def test_the_newest_run_goes_by_name(tmp_path: Path) -> None:
    assert newest(tmp_path / "nothing") is None
    for name in ("2026-01-02", "2026-01-10", "2026-01-09"):
        whole_run(tmp_path / name)
    (tmp_path / "2027-no-run").mkdir()
    assert newest(tmp_path) == tmp_path / "2026-01-10"
