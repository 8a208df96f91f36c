"""One session of pytest with scenarios in it: who plays, what is collected, where results go. The hooks only pass things on.

In a worker of xdist it plays; in xdist's controller it decides who plays and keeps the run; in any other process it does both.
"""

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pytest
from msgspec import Struct

from harness import __version__
from harness.engine.order import Cast
from harness.gates.codes import HARNESS
from harness.plugin import marking, nothing, parallel, recording
from harness.plugin.collecting import Library, ScenarioFile, ScenarioItem
from harness.plugin.outcomes import is_flaky
from harness.plugin.recording import Planned, Recorder, Setting
from harness.plugin.rules import SUFFIXES, Rules, rules
from harness.plugin.shelf import Shelf
from harness.plugin.stage import Stage
from harness.plugin.summary import print_run
from harness.records.known import Known
from harness.runs.folder import HEADER, RunError, other_file, write_atomically
from harness.runs.safe import safe

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from harness.records.plan import Plan
    from harness.records.run import Result

T = TypeVar("T")

AHEAD = 96
"""Items after the present one that may be begun before their turn; how many of them are in flight on a target is limited anyway."""
COLLECTED = "collected.msgpack"
RUNS = "sockmatrix-runs"
PLANNED = "planned.msgpack"
RESULT, TARGET, WORDS = "sockmatrix_result", "sockmatrix_target", "sockmatrix_words"
"""What a report of pytest carries besides its own."""


class Settings(Struct, frozen=True):
    """What one process finds out for all."""

    casts: tuple[Cast, ...]
    skipped: dict[str, str]
    known: tuple[Known, ...]


class Told(Struct, frozen=True):
    """What a worker is told by the controller."""

    settings: Settings
    run: str
    exchange: str
    """A folder in which the first worker puts what it has collected, and what is planned."""


_key = pytest.StashKey["Session"]()


def install(config: pytest.Config) -> "Session":
    """The session's part of the plugin, made once."""
    if _key not in config.stash:
        config.stash[_key] = Session(config)
        config.pluginmanager.register(config.stash[_key], "sockmatrix-session")
    return config.stash[_key]


def session_of(config: pytest.Config) -> "Session":
    """It, where it has been made."""
    return config.stash[_key]


