"""Write a merged run: its plans, its results in their order, and whatever was delivered more than once. Decides only through `cells`."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec
from msgspec import structs

from harness.merging.cells import Delivery, chosen, plays_of
from harness.merging.index import Index
from harness.records.run import Footer, Header
from harness.runs.folder import DELIVERIES, HEADER, RESULTS, SCENARIOS, header_bytes, storage, write_atomically

ROOM = "make room, or choose another folder with --out"

_encoder = msgspec.json.Encoder()


def write_merged(folder: Path, header: Header, plans: Iterable[bytes], index: Index) -> None:
    """The header comes last, so that a folder that was not finished is no run. Raises `RunStorageError`."""
    with storage(folder, ROOM):
        with _replacing(folder / SCENARIOS) as file:
            file.writelines(plan + b"\n" for plan in plans)
        with _replacing(folder / RESULTS) as results, _replacing(folder / DELIVERIES) as deliveries:
            _write_results(header, index, results, deliveries)
        if not (folder / DELIVERIES).stat().st_size:
            (folder / DELIVERIES).unlink()
        write_atomically(folder / HEADER, header_bytes(header))


def _write_results(header: Header, index: Index, results: IO[bytes], deliveries: IO[bytes]) -> None:
    plays = [plays_of(part.options) for part in header.parts]
    for _, target, lines in index.read():
        result = lines[0].result if len(lines) == 1 else chosen([Delivery(line.result, plays[line.piece]) for line in lines])
        results.write(_encoder.encode(structs.replace(result, target=target)) + b"\n")
        if len(lines) > 1:
            deliveries.writelines(_encoder.encode(line.result) + b"\n" for line in lines)
    results.write(_encoder.encode(_footer(header, len(index))) + b"\n")


def _footer(header: Header, results: int) -> Footer:
    """The end of the last part; and how long all of them played together."""
    finished = max((part.finished for part in header.parts), default="") or header.started
    return Footer(results, finished, round(sum(sorted(part.seconds for part in header.parts)), 3))


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there as a whole, or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
