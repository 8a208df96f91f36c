"""What kernels are started from: an archive that a kernel unpacks, and a program with a C library of its own."""

import lzma
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.images.tools import BuildFailed
from harness.systems.makers import MakeContext, initrd, relinked


def context(tmp_path: Path, *parts: Path) -> MakeContext:
    folder, scratch = tmp_path / "part", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    return MakeContext(folder, scratch, {part.name: part for part in parts}, "", lambda text: None)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    for name in ("usr/bin", "etc", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "usr/bin/python3.13").write_bytes(b"\x7fELF")
    (folder / "usr/bin/python3").symlink_to("python3.13")
    (folder / "etc/passwd").write_text("root:x:0:0\n", "utf-8")
    return folder


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    folder = tmp_path / "kernel"
    base = folder / "usr/lib/modules/6.12/kernel"
    for path in ("net/sctp/sctp.ko.xz", "drivers/net/veth.ko.xz", "drivers/net/ethernet.ko.xz", "sound/loud.ko.xz"):
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        (base / path).write_bytes(lzma.compress(b"module " + path.encode()))
    (folder / "boot").mkdir()
    (folder / "boot/vmlinuz-6.12").write_bytes(b"kernel")
    return folder


def names(archive: bytes) -> dict[str, bytes]:
    """What an archive holds, read as a kernel reads it."""
    found: dict[str, bytes] = {}
    at = 0
    while True:
        fields = [int(archive[at + 6 + 8 * number : at + 14 + 8 * number], 16) for number in range(13)]
        assert archive[at : at + 6] == b"070701"
        size, length = fields[6], fields[11]
        name = archive[at + 110 : at + 110 + length - 1].decode()
        at = (at + 110 + length + 3) // 4 * 4
        if name == "TRAILER!!!":
            return found
        found[name] = archive[at : at + size]
        at = (at + size + 3) // 4 * 4


def test_a_kernel_finds_the_root_the_console_and_the_modules_that_sockets_need(tmp_path: Path, root: Path, kernel: Path) -> None:
    made = context(tmp_path, root, kernel)
    initrd.make(initrd.Options(), made)
    assert (made.folder / "vmlinuz").read_bytes() == b"kernel"
    archive = (made.folder / "initrd").read_bytes()
    assert names(archive) == {
        "dev/console": b"", "etc": b"", "etc/passwd": b"root:x:0:0\n", "modules": b"", "modules/sctp.ko": b"module net/sctp/sctp.ko.xz",
        "modules/veth.ko": b"module drivers/net/veth.ko.xz", "tmp": b"", "usr": b"", "usr/bin": b"", "usr/bin/python3": b"python3.13",
        "usr/bin/python3.13": b"\x7fELF",
    }  # fmt: skip


def test_the_archive_is_one_that_cpio_reads(tmp_path: Path, root: Path, kernel: Path) -> None:
    if shutil.which("cpio") is None:
        pytest.skip("cpio is not installed")
    made = context(tmp_path, root, kernel)
    initrd.make(initrd.Options(), made)
    with open(made.folder / "initrd", "rb") as archive:
        listed = subprocess.run(["cpio", "--list", "--quiet"], stdin=archive, capture_output=True, text=True, check=True)
    assert "usr/bin/python3.13" in listed.stdout.split()


def test_without_a_kernel_or_a_root_nothing_is_made(tmp_path: Path, root: Path, kernel: Path) -> None:
    made = context(tmp_path, root)
    with pytest.raises(BuildFailed) as caught:
        initrd.make(initrd.Options(), made)
    assert caught.value.problem == "the parts have 0 kernels, and one is wanted"
    with pytest.raises(BuildFailed) as caught:
        initrd.make(initrd.Options(), MakeContext(made.folder, made.scratch, {"kernel": kernel}, "", lambda text: None))
    assert caught.value.problem == "no part is a root file system"


def test_a_program_names_the_loader_beside_it(tmp_path: Path) -> None:
    kernel, libc = tmp_path / "kernel", tmp_path / "libc"
    libraries = libc / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (libraries / "ld-linux-x86-64.so.2").write_bytes(b"loader")
    (libraries / "libc.so.6").write_bytes(b"library")
    kernel.mkdir()
    (kernel / "linux").write_bytes(b"\x7fELF" + relinked.LOADER + b"rest")
    made = context(tmp_path, kernel, libc)
    relinked.make(relinked.Options("linux"), made)
    assert (made.folder / "linux").read_bytes() == b"\x7fELFld.so" + bytes(len(relinked.LOADER) - 5) + b"rest"
    assert sorted(path.name for path in made.folder.iterdir()) == ["ld.so", "libc.so.6", "linux"]


def test_a_program_that_names_another_loader_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed) as caught:
        relinked.relinked(b"\x7fELF /lib/ld-musl-x86_64.so.1\0", "linux")
    assert caught.value.problem == "linux does not name the loader that was expected"
    with pytest.raises(BuildFailed) as caught:
        relinked.make(relinked.Options("usr/bin/linux"), context(tmp_path))
    assert caught.value.problem == "no part has the file 'usr/bin/linux'"
