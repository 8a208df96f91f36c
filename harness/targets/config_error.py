"""The error of every part of the settings. Reads nothing."""

from harness.targets.names import TargetError


class ConfigError(TargetError):
    """A settings file cannot be used. `place` is the file, with line and column or the key where they are known."""

    def __init__(self, place: str, problem: str) -> None:
        self.place = place
        self.problem = problem
        super().__init__(f"{place}: {problem}")
