"""What is said of machines that lack something."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.targets import doctor
from harness.targets.discover import Found
from harness.targets.doctor import Check
from harness.targets.interpreter import Interpreter

needs_unix = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no AF_UNIX")
NOTHING_TO_DO = "nothing: only container targets need one, and this version has none yet"


@contextmanager
def short_folder() -> Iterator[str]:
    # pytest's own temporary folders are too deep for AF_UNIX on some systems.
    with tempfile.TemporaryDirectory(prefix="s", dir="/tmp") as folder:
        yield folder


def test_every_check_has_a_finding_and_every_fault_an_advice() -> None:
    checks = doctor.examine(lambda: Found((), {}))
    names = ["ipv4", "ipv6", "unix", "services", "hostname", "ports", "descriptors", "cores", "containers", "interpreters"]
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


@needs_unix
def test_a_container_engine_is_known_by_its_socket() -> None:
    with short_folder() as folder, socket.socket(socket.AF_UNIX) as engine:
        path = f"{folder}/engine.sock"
        engine.bind(path)
        assert doctor.check_containers(f"unix://{path}") == Check(
            "containers", "missing", f"no container engine at {path}: Connection refused", NOTHING_TO_DO
        )
        engine.listen()
        assert doctor.check_containers(f"unix://{path}") == Check("containers", "ok", f"a container engine accepts connections at {path}")


def test_an_engine_on_the_network_is_not_contacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(socket, "socket")
    finding = "DOCKER_HOST is tcp://engine.example:2376: not a socket file, and not contacted"
    assert doctor.check_containers("tcp://engine.example:2376") == Check("containers", "limited", finding, NOTHING_TO_DO)


def test_interpreters_found_and_left_out() -> None:
    found = Found((Interpreter("/usr/bin/python3", "cpython", "3.11.2", "path"),), {"/usr/bin/python3.3": "Python 3.3.7 is too old"})
    assert doctor.check_interpreters(found) == (
        Check("interpreters", "ok", "1 found: cpython-3.11.2"),
        Check("skipped", "limited", "/usr/bin/python3.3: Python 3.3.7 is too old", "mend it, or take it off PATH if it is not wanted"),
    )
    assert doctor.check_interpreters(Found((), {})) == (
        Check("interpreters", "missing", "no interpreter found", "install a Python, or name one by its path"),
    )
