"""Which variable stands for which name: in one program the names of all roles, and its own, must not be taken for each other."""

import builtins
import keyword
import re
from collections import defaultdict

from harness.records.plan import Plan, Step
from harness.reproducing.helpers import prelude

_OWN = frozenset({"main", "error", "outcome", "me", "print", "exec", "long", "unicode"})
_USED = frozenset({"range", "Exception", "float", "int", "repr", "type", "len", "isinstance", "tuple", "list"})
"""Built-in names that reproductions use themselves."""


class Scope:
    """The variables of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.setters: defaultdict[str, dict[str, int]] = defaultdict(dict)
        """By name, how often each role sets it."""
        self.jobs: defaultdict[str, set[str]] = defaultdict(set)
        self.given: dict[tuple[int, str], str] = {}
        """By step and name that another role has set, which role that was."""
        self._look_through()
        self.interrupts = any("['help', 'alarm'" in str(step.call.do) for step in plan.steps)
        """An alarm comes, and may raise: on Python 2 a `KeyboardInterrupt`."""
        imports, blocks = prelude()
        self.taken = _OWN | _USED | imports.keys() | blocks.keys()

    def _look_through(self) -> None:
        last: dict[str, str] = {}
        for step in self.plan.steps:
            self.given.update({(step.call.n, name): last[name] for name in step.reads if name in last})
            if step.call.job:
                self.jobs[step.call.job].add(step.role)
            for name in step.call.save:
                self.setters[name][step.role] = self.setters[name].get(step.role, 0) + 1
            last.update(dict.fromkeys(step.export, step.role))

    def is_overwritten(self, step: Step) -> bool:
        """Whether a later step gives another value to what this one saves, or it saves nothing."""
        return any(self.setters[name][step.role] > 1 for name in step.call.save) or not step.call.save

    def many(self, role: str) -> bool:
        """Several members of the role act at once."""
        return self.plan.roles.get(role, 1) > 1

    def written(self, step: Step, name: str) -> str:
        """What a step assigns to."""
        return self._variable(step.role, name) + ("[me]" if self.many(step.role) else "")

    def read(self, step: Step, name: str) -> str:
        """The variable that a name means to a step: what another role has set, or its own."""
        role = self.given.get((step.call.n, name), step.role)
        return self._variable(role, name) + ("[me]" if role == step.role and self.many(role) else "")

    def lists(self, role: str) -> list[str]:
        """The variables that hold a value for each member of a role."""
        names = [name for name, setters in self.setters.items() if role in setters]
        jobs = [name for name, roles in self.jobs.items() if role in roles]
        return [*(self._variable(role, name) for name in names), *(self._job(role, name) for name in jobs)]

    def _variable(self, role: str, name: str) -> str:
        return self._free(f"{_word(role)}_{name}" if len(self.setters[name]) > 1 else name)

    def job(self, step: Step) -> str:
        """The variable of a background call."""
        return self._job(step.role, step.call.job) + ("[me]" if self.many(step.role) else "")

    def _job(self, role: str, name: str) -> str:
        word = _word(name)
        if len(self.jobs[name]) > 1:
            word = f"{_word(role)}_{word}"
        return self._free(f"{word}_job" if word in self.setters else word)

    def _free(self, name: str) -> str:
        taken = name in self.taken or keyword.iskeyword(name) or (name in self.setters and hasattr(builtins, name) and name in _USED)
        return f"{name}_" if taken else name


def _word(text: str) -> str:
    """Roles and jobs may have names that are none in Python."""
    return re.sub(r"\W", "_", text)
