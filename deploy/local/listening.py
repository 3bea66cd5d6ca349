"""Sockets that listen where a person says: HOST:PORT."""

import socket

from deploy.local.errors import UserError


def listen(address: str) -> socket.socket:
    """A socket listening at `address`. Raises UserError."""
    host, _, port = address.rpartition(":")
    try:
        return socket.create_server((host.strip("[]"), int(port)), family=_family(host))
    except (OSError, ValueError) as error:
        raise UserError(f"can't listen at {address}: {getattr(error, 'strerror', None) or error}") from error


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
