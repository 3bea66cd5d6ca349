"""A proxy of the tests' own between a client and a real server: it stalls, loses and cuts when it is told to."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

Address = tuple[str, int] | str
"""A port on loopback, or the path of a socket."""


class Proxy:
    """Passes bytes on, both ways, until told otherwise. Threads of its own; `close` ends them."""

    def __init__(self, listen: Address, server: Address) -> None:
        self._server = server
        self._flows = threading.Event()
        self._flows.set()
        self._loses_answers = threading.Event()
        self._lock = threading.Lock()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.socket(_family(listen))
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if isinstance(listen, str):
            Path(listen).unlink(missing_ok=True)
        self._listener.bind(listen)
        self._listener.listen()
        self._is_open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Pass nothing on and say nothing, as a cable that was pulled. Connections still open."""
        self._flows.clear()

    def lose_answers(self) -> None:
        """Pass requests on and drop what comes back, from now until `heal`."""
        self._loses_answers.set()

    def heal(self) -> None:
        self._loses_answers.clear()
        self._flows.set()

    def cut(self) -> None:
        """Close every connection. What stalled on its way is lost."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for one in (end for pair in pairs for end in pair):
            _shut(one)

    def close(self) -> None:
        self._is_open = False
        _shut(self._listener)
        self.cut()
        self.heal()

    def _accept(self) -> None:
        while self._is_open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(_family(self._server))
            try:
                server.connect(self._server)
            except OSError:  # the server is away: as if nobody listened
                _shut(client)
                continue
            with self._lock:
                self._pairs.append((client, server))
            for source, target, are_answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pump, args=(source, target, are_answers), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, are_answers: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                self._flows.wait()
                if not (are_answers and self._loses_answers.is_set()):
                    target.sendall(piece)
        _shut(source)
        _shut(target)


@contextlib.contextmanager
def proxy(listen: Address, server: Address) -> Iterator[Proxy]:
    made = Proxy(listen, server)
    try:
        yield made
    finally:
        made.close()


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_UNIX if isinstance(address, str) else socket.AF_INET


def _shut(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        one.close()
