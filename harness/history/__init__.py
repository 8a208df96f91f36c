"""Runs over time: a baseline of accepted observations, and a database of many runs. Reads and writes their files; prints nothing."""
