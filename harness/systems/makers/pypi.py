"""Fetch one file from PyPI, with the machine's own pip and what it is configured with. Unpacks nothing."""

import sys
from hashlib import sha256
from pathlib import Path

from harness.images.tools import BuildFailed, run


def fetch(package: str, version: str, digest: str, folder: Path, flags: tuple[str, ...]) -> Path:
    """The file of a release. Raises BuildFailed, also where it is another than was meant."""
    folder.mkdir()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-input", *flags]
    run([*pip, "--dest", str(folder), f"{package}=={version}"], folder.parent, hint="is PyPI, or the index of pip's settings, reached?")
    found = sorted(file for file in folder.iterdir() if file.is_file())
    if len(found) != 1:
        raise BuildFailed(f"pip has fetched {len(found)} files of {package} {version}")
    if sha256(found[0].read_bytes()).hexdigest() != digest:
        raise BuildFailed(f"{found[0].name} is not the file that was meant: its SHA-256 is {sha256(found[0].read_bytes()).hexdigest()}")
    return found[0]


def unzip(archive: Path, inside: str, folder: Path) -> None:
    """Unpack what lies below a folder of a zip file, or all of it. Raises BuildFailed."""
    import zipfile

    prefix = f"{inside.strip('/')}/" if inside else ""
    with zipfile.ZipFile(archive) as zipped:
        names = [name for name in zipped.namelist() if name.startswith(prefix) and not name.endswith("/")]
        if not names:
            raise BuildFailed(f"{archive.name} has nothing below '{inside}'")
        for name in names:
            to = _below(folder, name.removeprefix(prefix))
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(zipped.read(name))
            mode = zipped.getinfo(name).external_attr >> 16 & 0o777
            if mode:
                to.chmod(mode | 0o600)


def _below(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BuildFailed(f"the archive has a path that leads out of it: {name}")
    return path
