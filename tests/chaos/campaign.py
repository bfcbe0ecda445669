"""A campaign: traffic in bursts, and faults in the middle of them, from a seeded schedule."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from deploy.local.process import ServerError
from shared.contracts.catalogue import NOTIFICATIONS, SERVICES
from tests.chaos.faults import Asleep, Dark, Fault, Joined, Killed, KilledAgain
from tests.chaos.faults_backups import (
    BackupRestored,
    KilledAndRestored,
    backup_of_all,
    old_backup,
)
from tests.chaos.faults_clocks import clock_fault
from tests.chaos.faults_inbound import forgotten_and_cut, inbound_cut
from tests.chaos.faults_mixed import MIXED, Make
from tests.chaos.faults_partners import GzipBomb, Oversize
from tests.chaos.faults_servers import (
    BrokerAway,
    BrokerKilled,
    DatabaseAway,
    DatabaseKilled,
    DatabaseSlow,
    mail_fault,
)
from tests.chaos.faults_stuck import stuck
from tests.chaos.faults_truncation import LogTruncated, feed_cut
from tests.chaos.installation import Installation, wait_for
from tests.chaos.stuck_service import HOW
from tests.chaos.traffic import Traffic
from tests.chaos.watch import Watch

BURST = 2_000
_LOW = 1_500
"""With fewer messages than this on their way, another burst comes before the next fault."""
_AFTER = 50
_LONGEST_RECOVERY = 90.0

KINDS: tuple[Make, ...] = (
    *(partial(cls, service=name) for name in SERVICES for cls in (Killed, KilledAgain, Joined)),
    *(partial(Asleep, service=name) for name in SERVICES),
    *(partial(clock_fault, name) for name in SERVICES),
    BrokerKilled,
    BrokerAway,
    DatabaseKilled,
    DatabaseAway,
    DatabaseSlow,
    *(partial(mail_fault, how) for how in ("451", "554", "drop", "mute")),
    *(partial(stuck, how) for how in HOW),
    GzipBomb,
    Oversize,
    *(partial(LogTruncated, service=name) for name in SERVICES),
    feed_cut,
    *(partial(BackupRestored, service=name) for name in SERVICES),
    backup_of_all,
    partial(KilledAndRestored, service=NOTIFICATIONS),
    old_backup,
    partial(inbound_cut, False),
    partial(inbound_cut, True),
    forgotten_and_cut,
    *MIXED,
)


@dataclass(frozen=True)
class Happened:
    """A fault that was injected, and how things went on. Times are seconds since 1970."""

    name: str
    injected_at: float
    healed_at: float
    recovered_at: float | None
    """When all that it hit had moved again; None where it did not in time."""
    longest_gap: float
    """The longest time without a receipt (or effect) from inject to recovery."""
    dark: tuple[Dark, ...] = ()
    patience: float = 30.0
    """Seconds that recovery may take."""
    ended_at: float = 0.0
    """When all was cleared away."""
    doubles_mail: bool = False

    @property
    def recovery(self) -> float | None:
        return None if self.recovered_at is None else self.recovered_at - self.healed_at

    @property
    def over(self) -> float:
        """When nothing of it was left."""
        return max(self.healed_at, self.recovered_at or 0.0, self.ended_at)


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

    def run(self, faults: Sequence[Fault], until: float = math.inf) -> None:
        """Inject one fault after the other. That the time (monotonic) ends first is a problem."""
        for place, fault in enumerate(faults):
            if time.monotonic() > until:
                self.problems.append(f"the time was over after {place} of {len(faults)} faults")
                return
            self._load()
            time.sleep(self.random.uniform(0.3, 1.5))
            try:
                self._one(fault)
            except ServerError as error:  # what has happened until now is judged all the same
                first = str(error).splitlines()[0]
                self.problems.append(f"after {place} of {len(faults)} faults: {first}")
                return

    def _load(self) -> None:
        waiting = self.traffic.count - self.watch.receipts
        if waiting < _LOW:
            self.traffic.burst(BURST)

    def _one(self, fault: Fault) -> None:
        there = self.installation
        # From before: it may do its harm while it is being prepared.
        injected_at = time.time()
        fault.inject(there)
        down_at = time.time()
        time.sleep(fault.holds)
        healing_at = time.time()
        fault.heal(there)
        # A server is healed when it answers again; a process from the moment of its start.
        healed_at = time.time()
        self.traffic.burst(_AFTER)  # so that there is something to be done, wherever the others are
        recovered_at = self._recovery(fault, healed_at)
        try:
            fault.finish(there)
        except AssertionError as error:
            self.problems.append(str(error))
        dark = fault.darkness(down_at, healing_at)
        self._note(fault, injected_at, healed_at, recovered_at, dark)

    def _recovery(self, fault: Fault, healed_at: float) -> float | None:
        """When the last of what was hit moved again."""
        pulses = [self.watch.pulses[name] for name in fault.pulses]

        def moved() -> bool:
            return all(pulse.first_after(healed_at) is not None for pulse in pulses)

        wait_for(moved, max(_LONGEST_RECOVERY, fault.patience), 0.05)
        found = [pulse.first_after(healed_at) for pulse in pulses]
        times = [moment for moment in found if moment is not None]
        return max(times) if len(times) == len(pulses) else None

    def _note(
        self,
        fault: Fault,
        injected_at: float,
        healed_at: float,
        recovered_at: float | None,
        dark: tuple[Dark, ...],
    ) -> None:
        end = recovered_at or time.time()
        gaps = [self.watch.pulses[name].longest_gap(injected_at, end) for name in fault.pulses]
        one = Happened(
            name=fault.name,
            injected_at=injected_at,
            healed_at=healed_at,
            recovered_at=recovered_at,
            longest_gap=max(gaps),
            dark=dark,
            patience=fault.patience,
            ended_at=time.time(),
            doubles_mail=fault.doubles_mail,
        )
        self.happened.append(one)
        took = "never" if one.recovery is None else f"{one.recovery:.2f} s"
        self.say(f"{len(self.happened):3d} {fault.name}: next after {took}, gap {max(gaps):.2f} s")
