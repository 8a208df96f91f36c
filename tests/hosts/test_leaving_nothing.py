"""However a run ends, its containers and networks go: at once, or with the next run."""

import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.hosts.engine import RUN_LABEL, sweep
from harness.images.engine import _address
from harness.runs.folder import read
from tests.engine.expected import unavailable
from tests.engine.playing import HEAD
from tests.hosts.looking import left, until

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = [pytest.mark.containers, pytest.mark.skipif(os.name != "posix", reason="sends signals")]

ROOT = Path(__file__).parents[2]
WAIT = "  - server: s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n  - server: s.bind((HOST, 0))\n"
QUICK = f"steps:\n{WAIT}  - server: s.close()\n  - client: socket.gethostname()\n"
SLOW = f"limit: 60\n{QUICK}".replace("s.close()", "s.settimeout(50)") + "  - server: s.recv(1)\n    raises: socket.timeout\n"


class Command:
    """A real `sockmatrix run` in a process of its own, on an image that nobody else uses."""

    def __init__(self, client: "APIClient", folder: Path, image: str, *arguments: str) -> None:
        self.client = client
        self.image = image
        self.folder = folder
        words = [sys.executable, "-m", "harness", "run", "--quiet", "--out", "one", "-j", "1", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.run = ""

    def wait(self) -> "Command":
        """Until the quick scenarios are on disk and the slow one is being played; the run's name is known then."""
        until(self._is_under_way)
        (self.run,) = self.names()
        return self

    def _is_under_way(self) -> bool:
        assert self.process.poll() is None, self.process.communicate()
        return self._results() >= 2 and bool(self.names())

    def _results(self) -> int:
        file = self.folder / "one" / "results.jsonl"
        return file.read_bytes().count(b"\n") if file.exists() else 0

    def names(self) -> set[str]:
        """Of the runs that have containers of the image at this moment."""
        found = self.client.containers(filters={"label": RUN_LABEL, "status": "running"})
        return {each["Labels"][RUN_LABEL] for each in found if self.image in each["Image"]}

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """Exit code and errors."""
        self.process.send_signal(how)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Exit code and errors."""
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors


@pytest.fixture
def own_image(engine: "APIClient", image: str) -> Iterator[str]:
    """A name of the image by which a run's containers can be told from those of others."""
    name = f"sockmatrix-test/{secrets.token_hex(4)}"
    engine.tag(image, name)
    yield name
    engine.remove_image(name)


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """Two quick scenarios and one that takes longer than anybody waits."""
    folder = tmp_path / "scenarios" / "area"
    folder.mkdir(parents=True)
    for name, text in (("one", QUICK), ("two", QUICK), ("zzz", SLOW)):
        (folder / f"{name}.yaml").write_text(HEAD + text, "utf-8")
    return folder.parent


StartRun = Callable[..., Command]


@pytest.fixture
def start(engine: "APIClient", own_image: str, scenarios: Path, tmp_path: Path) -> Iterator[StartRun]:
    """Begins a run, alone or as a pair; whatever becomes of the test, nothing of it is left running."""
    begun: list[Command] = []

    def begin(*arguments: str, pair: bool = False) -> Command:
        target = f"docker:{own_image}"
        who = ["--server", target, "--client", target] if pair else ["-t", target]
        begun.append(Command(engine, tmp_path, own_image, *(arguments or [str(scenarios), *who])))
        return begun[-1]

    yield begin
    for each in begun:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_removes_what_it_made_and_is_gone_on_with(
    engine: "APIClient", start: StartRun, scenarios: Path, how: signal.Signals, tmp_path: Path
) -> None:
    run = start().wait()
    code, errors = run.end(how)
    assert code == 130
    assert errors.endswith("sockmatrix: interrupted; what there is, is in one - go on with: sockmatrix run --resume --out one\n")
    assert left(engine, run.run) == []
    assert len(read(tmp_path / "one").results) == 2
    again = start("--resume").wait()
    assert again.end(how)[0] == 130
    assert left(engine, again.run) == []


def states(engine: "APIClient", run: str) -> set[str]:
    return {each["State"] for each in engine.containers(all=True, filters={"label": f"{RUN_LABEL}={run}"})}


@pytest.mark.parametrize("pair", [False, True])
def test_what_a_killed_run_has_left_ends_by_itself_and_goes_with_the_next(
    engine: "APIClient", start: StartRun, pair: bool, tmp_path: Path
) -> None:
    run = start(pair=pair).wait()
    run.end(signal.SIGKILL)
    # Another run of this machine may remove them before this test sees that they have ended.
    until(lambda: "running" not in states(engine, run.run))
    again = start("--resume").wait()
    assert left(engine, run.run) == []
    again.end(signal.SIGINT)
    assert left(engine, again.run) == []
    assert len(read(tmp_path / "one").results) == 2


def test_a_run_that_is_under_way_is_left_alone(engine: "APIClient", start: StartRun) -> None:
    run = start(pair=True).wait()
    before = left(engine, run.run)
    assert len(before) == 3
    removed = "\n".join(sweep(engine))
    assert run.run not in removed
    assert left(engine, run.run) == before
    run.end(signal.SIGINT)


def test_a_full_disk_of_the_controller_is_said_and_leaves_nothing(engine: "APIClient", start: StartRun, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "results.jsonl").symlink_to("/dev/full")
    run = start()
    seen: set[str] = set()

    def is_over() -> bool:
        seen.update(run.names())
        return run.process.poll() is not None

    until(is_over)
    code, errors = run.ended()
    assert code == 3
    assert errors == (
        "sockmatrix: one: cannot be written to: No space left on device; "
        "what was written is kept; make room or choose another folder with --out, then go on with --resume\n"
    )
    for name in seen:
        assert left(engine, name) == []


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def folder_of_nobody(scenarios: Path) -> Iterator[Path]:
    """A folder that another user can work in, with the scenarios."""
    folder = Path(tempfile.mkdtemp(prefix="smx-nobody-"))
    shutil.copytree(scenarios, folder / "scenarios")
    subprocess.run(["chmod", "-R", "a+rwX", str(folder)], check=True)
    yield folder
    shutil.rmtree(folder)


def test_nobody_may_not_use_the_engines_socket(image: str, folder_of_nobody: Path) -> None:
    path = str(_address()["base_url"]).partition("://")[2]
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        unavailable("setpriv", "only root can become nobody, and with setpriv")
    if not os.path.exists(path) or stat.S_IMODE(os.stat(path).st_mode) & stat.S_IWOTH:
        pytest.skip("everybody may use the engine here")
    home = str(folder_of_nobody)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": home, "XDG_CACHE_HOME": home, "COLUMNS": "500"}
    begin = [*NOBODY, sys.executable, "-m", "harness"]
    if subprocess.run([*begin, "--version"], env=environment, cwd=folder_of_nobody, capture_output=True, check=False).returncode:
        pytest.skip("nobody cannot read this Python")
    words = [*begin, "run", "scenarios", "-t", f"docker:{image}", "-q"]
    ended = subprocess.run(words, env=environment, cwd=folder_of_nobody, capture_output=True, text=True, check=False)
    assert ended.returncode == 3, ended.stderr
    assert f"no permission to use the container engine's socket {path}; " in ended.stdout
