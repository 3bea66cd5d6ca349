"""The platform's listening sockets, bound before any process is forked and kept by the supervisor.

A killed web process leaves its callers waiting in the backlog for the next one; nobody is refused.
"""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.local.errors import UserError
from shared.settings import SERVICES

LOOPBACK = "127.0.0.1"
BACKLOG = 512


@dataclass(frozen=True, kw_only=True)
class Sockets:
    """Who listens where. Keys are services."""

    gateway: Sequence[socket.socket]  # both loopback addresses, as `localhost` may mean either
    web: dict[str, socket.socket]  # the services behind the gateway
    web_internal: dict[str, socket.socket]
    worker_internal: dict[str, socket.socket]
    smtp: socket.socket | None
    mailbox: socket.socket | None

    @property
    def port(self) -> int:
        return port_of(self.gateway[0])

    def of_web(self, service: str) -> Sequence[socket.socket]:
        return self.gateway if service == "gateway" else [self.web[service]]

    def close_all_but(self, kept: Sequence[socket.socket]) -> None:
        """In a forked process: let go of the others' sockets, so that none outlives its owner here."""
        for one in self._all():
            if one not in kept:
                one.close()

    def close(self) -> None:
        self.close_all_but(())

    def _all(self) -> list[socket.socket]:
        maybe = [*self.gateway, self.smtp, self.mailbox, *self.web.values()]
        maybe += [*self.web_internal.values(), *self.worker_internal.values()]
        return [one for one in maybe if one is not None]


def bind_all(port: int, *, with_mail: bool) -> Sockets:
    """Bind the gateway at `port` and everything else at free ports. Raises UserError when it is taken."""
    gateway = _gateway(port)
    return Sockets(
        gateway=gateway,
        web={service: _free() for service in SERVICES if service != "gateway"},
        web_internal={service: _free() for service in SERVICES},
        worker_internal={service: _free() for service in SERVICES},
        smtp=_free() if with_mail else None,
        mailbox=_free() if with_mail else None,
    )


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


def url_of(bound: socket.socket, scheme: str = "http") -> str:
    return f"{scheme}://{LOOPBACK}:{port_of(bound)}"


def _gateway(port: int) -> list[socket.socket]:
    first = _listen(socket.AF_INET, LOOPBACK, port)
    try:
        return [first, _listen(socket.AF_INET6, "::1", port_of(first))]
    except OSError as error:
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):  # a machine without IPv6
            return [first]
        raise


def _free() -> socket.socket:
    return _listen(socket.AF_INET, LOOPBACK, 0)


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else closed connections hold the port
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"port {port} is in use: choose another with --port or ATTUNE_PORT") from error
        if error.errno == errno.EACCES:
            raise UserError(f"port {port} may not be used: choose one above 1023 with --port") from error
        raise
    return bound
