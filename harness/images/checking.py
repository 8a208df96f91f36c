"""See in a container of its own whether what an image promises really runs. Makes no image."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from harness.images.inventory import Seen
from harness.images.registry import Image, Interpreter
from harness.images.tools import BuildFailed

if TYPE_CHECKING:
    from docker import APIClient

CHECK_LABEL = "org.sockmatrix.check"
"""On every container of a check: the reference of the image."""

LIMIT = 120
"""Seconds that a program has; a Java machine on an emulated processor is slow to start."""

FORGOTTEN = 600
"""Seconds after which a container of a check was left behind by somebody who was killed."""

QUESTION = """
import json, platform, select, socket, struct, sys, threading
print(json.dumps({
    "python": ".".join(map(str, sys.version_info[:3])),
    "implementation": platform.python_implementation().lower(),
    "byteorder": sys.byteorder,
    "bits": 8 * struct.calcsize("P"),
}))
"""
"""The modules are those that the agent cannot do without."""

EMULATORS = {"arm64": "aarch64", "armhf": "arm", "ppc64el": "ppc64le"}
"""Names of qemu for architectures that Debian names otherwise."""


class _Ended(Struct, frozen=True):
    code: int
    out: str
    errors: str


def ask(client: "APIClient", reference: str, image: Image, interpreter: Interpreter) -> Seen:
    """What an interpreter says of itself.

    Raises BuildFailed where it does not run, or is another than the registry says.
    """
    ended = _run(client, reference, image, [interpreter.path, "-c", QUESTION])
    if ended.code:
        raise _does_not_run(image, interpreter.path, ended.errors or ended.out)
    said = msgspec.json.decode(ended.out.strip().splitlines()[-1], type=dict[str, str | int])
    seen = msgspec.convert({"path": interpreter.path, **said}, Seen)
    if not _is(seen, interpreter):
        problem = f"{interpreter.path} is {seen.implementation} {seen.python}, not {interpreter.implementation} {interpreter.python}"
        raise BuildFailed(problem, f"correct the entry '{image.name}' of docker/targets.toml")
    return seen


def try_program(client: "APIClient", reference: str, image: Image, argv: Sequence[str]) -> None:
    """Raises BuildFailed where a program of an image does not run."""
    ended = _run(client, reference, image, argv)
    if ended.code:
        raise _does_not_run(image, argv[0], ended.errors or ended.out)


def sweep(client: "APIClient") -> None:
    """Remove containers of checks that somebody who was killed has left behind."""
    for container in client.containers(all=True, filters={"label": CHECK_LABEL}):
        if time.time() - container["Created"] > FORGOTTEN:
            client.remove_container(container["Id"], force=True)


def _is(seen: Seen, promised: Interpreter) -> bool:
    version = f"{seen.python}.".startswith(f"{promised.python}.")
    return version and seen.implementation == promised.implementation


def _run(client: "APIClient", reference: str, image: Image, argv: Sequence[str]) -> _Ended:
    """Run one program without a network and without rights; nothing stays behind."""
    with started(client, reference, image, argv) as container:
        return ended(client, container, argv[0])


@contextmanager
def started(client: "APIClient", reference: str, image: Image, argv: Sequence[str], *, read_only: bool = True) -> Iterator[str]:
    """A container in which a program runs, without a network and without rights; removed afterwards. Raises BuildFailed."""
    from docker.errors import APIError

    limits = client.create_host_config(
        network_mode="none",
        read_only=read_only,
        tmpfs={"/tmp": ""},
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        mem_limit="512m",
        pids_limit=128,
    )
    made = client.create_container(
        reference, list(argv), entrypoint=[], host_config=limits, labels={CHECK_LABEL: reference}, use_config_proxy=False
    )
    try:
        try:
            client.start(made["Id"])
        except APIError as error:
            raise _not_started(image, argv[0], str(error.explanation or error)) from error
        yield str(made["Id"])
    finally:
        client.remove_container(made["Id"], force=True)


def ended(client: "APIClient", container: str, program: str) -> _Ended:
    """How a program ended, and what it said. Raises BuildFailed where it does not come to an end."""
    from requests.exceptions import ConnectionError as Lost
    from requests.exceptions import ReadTimeout

    try:
        code = int(client.wait(container, timeout=LIMIT)["StatusCode"])
        out, errors = (client.logs(container, stdout=which, stderr=not which) for which in (True, False))
        return _Ended(code, out.decode("utf-8", "replace"), errors.decode("utf-8", "replace"))
    except (Lost, ReadTimeout) as error:
        if "timed out" not in str(error):
            raise
        raise BuildFailed(f"{program} did not end within {LIMIT} seconds", "try again when the machine has less to do") from error


def _not_started(image: Image, path: str, text: str) -> BuildFailed:
    """Why the engine has not started a program: it is told from an engine that starts nothing."""
    if "exec format error" in text or "no such file" in text:
        return _does_not_run(image, path, text)
    return BuildFailed(
        f"the engine starts no container of it: {' '.join(text.split())}", "does it start others? docker run --rm hello-world"
    )


def _does_not_run(image: Image, path: str, text: str) -> BuildFailed:
    """Why a program did not run; a missing emulator is told from a missing file."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    if "exec format error" in text:
        return _no_emulator(image.architecture)
    if "GLIBC_" in text:
        return BuildFailed(
            f"{path} does not run in it: {last}", "it was compiled on a newer system than the image's; compile it again on an older one"
        )
    return BuildFailed(f"{path} does not run in it: {last}", f"see the recipe of '{image.name}' in docker/targets.toml")


def _no_emulator(architecture: str) -> BuildFailed:
    name = EMULATORS.get(architecture, architecture)
    return BuildFailed(
        f"the engine's kernel cannot run programs for {architecture}: it has no binfmt_misc handler with the flag F for qemu-{name}",
        "on the engine's machine: sudo apt-get install qemu-user-static binfmt-support; without systemd also: "
        "sudo mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && "
        f"sudo update-binfmts --enable qemu-{name}; or: docker run --privileged --rm tonistiigi/binfmt --install {architecture}",
    )
