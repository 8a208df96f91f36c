"""makefile() and sendfile()."""

from __future__ import annotations

from typing import Any

from tests.mutants.layer import Layer, mutant


def changed_arguments(layer: Layer, change: Any) -> None:
    """makefile() with other arguments than were given: `change(mode, buffering, options)` gives them."""

    @layer.around("makefile")
    def changed(original: Any, sock: Any, mode: Any = "r", buffering: Any = None, **options: Any) -> Any:
        mode, buffering, options = change(mode, buffering, options)
        return original(sock, mode, buffering, **options)


@mutant("makefile() ignores how newlines are to be read")
def makefile_ignores_newline(layer: Layer) -> None:
    changed_arguments(layer, lambda mode, buffering, options: (mode, buffering, {**options, "newline": None}))


@mutant("makefile() does not translate newlines")
def makefile_keeps_newlines(layer: Layer) -> None:
    changed_arguments(
        layer, lambda mode, buffering, options: (mode, buffering, {**options, **({} if "b" in str(mode) else {"newline": ""})})
    )


@mutant("makefile() ignores its buffering")
def makefile_ignores_buffering(layer: Layer) -> None:
    changed_arguments(layer, lambda mode, buffering, options: (mode, None, options))


@mutant("makefile() ignores its encoding")
def makefile_ignores_encoding(layer: Layer) -> None:
    changed_arguments(
        layer, lambda mode, buffering, options: (mode, buffering, {**options, **({"encoding": "latin-1"} if "encoding" in options else {})})
    )


@mutant("makefile() ignores how errors are to be treated")
def makefile_ignores_errors(layer: Layer) -> None:
    changed_arguments(
        layer, lambda mode, buffering, options: (mode, buffering, {name: value for name, value in options.items() if name != "errors"})
    )


@mutant("makefile() takes any mode")
def makefile_takes_any_mode(layer: Layer) -> None:
    changed_arguments(
        layer, lambda mode, buffering, options: (mode if not isinstance(mode, str) or set(mode) <= set("rwb") else "r", buffering, options)
    )


@mutant("makefile('rw') cannot be written")
def makefile_both_ways_reads_only(layer: Layer) -> None:
    changed_arguments(
        layer, lambda mode, buffering, options: (mode.replace("w", "") if "r" in mode and "w" in mode else mode, buffering, options)
    )


@mutant("the socket is closed although a file of it is open")
def makefile_does_not_keep_open(layer: Layer) -> None:
    @layer.around("makefile")
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(sock, *args, **kwargs)
        sock._io_refs -= 1
        return made


@mutant("the socket stays open although it and its files are closed")
def makefile_keeps_open_for_ever(layer: Layer) -> None:
    @layer.around("makefile")
    def changed(original: Any, sock: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(sock, *args, **kwargs)
        sock._io_refs += 1
        return made


@mutant("closing a file closes its socket")
def file_closes_the_socket(layer: Layer) -> None:
    @layer.around("_decref_socketios")
    def changed(original: Any, sock: Any) -> Any:
        original(sock)
        sock.close()

    layer.touched.add("makefile")


@mutant("a file can be read again after a timeout")
def file_survives_a_timeout(layer: Layer) -> None:
    import socket

    layer.touched.add("makefile")
    if layer.live:
        former = socket.SocketIO.readinto

        def readinto(self: Any, buffer: Any) -> Any:
            self._timeout_occurred = False
            layer.count()
            return former(self, buffer)

        setattr(socket.SocketIO, "readinto", readinto)  # noqa: B010


@mutant("a file of a socket that does not block raises BlockingIOError instead of reading None")
def file_raises_where_it_would_block(layer: Layer) -> None:
    import errno
    import socket

    layer.touched.add("makefile")
    if layer.live:
        former = socket.SocketIO.readinto

        def readinto(self: Any, buffer: Any) -> Any:
            count = former(self, buffer)
            layer.count()
            if count is None:
                raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
            return count

        setattr(socket.SocketIO, "readinto", readinto)  # noqa: B010


@mutant("sendfile() ignores its offset")
def sendfile_ignores_offset(layer: Layer) -> None:
    layer.around("sendfile")(lambda original, sock, file, offset=0, count=None: original(sock, file, 0, count))


@mutant("sendfile() ignores its count")
def sendfile_ignores_count(layer: Layer) -> None:
    layer.around("sendfile")(lambda original, sock, file, offset=0, count=None: original(sock, file, offset))


@mutant("sendfile() returns None")
def sendfile_returns_none(layer: Layer) -> None:
    layer.result("sendfile", lambda count: None)


@mutant("sendfile() leaves the position of the file as it was")
def sendfile_leaves_the_position(layer: Layer) -> None:
    @layer.around("sendfile")
    def changed(original: Any, sock: Any, file: Any, *args: Any, **kwargs: Any) -> Any:
        position = file.tell()
        count = original(sock, file, *args, **kwargs)
        file.seek(position)
        return count
