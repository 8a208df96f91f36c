"""The settings of a matrix to begin with, for a repository that has none. Writes no files."""

import tomllib

from harness.records.matrix import Job
from harness.targets.ci_settings import read_ci

FILE = "sockmatrix.toml"

GITHUB = """\
# What the machines of CI play; how: docs/ci.md of Sockmatrix. Edit it to what you support.
[ci]
# scenarios = ["scenarios"]     # files or folders of your own; without it, the library that comes with Sockmatrix
# select = ["area:tcp"]         # a part of them
shards = 1                      # how many machines share a job

[[ci.jobs]]
runner = "ubuntu-latest"
python = ["3.9", "3.11", "3.13"]

[[ci.jobs]]
runner = "windows-latest"
python = ["3.13"]

[[ci.jobs]]
runner = "macos-latest"
python = ["3.13"]

[[ci.jobs]]
name = "containers"             # older Pythons, and another libc
runner = "ubuntu-latest"
targets = ["docker:python:2.7-slim", "docker:python:3.6-slim", "docker:python:3.13-alpine"]
"""

GITLAB = """\
# What the machines of CI play; how: docs/ci.md of Sockmatrix. Edit it to what you support, then: sockmatrix ci init gitlab --force
[ci]
# scenarios = ["scenarios"]     # files or folders of your own; without it, the library that comes with Sockmatrix
# select = ["area:tcp"]         # a part of them
shards = 1                      # how many machines share a job

[[ci.jobs]]
name = "linux"
runner = "python:3.13"          # an image with Python 3.11 or newer; a word without ':' and '/' is a tag of runners
python = ["3.9", "3.11", "3.13"]

[[ci.jobs]]
name = "containers"             # older Pythons, and another libc; needs a privileged runner
runner = "python:3.13"
targets = ["docker:python:2.7-slim", "docker:python:3.6-slim", "docker:python:3.13-alpine"]
"""

SYSTEMS = {"github": GITHUB, "gitlab": GITLAB}


def jobs(system: str) -> tuple[Job, ...]:
    """The jobs that these settings have."""
    return read_ci(tomllib.loads(SYSTEMS[system])["ci"], f"{FILE}: ci").jobs
