"""How a Java machine that runs a Python is started for less. Starts nothing."""

from collections.abc import Mapping

VARIABLE = "JAVA_TOOL_OPTIONS"
"""What every Java machine reads, however it was started: https://docs.oracle.com/en/java/javase/17/docs/specs/jvmti.html"""
NOTICE = f"Picked up {VARIABLE}:"
"""What it says of that on its standard error before anything else."""
QUICK_START = "-XX:+IgnoreUnrecognizedVMOptions -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""The second compiler, and collecting in several threads, cost a process that lives for seconds more than they save: half of its start.
Machines of other makers leave out what they do not know."""
SET_BY_USERS = (VARIABLE, "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS", "JYTHON_OPTS")
"""Options of a user's own may contradict ours, and a Java machine that is told to collect in two ways does not start."""


def quick_start(implementation: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Variables with which an interpreter starts for less, beside those there are; none where the user has options of his own."""
    if implementation != "jython" or any(environment.get(name) for name in SET_BY_USERS):
        return {}
    return {VARIABLE: QUICK_START}
