"""Connect to the container engine through the Docker SDK, and say what is wrong where that fails. Knows no images and no containers."""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from docker import APIClient

TIMEOUT = 60
"""Seconds that a call to the engine may be silent."""

POOL = 32
"""Threads that may call the engine at the same time without opening connections anew."""

OLDEST_API = (1, 40)
"""Docker 19.03 and Podman 3: the oldest with per-container platforms and build output that is used here."""

DEFAULT_SOCKET = "/var/run/docker.sock"

NAME_ANOTHER = "name another engine with DOCKER_HOST=unix://PATH or tcp://HOST:PORT"

START_ONE = (
    "start one: sudo systemctl start docker (or: systemctl --user start podman.socket); "
    "to install one: sudo apt-get install docker.io (or podman)"
)


INSTALL_SDK = "pip install 'sockmatrix[docker]'"


class EngineUnavailable(Exception):
    """There is no engine to work with. `problem` says what is wrong, `hint` what to try; both are one line."""

    def __init__(self, problem: str, hint: str) -> None:
        self.problem = problem
        self.hint = hint
        super().__init__(f"{problem}; {hint}")


def errors() -> tuple[type[Exception], ...]:
    """What the SDK raises, where a call to the engine fails. Raises EngineUnavailable if there is no SDK."""
    try:
        from docker.errors import DockerException
        from requests.exceptions import RequestException
    except ModuleNotFoundError:
        raise EngineUnavailable("containers need the Docker SDK for Python, which is not installed", INSTALL_SDK) from None
    return (DockerException, RequestException)


def connect(timeout: int = TIMEOUT) -> "APIClient":
    """A client of the engine that DOCKER_HOST, DOCKER_CONTEXT or the current Docker context names; else of the first socket found.

    It may be used by many threads at once; close it at the end. Raises EngineUnavailable.
    """
    failures: tuple[type[Exception], ...] = (*errors(), OSError, ValueError)
    from docker import APIClient

    address: dict[str, Any] = {}
    try:
        address = _address()
        _knock(address["base_url"])
        client = APIClient(**address, version="auto", timeout=timeout, max_pool_size=POOL)
    except failures as error:
        raise unavailable(error, str(address.get("base_url", ""))) from error
    if _api(client.api_version) < OLDEST_API:
        client.close()
        raise _too_old(client.api_version)
    return client


def unavailable(error: BaseException, address: str = "") -> EngineUnavailable:
    """What an error of the SDK means where the engine could not be reached, or was lost while it was used.

    `address` is the engine's, as `unix:///PATH`; it is looked up again if not given.
    """
    if isinstance(error, EngineUnavailable):
        return error
    address = address or _address_or_nothing()
    for cause in _causes(error):
        known = _known(cause, address)
        if known is not None:
            return known
    where = f" at {address}" if address else ""
    return EngineUnavailable(f"the container engine{where} cannot be used: {_words(error)}", NAME_ANOTHER)


def _knock(address: str) -> None:
    """Raises OSError where a socket of this machine cannot be connected; the SDK would leave its own open then."""
    path = _path(address)
    if path:
        with socket.socket(socket.AF_UNIX) as caller:
            caller.connect(path)


def _address() -> dict[str, Any]:
    """Arguments `base_url` and `tls` of a client, by the rules of the docker command: DOCKER_HOST, DOCKER_CONTEXT, the current context."""
    from docker.utils import kwargs_from_env

    if os.environ.get("DOCKER_HOST"):
        return dict(kwargs_from_env())
    name = os.environ.get("DOCKER_CONTEXT") or _current_context()
    return {"base_url": f"unix://{_socket()}"} if name == "default" else _of_context(name)


def _current_context() -> str:
    from docker.context.config import get_current_context_name

    return get_current_context_name() or "default"


def _of_context(name: str) -> dict[str, Any]:
    from docker.context import ContextAPI

    try:
        context: Any = ContextAPI.get_context(name)
    except Exception as error:  # the SDK raises the base class itself where a context's file is broken
        raise EngineUnavailable(f"the Docker context '{name}' cannot be read: {error}", "see: docker context inspect " + name) from error
    if context is None or not context.Host:
        problem = f"there is no Docker context '{name}'" if context is None else f"the Docker context '{name}' names no engine"
        raise EngineUnavailable(problem, "list them: docker context ls; choose another: DOCKER_CONTEXT=default")
    return {"base_url": context.Host} | ({"tls": context.TLSConfig} if context.TLSConfig else {})


