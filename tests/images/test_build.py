"""Images in a real engine, from the first layer to removal; they are made of this machine's shell, so that nothing is downloaded."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harness.images.build import UNCHECKED, Built, Options, build
from harness.images.checking import CHECK_LABEL
from harness.images.inventory import held, remove, state_of, statuses
from harness.images.recipes import digest
from harness.images.registry import Image, Interpreter
from tests.images.conftest import SPEAKS, Unpacked

if TYPE_CHECKING:
    from docker import APIClient

pytestmark = pytest.mark.containers

OTHER_PROCESSOR = "\x7fELF\x02\x01\x01" + "\0" * 9 + "\x02\x00\x34\x12" + "\0" * 44
"""The first bytes of a program for a processor that there is not."""


def made(client: "APIClient", image: Image, *, force: bool = False) -> Built:
    return build(client, image, Options(force=force), lambda step: None)


def test_an_image_is_built_once_and_removed(client: "APIClient", image: Image, unpacked: Unpacked) -> None:
    unpacked({"/usr/bin/python3": SPEAKS})
    assert [each.state for each in statuses(client, [image])] == ["absent"]
    first = made(client, image)
    try:
        assert (first.state, first.problem) == ("built", "")
        assert [(each.path, each.python, each.bits) for each in first.interpreters] == [("/usr/bin/python3", "3.9.2", 64)]
        assert made(client, image).state == "up to date"
        assert [each.state for each in statuses(client, [image])] == ["present"]
        assert state_of(replace(image, architecture="i386"), held(client, image.image)) == "stale"
        assert made(client, image, force=True).state == "built"
        assert held(client, f"{image.image}:{UNCHECKED}") is None
        found = client.inspect_image(image.image)
        assert found["Config"]["Cmd"] == ["/usr/bin/python3"]
        assert found["Config"]["Labels"]["org.sockmatrix.recipe"] == digest(image)
    finally:
        removed = remove(client, [image])
    assert removed == {image.image: ""}
    assert remove(client, [image]) == {image.image: "not there"}


def test_the_engine_knows_the_architecture(client: "APIClient", image: Image, unpacked: Unpacked) -> None:
    unpacked({"/usr/bin/python3": SPEAKS})
    other = replace(image, architecture="i386")
    assert made(client, other).state == "built"
    try:
        assert client.inspect_image(image.image)["Architecture"] == "386"
    finally:
        remove(client, [other])


def test_another_version_than_the_registry_says(client: "APIClient", image: Image, unpacked: Unpacked) -> None:
    unpacked({"/usr/bin/python3": SPEAKS})
    failed = made(client, replace(image, interpreters=(Interpreter("/usr/bin/python3", "3.11"),)))
    assert (failed.state, failed.problem) == ("failed", "/usr/bin/python3 is cpython 3.9.2, not cpython 3.11")
    assert failed.hint == f"correct the entry '{image.name}' of docker/targets.toml"
    assert nothing_is_left(client, image)


def test_an_interpreter_that_ends_badly(client: "APIClient", image: Image, unpacked: Unpacked) -> None:
    unpacked({"/usr/bin/python3": "#!/bin/sh\necho libssl.so.3: cannot open shared object file >&2\nexit 127\n"})
    failed = made(client, image)
    assert failed.problem == "/usr/bin/python3 does not run in it: libssl.so.3: cannot open shared object file"
    assert failed.hint == f"see the recipe of '{image.name}' in docker/targets.toml"
    assert nothing_is_left(client, image)


def test_a_processor_without_an_emulator(client: "APIClient", image: Image, unpacked: Unpacked) -> None:
    unpacked({"/usr/bin/python3": OTHER_PROCESSOR})
    failed = made(client, replace(image, architecture="riscv64"))
    assert failed.problem == (
        "the engine's kernel cannot run programs for riscv64: it has no binfmt_misc handler with the flag F for qemu-riscv64"
    )
    assert failed.hint == (
        "on the engine's machine: sudo apt-get install qemu-user-static binfmt-support; without systemd also: "
        "sudo mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc && sudo update-binfmts --enable qemu-riscv64; "
        "or: docker run --privileged --rm tonistiigi/binfmt --install riscv64"
    )
    assert nothing_is_left(client, image)


def test_a_missing_tool_of_an_image_of_tools(client: "APIClient", image: Image, unpacked: Unpacked) -> None:
    unpacked({})
    failed = made(client, replace(image, interpreters=(), role="tools", programs=(("/bin/sh", "-c", "true"), ("/usr/sbin/tc", "-V"))))
    assert failed.problem.startswith("/usr/sbin/tc does not run in it: ")
    assert nothing_is_left(client, image)


def test_an_image_of_somebody_else_is_left_alone(client: "APIClient", image: Image, unpacked: Unpacked) -> None:
    unpacked({"/usr/bin/python3": SPEAKS})
    other = replace(image, name="another")
    made(client, other)
    try:
        assert remove(client, [image]) == {image.image: "not built by sockmatrix, so it is left alone"}
        assert held(client, image.image) is not None
    finally:
        remove(client, [other])


def test_an_interrupted_build_leaves_nothing(
    client: "APIClient", image: Image, unpacked: Unpacked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unpacked({"/usr/bin/python3": SPEAKS})
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def interrupted(step: str) -> None:
        if step.startswith("does"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(client, image, Options(), interrupted)
    assert list(tmp_path.iterdir()) == []
    assert nothing_is_left(client, image)


def nothing_is_left(client: "APIClient", image: Image) -> bool:
    """Neither the image, nor one that was not checked, nor a container of the check."""
    references = (image.image, f"{image.image}:{UNCHECKED}")
    containers = client.containers(all=True, filters={"label": f"{CHECK_LABEL}={references[1]}"})
    return not containers and not any(held(client, reference) for reference in references)
