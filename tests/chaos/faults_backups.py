"""The database of one service, or of all, is restored from a backup while the broker went on."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

from deploy.local.database import DATABASE
from deploy.local.service import LocalService
from shared.contracts.catalogue import (
    CONTACTS_TOPIC,
    INTAKE,
    MEETINGS,
    NOTIFICATIONS,
    SERVICES,
    outbound_topic,
)
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation
from tests.chaos.logs import ends_of

_BURST = 600
ALL = "all"


@dataclass
class BackupRestored(Fault):
    """A backup is taken in a burst; the burst goes on, feeds are read, mails go out; then it is put
    back, as docs/running.md says: stop whose schema it is, restore, start. At intake and meetings
    nobody acts meanwhile: that would be gone, and for people to enter again."""

    kind: ClassVar[str] = "backup restored"
    recovers_within: ClassVar[float] = 60.0
    _file: Path = field(default=Path(), init=False)

    @property
    def name(self) -> str:
        return f"{self.kind} {self.service or ALL}"

    @property
    def holds(self) -> float:
        return self.random.uniform(8.0, 15.0)

    @property
    def doubles_mail(self) -> bool:
        return NOTIFICATIONS in self._schemas

    def inject(self, there: Installation) -> None:
        self._file = there.directory / "backup.dump"
        if self._acted_on:
            there.desk.hold()
        there.traffic.burst(_BURST)
        time.sleep(0.5)
        there.stack.postgres.back_up(DATABASE, self._schemas, self._file)
        there.traffic.burst(_BURST)

    def heal(self, there: Installation) -> None:
        there.held.update(self._schemas)
        services = [there.stack.services[name] for name in self._schemas]
        for service in services:
            self._end(service)
        self.put_back(there)
        for service in services:
            service.start()
        there.held.difference_update(self._schemas)
        if self._acted_on:
            there.desk.go_on()

    def _end(self, service: LocalService) -> None:
        service.stop()

    def put_back(self, there: Installation) -> None:
        """Restore the backup, while nobody works with the database."""
        for topic in self._topics(there):
            there.marks[topic] = ends_of(there.broker_login, topic)
        there.stack.postgres.restore(DATABASE, self._schemas, self._file)
        self._file.unlink()

    def _topics(self, there: Installation) -> list[str]:
        """What the services that go back speak on."""
        said = [f"{service}.v1" for service in self._schemas]
        feeds = [outbound_topic(agency.id) for agency in there.stack.agencies]
        contacts = [CONTACTS_TOPIC] if INTAKE in self._schemas else []
        return said + contacts + (feeds if NOTIFICATIONS in self._schemas else [])

    @property
    def _schemas(self) -> list[str]:
        return [self.service] if self.service else list(SERVICES)

    @property
    def _acted_on(self) -> bool:
        return not {INTAKE, MEETINGS}.isdisjoint(self._schemas)


_ROUNDS = 6
_ROUND_SECONDS = 30.0


@dataclass
class OldBackupRestored(BackupRestored):
    """The same with a backup of more than three minutes ago, while messages went on coming."""

    kind: ClassVar[str] = "old backup restored"
    recovers_within: ClassVar[float] = 90.0

    @property
    def holds(self) -> float:
        return self.random.uniform(1.0, 10.0)

    def inject(self, there: Installation) -> None:
        super().inject(there)
        for _ in range(_ROUNDS):
            time.sleep(_ROUND_SECONDS)
            there.traffic.burst(_BURST // 3)


@dataclass
class KilledAndRestored(BackupRestored):
    """The same where nobody stopped the services: they are killed in the middle of their work."""

    kind: ClassVar[str] = "killed, backup restored"

    def _end(self, service: LocalService) -> None:
        service.kill()


def old_backup(random: Random) -> Fault:
    """An old backup of one of the services."""
    return OldBackupRestored(random, service=random.choice(SERVICES))


def backup_of_all(random: Random) -> Fault:
    """All services go back together."""
    return BackupRestored(random)
