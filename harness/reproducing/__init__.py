"""Writes a scenario as one standalone Python file, for a bug report. Plays nothing."""