def _socket() -> str:
    """The first of the usual sockets that may be used; else the first that exists; else Docker's own."""
    existing = [path for path in usual_sockets() if _is_socket(path)]
    usable = [path for path in existing if os.access(path, os.R_OK | os.W_OK)]
    return next(iter(usable + existing), DEFAULT_SOCKET)


def usual_sockets() -> tuple[str, ...]:
    """Docker's, Docker's without root, Docker Desktop's, and Podman's with and without root, in the order in which they are tried."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    own = (f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock") if runtime else ()
    return (DEFAULT_SOCKET, *own[:1], os.path.expanduser("~/.docker/run/docker.sock"), *own[1:], "/run/podman/podman.sock")


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


def _address_or_nothing() -> str:
    try:
        return str(_address()["base_url"])
    except Exception:  # says only where an engine was looked for; the error that is being told is another one
        return os.environ.get("DOCKER_HOST", "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The errors that led to this one, the deepest first: the SDK, requests and urllib3 wrap each other's."""
    inner = [each for each in (*error.args, getattr(error, "reason", None)) if isinstance(each, BaseException)]
    for each in (error.__cause__, *inner):
        if each is not None:
            yield from _causes(each)
    yield error


def _known(cause: BaseException, address: str) -> EngineUnavailable | None:
    """What a single error means, if it means something known."""
    import ssl

    from docker.errors import InvalidVersion, TLSParameterError
    from requests.exceptions import SSLError

    if isinstance(cause, EngineUnavailable):
        return cause
    if isinstance(cause, InvalidVersion):
        return _too_old("")
    if isinstance(cause, (TLSParameterError, SSLError, ssl.SSLError)):
        return _bad_tls(address, cause)
    if isinstance(cause, PermissionError):
        return _not_permitted(address)
    if isinstance(cause, (FileNotFoundError, ConnectionRefusedError)) and _path(address):
        what = "there is no such socket" if isinstance(cause, FileNotFoundError) else "nobody listens on the socket"
        return EngineUnavailable(f"no container engine answers at {address}: {what}", f"{START_ONE}; or {NAME_ANOTHER}")
    return _known_by_text(cause, address)


def _known_by_text(cause: BaseException, address: str) -> EngineUnavailable | None:
    """Errors that have a text and no class of their own."""
    text = str(cause)
    if "Invalid bind address" in text or "fd protocol" in text:
        return EngineUnavailable(f"the engine's address '{os.environ.get('DOCKER_HOST', address)}' cannot be understood", NAME_ANOTHER)
    if "HTTP request to an HTTPS server" in text:
        return _bad_tls(address, cause)
    if "paramiko" in text:
        return EngineUnavailable(f"the engine {address} is reached through ssh, which needs paramiko", "install it: pip install paramiko")
    return None


def _too_old(version: str) -> EngineUnavailable:
    oldest = ".".join(map(str, OLDEST_API))
    has = f"speaks version {version} of Docker's API" if version else "is too old"
    return EngineUnavailable(f"the container engine {has}; {oldest} is needed", "upgrade to Docker 19.03, Podman 3 or later")


def _bad_tls(address: str, cause: BaseException) -> EngineUnavailable:
    where = f" at {address}" if address else ""
    hint = "see DOCKER_TLS_VERIFY, and the files ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH (~/.docker if not set)"
    return EngineUnavailable(f"no TLS connection to the container engine{where}: {_words(cause)}", hint)


def _not_permitted(address: str) -> EngineUnavailable:
    path = _path(address) or address
    group = _group_of(path)
    join = f"join its group: sudo usermod -aG {group} $USER, then log in again; or " if group not in ("", "root") else ""
    rootless = "use an engine of your own: systemctl --user start podman.socket (or: dockerd-rootless-setuptool.sh install)"
    return EngineUnavailable(f"no permission to use the container engine's socket {path}", join + rootless)


def _group_of(path: str) -> str:
    try:
        return Path(path).group()
    except (OSError, KeyError, NotImplementedError):
        return ""


def _path(address: str) -> str:
    """The file behind `unix:///run/x.sock`; empty for other addresses."""
    parts = urlsplit(address)
    return f"/{parts.netloc}{parts.path}".replace("//", "/") if parts.scheme in ("unix", "http+unix") else ""


def _api(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _words(error: BaseException) -> str:
    """The innermost message that says anything, on one line."""
    texts = (" ".join(str(cause).split()) for cause in _causes(error))
    return next(filter(None, texts), type(error).__name__)
