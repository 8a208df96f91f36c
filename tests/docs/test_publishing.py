"""The file for Read the Docs is one that it would read."""

import subprocess
import sys

import pytest

from tests.docs.examples import ROOT

FILE = ROOT / ".readthedocs.yaml"


@pytest.mark.skipif(not FILE.is_file(), reason="an installed package has none")
def test_the_file_for_read_the_docs_fits_its_schema() -> None:
    words = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.readthedocs", str(FILE)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
