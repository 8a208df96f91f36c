"""The command line: reads arguments, calls one room after the other, turns what happened into an exit code."""
