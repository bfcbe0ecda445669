"""A broker that comes back with the end of a partner's topic missing; the partner sends again."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from shared.contracts.catalogue import INTAKE, inbound_topic
from tests.chaos.faults import Fault
from tests.chaos.faults_backups import BackupRestored
from tests.chaos.faults_truncation import cut_newest, segments
from tests.chaos.installation import Installation, wait_for
from tests.chaos.logs import Cut, Entry, read_topic
from tests.chaos.traffic import AGENCIES


@dataclass
class _Topic:
    """A partner's topic that loses its newest fifth."""

    agency: str
    cut: int = 0
    """Bytes that the broker lost."""
    kept: int = 0
    read: int = 0
    """Where the log ended then, and how far intake had read it."""
    _before: list[Entry] = field(default_factory=list)

    @property
    def name(self) -> str:
        return inbound_topic(self.agency)

    def lose_newest(self, there: Installation) -> None:
        """The broker dies, and will come back without them."""
        there.traffic.flush(self.agency)
        self._before = read_topic(there.broker_login, self.name, "chaos-cut")
        there.stack.kafka.kill()
        self.cut = cut_newest(segments(there, self.name))

    def come_back(self, there: Installation) -> list[str]:
        """The broker runs again; gives the ids of what it has lost."""
        self.read = there.read_by_intake(self.name)
        there.start_broker()
        self.kept = len(read_topic(there.broker_login, self.name, "chaos-cut"))
        return there.traffic.lose(self.agency, Cut(self.kept, self._before))

    def send_again(self, there: Installation, lost: list[str]) -> None:
        """The partner sends something new, and then, as the guide asks it to, what was lost."""
        there.traffic.send_more(self.agency, len(lost) + 20)
        there.traffic.send_again(self.agency, lost)
        there.traffic.flush(self.agency)

    def assert_cut(self, fault: str) -> None:
        if self.cut == 0:
            raise AssertionError(f"{fault}: there was nothing to cut")


@dataclass
class InboundTruncated(Fault):
    """The newest fifth of what a partner has sent is gone, under a running door.

    Its offsets are given out again at once, to what the partner sends next; now and then the door
    sleeps until the log has grown past its place again, so that no offset tells it of the cut.
    """

    kind: ClassVar[str] = "partner's topic cut short"
    recovers_within: ClassVar[float] = 60.0
    agency: str = AGENCIES[0]
    unseen: bool = False
    """The log grows past the door's place before the door looks."""
    _topic: _Topic = field(init=False)

    def __post_init__(self) -> None:
        self._topic = _Topic(self.agency)

    @property
    def name(self) -> str:
        return f"{self.kind}, and grown again" if self.unseen else self.kind

    @property
    def pulse(self) -> str:
        return INTAKE

    def inject(self, there: Installation) -> None:
        self._topic.lose_newest(there)

    def heal(self, there: Installation) -> None:
        door = there.stack.services[INTAKE].pid
        if self.unseen:
            os.kill(door, signal.SIGSTOP)
        try:
            self._topic.send_again(there, self._topic.come_back(there))
        finally:
            if self.unseen:
                os.kill(door, signal.SIGCONT)

    def finish(self, there: Installation) -> None:
        self._topic.assert_cut(self.name)
        if self._topic.read <= self._topic.kept:
            return  # the door was not that far: nothing that it knows of is gone
        if not wait_for(lambda: any(self._topic.name in a for a in there.alarms(INTAKE)), 15.0):
            raise AssertionError(f"{self.name}: nobody was told")


def inbound_cut(unseen: bool, random: Random) -> Fault:
    """A cut of the topic of some agency."""
    return InboundTruncated(random, agency=random.choice(AGENCIES), unseen=unseen)


@dataclass
class ForgottenAndCut(BackupRestored):
    """Intake's database goes back, and the broker loses what intake has forgotten before it can be
    read again: only the partner still has it, and the other services have heard of it already."""

    kind: ClassVar[str] = "backup restored, partner's topic cut short"
    recovers_within: ClassVar[float] = 90.0
    agency: str = AGENCIES[0]
    _topic: _Topic = field(init=False)
    _lost: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._topic = _Topic(self.agency)

    def put_back(self, there: Installation) -> None:
        super().put_back(there)
        self._topic.lose_newest(there)
        self._lost = self._topic.come_back(there)

    def heal(self, there: Installation) -> None:
        super().heal(there)
        self._topic.send_again(there, self._lost)

    def finish(self, there: Installation) -> None:
        self._topic.assert_cut(self.name)


def forgotten_and_cut(random: Random) -> Fault:
    """Of the topic of some agency."""
    return ForgottenAndCut(random, service=INTAKE, agency=random.choice(AGENCIES))
