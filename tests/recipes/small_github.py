"""A small GitHub: runs the jobs of a workflow as they stand, on this machine. Steps of others' actions are played by ten lines each."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from tests.recipes.expressions import expand, holds, value

HEAD = "c0ffee0123456789c0ffee0123456789c0ffee01"


@dataclass
class Machine:
    """What a runner has: interpreters by version, and tools that are on PATH before everything else."""

    pythons: Mapping[str, Path]
    """A folder for each version, to be put on PATH; that of the controller has `sockmatrix` too."""
    runners: tuple[str, ...] = ("ubuntu-latest",)
    """The labels that this machine can be; jobs of others never start."""
    tools: tuple[Path, ...] = ()


@dataclass
class Ended:
    """How one job ended."""

    result: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    steps: dict[str, str] = field(default_factory=dict)
    """Name of each step, and how it ended: success, failure, skipped."""


@dataclass
class GitHub:
    """A repository, its artifacts, and the machine that plays its jobs."""

    repository: Path
    folder: Path
    machine: Machine
    artifacts: dict[str, Path] = field(default_factory=dict)
    event: dict[str, Any] = field(default_factory=lambda: {"event_name": "pull_request", "event": {}})
    environment: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Ended] = field(default_factory=dict)

    def play(self, workflow: str, inputs: Mapping[str, str] | None = None, only: str = "") -> dict[str, Ended]:
        """Run all jobs of a workflow, in the order of their needs; a job of a matrix is `play: PART`.

        `only` is the one that is run, again, after others that went well.
        """
        document = read(self.repository / workflow)
        given = {name: each.get("default", "") for name, each in inputs_of(document).items()} | dict(inputs or {})
        self.jobs = {}
        needs: dict[str, dict[str, Any]] = {}
        for name, job in document["jobs"].items():
            if only and name != only:
                needs[name] = {"result": "success", "outputs": {}}
                continue
            wanted = job.get("needs", [])
            context = self.context(given, {each: needs[each] for each in ([wanted] if isinstance(wanted, str) else wanted)})
            needs[name] = self._job(name, job, document, context)
        return self.jobs

    def context(self, inputs: Mapping[str, str], needs: Mapping[str, Any]) -> dict[str, Any]:
        well = all(each["result"] == "success" for each in needs.values())
        status = {"always": True, "success": well, "failure": not well, "cancelled": False}
        github = {
            "token": "a token",
            "ref": "refs/pull/7/merge",
            "workflow": "Sockmatrix",
            "action_path": str(self.repository),
            **self.event,
        }
        return {"github": github, "inputs": inputs, "needs": needs, "status": status, "env": {}, "steps": {}, "matrix": {}}

    def _job(self, name: str, job: Mapping[str, Any], document: Mapping[str, Any], context: dict[str, Any]) -> dict[str, Any]:
        if not holds(job.get("if", "success()"), context):
            self.jobs[name] = Ended("skipped")
            return {"result": "skipped", "outputs": {}}
        entries = value(job["strategy"]["matrix"], context)["include"] if "strategy" in job else [{}]
        ended = []
        for entry in entries:
            one = {**context, "matrix": entry, "steps": {}, "status": {**context["status"], "success": True, "failure": False}}
            label = f"{name}: {expand(job['name'], one)}" if entry else name
            self.jobs[label] = self._on_a_machine(label, job, document, one)
            ended.append(self.jobs[label])
        result = next((each.result for each in ended if each.result != "success"), "success")
        return {"result": result, "outputs": ended[-1].outputs if ended else {}}

    def _on_a_machine(self, label: str, job: Mapping[str, Any], document: Mapping[str, Any], context: dict[str, Any]) -> Ended:
        if expand(job["runs-on"], context) not in self.machine.runners:
            return Ended("cancelled")
        workspace = self.folder / re.sub(r"[^\w.+-]+", "-", label)
        shutil.rmtree(workspace, ignore_errors=True)
        workspace.mkdir(parents=True)
        environment = self.base(workspace)
        for table in (document.get("env", {}), job.get("env", {})):
            environment |= {key: expand(str(each), context) for key, each in table.items()}
        ended = Ended()
        Job(self, workspace, environment, context, ended).run(job["steps"])
        ended.outputs = {key: expand(each, context) for key, each in job.get("outputs", {}).items()}
        return ended

    def base(self, workspace: Path) -> dict[str, str]:
        """What every step of a job finds in its environment, and nothing of this machine's own."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.pathsep.join([*map(str, self.machine.tools), "/usr/bin", "/bin"]), "HOME": str(home), "LANG": "C.UTF-8",
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "owner/project", "GITHUB_SHA": HEAD, "CI": "true",
            "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(workspace), **self.environment,
        }  # fmt: skip


