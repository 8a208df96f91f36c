"""The installed command as people use it: interrupted in the middle, on a full disk, twice with the same outcome."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.runs.folder import canonical, read

pytestmark = pytest.mark.end_to_end

WAIT = """title: recv times out
about: For a test.
see: [posix:recv]
needs: [ipv4]
cases:
%s
steps:
  - client: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  - client: s.bind((HOST, 0))
  - client: s.settimeout(seconds)
  - client: s.recv(10)
    raises: socket.timeout
"""


def scenarios(folder: Path, count: int, seconds: float) -> Path:
    """A topic with so many cases, each waiting so long."""
    path = folder / "scenarios" / "area" / "waits.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(WAIT % "\n".join(f"  case{number}: {{seconds: {seconds}}}" for number in range(count)))
    return folder / "scenarios"


def command(folder: Path, *arguments: str, overlooks: "signal.Signals | None" = None) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "harness", "run", *arguments]
    before = None if overlooks is None else lambda: signal.signal(overlooks, signal.SIG_IGN)
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=before)


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


HOW = {
    "at the keyboard": (signal.SIGINT, None),
    "by another program": (signal.SIGTERM, None),
    "a job that a script has put in the background": (signal.SIGTERM, signal.SIGINT),
}


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize(("how", "overlooks"), HOW.values(), ids=HOW)
def test_an_interrupted_run_is_gone_on_with(tmp_path: Path, how: signal.Signals, overlooks: "signal.Signals | None") -> None:
    place = str(scenarios(tmp_path, 60, 0.1))
    process = command(tmp_path, place, "--target", "current", "--jobs", "1", "--out", "one", overlooks=overlooks)
    while lines_of(tmp_path / "one" / "results.jsonl") < 3:
        assert process.poll() is None, finish(process)
    process.send_signal(how)
    code, _, err = finish(process)
    assert code == 130
    assert err.endswith("sockmatrix: interrupted; what there is, is in one - go on with: sockmatrix run --resume --out one\n")
    assert "Traceback" not in err
    kept = read(tmp_path / "one")
    assert 3 <= len(kept.results) < 60
    assert not kept.complete
    code, out, _ = finish(command(tmp_path, "--resume", "--out", "one", "--jobs", "16", "--quiet"))
    assert code == 0, out
    whole = read(tmp_path / "one")
    assert whole.complete
    assert not whole.missing
    assert all(whole.results[key] == result for key, result in kept.results.items())
    assert finish(command(tmp_path, place, "--target", "current", "--out", "two", "--quiet"))[0] == 0
    assert canonical(read(tmp_path / "two")) == canonical(whole)


@pytest.mark.skipif(os.name != "posix", reason="sends SIGHUP")
def test_a_run_that_is_to_outlive_its_terminal_does(tmp_path: Path) -> None:
    place = str(scenarios(tmp_path, 20, 0.1))
    process = command(tmp_path, place, "--target", "current", "--jobs", "1", "--out", "one", overlooks=signal.SIGHUP)
    while lines_of(tmp_path / "one" / "results.jsonl") < 1:
        assert process.poll() is None, finish(process)
    process.send_signal(signal.SIGHUP)
    assert finish(process)[0] == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_said_and_ends_with_3(tmp_path: Path) -> None:
    place = str(scenarios(tmp_path, 2, 0.01))
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "results.jsonl").symlink_to("/dev/full")
    code, out, err = finish(command(tmp_path, place, "--target", "current", "--out", "one", "--quiet"))
    assert (code, out) == (3, "")
    assert err == (
        "sockmatrix: one: cannot be written to: No space left on device; "
        "what was written is kept; make room or choose another folder with --out, then go on with --resume\n"
    )


def test_without_a_home_or_a_cache_it_works_all_the_same(tmp_path: Path) -> None:
    place = str(scenarios(tmp_path, 2, 0.01))
    environment = {"PATH": os.environ.get("PATH", ""), "XDG_CACHE_HOME": "/dev/null/nowhere", "HOME": "/dev/null"}
    words = [sys.executable, "-m", "harness", "run", place, "--target", "current", "--out", "one", "--quiet"]
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
