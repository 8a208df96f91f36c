"""What is said where the engine cannot be reached; engines here are sockets that answer one thing."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.images.engine import DEFAULT_SOCKET, EngineUnavailable, connect, unavailable, usual_sockets

ANOTHER = "name another engine with DOCKER_HOST=unix://PATH or tcp://HOST:PORT"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "no-config"))


Answering = Callable[[bytes], str]


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Answering]:
    """`answering(body)`: the address of something that answers every request with this JSON."""
    listeners: list[socket.socket] = []

    def serve(listener: socket.socket, body: bytes) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                if not connection.recv(65536):
                    continue
                head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                connection.sendall(head.encode() + body)

    def start(body: bytes) -> str:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "engine.sock"))
        listener.listen()
        listeners.append(listener)
        threading.Thread(target=serve, args=(listener, body), daemon=True).start()
        return f"unix://{tmp_path}/engine.sock"

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def refusal() -> EngineUnavailable:
    with pytest.raises(EngineUnavailable) as caught:
        connect(timeout=5)
    return caught.value


def test_no_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    error = refusal()
    assert error.problem == f"no container engine answers at unix://{tmp_path}/none.sock: there is no such socket"
    assert error.hint == (
        "start one: sudo systemctl start docker (or: systemctl --user start podman.socket); "
        f"to install one: sudo apt-get install docker.io (or podman); or {ANOTHER}"
    )
    assert str(error) == f"{error.problem}; {error.hint}"


def test_a_socket_that_nobody_listens_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "left.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/left.sock")
    assert refusal().problem == f"no container engine answers at unix://{tmp_path}/left.sock: nobody listens on the socket"


def test_an_address_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://")
    assert str(refusal()) == f"the engine's address 'tcp://' cannot be understood; {ANOTHER}"


def test_a_host_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{held.getsockname()[1]}"
        monkeypatch.setenv("DOCKER_HOST", address)
        assert refusal().problem == f"the container engine at {address} cannot be used: [Errno 111] Connection refused"


def test_no_permission(tmp_path: Path) -> None:
    wrapped = OSError("Connection aborted.", PermissionError(13, "Permission denied"))
    error = unavailable(wrapped, f"unix://{tmp_path}/no.sock")
    assert error.problem == f"no permission to use the container engine's socket {tmp_path}/no.sock"
    assert error.hint == "use an engine of your own: systemctl --user start podman.socket (or: dockerd-rootless-setuptool.sh install)"


def test_the_group_of_the_socket_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathlib.Path.group", lambda self: "docker")
    assert unavailable(PermissionError(13, "Permission denied"), "unix:///run/docker.sock").hint == (
        "join its group: sudo usermod -aG docker $USER, then log in again; or "
        "use an engine of your own: systemctl --user start podman.socket (or: dockerd-rootless-setuptool.sh install)"
    )


def test_an_engine_that_is_too_old(monkeypatch: pytest.MonkeyPatch, answering: Answering) -> None:
    monkeypatch.setenv("DOCKER_HOST", answering(b'{"ApiVersion": "1.39"}'))
    assert str(refusal()) == (
        "the container engine speaks version 1.39 of Docker's API; 1.40 is needed; upgrade to Docker 19.03, Podman 3 or later"
    )


def test_something_that_is_no_engine(monkeypatch: pytest.MonkeyPatch, answering: Answering) -> None:
    address = answering(b'{"hello": "world"}')
    monkeypatch.setenv("DOCKER_HOST", address)
    assert refusal().problem == f"the container engine at {address} cannot be used: 'ApiVersion'"


def test_an_engine_that_is_new_enough(monkeypatch: pytest.MonkeyPatch, answering: Answering) -> None:
    monkeypatch.setenv("DOCKER_HOST", answering(b'{"ApiVersion": "1.41"}'))
    with connect() as client:
        assert client.api_version == "1.41"
        assert client.timeout == 60


def test_certificates_that_are_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    error = refusal()
    assert error.problem.startswith("no TLS connection to the container engine at tcp://127.0.0.1:1: Path to a certificate and key files")
    assert error.hint == "see DOCKER_TLS_VERIFY, and the files ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH (~/.docker if not set)"


def test_a_context_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    assert str(refusal()) == (
        "there is no Docker context 'elsewhere'; list them: docker context ls; choose another: DOCKER_CONTEXT=default"
    )


def test_podmans_socket_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    monkeypatch.setenv("HOME", "/home/me")
    assert usual_sockets() == (
        DEFAULT_SOCKET,
        "/run/user/1000/docker.sock",
        "/home/me/.docker/run/docker.sock",
        "/run/user/1000/podman/podman.sock",
        "/run/podman/podman.sock",
    )


def test_the_first_socket_that_may_be_used(monkeypatch: pytest.MonkeyPatch, answering: Answering) -> None:
    address = answering(b'{"ApiVersion": "1.41"}')
    monkeypatch.setattr("harness.images.engine.usual_sockets", lambda: ("/nowhere.sock", address.removeprefix("unix://")))
    with connect() as client:
        assert client.api_version == "1.41"


def test_an_error_that_is_told_already_is_kept() -> None:
    told = EngineUnavailable("it is gone", "get it back")
    assert unavailable(told) is told
