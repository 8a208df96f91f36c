"""What is said of machines that lack something."""

import os
import platform
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from docker.errors import ImageNotFound
from requests.exceptions import ConnectionError as Lost

from harness.images import engine
from harness.targets import doctor
from harness.targets.discover import Found
from harness.targets.doctor import Check
from harness.targets.interpreter import Interpreter

needs_unix = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no AF_UNIX")
NO_ENGINE = "unix:///nowhere/engine.sock"


class MiniatureEngine:
    """Answers what the doctor asks, and has the images that it is given."""

    def __init__(self, *images: str, version: dict[str, Any] | None = None, info: dict[str, Any] | None = None) -> None:
        self.images = images
        self._version = {"Version": "24.0.7", "ApiVersion": "1.43", "Components": [{"Name": "Engine"}]} | (version or {})
        self._info = {"Driver": "overlay2", "KernelVersion": platform.release(), **dict.fromkeys(doctor.LIMITS, True)} | (info or {})
        self.closed = False

    def version(self) -> dict[str, Any]:
        return self._version

    def info(self) -> dict[str, Any]:
        return self._info

    def inspect_image(self, reference: str) -> dict[str, Any]:
        if reference not in self.images:
            raise ImageNotFound(f"No such image: {reference}")
        return {"Id": "sha256:1"}

    def __enter__(self) -> "MiniatureEngine":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True


@contextmanager
def short_folder() -> Iterator[str]:
    # pytest's own temporary folders are too deep for AF_UNIX on some systems.
    with tempfile.TemporaryDirectory(prefix="s", dir="/tmp") as folder:
        yield folder


def test_every_check_has_a_finding_and_every_fault_an_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    checks = doctor.examine(lambda: Found((), {}))
    names = ["ipv4", "ipv6", "unix", "services", "hostname", "ports", "descriptors", "cores", "containers", "ssh", "interpreters"]
    assert [check.name for check in checks] == names
    assert all(check.finding for check in checks)
    assert all(check.advice for check in checks if check.state != "ok")


def test_a_python_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "AF_INET6", raising=False)
    assert doctor.check_ipv6() == Check(
        "ipv6",
        "missing",
        "::1 cannot be bound: this Python has no AF_INET6",
        "scenarios that need ipv6 will be unsupported; Linux has it with net.ipv6.conf.lo.disable_ipv6=0",
    )


def test_an_address_that_cannot_be_bound_is_said_by_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(socket.socket):
        def bind(self, address: object) -> None:
            raise OSError(99, "Cannot assign requested address")

    monkeypatch.setattr(socket, "socket", Refusing)
    assert doctor.check_ipv4() == Check(
        "ipv4",
        "missing",
        "127.0.0.1 cannot be bound: Cannot assign requested address",
        "bring the loopback interface up: ip link set lo up",
    )


@needs_unix
def test_the_longest_path_is_found_by_trying() -> None:
    with short_folder() as folder:
        longest = doctor.longest_path(folder)
        fits = f"{folder}/".ljust(longest, "y")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.bind(fits)
        with socket.socket(socket.AF_UNIX) as probe, pytest.raises(OSError, match=r"too long|[Ii]nvalid"):
            probe.bind(fits + "y")
        assert os.listdir(folder) == [os.path.basename(fits)]


@needs_unix
def test_a_deep_temporary_folder_leaves_little(monkeypatch: pytest.MonkeyPatch) -> None:
    with short_folder() as folder:
        longest = doctor.longest_path(folder)
        deep = Path(f"{folder}/".ljust(longest - 20, "d"))
        deep.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(deep))
        assert doctor.check_unix() == Check(
            "unix",
            "limited",
            f"paths up to {longest} bytes, of which the temporary folder takes {longest - 19}",
            f"set TMPDIR to a path of at most {longest - 41} bytes",
        )


@needs_unix
def test_a_temporary_folder_too_deep_for_any_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    with short_folder() as folder:
        deep = Path(folder, "d" * 200)
        deep.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(deep))
        assert doctor.check_unix() == Check(
            "unix", "missing", f"no AF_UNIX socket can be bound below {deep}", "set TMPDIR to a short path on a local disk"
        )


def test_no_services_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str, protocol: str) -> int:
        raise OSError("service/proto not found")

    monkeypatch.setattr(socket, "getservbyname", unknown)
    assert doctor.check_services() == Check(
        "services", "missing", "http/tcp is not in the services database", "install the package netbase, or write /etc/services"
    )


@pytest.mark.parametrize(
    ("entry", "state", "finding"),
    [
        ("127.0.1.1 box.example Box # me", "ok", "box is 127.0.1.1 in {}; no resolver is asked"),
        ("::1 box", "ok", "box is ::1 in {}; no resolver is asked"),
        ("10.0.0.1 box", "limited", "box is 10.0.0.1 in {}, not a loopback address"),
        ("# 127.0.0.1 box", "limited", "box is not in {}"),
    ],
)
def test_the_own_name_in_the_hosts_file(entry: str, state: str, finding: str, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n{entry}\n")
    check = doctor.check_host_name("box", hosts)
    assert (check.state, check.finding) == (state, finding.format(hosts))
    advice = f"add the line '127.0.0.1 box' to {hosts}; until then scenarios that need hostname are unsupported"
    assert check.advice == ("" if state == "ok" else advice)


def test_no_hosts_file_at_all(tmp_path: Path) -> None:
    assert doctor.check_host_name("box", tmp_path / "hosts").finding == f"box is not in {tmp_path / 'hosts'}"


def test_the_range_of_ports(tmp_path: Path) -> None:
    file = tmp_path / "range"
    assert doctor.check_ports(file) == Check("ports", "ok", "the range of ephemeral ports is not told on this system")
    file.write_text("32768\t60999\n")
    assert doctor.check_ports(file) == Check("ports", "ok", "28232 ephemeral ports, 32768 to 60999")
    file.write_text("40000\t40099\n")
    advice = 'widen it: sysctl net.ipv4.ip_local_port_range="32768 60999"'
    assert doctor.check_ports(file) == Check("ports", "limited", "100 ephemeral ports, 40000 to 40099", advice)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_few_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 512))
    assert doctor.check_descriptors() == Check("descriptors", "limited", "64 open files for a process", "raise it: ulimit -n 512")


