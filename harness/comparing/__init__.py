"""Comparing targets, and runs, with each other: behaviours, differences, causes. Pure functions of data; reads and runs nothing."""
