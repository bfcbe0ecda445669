"""What goes wrong with the servers beneath: broker, database, mail."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

import psutil

from shared.contracts.catalogue import SERVICES
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation


class BrokerKilled(Fault):
    """SIGKILL to the broker, and a start on the same data."""

    kind = "kill -9 broker"
    recovers_within = 60.0

    @property
    def blind(self) -> tuple[str, ...]:
        return SERVICES

    @property
    def holds(self) -> float:
        return self.random.uniform(0.2, 5.0)

    def inject(self, there: Installation) -> None:
        there.stack.kafka.kill()

    def heal(self, there: Installation) -> None:
        there.start_broker()


class BrokerAway(BrokerKilled):
    """SIGKILL to the broker, and nobody starts it for a while: long enough to be noticed."""

    kind = "broker away"

    @property
    def holds(self) -> float:
        return self.random.uniform(8.0, 15.0)


class DatabaseKilled(Fault):
    """SIGKILL to PostgreSQL, and a start at once: it has to recover from its own log."""

    kind = "kill -9 database"

    @property
    def doubles_mail(self) -> bool:
        return True

    def inject(self, there: Installation) -> None:
        there.stack.postgres.kill()

    def heal(self, there: Installation) -> None:
        there.stack.postgres.start()


class DatabaseAway(DatabaseKilled):
    """SIGKILL to PostgreSQL, and nobody starts it for 20 s and more."""

    kind = "database away"

    @property
    def holds(self) -> float:
        return self.random.uniform(20.0, 26.0)

    @property
    def blind(self) -> tuple[str, ...]:
        return SERVICES


@dataclass
class DatabaseSlow(Fault):
    """All processes of PostgreSQL stand still for four fifths of the time."""

    kind = "database slow"
    _ending: threading.Event = field(default_factory=threading.Event, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)

    @property
    def doubles_mail(self) -> bool:
        return True

    @property
    def holds(self) -> float:
        return self.random.uniform(5.0, 10.0)

    def inject(self, there: Installation) -> None:
        server = psutil.Process(there.stack.postgres.pid)
        self._thread = threading.Thread(
            target=self._slow_down, args=(server,), name="slow database"
        )
        self._thread.start()

    def heal(self, there: Installation) -> None:
        self._ending.set()
        if self._thread is not None:
            self._thread.join()

    def _slow_down(self, server: psutil.Process) -> None:
        while not self._ending.is_set():
            processes = [server, *server.children()]
            _signal(processes, signal.SIGSTOP)
            self._ending.wait(0.08)
            _signal(processes, signal.SIGCONT)
            self._ending.wait(0.02)


def _signal(processes: list[psutil.Process], number: int) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)


@dataclass
class MailMisbehaves(Fault):
    """The mail server refuses, hangs up in the middle of a message, or before its answer."""

    how: str = "451"
    kind = "mail"

    @property
    def name(self) -> str:
        return {
            "451": "mail refused for now (451)",
            "554": "mail refused for good (554)",
            "drop": "mail cut off in DATA",
            "mute": "mail answer lost",
        }[self.how]

    @property
    def holds(self) -> float:
        return self.random.uniform(2.0, 4.0)

    @property
    def doubles_mail(self) -> bool:
        """Of a message that was cut off the server keeps nothing."""
        return self.how == "mute"

    def inject(self, there: Installation) -> None:
        there.misbehave(self.how)

    def heal(self, there: Installation) -> None:
        there.misbehave(None)


def mail_fault(how: str, random: Random) -> Fault:
    """A fault of the mail server."""
    return MailMisbehaves(random, how=how)
