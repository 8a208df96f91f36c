"""An OpenSSH server of a test's own: on loopback, with keys made for it. Nobody's settings are read."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.engine.expected import unavailable

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
CLIENT = shutil.which("ssh")
PRIVILEGED = Path("/run/sshd")
"""Without this folder, which is empty, sshd refuses to serve as root; packages make it when they start the service."""

SERVER_SETTINGS = """
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PermitRootLogin prohibit-password
PrintMotd no
PidFile none
MaxSessions 100
{more}
"""

CLIENT_SETTINGS = """
Host *
  IdentityFile {folder}/{key}
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
"""


class Server:
    """Takes connections on a port that the system has chosen, and gives each to a process `sshd -i`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.more = ""
        self.programs = folder / "bin"
        self._connections: list[socket.socket] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        for name in ("host_key", "key", "stranger"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.admit()
        self.know("host_key")
        self.use_key("key")
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def logins(self) -> int:
        """How many connections there have been."""
        return len(self._processes)

    @property
    def target(self) -> str:
        """Its name as a target."""
        return f"ssh:{getpass.getuser()}@127.0.0.1:{self.port}{sys.executable}"

    def admit(self, login: str = "") -> None:
        """Let the key in; `login` is a shell command that takes the place of what was asked for, which is in `SSH_ORIGINAL_COMMAND`."""
        public = (self.folder / "key.pub").read_text()
        (self.folder / "authorized").write_text(f'command="{login}" {public}' if login else public)

    def know(self, key: str) -> None:
        """The client takes this for the host's key."""
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {(self.folder / f'{key}.pub').read_text()}")

    def use_key(self, key: str) -> None:
        """The client comes with this key: a program `ssh` of its own, on PATH before the real one, says so."""
        self.programs.mkdir(exist_ok=True)
        (self.folder / "config").write_text(CLIENT_SETTINGS.format(folder=self.folder, key=key))
        program = self.programs / "ssh"
        program.write_text(f'#!/bin/sh\nexec {CLIENT} -F {self.folder}/config "$@"\n')
        program.chmod(0o755)

    def cut(self) -> None:
        """Every connection ends now, as if the machine were gone; no other is taken."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept()
        self.listener.close()
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def close(self) -> None:
        """End everything."""
        self.cut()
        self._thread.join()
        for process in self._processes:
            process.wait()

    def _serve(self) -> None:
        assert SSHD is not None
        settings = self.folder / "sshd_config"
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            settings.write_text(SERVER_SETTINGS.format(folder=self.folder, more=self.more))
            end = connection.fileno()
            serve = [SSHD, "-i", "-f", str(settings), "-E", str(self.folder / "log")]
            self._processes.append(subprocess.Popen(serve, stdin=end, stdout=end))
            self._connections.append(connection)


def needed() -> None:
    """Skip where there is no OpenSSH."""
    if CLIENT is None or SSHD is None or shutil.which("ssh-keygen") is None:
        unavailable("ssh", "OpenSSH's client and server are not installed: apt-get install openssh-client openssh-server")
    if os.geteuid() == 0:
        PRIVILEGED.mkdir(mode=0o755, exist_ok=True)


@contextmanager
def serving(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that lets its client in, which is first on PATH."""
    needed()
    made = Server(folder)
    monkeypatch.setenv("PATH", f"{made.programs}:{os.environ['PATH']}")
    try:
        yield made
    finally:
        made.close()