class Session:
    """Everything that belongs to one session in one process."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        option = config.option
        told = (parallel.worker_input(config) or {}).get("sockmatrix")
        self.told = msgspec.json.decode(told, type=Told) if told else None
        self.is_worker = parallel.worker_input(config) is not None
        self.shelf = Shelf(option.sockmatrix_select)
        self.planned: Planned | None = None
        self.recorder: Recorder | None = None
        self.stopped = ""
        """Why the run is no longer kept."""
        self.broken_files: list[str] = []
        """Scenario files with mistakes."""
        self.fixtures_used = False
        """Some test takes one of the fixtures."""
        self._marks: dict[str, list[pytest.Mark]] = {}
        self._stage: Stage | None = None
        self._exchange = ""
        self._told_of: dict[str, object] = {}
        self._places: dict[pytest.Item, int] = {}
        self.run_words = self.told.run if self.told else self._run_words()

    def __dir__(self) -> list[str]:
        """Only the hooks: pytest 8 looks at all that a plugin has, for fixtures, and would have the targets looked for by that."""
        return [name for name in super().__dir__() if name.startswith("pytest_")]

    # -- what was asked for

    @cached_property
    def spoken(self) -> bool:
        """An option of ours was given."""
        option = self.config.option
        return bool(option.sockmatrix_target or option.sockmatrix_library or option.sockmatrix_run)

    @cached_property
    def rules(self) -> Rules:
        """Which files are scenario files."""
        config = self.config
        typed = config.args_source is config.ArgsSource.ARGS
        return rules(config.getini("sockmatrix_scenarios"), config.args, config.invocation_params.dir, spoken=self.spoken, typed=typed)

    @cached_property
    def settings(self) -> Settings:
        """Who plays, found out once; a worker is told. Raises what `resolve` and `read_known` raise."""
        if self.told is not None:
            return self.told.settings
        from harness.gates.known import read_known
        from harness.gates.recipes import known_of
        from harness.targets.config import read, settings
        from harness.targets.resolve import resolve

        config = self.config
        folder = config.rootpath if settings(config.rootpath).file else config.invocation_params.dir
        resolved = resolve(config.option.sockmatrix_target, read(folder))
        casts = tuple(Cast(spec.id, spec.name, (spec,)) for spec in resolved.targets)
        known = (*read_known(folder), *known_of({spec.system for spec in resolved.targets}))
        return Settings(casts, resolved.skipped, known)

    @property
    def targets(self) -> tuple[str, ...]:
        """Ids of the targets. Raises `CollectError` where there is something wrong with them."""
        casts = _or(pytest.Collector.CollectError, lambda: self.settings).casts
        if not casts:
            raise pytest.Collector.CollectError("no interpreter found; 'sockmatrix doctor' says where it was looked for")
        return tuple(cast.id for cast in casts)

    @cached_property
    def library(self) -> str:
        """The folder of the scenarios that come with sockmatrix."""
        from harness.language.library import bundled

        return bundled().as_posix()

    @property
    def stage(self) -> Stage:
        """Where cells are played."""
        if self._stage is None:
            self._stage = Stage(self.settings.casts, self.settings.known, jobs=self.config.option.sockmatrix_jobs)
        return self._stage

    def _run_words(self) -> str:
        """The folder of the run, as it is shown; empty: there is none."""
        option = self.config.option
        if option.sockmatrix_no_run or option.collectonly:
            return ""
        return option.sockmatrix_run or f"{RUNS}/{datetime.now(UTC).strftime('%Y-%m-%dT%H-%M-%S.%fZ')}"

    @property
    def run_folder(self) -> Path:
        """The same as a path."""
        return self.config.invocation_params.dir / self.run_words

    # -- what items ask for

    def marks_of(self, plan: "Plan") -> list[pytest.Mark]:
        """A scenario's marks, known to pytest."""
        if plan.id not in self._marks:
            self._marks[plan.id] = [self._mark(name, says) for name, says in marking.marks(plan).items()]
        return self._marks[plan.id]

    def group_mark(self, target: str) -> pytest.Mark:
        """Items of one target belong into one process."""
        group = target.translate(str.maketrans("@[]", "~()"))  # which xdist reads in the names of items
        self._know("xdist_group", "tests that one worker runs", "(name)")
        return pytest.mark.xdist_group(name=group).mark

    def _mark(self, name: str, says: str) -> pytest.Mark:
        self._know(name, says)
        decorator: pytest.MarkDecorator = getattr(pytest.mark, name)
        return decorator.mark

    def _know(self, name: str, says: str, arguments: str = "") -> None:
        if name not in self._known_marks:
            self._known_marks.add(name)
            self.config.addinivalue_line("markers", f"{name}{arguments}: {says}")

    @cached_property
    def _known_marks(self) -> set[str]:
        return {line.partition(":")[0].partition("(")[0].strip() for line in self.config.getini("markers")}

    def look_ahead(self, item: ScenarioItem) -> None:
        """Begin what comes after an item. Not past somebody's own test, which may want the machine for itself."""
        upcoming = parallel.waiting_items(item.session) if self.is_worker else self._after(item)
        if upcoming is not None:
            scenarios = takewhile(lambda each: isinstance(each, ScenarioItem), upcoming)
            self.stage.look_ahead([each.cell for each in islice(scenarios, AHEAD) if isinstance(each, ScenarioItem)])

    def _after(self, item: pytest.Item) -> Iterator[pytest.Item]:
        items = item.session.items
        if len(self._places) != len(items):
            self._places = {each: place for place, each in enumerate(items)}
        return islice(items, self._places.get(item, len(items)) + 1, None)

    def attach(self, item: ScenarioItem, report: pytest.TestReport) -> None:
        """Give a report what the run folder needs."""
        assert item.settled is not None
        result, record = item.settled.result, item.settled.record
        if result is not None:
            report.__dict__[RESULT] = recording.packed(result)
            report.__dict__[WORDS] = ", ".join(_beside_passed(result))
        if self._told_of.get(record.id) is not record:
            self._told_of[record.id] = record
            report.__dict__[TARGET] = recording.packed(record)

    # -- hooks: collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """What is wrong with the options is said before anything is done."""
        if self.is_worker:
            return
        _refuse(nothing.missing_folder(self.config, self.config.getini("sockmatrix_scenarios")))
        if self.config.option.sockmatrix_target:
            _or(pytest.UsageError, lambda: self.settings)
        if self.run_words and (self.run_folder / HEADER).exists():
            raise pytest.UsageError(f"{self.run_words}: there is a run in it already; name another folder with --sockmatrix-run")
        if self.run_words and (other := other_file(self.run_folder)):
            raise pytest.UsageError(f"{self.run_words}: it is no run and not empty ({other}); name another folder with --sockmatrix-run")

    def pytest_report_header(self) -> str | None:
        """Who plays, if somebody was named."""
        if not self.config.option.sockmatrix_target:
            return None
        return safe(f"sockmatrix: {__version__}, targets: {', '.join(cast.id for cast in self.settings.casts)}")

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
        """A scenario file, if it is one."""
        root = self.rules.root(file_path)
        if root is None:
            return None
        file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        file.sockmatrix, file.root = self, root
        return file

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        """The library belongs to the session, and to no folder of it."""
        report = yield
        if isinstance(collector, pytest.Session) and self.config.option.sockmatrix_library:
            library: Library = Library.from_parent(collector, name="sockmatrix", nodeid="sockmatrix", path=Path(self.library))
            library.sockmatrix = self
            report.result = [*report.result, library]
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """A session that was asked for scenarios and has none must not be green."""
        result = yield
        if not self.is_worker and not parallel.is_controller(self.config):
            self._refuse_nothing(self._collected(session))
        return result

    def _collected(self, session: pytest.Session) -> nothing.Collected:
        return nothing.Collected(self.shelf.offered, self.shelf.chosen, self.fixtures_used, bool(session.testsfailed))

    def _refuse_nothing(self, collected: nothing.Collected) -> None:
        _refuse(nothing.trouble(self.config, collected, self.config.getini("sockmatrix_scenarios")))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """After xdist has put groups into names."""
        if self.is_worker:
            parallel.group_names([item for item in items if isinstance(item, ScenarioItem)])

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What is planned is known now."""
        if self.told is not None:
            _leave(Path(self.told.exchange) / COLLECTED, self._collected(session))
        if not self.run_words or parallel.is_controller(self.config):
            return
        items = [item for item in session.items if isinstance(item, ScenarioItem)]
        what = recording.planned((item.cell for item in items), (item.root for item in items), self.library)
        if not self.is_worker:
            self.planned = what
        elif self.told is not None:
            _leave(Path(self.told.exchange) / PLANNED, what)

    # -- hooks: reports

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """What pytest could not know of an item of ours."""
        report = yield
        if isinstance(item, ScenarioItem):
            item.finish(report)
        return report

    def pytest_runtest_logstart(self) -> None:
        """The run begins with its first test: where pytest refuses to go on after the collection there is none."""
        if self.recorder is None and self.planned is not None and not self.stopped:
            self._begin(self.planned)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.CollectReport | pytest.TestReport) -> Any:
        """A variation passes, and so does what fails now and then; both say so."""
        words = getattr(report, WORDS, "")
        if report.when == "call" and report.passed and words and not hasattr(report, "wasxfail"):
            return "passed", ".", (f"PASSED ({words})", {"green": True})
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Into the run folder, in the one process that keeps it."""
        if self.is_worker:
            return
        record, result = report.__dict__.pop(TARGET, None), report.__dict__.pop(RESULT, None)
        if self.recorder is None:
            return
        try:
            if record is not None:
                self.recorder.introduce(recording.record_of_text(record))
            if result is not None:
                self.recorder.take(recording.result_of_text(result))
        except RunError as error:
            self._stop(error)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A scenario file that could not be read is missing from the run, which must not look whole."""
        if report.failed and report.nodeid.endswith(SUFFIXES):
            self.broken_files.append(report.nodeid)

    def _stop(self, error: RunError) -> None:
        """Results that cannot be kept are no results."""
        self.recorder = None
        self.stopped = f"{error.place}: {error.problem}; choose another folder with --sockmatrix-run, or none with --sockmatrix-no-run"
        pytest.exit(safe(f"sockmatrix: {self.stopped}"), returncode=HARNESS)

    def _begin(self, what: Planned) -> None:
        if what.cells:
            found, option = self.settings, self.config.option
            workers = int(getattr(option, "numprocesses", None) or 0)
            setting = Setting(found.casts, found.skipped, found.known, option.sockmatrix_jobs, workers, tuple(self.broken_files))
            try:
                self.recorder = Recorder(self.run_folder, what, setting)
            except RunError as error:
                self._stop(error)

    # -- hooks: xdist's controller

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Every worker plays on the same targets, and none has to look for them."""
        if not self._exchange:
            self._exchange = tempfile.mkdtemp(prefix="sockmatrix-")
        settings = _or(pytest.UsageError, lambda: self.settings)
        node.workerinput["sockmatrix"] = msgspec.json.encode(Told(settings, self.run_words, self._exchange)).decode()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """The first worker that has collected tells what is planned; all others have the same."""
        collected = Path(self._exchange) / COLLECTED
        if collected.is_file():
            self._refuse_nothing(msgspec.msgpack.decode(collected.read_bytes(), type=nothing.Collected))
        file = Path(self._exchange) / PLANNED
        if self.planned is not None or not self.run_words or self.stopped:
            return
        if file.is_file():
            self.planned = msgspec.msgpack.decode(file.read_bytes(), type=Planned)
        else:
            self.stopped = "the workers are on other machines, so that what they play could not be kept"

    # -- hooks: the end

    def pytest_sessionfinish(self) -> None:
        """However it ended."""
        if self._stage is not None:
            self._stage.close()
        if self.recorder is not None:
            try:
                self.recorder.end(whole=not self.broken_files)
            except RunError as error:
                self.stopped = str(error)

    def pytest_terminal_summary(self, terminalreporter: "TerminalReporter") -> None:
        """Where the run is, and how to look at it."""
        if self.recorder is not None or self.stopped:
            print_run(terminalreporter, self.recorder, self.run_words, stopped=self.stopped, broken=len(self.broken_files))

    def pytest_unconfigure(self) -> None:
        """Nothing stays behind."""
        if self._stage is not None:
            self._stage.close()
        if self._exchange:
            shutil.rmtree(self._exchange, ignore_errors=True)


def _beside_passed(result: "Result") -> Iterator[str]:
    """What is said of a cell that passes besides that it does."""
    if result.verdict == "variation":
        yield result.verdict
    if is_flaky(result):
        yield "flaky"


def _leave(file: Path, what: Planned | nothing.Collected) -> None:
    """For the controller. Workers that come later have nothing else to say; a folder that is not here is on another machine."""
    if file.parent.is_dir() and not file.exists():
        write_atomically(file, msgspec.msgpack.encode(what))


def _refuse(trouble: str) -> None:
    """End the session as for an option that is wrong, if there is trouble."""
    if trouble:
        raise pytest.UsageError(f"sockmatrix: {safe(trouble)}")


def _or(kind: type[Exception], find: Callable[[], T]) -> T:
    """What is found, or an error of ours as one that pytest shows without a traceback."""
    from harness.commands.problems import problem_of

    try:
        return find()
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        raise kind(f"sockmatrix: {safe(problem.message)}") from None
