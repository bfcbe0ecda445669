"""What goes wrong with the services: killed, killed again, put to sleep, joined and left."""

from __future__ import annotations

import os
import signal
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from deploy.local.service import LocalService
from shared.contracts.catalogue import NOTIFICATIONS
from tests.chaos.installation import SESSION_TIMEOUT_MS, Installation
from tests.chaos.watch import FEEDS


@dataclass(frozen=True)
class Dark:
    """A span in which a service lacked what it cannot work without."""

    service: str
    began: float
    ended: float


@dataclass
class Fault(ABC):
    """Something that goes wrong: `inject` lets it, `heal` ends it."""

    random: Random
    service: str = ""
    kind: ClassVar[str]
    recovers_within: ClassVar[float] = 45.0
    """Seconds from the heal after which it is a problem that nothing has moved."""

    @property
    def name(self) -> str:
        return f"{self.kind} {self.service}".strip()

    @property
    def pulse(self) -> str:
        """What has to move again: the feeds, or the offsets of the service that was hit.

        Records of before still come out of notifications while intake does nothing.
        """
        return self.service if self.service in ("intake", "assessment", "meetings") else FEEDS

    @property
    def pulses(self) -> tuple[str, ...]:
        """All that has to move again before it counts as recovered."""
        return (self.pulse,)

    @property
    def patience(self) -> float:
        """`recovers_within`, of this very fault."""
        return self.recovers_within

    @property
    def holds(self) -> float:
        """How many seconds pass between inject and heal."""
        return self.random.uniform(0.2, 1.5)

    @property
    def blind(self) -> tuple[str, ...]:
        """Services whose readiness must not say 200 while this lasts, after a grace."""
        return ()

    def darkness(self, down_at: float, healing_at: float) -> tuple[Dark, ...]:
        """From when to when each service was blind: a server that is being started may answer."""
        return tuple(Dark(service, down_at, healing_at) for service in self.blind)

    @property
    def doubles_mail(self) -> bool:
        """Whether a mail may go out twice for it, which then has to be marked."""
        return False

    @abstractmethod
    def inject(self, there: Installation) -> None: ...

    @abstractmethod
    def heal(self, there: Installation) -> None: ...

    def finish(self, there: Installation) -> None:  # noqa: B027 - most have nothing to clear away
        """What is cleared away once things move again."""


class _Ended(Fault):
    """A process of the service ends, or stands still, with work in hand."""

    @property
    def doubles_mail(self) -> bool:
        return self.service == NOTIFICATIONS


class Killed(_Ended):
    """SIGKILL in the middle of a burst."""

    kind = "kill -9"

    def inject(self, there: Installation) -> None:
        there.held.add(self.service)
        there.stack.services[self.service].kill()

    def heal(self, there: Installation) -> None:
        there.stack.services[self.service].start()
        there.held.discard(self.service)


class KilledAgain(Killed):
    """SIGKILL, and once more while it recovers."""

    kind = "kill -9 twice"

    def heal(self, there: Installation) -> None:
        service = there.stack.services[self.service]
        service.start()
        time.sleep(self.random.uniform(1.0, 5.0))
        service.kill()
        super().heal(there)


@dataclass
class Asleep(_Ended):
    """SIGSTOP; a second process takes the partitions over; then the first one wakes."""

    kind = "paused, taken over"
    _twin: LocalService | None = field(default=None, init=False)

    @property
    def holds(self) -> float:
        return SESSION_TIMEOUT_MS / 1000 + self.random.uniform(2.0, 6.0)

    def inject(self, there: Installation) -> None:
        self._twin = there.twin(self.service)
        self._twin.start()
        self._twin.wait()
        os.kill(there.stack.services[self.service].pid, signal.SIGSTOP)

    def heal(self, there: Installation) -> None:
        os.kill(there.stack.services[self.service].pid, signal.SIGCONT)

    def finish(self, there: Installation) -> None:
        time.sleep(1.0)
        if self._twin is not None:
            self._twin.stop()


@dataclass
class Joined(Fault):
    """A second process joins under load, works for some seconds, and leaves in good order."""

    kind = "joins and leaves"
    _twin: LocalService | None = field(default=None, init=False)

    @property
    def holds(self) -> float:
        return self.random.uniform(1.0, 4.0)

    def inject(self, there: Installation) -> None:
        self._twin = there.twin(self.service)
        self._twin.start()
        self._twin.wait()

    def heal(self, there: Installation) -> None:
        if self._twin is not None:
            self._twin.stop()
