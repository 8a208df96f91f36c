"""Hold plays against a rate, so that chance alone does not make a run red. Knows numbers, not runs."""

from math import exp, fsum, lgamma, log, log1p

CHANCE = 0.001
"""What would come about in fewer than one of a thousand runs is not put down to chance."""


def is_beyond(departures: int, plays: int, rate: float, tests: int = 1) -> bool:
    """Whether so many plays depart that a rate of at most `rate` does not explain it. `tests`: how many such questions there are."""
    return departures > rate * plays and at_least(departures, plays, rate) < CHANCE / tests


def is_quiet(departures: int, plays: int, rate: float) -> bool:
    """Whether nothing departed in so many plays that a rate of `rate` would have shown."""
    return departures == 0 and (1 - rate) ** plays < CHANCE


def at_least(departures: int, plays: int, rate: float) -> float:
    """How likely it is that so many of the plays depart or more, if each does with the same probability, whatever the others do."""
    return fsum(_exactly(number, plays, rate) for number in range(departures, plays + 1))


def _exactly(number: int, plays: int, rate: float) -> float:
    ways = lgamma(plays + 1) - lgamma(number + 1) - lgamma(plays - number + 1)
    return exp(ways + number * log(rate) + (plays - number) * log1p(-rate))
