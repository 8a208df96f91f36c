# -*- coding: utf-8 -*-
"""Run many reproductions inside one interpreter, and write what each shows in the words of the harness.

    python driver.py AGENT_FOLDER JOBS RESULTS

JOBS has one JSON object a line: the file's text, and who acts in each of its steps. Each is run in a process of its own, forked
from this one, where there is `fork`; else in a thread, one after the other. What values look like in JSON is the agent's business, so
that its functions are used for that and for nothing else. Runs on Python 2.7 and 3.4 up to the newest, PyPy and Jython.
"""
from __future__ import print_function

import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, sys.argv[1])
import sockmatrix_agent as agent  # noqa: E402

del sys.path[0]

AT_ONCE = int(os.environ.get("REPRODUCING_AT_ONCE", "12"))
PATIENCE = float(os.environ.get("REPRODUCING_PATIENCE", "10"))


class Lacking(BaseException):
    """This system cannot show what the file is about."""


class Stream(object):
    private = ()


class Folders(object):
    """Stands for the module `tempfile`: the harness's folders lie in that of a run, and their names are as long as these."""

    def __init__(self, owners):
        self.outer = owners

    def mkdtemp(self, prefix, dir):
        self.outer.append(os.path.join(dir, "smx-%08x" % random.SystemRandom().getrandbits(32)))  # as long as on Python 3
        os.mkdir(self.outer[-1], 0o700)
        return tempfile.mkdtemp(prefix=prefix, dir=self.outer[-1])


class Alone(object):
    """What the agent's sessions expect of an agent."""
    single = True
    stream = Stream()


class Recorder(object):
    """Stands in the place of the functions with which a file shows what its steps come to."""

    def __init__(self, job):
        self.job = job
        self.order = job["order"]
        self.at = 0
        self.observations = []
        self.sessions = {}
        self.threads = {}
        self.saved = {}
        self.last = agent.clock()

    def session(self, role, instance):
        key = (role, instance)
        if key not in self.sessions:
            self.sessions[key] = agent.Session(Alone(), "s", {"instance": instance})
        return self.sessions[key]

    def begin(self):
        agent._local.warnings = []
        self.last = agent.clock()
        self.forget_next()

    def note(self, outcome):
        """What the step that is next came to; then the next one begins."""
        turn = self.order[self.at]
        observation = {"step": turn["n"], "instance": turn["instance"], "seconds": round(agent.clock() - self.last, 6)}
        observation.update(outcome)
        seen, seconds = agent._local.warnings, None
        if turn["kind"] == "await":
            seen, seconds = self.threads.get((turn["job"], turn["role"], turn["instance"]), ([], None))
        if seconds:
            observation["seconds"] = round(seconds[0], 6)
        if seen:
            observation["warnings"] = list(seen)
        self.observations.append(observation)
        self.at += 1
        self.begin()

    def forget_next(self):
        """A recorder must not be what keeps a value alive that the next step forgets."""
        turn = self.order[self.at] if self.at < len(self.order) else {}
        if turn.get("forgets"):
            session = self.session(turn["role"], turn["instance"])
            number = session.numbers.pop(self.saved.get(turn["forgets"]), None)
            if number is not None:
                session.objects[number - 1] = None

    def show(self, value):
        turn = self.order[self.at]
        if turn["kind"] == "pending":
            self.note({"pending": value})
            return value
        session = self.session(turn["role"], turn["instance"])
        if len(turn["save"]) == 1:
            self.saved[turn["save"][0]] = id(value)
        self.note({"value": session.encoder.encode(value)})
        return value

    def show_error(self, error):
        if isinstance(error, UnboundLocalError):
            self.note({"skipped": str(error)})
            raise Lacking()
        described = agent.describe_exception(error)
        if agent.PY2:
            sys.exc_clear()
        else:
            # What a failed call leaves behind is collected with the error, and its warning belongs to the step.
            traceback.clear_frames(error.__traceback__)
        self.note({"raises": described})
        return error

    def lacking(self, what):
        self.note({"lacking": what})
        raise Lacking()

    def started(self, original):
        def start(call, *arguments, **keywords):
            turn = self.order[self.at]
            seen, seconds = [], []
            self.threads[turn["job"], turn["role"], turn["instance"]] = seen, seconds

            def noted(*arguments, **keywords):
                agent._local.warnings = seen
                begun = agent.clock()
                try:
                    return call(*arguments, **keywords)
                finally:
                    seconds.append(agent.clock() - begun)

            job = original(noted, *arguments, **keywords)
            self.note({"started": True})
            return job
        return start

    def collected(self, original):
        def collect():
            agent._local.collecting = True
            try:
                original()
            finally:
                agent._local.collecting = False
        return collect

    def run(self):
        """All observations, and what there is to say of the rest."""
        scope = {"__name__": "sockmatrix_agent", "print": lambda *words: None}
        text = self.job["source"]
        program = compile(text.encode("utf-8") if agent.PY2 else text, "reproduction.py", "exec", 0, True)
        execute(program, scope)
        scope.update(show=self.show, show_error=self.show_error, lacking=self.lacking, notice_warnings=lambda: None)
        outer = []
        if "tempfile" in scope:
            scope["tempfile"] = Folders(outer)
        for name, make in (("start", self.started), ("collect", self.collected)):
            if name in scope:
                scope[name] = make(scope[name])
        self.begin()
        trouble = ""
        try:
            scope["main"]()
        except Lacking:
            pass
        except UnboundLocalError as error:
            self.note({"skipped": str(error)})
        except agent.RAISED as error:
            self.note({"raises": agent.describe_exception(error)})
        else:
            if self.at != len(self.order):
                trouble = "%d of %d steps were shown" % (self.at, len(self.order))
        reported = {name: bool(scope["verdict"][-1]) for name in ("verdict",) if scope.get("verdict")}
        folders = scope.get("folders", {})
        temporary = [folders[owner] for owner in self.job["folders"] if owner in folders]
        leaks = []
        for session in self.sessions.values():
            leaks += session.close()["leaks"]
        for folder in outer:
            shutil.rmtree(folder, ignore_errors=True)
        return dict(reported, id=self.job["id"], steps=self.observations, temporary=temporary, leaks=leaks, trouble=trouble)


