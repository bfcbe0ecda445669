"""Two things that go wrong at once, and are mended in whichever order it comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import ClassVar

from shared.contracts.catalogue import ASSESSMENT, INTAKE, MEETINGS, NOTIFICATIONS
from tests.chaos.faults import Asleep, Dark, Fault, Joined, Killed, KilledAgain
from tests.chaos.faults_backups import BackupRestored
from tests.chaos.faults_clocks import ClockStepped
from tests.chaos.faults_partners import GzipBomb
from tests.chaos.faults_servers import (
    BrokerAway,
    BrokerKilled,
    DatabaseAway,
    DatabaseKilled,
    DatabaseSlow,
    MailMisbehaves,
)
from tests.chaos.installation import Installation


@dataclass
class Mixed(Fault):
    """Two faults that overlap: the first is injected first, as its preparations need the rest."""

    kind: ClassVar[str] = "mixed"
    parts: tuple[Fault, ...] = ()
    _healing: dict[int, float] = field(default_factory=dict, init=False)
    """By the place of a part, when it began to be healed."""

    @property
    def name(self) -> str:
        return " + ".join(part.name for part in self.parts)

    @property
    def pulses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(pulse for part in self.parts for pulse in part.pulses))

    @property
    def patience(self) -> float:
        return sum(part.patience for part in self.parts)

    @property
    def holds(self) -> float:
        return max(part.holds for part in self.parts)

    @property
    def blind(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(service for part in self.parts for service in part.blind))

    @property
    def doubles_mail(self) -> bool:
        return any(part.doubles_mail for part in self.parts)

    def darkness(self, down_at: float, healing_at: float) -> tuple[Dark, ...]:
        """Each part's own: the first that is healed ends its own span only."""
        return tuple(
            dark
            for place, part in enumerate(self.parts)
            for dark in part.darkness(down_at, self._healing.get(place, healing_at))
        )

    def inject(self, there: Installation) -> None:
        for part in self.parts:
            part.inject(there)

    def heal(self, there: Installation) -> None:
        places = list(range(len(self.parts)))
        self.random.shuffle(places)
        for place in places:
            self._healing[place] = time.time()
            self.parts[place].heal(there)

    def finish(self, there: Installation) -> None:
        """Clear all away, whatever one of them has to complain about."""
        complaints = []
        for part in self.parts:
            try:
                part.finish(there)
            except AssertionError as error:
                complaints.append(str(error))
        if complaints:
            raise AssertionError(f"{self.name}: {'; '.join(complaints)}")


Make = Callable[[Random], Fault]

_PAIRS: tuple[tuple[Make, Make], ...] = (
    (BrokerKilled, partial(Killed, service=NOTIFICATIONS)),
    (DatabaseAway, partial(MailMisbehaves, how="mute")),
    (partial(Asleep, service=ASSESSMENT), partial(Joined, service=NOTIFICATIONS)),
    (partial(BackupRestored, service=INTAKE), partial(MailMisbehaves, how="451")),
    (DatabaseKilled, partial(Killed, service=INTAKE)),
    (BrokerAway, DatabaseKilled),
    (DatabaseSlow, partial(KilledAgain, service=MEETINGS)),
    (partial(ClockStepped, service=NOTIFICATIONS, how="4 days fast"), BrokerKilled),
    (partial(Killed, service=NOTIFICATIONS), partial(MailMisbehaves, how="drop")),
    (partial(Joined, service=INTAKE), GzipBomb),
    (partial(Asleep, service=NOTIFICATIONS), partial(Killed, service=INTAKE)),
    (partial(BackupRestored, service=NOTIFICATIONS), partial(Killed, service=ASSESSMENT)),
)
"""Of different servers or services: what heals one does not need the other to be well."""


def mixed(first: Make, second: Make, random: Random) -> Fault:
    """Both at once."""
    return Mixed(random, parts=(first(random), second(random)))


MIXED: tuple[Make, ...] = tuple(partial(mixed, *pair) for pair in _PAIRS)
