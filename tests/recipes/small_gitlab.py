"""A small GitLab: runs the jobs of a file as they stand, on this machine, with what each needs of others."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

KEYWORDS = {"variables", "include", "stages", "default", "workflow"}
LIKE = re.compile(r"\$(\w+) == (?:\"(.*?)\"|\$(\w+))")


@dataclass
class Ended:
    """How one job ended."""

    result: str
    log: str = ""
    kept: Path | None = None
    """Its artifacts."""


@dataclass
class GitLab:
    """A repository, and the machine that plays its jobs."""

    repository: Path
    folder: Path
    tools: tuple[Path, ...]
    variables: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    """What runners there are besides those that start images."""

    def play(self, file: str) -> dict[str, Ended]:
        """Run all jobs, in the order of their needs; a job of a matrix is `NAME: PART`."""
        document = yaml.safe_load((self.repository / file).read_text("utf-8"))
        ended: dict[str, Ended] = {}
        for name, job in document.items():
            if name in KEYWORDS or name.startswith("."):
                continue
            whole = {**document[job["extends"]], **job} if "extends" in job else job
            for label, variables in entries(name, whole):
                told = {**document["variables"], **self.predefined(), **whole.get("variables", {}), **variables, **self.variables}
                ended[label] = self._job(label, whole, told, ended)
        return ended

    def predefined(self) -> dict[str, str]:
        return {
            "CI": "true", "CI_PROJECT_URL": "https://gitlab.example/owner/project", "CI_COMMIT_SHA": "c0ffee", "CI_COMMIT_BRANCH": "main",
            "CI_DEFAULT_BRANCH": "main",
        }  # fmt: skip

    def _job(self, label: str, job: Mapping[str, Any], variables: Mapping[str, str], ended: Mapping[str, Ended]) -> Ended:
        if "rules" in job and not any(ruled(rule["if"], variables) for rule in job["rules"]):
            return Ended("left out")
        needed = [each for name, each in ended.items() if name.partition(": ")[0] in job["needs"]]
        well = all(each.result == "success" for each in needed)
        if not well and job.get("when") != "always":
            return Ended("skipped")
        if any(tag not in self.tags for tag in job.get("tags", [])):
            return Ended("stuck")
        workspace = self.folder / re.sub(r"[^\w.+-]+", "-", label)
        shutil.copytree(self.repository, workspace)
        for each in needed:
            if each.kept:
                shutil.copytree(each.kept, workspace, dirs_exist_ok=True)
        return self._run(workspace, job, variables)

    def _run(self, workspace: Path, job: Mapping[str, Any], variables: Mapping[str, str]) -> Ended:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        # What a runner does: one shell for all of them, which ends at the first that fails.
        script = "\n".join(["set -eo pipefail", *job.get("before_script", []), *job["script"]])
        ran = subprocess.run(
            ["bash", "--noprofile", "--norc", "-c", script], cwd=workspace, check=False, stdin=subprocess.DEVNULL, encoding="utf-8",
            env={"PATH": os.pathsep.join([*map(str, self.tools), "/usr/bin", "/bin"]), "HOME": str(home), "LANG": "C.UTF-8", **variables},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        result = "success" if ran.returncode == 0 else "failure"
        wanted = job.get("artifacts", {})
        kept = self._keep(workspace, wanted["paths"]) if wanted and (result == "success" or wanted.get("when") == "always") else None
        return Ended(f"{result} {ran.returncode}" if ran.returncode else result, ran.stdout, kept)

    def _keep(self, workspace: Path, paths: list[str]) -> Path:
        kept = self.folder / f"{workspace.name}-artifacts"
        for path in paths:
            place = workspace / path
            if place.is_dir():
                shutil.copytree(place, kept / path)
            elif place.exists():
                kept.mkdir(exist_ok=True)
                shutil.copy(place, kept / path)
        kept.mkdir(exist_ok=True)
        return kept


def entries(name: str, job: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A job for each line of its matrix."""
    for entry in job.get("parallel", {}).get("matrix", [{}]):
        assert all(isinstance(said, str) for said in entry.values())
        yield (f"{name}: {entry['SOCKMATRIX_PART']}" if entry else name), entry


def ruled(rule: str, variables: Mapping[str, str]) -> bool:
    """A rule, which has comparisons with && between."""
    return all(compared(each, variables) for each in rule.split(" && "))


def compared(text: str, variables: Mapping[str, str]) -> bool:
    found = LIKE.fullmatch(text)
    assert found, text
    return variables.get(found[1]) == (variables.get(found[3]) if found[3] else found[2])