def execute(program, scope):
    """Apart, as Python 2 allows it in no function that has others inside."""
    exec(program, scope)


def answer(job):
    """What comes of one file, whatever goes wrong."""
    try:
        return Recorder(job).run()
    except BaseException:
        return {"id": job["id"], "steps": [], "temporary": [], "leaks": [], "trouble": traceback.format_exc()}


def far_away(number):
    """The descriptor where an agent has its own, so that sockets get the numbers that they get there."""
    import fcntl
    copy = fcntl.fcntl(number, fcntl.F_DUPFD, 200)
    os.close(number)
    return copy


class Results(object):
    """The file of results: a line for each, written in one piece."""

    def __init__(self, name):
        self.number = None if agent.JYTHON else far_away(os.open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
        self.file = open(name, "ab") if agent.JYTHON else None

    def write(self, message):
        data = json.dumps(message)
        if not isinstance(data, bytes):
            data = data.encode("ascii")
        if self.file:
            self.file.write(data + b"\n")
            self.file.flush()
        else:
            os.write(self.number, data + b"\n")


def fork_each(jobs, results):
    """So many at once; one that outlives its patience is killed."""
    running = {}
    queue = iter(jobs)
    open_jobs = True
    while open_jobs or running:
        while open_jobs and len(running) < AT_ONCE:
            job = next(queue, None)
            if job is None:
                open_jobs = False
                break
            number = os.fork()
            if number == 0:
                results.write(answer(job))
                os._exit(0)
            running[number] = (job, time.time() + job["limit"] + PATIENCE)
        wait_for_one(running, results)


def wait_for_one(running, results):
    number, status = os.waitpid(-1, os.WNOHANG)
    if number in running:
        job = running.pop(number)[0]
        if status:
            results.write({"id": job["id"], "steps": [], "temporary": [], "leaks": [], "trouble": "ended with status %d" % status})
        return
    for number, (job, until) in list(running.items()):
        if time.time() > until:
            os.kill(number, 9)
    time.sleep(0.0005)


def run_in_threads(jobs, results):
    """One after the other; where one does not come to an end, the next goes on without waiting for it."""
    for job in jobs:
        found = []
        thread = threading.Thread(target=lambda: found.append(answer(job)))
        thread.daemon = True
        thread.start()
        thread.join(job["limit"] + PATIENCE)
        results.write(found[0] if found else {"id": job["id"], "steps": [], "temporary": [], "leaks": [], "trouble": "did not end"})


def main():
    with open(sys.argv[2], "rb") as file:
        jobs = [json.loads(line.decode("utf-8")) for line in file]
    agent.take_warnings()
    results = Results(sys.argv[3])
    if hasattr(os, "fork") and not agent.JYTHON:
        fork_each(jobs, results)
    else:
        run_in_threads(jobs, results)
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
