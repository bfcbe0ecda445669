"""A service that is stuck while it looks alive: its own watchdog has to end it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

from deploy.local.service import LocalService
from shared.contracts.catalogue import NOTIFICATIONS
from shared.platform.watchdog import EXIT_STUCK
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation, wait_for
from tests.chaos.stuck_service import HOW

STUCK_SECONDS = 15.0
"""So patient is its watchdog."""
_BUSY = ("intake", NOTIFICATIONS)
"""They have work, and something to say, whenever messages come."""
_LONGEST = 120.0
"""It has to notice, on a machine that is busy, that there is work and that none is done."""


class StickingService(LocalService):
    """A service that gets stuck when a file says so."""

    def __init__(self, name: str, directory: Path) -> None:
        super().__init__(name, directory)
        self.file = directory / f"stuck-{name}"

    def arguments(self) -> list[str]:
        return ["-m", "tests.chaos.stuck_service", self.name, str(self.file)]


@dataclass
class Stuck(Fault):
    """Consumer, relay or event loop stand still under load; nobody but the watchdog ends it."""

    kind: ClassVar[str] = "stuck"
    how: str = HOW[0]
    exit_code: int | None = field(default=None, init=False)
    _sticking: StickingService | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        return f"{self.kind} {self.how} {self.service}"

    @property
    def holds(self) -> float:
        return 0.0

    @property
    def doubles_mail(self) -> bool:
        """It ends with what it has in hand."""
        return self.service == NOTIFICATIONS

    def inject(self, there: Installation) -> None:
        """The process that can get stuck takes the place of the usual one, and gets stuck."""
        usual = there.stack.services[self.service]
        sticking = usual.like(StickingService(self.service, there.directory))
        sticking.configure({"consumer_stuck_seconds": str(STUCK_SECONDS)}, {})
        sticking.file.unlink(missing_ok=True)
        self._sticking = there.add(sticking)
        sticking.start()
        sticking.wait()
        there.held.add(self.service)
        usual.stop()
        sticking.file.write_text(self.how)
        there.traffic.burst(200)  # work that it does not do
        wait_for(lambda: not sticking.running, _LONGEST, 0.2)
        self.exit_code = sticking.exit_code

    def heal(self, there: Installation) -> None:
        """What a supervisor does: start it again."""
        there.stack.services[self.service].start()
        there.held.discard(self.service)

    def finish(self, there: Installation) -> None:
        if self._sticking is not None:
            self._sticking.stop()
        if self.exit_code != EXIT_STUCK:
            raise AssertionError(f"{self.name}: ended with {self.exit_code}, not by its watchdog")


def stuck(how: str, random: Random) -> Fault:
    """A service whose consumer, relay or loop is stuck."""
    return Stuck(random, service=random.choice(_BUSY), how=how)
