"""`summary --where`: a part of a run."""

import json
from pathlib import Path

import pytest

from tests.commands.conftest import Sockmatrix, save
from tests.reports.making import GREETING, NEW, REFUSED, TARGETS, greeted_on, plan_of, refused_on, run_of


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    """A run in which one scenario fails on one target."""
    plans = [plan_of(REFUSED, "connect/refused"), plan_of(GREETING, "tcp/greeting")]
    results = [*(refused_on(target.id) for target in TARGETS), *(greeted_on(target.id, 5 if target.id == NEW else 6) for target in TARGETS)]
    save(run_of(results, plans), tmp_path / "mixed")
    return "mixed"


def test_the_part_is_shown_and_has_its_own_exit_code(sockmatrix: Sockmatrix, mixed: str) -> None:
    ended = sockmatrix("summary", mixed, "--where", "area:connect")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("Sockmatrix  1 scenario on 3 targets  2026-01-31 12:00:00 UTC, ")
    assert lines[1] == "only where area:connect"


def test_as_json(sockmatrix: Sockmatrix, mixed: str) -> None:
    ended = sockmatrix("summary", mixed, "--json", "--where", "verdict:red target:cpython*")
    data = json.loads(ended.out)
    assert (ended.code, data["where"], data["scenarios"], data["cells"]) == (1, "verdict:red target:cpython*", 1, 2)


def test_nothing_is_like_that(sockmatrix: Sockmatrix, mixed: str) -> None:
    message = "sockmatrix: nothing in mixed is like 'udp'; say less, or see all of it: sockmatrix summary\n"
    assert sockmatrix("summary", mixed, "--where", "udp") == (2, "", message)


def test_a_wrong_word(sockmatrix: Sockmatrix, mixed: str) -> None:
    message = "sockmatrix: unknown word 'aera:' in query 'aera:udp', character 1; did you mean 'area:'?\n"
    assert sockmatrix("summary", mixed, "--where", "aera:udp") == (2, "", message)
