"""How a program that does not run is told; those that run are in test_build."""

import pytest

from harness.images import checking
from harness.images.registry import Image

IMAGE = Image("small", "A test", "built", "sockmatrix/small", "glibc", "arm64")


@pytest.mark.parametrize(
    ("said", "problem", "hint"),
    [
        (
            "runc: operation not permitted: OCI permission denied",
            "the engine starts no container of it: runc: operation not permitted: OCI permission denied",
            "does it start others? docker run --rm hello-world",
        ),
        (
            'exec: "/bin/it": stat /bin/it: no such file or directory: unknown',
            '/bin/it does not run in it: exec: "/bin/it": stat /bin/it: no such file or directory: unknown',
            "see the recipe of 'small' in docker/targets.toml",
        ),
        (
            "exec /bin/it: exec format error",
            "the engine's kernel cannot run programs for arm64: it has no binfmt_misc handler with the flag F for qemu-aarch64",
            (
                "on the engine's machine: sudo apt-get install qemu-user-static binfmt-support; without systemd also: "
                "sudo mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && sudo update-binfmts --enable qemu-aarch64; "
                "or: docker run --privileged --rm tonistiigi/binfmt --install arm64"
            ),
        ),
    ],
)
def test_what_the_engine_says_is_told_apart(said: str, problem: str, hint: str) -> None:
    told = checking._not_started(IMAGE, "/bin/it", said)
    assert (told.problem, told.hint) == (problem, hint)


def test_a_python_of_a_newer_system() -> None:
    told = checking._does_not_run(IMAGE, "/bin/it", "/bin/it: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /bin/it)\n")
    assert told.hint == "it was compiled on a newer system than the image's; compile it again on an older one"
