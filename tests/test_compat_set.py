"""What the project promises of `reports/`: its pages and its picture are those of its data. CI's runs say whether it is up to date."""

from pathlib import Path

import jsonschema
import msgspec
import pytest

from harness.compat.file import read
from harness.reports.compat_set import out_of_date
from harness.reports.schemas import schema

REPORTS = Path(__file__).parents[1] / "reports"

pytestmark = pytest.mark.skipif(not (REPORTS / "compat.json").is_file(), reason="an installed package has no reports")


def test_pages_and_picture_are_those_of_the_data() -> None:
    assert out_of_date(read(REPORTS / "compat.json"), REPORTS) == (), (
        "write them again: sockmatrix compat reports/compat.json --write reports"
    )


def test_the_data_fit_the_published_schema() -> None:
    jsonschema.Draft202012Validator(schema("compat")).validate(msgspec.json.decode((REPORTS / "compat.json").read_bytes()))


def test_the_set_stays_small_enough_to_be_committed() -> None:
    assert sum(path.stat().st_size for path in REPORTS.rglob("*") if path.is_file()) < 8_000_000
