"""The database of one service, or of all, is restored from a backup while the broker went on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

from deploy.local.database import DATABASE
from shared.contracts.catalogue import NOTIFICATIONS, SERVICES, outbound_topic
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation
from tests.chaos.logs import ends_of
from tests.chaos.traffic import AGENCIES

_BURST = 600
ALL = "all"


@dataclass
class BackupRestored(Fault):
    """A backup is taken in a burst; the burst goes on, feeds are read, mails go out; then it is put
    back, as docs/running.md says: stop whose schema it is, restore, start."""

    kind: ClassVar[str] = "backup restored"
    _file: Path = field(default=Path(), init=False)

    @property
    def name(self) -> str:
        return f"{self.kind} {self.service or ALL}"

    @property
    def holds(self) -> float:
        return self.random.uniform(8.0, 15.0)

    def inject(self, there: Installation) -> None:
        self._file = there.directory / "backup.dump"
        there.traffic.burst(_BURST)
        time.sleep(0.5)
        there.stack.postgres.back_up(DATABASE, self._schemas, self._file)
        there.traffic.burst(_BURST)

    def heal(self, there: Installation) -> None:
        there.held.update(self._schemas)
        services = [there.stack.services[name] for name in self._schemas]
        for service in services:
            service.stop()
        for topic in self._topics:
            there.marks[topic] = ends_of(there.broker_login, topic)
        there.stack.postgres.restore(DATABASE, self._schemas, self._file)
        self._file.unlink()
        for service in services:
            service.start()
        there.held.difference_update(self._schemas)

    @property
    def _topics(self) -> list[str]:
        """What the services that go back speak on."""
        said = [f"{service}.v1" for service in self._schemas]
        feeds = [outbound_topic(agency) for agency in AGENCIES]
        return said + (feeds if NOTIFICATIONS in self._schemas else [])

    @property
    def _schemas(self) -> list[str]:
        return [self.service] if self.service else list(SERVICES)


def backup_of_all(random: Random) -> Fault:
    """All services go back together."""
    return BackupRestored(random)