def test_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    advice = "time bounds may come out inconclusive; play on fewer targets at once"
    assert doctor.check_cores() == Check("cores", "limited", "1 core", advice)


def meet(monkeypatch: pytest.MonkeyPatch, miniature: MiniatureEngine) -> tuple[Check, ...]:
    monkeypatch.setattr(engine, "connect", lambda seconds: miniature)
    return doctor.check_containers()


def test_an_engine_with_everything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "KERNEL_IPV6", tmp_path)
    miniature = MiniatureEngine("sockmatrix/network")
    assert meet(monkeypatch, miniature) == (
        Check("containers", "ok", "Docker 24.0.7, API 1.43, storage overlay2"),
        Check("tools", "ok", "networks are shaped with sockmatrix/network"),
        Check("networks", "ok", "IPv4 and IPv6 can be expected"),
    )
    assert miniature.closed


@needs_unix
def test_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NO_ENGINE)
    advice = f"{engine.START_ONE}; or {engine.NAME_ANOTHER}"
    problem = f"no container engine answers at {NO_ENGINE}: there is no such socket"
    assert doctor.check_containers() == (Check("containers", "missing", problem, advice),)


def test_an_engine_that_goes_away_while_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Leaving(MiniatureEngine):
        def info(self) -> dict[str, Any]:
            raise Lost("Connection aborted.")

    monkeypatch.setenv("DOCKER_HOST", "tcp://engine.example:2376")
    problem = "the container engine at tcp://engine.example:2376 cannot be used: Connection aborted."
    assert meet(monkeypatch, Leaving()) == (Check("containers", "missing", problem, engine.NAME_ANOTHER),)


def test_podman_is_known_by_its_parts() -> None:
    miniature = MiniatureEngine(version={"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}, {"Name": "Conmon"}]})
    assert doctor.check_engine(miniature.version(), miniature.info()).finding == "Podman 4.3.1, API 1.43, storage overlay2"


def test_an_engine_that_cannot_limit_what_a_container_takes() -> None:
    miniature = MiniatureEngine(info={"MemoryLimit": False, "CpuCfsQuota": False})
    assert doctor.check_engine(miniature.version(), miniature.info()) == Check(
        "containers",
        "limited",
        "Docker 24.0.7, API 1.43, storage overlay2; it sets no limit on memory and processors",
        "give it cgroups for that (without root: delegated by systemd); until then containers may not start",
    )


def test_an_engine_without_the_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    assert meet(monkeypatch, MiniatureEngine())[1] == Check(
        "tools",
        "missing",
        "there is no image 'sockmatrix/network'; scenarios that need its tools will be unsupported",
        "build it: sockmatrix images build network",
    )


def test_ipv6_of_the_engine_is_known_where_its_kernel_is_ours(tmp_path: Path) -> None:
    assert doctor.check_ipv6_networks(platform.release(), tmp_path / "if_inet6") == Check(
        "networks",
        "limited",
        "IPv4 alone: the kernel has no IPv6",
        "scenarios on networks with IPv6 will fail to start; boot without ipv6.disable=1",
    )
    assert doctor.check_ipv6_networks("6.6.12-linuxkit", tmp_path) == Check(
        "networks",
        "limited",
        "the engine's kernel is 6.6.12-linuxkit, not this machine's: whether it has IPv6 shows when it is used",
        "try it: sockmatrix run -t docker:IMAGE -k area:ipv6 --network ipv6",
    )


def test_interpreters_found_and_left_out() -> None:
    found = Found((Interpreter("/usr/bin/python3", "cpython", "3.11.2", "path"),), {"/usr/bin/python3.3": "Python 3.3.7 is too old"})
    assert doctor.check_interpreters(found) == (
        Check("interpreters", "ok", "1 found: cpython-3.11.2"),
        Check("skipped", "limited", "/usr/bin/python3.3: Python 3.3.7 is too old", "mend it, or take it off PATH if it is not wanted"),
    )
    assert doctor.check_interpreters(Found((), {})) == (
        Check("interpreters", "missing", "no interpreter found", "install a Python, or name one by its path"),
    )


def test_a_client_for_other_machines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.check_ssh() == Check(
        "ssh",
        "missing",
        "there is no program ssh; other machines cannot be targets (ssh:user@host)",
        "on Debian and Ubuntu: sudo apt-get install openssh-client",
    )
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\necho OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19 >&2\n")
    program.chmod(0o755)
    assert doctor.check_ssh() == Check("ssh", "ok", "OpenSSH_9.2p1 Debian-2; other machines can be targets (ssh:user@host)")
