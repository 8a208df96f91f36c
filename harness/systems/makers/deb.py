"""Files of one Debian package, of whatever suite: a kernel, a program that stands alone. Nothing is installed."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from harness.images import rootfs
from harness.images.tools import BuildFailed, run
from harness.systems.makers import MakeContext

METHOD = 1
PROGRAMS: Mapping[str, str] = {"apt-get": "apt", "dpkg-deb": "dpkg"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class Correction(Struct, frozen=True, forbid_unknown_fields=True):
    """Bytes of a program that its build has wrong, and that keep it from working at all."""

    file: str
    """Below the package's root."""
    found: str
    """What is there once and no more, in hexadecimal digits."""
    by: str
    """What is to be there, as many bytes."""


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which package."""

    suite: str
    package: str
    """Its name, or a regular expression of which the newest that fits is taken: kernels have their version in their name."""
    architecture: str = "amd64"
    section: str = "main"
    version: str = ""
    """What its version must contain, where the recipe says something of it that is true of that one alone."""
    corrections: tuple[Correction, ...] = ()


def make(options: Options, context: MakeContext) -> None:
    """The package's files, below the part's folder. Raises BuildFailed."""
    context.tell(f"the package {options.package} of Debian {options.suite}")
    apt = _apt(options, context)
    run([*apt, "update", "-qq"], context.scratch, hint=rootfs.OTHER_MIRROR)
    package = _newest(options, context.scratch)
    context.tell(package)
    run([*apt, "download", "-qq", package], context.scratch, hint=rootfs.OTHER_MIRROR)
    file = next(context.scratch.glob("*.deb"))
    check_version(options, file.name.split("_")[1])
    run(["dpkg-deb", "--extract", str(file), str(context.folder)], context.scratch)
    for correction in options.corrections:
        correct(context.folder / correction.file, bytes.fromhex(correction.found), bytes.fromhex(correction.by))


def check_version(options: Options, version: str) -> None:
    """Refuse another version than the recipe is of. Raises BuildFailed."""
    if options.version not in version:
        problem = f"Debian {options.suite} has {options.package} {version} now, and the recipe is of {options.version}"
        raise BuildFailed(problem, "the recipe, and what is known of that version, need to be looked at again")


def correct(file: Path, found: bytes, by: bytes) -> None:
    """Put other bytes in the place of those that are there once. Raises BuildFailed."""
    content = file.read_bytes()
    if content.count(found) != 1 or len(by) != len(found):
        raise BuildFailed(f"{file.name} has not, or not once, what the recipe corrects", "the recipe is of another build")
    file.write_bytes(content.replace(found, by))


def _apt(options: Options, context: MakeContext) -> list[str]:
    """apt with lists of its own, which knows the one suite and nothing of this machine's packages."""
    scratch = context.scratch
    scratch.chmod(0o755)
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (scratch / name).mkdir(parents=True)
    (scratch / "status").touch()
    signed = f" signed-by={KEYRING}" if KEYRING.is_file() else ""
    mirror = context.mirror or rootfs.own_mirror()
    entry = f"deb [arch={options.architecture} check-valid-until=no{signed}] {mirror} {options.suite} {options.section}\n"
    (scratch / "sources.list").write_text(entry, "utf-8")
    settings = {
        "Dir::State": scratch, "Dir::State::lists": scratch / "lists", "Dir::State::status": scratch / "status",
        "Dir::Cache": scratch / "cache",
        "Dir::Etc::sourcelist": scratch / "sources.list", "Dir::Etc::sourceparts": scratch / "parts",
        "APT::Architecture": options.architecture, "APT::Architectures": options.architecture, "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }  # fmt: skip
    return ["apt-get", *(word for key, value in settings.items() for word in ("-o", f"{key}={value}"))]


def _newest(options: Options, scratch: Path) -> str:
    """The package that is meant. Raises BuildFailed."""
    listed = [line for file in _lists(scratch) for line in file.read_text("utf-8", "replace").splitlines() if line.startswith("Package: ")]
    names = {line.removeprefix("Package: ") for line in listed}
    found = [name for name in names if re.fullmatch(options.package, name)]
    if not found:
        raise BuildFailed(f"Debian {options.suite} has no package '{options.package}'", rootfs.OTHER_MIRROR)
    return max(found, key=_numbers)


def _lists(scratch: Path) -> list[Path]:
    """apt's lists, taken out of their compression."""
    for file in (scratch / "lists").glob("*_Packages.lz4"):
        run(["/usr/lib/apt/apt-helper", "cat-file", str(file)], scratch)
        os.replace(scratch / "said", file.with_suffix(""))
    return sorted((scratch / "lists").glob("*_Packages"))


def _numbers(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name)]
