"""Find the run that was made last among those in a folder. Reads names only."""

from pathlib import Path

from harness.runs.folder import HEADER


def newest(runs: Path) -> Path | None:
    """The folder of the newest run below `runs`: their names begin with the time of their start."""
    try:
        found = [folder for folder in runs.iterdir() if (folder / HEADER).is_file()]
    except OSError:
        return None
    return max(found, key=lambda folder: folder.name, default=None)
