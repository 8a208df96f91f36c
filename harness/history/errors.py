"""What can be wrong with the files that outlive a run. `environment` tells a failing machine or a damaged file from a wrong name."""


class KeptError(Exception):
    """A baseline or a history cannot be used."""

    def __init__(self, place: str, problem: str, advice: str, *, environment: bool = False) -> None:
        super().__init__(f"{place}: {problem}; {advice}")
        self.place = place
        self.problem = problem
        self.advice = advice
        self.environment = environment
