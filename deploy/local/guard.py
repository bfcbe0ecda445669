"""Ends the servers of a local stack once the process that started them is gone.

Run as a script of its own, with its standard input held open by that process. It reads lines
`+PID SIGNAL` (a server to look after) and `-PID` (it has ended). The end of the input means that
the owner is gone, however it went: each server gets its signal, and SIGKILL if that does not help.

A watching process rather than `PR_SET_PDEATHSIG`: that one fires when the *thread* ends that
started the child, and it is Linux only.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterable

PATIENCE_SECONDS = 10.0
_LOOK_EVERY_SECONDS = 0.1


def read_charges(lines: Iterable[str]) -> dict[int, int]:
    """The servers still running when the lines end: process id to the signal that ends it."""
    charges: dict[int, int] = {}
    for line in lines:
        if line.startswith("+"):
            pid, signal_number = line[1:].split()
            charges[int(pid)] = int(signal_number)
        else:
            charges.pop(int(line[1:]), None)
    return charges


def end(charges: dict[int, int], patience: float = PATIENCE_SECONDS) -> None:
    """Send each process its signal; after `patience` seconds, SIGKILL to what still runs."""
    for pid, signal_number in charges.items():
        _send(pid, signal_number)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and any(_send(pid, 0) for pid in charges):
        time.sleep(_LOOK_EVERY_SECONDS)
    for pid in charges:
        _send(pid, signal.SIGKILL)


def _send(pid: int, signal_number: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal_number)
        return True
    return False


if __name__ == "__main__":
    end(read_charges(sys.stdin))
