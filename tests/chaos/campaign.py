"""A campaign: traffic in bursts, and faults in the middle of them, from a seeded schedule."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from shared.contracts.catalogue import SERVICES
from tests.chaos.faults import Asleep, Fault, Joined, Killed, KilledAgain
from tests.chaos.faults_backups import BackupRestored, backup_of_all
from tests.chaos.faults_clocks import clock_fault
from tests.chaos.faults_partners import GzipBomb, Oversize
from tests.chaos.faults_servers import (
    BrokerKilled,
    DatabaseAway,
    DatabaseKilled,
    DatabaseSlow,
    mail_fault,
)
from tests.chaos.faults_truncation import LogTruncated, inbound_cut
from tests.chaos.installation import Installation, wait_for
from tests.chaos.traffic import Traffic
from tests.chaos.watch import Watch

BURST = 2_000
_LOW = 1_500
"""With fewer messages than this on their way, another burst comes before the next fault."""
_AFTER = 50
_LONGEST_RECOVERY = 90.0

Make = Callable[[Random], Fault]

KINDS: tuple[Make, ...] = (
    *(partial(cls, service=name) for name in SERVICES for cls in (Killed, KilledAgain, Joined)),
    *(partial(Asleep, service=name) for name in SERVICES),
    *(partial(clock_fault, name) for name in SERVICES),
    BrokerKilled,
    BrokerKilled,
    DatabaseKilled,
    DatabaseAway,
    DatabaseSlow,
    *(partial(mail_fault, how) for how in ("451", "554", "drop", "mute")),
    GzipBomb,
    Oversize,
    partial(LogTruncated, service="intake"),
    *(partial(BackupRestored, service=name) for name in ("intake", "assessment", "notifications")),
    backup_of_all,
    partial(inbound_cut, False),
    partial(inbound_cut, True),
    partial(LogTruncated, service="notifications"),
)


@dataclass(frozen=True)
class Happened:
    """A fault that was injected, and how things went on."""

    name: str
    injected_at: float
    healed_at: float
    recovered_at: float | None
    """When the next receipt (or effect) came; None where none came in time."""
    longest_gap: float
    """The longest time without a receipt (or effect) from inject to recovery."""
    blind: tuple[str, ...]

    @property
    def recovery(self) -> float | None:
        return None if self.recovered_at is None else self.recovered_at - self.healed_at


def schedule(random: Random, count: int, only: str = "") -> Iterator[Fault]:
    """So many faults: every kind once before any comes again; of those whose name holds `only`."""
    waiting: list[Make] = []
    while count > 0:
        if not waiting:
            waiting = list(KINDS)
            random.shuffle(waiting)
        fault = waiting.pop()(Random(random.getrandbits(64)))  # noqa: S311 - a schedule, no secret
        if only in fault.name:
            count -= 1
            yield fault


@dataclass
class Campaign:
    """Runs faults against an installation under load."""

    installation: Installation
    traffic: Traffic
    watch: Watch
    random: Random
    say: Callable[[str], None]
    happened: list[Happened] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def run(self, faults: Iterator[Fault] | Sequence[Fault], until: float) -> None:
        """Inject one fault after the other until they or the time (monotonic) end."""
        for fault in faults:
            if time.monotonic() > until:
                self.say("the time is over")
                return
            self._load()
            time.sleep(self.random.uniform(0.3, 1.5))
            self._one(fault)

    def _load(self) -> None:
        waiting = self.traffic.count - self.watch.receipts
        if waiting < _LOW:
            self.traffic.burst(BURST)

    def _one(self, fault: Fault) -> None:
        there = self.installation
        fault.inject(there)
        injected_at = time.time()
        time.sleep(fault.holds)
        fault.heal(there)
        # A server is healed when it answers again; a process from the moment of its start.
        healed_at = time.time()
        pulse = self.watch.pulses[fault.pulse]
        self.traffic.burst(_AFTER)  # so that there is something to be done, wherever the others are
        wait_for(lambda: pulse.first_after(healed_at) is not None, _LONGEST_RECOVERY, 0.05)
        recovered_at = pulse.first_after(healed_at)
        try:
            fault.finish(there)
        except AssertionError as error:
            self.problems.append(str(error))
        gap = pulse.longest_gap(injected_at, recovered_at or time.time())
        one = Happened(fault.name, injected_at, healed_at, recovered_at, gap, fault.blind)
        self.happened.append(one)
        took = "never" if one.recovery is None else f"{one.recovery:.2f} s"
        self.say(f"{len(self.happened):3d} {fault.name}: next after {took}, gap {gap:.2f} s")
