"""The checks, by topic. Importing this package fills `harness.checking.stage.CHECKS`, in the order in which they are performed."""

from harness.checking.checks import life, requests, values, expressions, observations, sessions, forking, jobs, guard, ending  # noqa: F401, I001 - the order
