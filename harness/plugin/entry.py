"""What pytest loads at every start: options, fixtures, and the question whether there is anything to do. Imports nothing that takes time.

Everything else is in `session`, which is imported when the answer is yes.
"""

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.plugin.fixtures import Play, Target

OLDEST = (8, 2)
"""Of pytest, that the plugin was tried with."""
MOST_JOBS = 64


def pytest_addoption(parser: pytest.Parser) -> None:
    """Everything has a name that begins with `sockmatrix`."""
    group = parser.getgroup("sockmatrix", "scenarios of the socket API (sockmatrix)")
    group.addoption(
        "--sockmatrix-target", action="append", default=[], metavar="NAME",
        help="Play scenarios on this interpreter: python3.8, 'pyenv:*', docker:IMAGE, ... as 'sockmatrix run -t'; may be repeated. "
        "Without it: the setting 'targets', else every interpreter found.",
    )  # fmt: skip
    group.addoption("--sockmatrix-library", action="store_true", help="Collect the scenarios that come with sockmatrix.")
    group.addoption(
        "--sockmatrix-select", action="append", default=[], metavar="WORDS",
        help="Collect only scenarios like these: part of an id, area:udp, tag:slow, !word, as 'sockmatrix run -k'; may be repeated.",
    )  # fmt: skip
    group.addoption("--sockmatrix-run", metavar="DIR", help="Folder of the run.  [default: sockmatrix-runs/<time>]")
    group.addoption("--sockmatrix-no-run", action="store_true", help="Keep no run folder.")
    group.addoption(
        "--sockmatrix-jobs", type=_jobs, default=8, metavar="N",
        help=f"Scenarios in flight on each target of a process, 1 to {MOST_JOBS}.  [default: 8]",
    )  # fmt: skip
    parser.addini("sockmatrix_scenarios", type="paths", default=[], help="Folders (or files) of scenarios, which are collected as tests.")


def _jobs(text: str) -> int:
    """As `sockmatrix run -j`."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_JOBS:
        raise ArgumentTypeError(f"'{text}' is not a number from 1 to {MOST_JOBS}")
    return number


def pytest_configure(config: pytest.Config) -> None:
    """Turn the plugin on, if it was asked for in one of the ways that docs/pytest.md tells."""
    if is_asked_for(config):
        turn_on(config)


def is_asked_for(config: pytest.Config) -> bool:
    """By an option, by the setting, or because a scenario file is named on the command line."""
    option = config.option
    if option.sockmatrix_target or option.sockmatrix_library or option.sockmatrix_run or option.sockmatrix_select:
        return True
    if config.getini("sockmatrix_scenarios"):
        return True
    if not any(".yaml" in argument for argument in config.args):
        return False
    from harness.plugin.rules import named_files

    return bool(named_files(config.args, config.invocation_params.dir, only_alike=True))


def turn_on(config: pytest.Config) -> None:
    """Load the rest. Raises `UsageError` for a pytest that is too old."""
    if pytest.version_tuple[:2] < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise pytest.UsageError(f"sockmatrix needs pytest {oldest} or newer, this is {pytest.__version__}; try: pip install -U pytest")
    from harness.plugin.session import install

    install(config)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `sockmatrix_target` is made for every target."""
    if "sockmatrix_target" in metafunc.fixturenames:
        turn_on(metafunc.config)
        from harness.plugin.fixtures import parametrise

        parametrise(metafunc)


@pytest.fixture(scope="session")
def sockmatrix_target(request: pytest.FixtureRequest) -> "Target":
    """Each target in turn: its `id`, `name`, `facts`, `command`, and `python(source)` to run something on it."""
    from harness.plugin.fixtures import target_of

    return target_of(request.config, request.param)


@pytest.fixture
def sockmatrix_play(request: pytest.FixtureRequest, sockmatrix_target: "Target") -> "Play":
    """`sockmatrix_play("tcp/greeting")` plays a scenario on the target and returns what came of it; `.check()` asserts that it is good."""
    from harness.plugin.fixtures import Play

    return Play(request.config, sockmatrix_target)
