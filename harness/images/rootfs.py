"""Make a root file system of Debian's packages as a tar file, with mmdebstrap. Knows nothing of engines."""

import os
import re
import shlex
import shutil
from pathlib import Path

from harness.images.registry import Recipe, definitions
from harness.images.tools import BuildFailed, need, run

APT = Path("/etc/apt")
"""Where a machine says from which mirrors its own packages come."""

_MIRROR = re.compile(r"^(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(https?://\S+/debian)/?(?:\s|$)", re.MULTILINE)

SETTLE = "settle.sh"

MERGE = 'for name in bin lib lib64 sbin; do mkdir -p "$1/usr/$name" && ln -s "usr/$name" "$1/$name"; done'
"""A package's script makes /bin and /usr/bin one in Debian 12 and older, where programs are found under both names."""

OTHER_MIRROR = "try another mirror: --mirror URL (suites that have left the mirrors are in Debian's archive of old releases)"

IDS = Path("/etc/subuid")
"""The ids that each user may give to others: mmdebstrap needs some, where it is not started by root."""

NO_IDS = "mmdebstrap needs user ids for who is not root: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"


def own_mirror(folder: Path = APT) -> str:
    """The Debian mirror that this machine's own packages come from. Raises BuildFailed where it names none."""
    for file in sorted([*folder.glob("sources.list"), *folder.glob("sources.list.d/*")]):
        found = _MIRROR.search(file.read_text("utf-8", "replace")) if file.is_file() else None
        if found:
            return found[1]
    raise BuildFailed(f"no Debian mirror is named in {folder}", "name one: --mirror URL, as of https://www.debian.org/mirror/list")


def make(recipe: Recipe, architecture: str, folder: Path, mirror: str) -> Path:
    """The tar file, in a folder that is empty.

    Raises BuildFailed.
    """
    need("mmdebstrap", "mmdebstrap")
    # Without root, mmdebstrap works as another user, who may not be allowed into a home or a private folder.
    folder.chmod(0o755)
    shutil.copy(definitions() / SETTLE, folder)
    out = folder / "root.tar"
    run(command(recipe, architecture, out, mirror), folder, hint=_hint())
    return out


def _hint(ids: Path = IDS) -> str:
    """What to try where mmdebstrap has failed: a user without a range of ids gets no further than a tar that is not there."""
    user = _user()
    ranges = ids.read_text("utf-8", "replace").splitlines() if ids.is_file() else []
    if user is None or any(line.split(":")[0] in user for line in ranges):
        return OTHER_MIRROR
    return NO_IDS.format(user=user[0])


def _user() -> tuple[str, str] | None:
    """Name and number of who is not root."""
    import pwd

    number = os.geteuid()
    if not number:
        return None
    try:
        return pwd.getpwuid(number).pw_name, str(number)
    except KeyError:
        return str(number), str(number)


def command(recipe: Recipe, architecture: str, out: Path, mirror: str) -> list[str]:
    """How mmdebstrap is called: packages are unpacked and their scripts are not run, so no architecture needs an emulator."""
    hooks = [f'sh {shlex.quote(str(out.parent / SETTLE))} "$1"']
    hooks += [f'ln -sf {shlex.quote(target)} "$1"{shlex.quote(path)}' for path, target in recipe.links.items()]
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=extract",
        "--format=tar",
        # An engine without root may not make device nodes, and every engine makes its own.
        "--skip=check/qemu,output/dev",
        f"--architectures={architecture}",
        # Mirrors that stand still have an expired list; its signature is checked all the same.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        f"--include={','.join(recipe.packages)}",
        f"--setup-hook={MERGE}",
        *(f"--extract-hook={hook}" for hook in hooks),
        recipe.suite,
        str(out),
        mirror,
    ]