@dataclass
class Job:
    """One job on a machine of its own."""

    github: GitHub
    workspace: Path
    environment: dict[str, str]
    context: dict[str, Any]
    ended: Ended

    def run(self, steps: list[dict[str, Any]]) -> None:
        for number, step in enumerate(steps):
            name = expand(step["name"], self.context)
            assert name not in self.ended.steps, f"two steps are called {name}"
            if not holds(step.get("if", "success()"), self.context):
                self.ended.steps[name] = "skipped"
                continue
            well = self._step(step, number)
            self.ended.steps[name] = "success" if well else "failure"
            if not well:
                self.ended.result = "failure"
                self.context["status"] |= {"success": False, "failure": True}

    def _step(self, step: Mapping[str, Any], number: int) -> bool:
        given = {key: expand(str(each), self.context) for key, each in step.get("with", {}).items()}
        if "run" in step:
            environment = {key: expand(str(each), self.context) for key, each in step.get("env", {}).items()}
            return self._shell(step, self.environment | environment, number)
        if step["uses"] == "./":
            return self._composite(given)
        action = re.fullmatch(r"(actions/[\w-]+)@[0-9a-f]{40}", step["uses"])
        assert action, f"{step['uses']} is not pinned by a commit"
        well: bool = {
            "actions/checkout": self._checkout,
            "actions/setup-python": self._python,
            "actions/upload-artifact": self._upload,
            "actions/download-artifact": self._download,
        }[action[1]](given)
        return well

    def _composite(self, given: Mapping[str, str]) -> bool:
        """The action at the top of the repository, as a part of this job."""
        action = read(self.github.repository / "action.yml")
        inputs = {name: each.get("default", "") for name, each in action["inputs"].items()} | dict(given)
        status = {"always": True, "success": True, "failure": False, "cancelled": False}
        inner = Job(
            self.github, self.workspace, self.environment, {**self.context, "inputs": inputs, "steps": {}, "status": status}, self.ended
        )
        inner.run(action["runs"]["steps"])
        return self.ended.result == "success"

    def _shell(self, step: Mapping[str, Any], environment: Mapping[str, str], number: int) -> bool:
        assert "${{" not in step["run"], "an expression in a script is put in as it is, and can be code"
        files = {name: self.github.folder / f"{self.workspace.name}-{number}-{name}" for name in ("OUTPUT", "STEP_SUMMARY", "ENV")}
        for file in files.values():
            file.write_text("")
        script = self.github.folder / f"{self.workspace.name}-{number}.sh"
        script.write_text(step["run"])
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], cwd=self.workspace, check=False, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
            env={**environment, **{f"GITHUB_{name}": str(file) for name, file in files.items()}},
        )  # fmt: skip
        self.ended.log += ended.stdout
        self.ended.summary += files["STEP_SUMMARY"].read_text("utf-8")
        assert files["ENV"].read_text() == ""
        if "id" in step:
            self.context["steps"][step["id"]] = {"outputs": dict(outputs(files["OUTPUT"].read_text("utf-8")))}
        return ended.returncode == 0

    def _checkout(self, given: Mapping[str, str]) -> bool:
        assert given == {"persist-credentials": "False"}
        shutil.copytree(self.github.repository, self.workspace, dirs_exist_ok=True)
        return True

    def _python(self, given: Mapping[str, str]) -> bool:
        folder = self.github.machine.pythons.get(given["python-version"])
        if folder is None:
            self.ended.log += f"no Python {given['python-version']} for this machine\n"
            return False
        self.environment["PATH"] = os.pathsep.join([str(folder), self.environment["PATH"]])
        return True

    def _upload(self, given: Mapping[str, str]) -> bool:
        """Of one folder its content, of one file the file, of several paths each below what they share."""
        places = [self.workspace / line for line in given["path"].split()]
        there = [place for place in places if place.exists()]
        if not there:
            return given["if-no-files-found"] != "error"
        kept = self.github.folder / "artifacts" / given["name"]
        assert not re.search(r'["<>|*?:\r\n/\\]', given["name"]), "no name of an artifact"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for place in there:
            if place.is_file():
                shutil.copy(place, kept / place.name)
            else:
                shutil.copytree(place, kept if len(places) == 1 else kept / place.name, dirs_exist_ok=True)
        self.github.artifacts[given["name"]] = kept
        return True

    def _download(self, given: Mapping[str, str]) -> bool:
        """As version 8: one of a name must be there; of a pattern none need be, and they lie together only with merge-multiple."""
        folder = self.workspace / given.get("path", ".")
        if "name" in given:
            if given["name"] not in self.github.artifacts:
                self.ended.log += f"Artifact '{given['name']}' not found\n"
                return False
            shutil.copytree(self.github.artifacts[given["name"]], folder, dirs_exist_ok=True)
            return True
        assert given["merge-multiple"] == "True"
        for name, kept in self.github.artifacts.items():
            if fnmatchcase(name, given["pattern"]):
                shutil.copytree(kept, folder, dirs_exist_ok=True)
        return True


def read(file: Path) -> Any:
    """A workflow or an action. YAML takes the key `on` for true."""
    return yaml.safe_load(file.read_text("utf-8"))


def inputs_of(document: Mapping[Any, Any]) -> Mapping[str, Any]:
    """What a workflow that others call is to be given."""
    called = document[True].get("workflow_call") or {}
    return called.get("inputs", {})  # type: ignore[no-any-return]


def outputs(text: str) -> Iterator[tuple[str, str]]:
    """The lines of the file that a step writes its outputs to."""
    for line in text.splitlines():
        name, sign, said = line.partition("=")
        assert sign, f"{line!r} is no output"
        yield name, said
