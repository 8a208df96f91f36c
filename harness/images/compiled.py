"""A layer of byte code for the modules that an agent imports. Makes no image.

Packages write theirs when they are installed, which is left out here; a container whose file system is read-only would then compile the
same files again for every process.
"""

import tarfile
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from harness.images import checking
from harness.images.registry import Image, Interpreter

if TYPE_CHECKING:
    from docker import APIClient

ENDINGS = (".pyc", "$py.class")
PROGRAM = """
for name in (
    "copy ctypes decimal errno fcntl fractions gc hashlib io json os pickle platform re resource select selectors shutil signal "
    "socket stat struct subprocess sys tempfile threading time traceback warnings weakref"
).split():
    try:
        __import__(name)
    except ImportError:
        pass
"""
"""What the agent imports, always or for one of its helpers; an interpreter writes the byte code beside its sources."""


def make(client: "APIClient", reference: str, image: Image, interpreter: Interpreter, out: Path) -> Path | None:
    """A tar file with the byte code that an interpreter of the image has written; nothing where it writes none."""
    with checking.started(client, reference, image, [interpreter.path, "-E", "-s", "-S", "-c", PROGRAM], read_only=False) as container:
        checking.ended(client, container, interpreter.path)
        written = [str(each["Path"]) for each in client.diff(container) or ()]
        files = [path for path in written if path.endswith(ENDINGS)]
        folders = [path for path in written if PurePosixPath(path).name == "__pycache__"]
        loose = [path for path in files if str(PurePosixPath(path).parent) not in folders]
        with tarfile.open(out, "w") as kept:
            for path in sorted({*folders, *loose}):
                _keep(client, container, path, kept)
    return out if files else None


def _keep(client: "APIClient", container: str, path: str, kept: tarfile.TarFile) -> None:
    """The engine gives out a file or a folder under its last name."""
    chunks, _ = client.get_archive(container, path)
    with tarfile.open(fileobj=BytesIO(b"".join(chunks))) as source:
        for entry in source:
            content = source.extractfile(entry) if entry.isreg() else None
            entry.name = str(PurePosixPath(path).parent / entry.name).lstrip("/")
            kept.addfile(entry, content)
