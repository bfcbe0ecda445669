"""Ports on the loopback interface that are free, and stay free while a server restarts."""

import random
import socket

LOOPBACK = "127.0.0.1"

_CANDIDATES = range(20_000, 32_000)
"""Below the ports that operating systems hand out for outgoing connections, so that no client's
connection sits on a server's port while the server is down for a moment."""


def free_port() -> int:
    """A port that nobody listens on. Raises OSError when 100 tries find none."""
    for _ in range(100):
        port = random.choice(_CANDIDATES)  # noqa: S311 - spreads copies apart, guards nothing
        if is_free(port):
            return port
    raise OSError("no free port on the loopback interface")


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections on this port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0
