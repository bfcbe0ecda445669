"""A service whose clock is set: forwards or backwards, by minutes or days, and then right again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

from deploy.local.service import LocalService
from shared.contracts.catalogue import NOTIFICATIONS
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation

STEPS: dict[str, float] = {
    "5 minutes fast": 300.0,
    "3 hours fast": 3 * 3600.0,
    "4 days fast": 4 * 86400.0,
    "5 minutes slow": -300.0,
    "3 hours slow": -3 * 3600.0,
    "2 days slow": -2 * 86400.0,
}
"""Past midnight and past an hour, which is how fast a broker lets its writers be at most."""


class SteppedService(LocalService):
    """A service whose time of day is wrong by what a file says."""

    def __init__(self, name: str, directory: Path) -> None:
        super().__init__(name, directory)
        self.file = directory / f"clock-{name}"

    def arguments(self) -> list[str]:
        return ["-m", "tests.chaos.stepped_clock", self.name, str(self.file)]

    def step(self, seconds: float) -> None:
        """Set the clock of the running process."""
        draft = self.file.with_suffix(".new")
        draft.write_text(str(seconds))
        draft.rename(self.file)


@dataclass
class ClockStepped(Fault):
    """The clock is set wrong under load, stays so for a while, and is set right."""

    kind: ClassVar[str] = "clock"
    how: str = "3 hours fast"
    _stepped: SteppedService | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        return f"clock {self.how} {self.service}"

    @property
    def doubles_mail(self) -> bool:
        """What is being sent counts as left behind once the lease is over by a fast clock."""
        return self.service == NOTIFICATIONS

    @property
    def holds(self) -> float:
        return self.random.uniform(3.0, 6.0)

    def inject(self, there: Installation) -> None:
        """One process with a clock that can be set takes the place of the usual one."""
        usual = there.stack.services[self.service]
        self._stepped = usual.like(SteppedService(self.service, there.directory))
        self._stepped.step(0.0)
        there.add(self._stepped)
        self._stepped.start()
        self._stepped.wait()
        there.held.add(self.service)
        usual.stop()
        self._stepped.step(STEPS[self.how])

    def heal(self, there: Installation) -> None:
        if self._stepped is not None:
            self._stepped.step(0.0)

    def finish(self, there: Installation) -> None:
        there.stack.services[self.service].start()
        there.stack.services[self.service].wait()
        there.held.discard(self.service)
        if self._stepped is not None:
            self._stepped.stop()


def clock_fault(service: str, random: Random) -> Fault:
    """A step of the clock of one service."""
    return ClockStepped(random, service=service, how=random.choice(sorted(STEPS)))
