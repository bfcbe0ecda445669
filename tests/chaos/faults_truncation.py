"""A broker that comes back with the end of a topic missing, and what people do then."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import ClassVar

from deploy.local.identity import fetch_token
from deploy.local.service import ROOT
from shared.contracts.catalogue import NOTIFICATIONS, outbound_topic
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation, wait_for
from tests.chaos.traffic import AGENCIES

_LOST_SHARE = 0.2
_FIRST_WORDS = 60.0
_BEFORE = timedelta(minutes=30)


@dataclass
class LogTruncated(Fault):
    """The newest fifth of what a service has said is gone; it is published again.

    The order is that of docs/running.md: the speaker stops, the broker comes back, the events of
    the last half hour are published again, the speaker goes on.
    """

    kind: ClassVar[str] = "broker log cut short"
    recovers_within: ClassVar[float] = 60.0
    cut: int = field(default=0, init=False)
    """Bytes that the broker lost."""

    @property
    def topic(self) -> str:
        """What loses its end."""
        return f"{self.service}.v1"

    def inject(self, there: Installation) -> None:
        # At the beginning there may be nothing to lose yet.
        wait_for(lambda: any(s.stat().st_size for s in segments(there, self.topic)), _FIRST_WORDS)
        there.held.add(self.service)
        there.stack.services[self.service].stop()
        there.stack.kafka.kill()
        self.cut = cut_newest(segments(there, self.topic))

    def heal(self, there: Installation) -> None:
        there.start_broker()
        time.sleep(2.0)  # whoever was further than the log now is notices it
        since = (datetime.now(UTC) - _BEFORE).strftime("%Y-%m-%dT%H:%M:%S")
        service, token = there.stack.services[self.service], there.directory / "operations.token"
        token.write_text(fetch_token(there.stack.issuer, "operations"))
        subprocess.run(
            [
                *(sys.executable, "-m", f"services.{self.service}", "publish-again"),
                *("--since", since, "--topic", self.topic),
                *("--token", str(token), "--why", "the broker lost its log"),
            ],
            env=service.environment(),
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        service.start()
        there.held.discard(self.service)

    def finish(self, there: Installation) -> None:
        if self.cut == 0:
            raise AssertionError(f"{self.name}: there was nothing to cut")


@dataclass
class FeedTruncated(LogTruncated):
    """The newest fifth of an agency's feed is gone."""

    kind: ClassVar[str] = "feed cut short"
    agency: str = AGENCIES[0]

    @property
    def name(self) -> str:
        return self.kind

    @property
    def topic(self) -> str:
        return outbound_topic(self.agency)


def feed_cut(random: Random) -> Fault:
    """A cut of the feed of some agency."""
    return FeedTruncated(random, service=NOTIFICATIONS, agency=random.choice(AGENCIES))


def segments(there: Installation, topic: str) -> list[Path]:
    """The newest file of the log of each partition."""
    directories = (there.directory / "kafka" / "data").glob(f"{topic}-*")
    return [max(directory.glob("*.log")) for directory in directories]


def cut_newest(segments: Iterable[Path]) -> int:
    """Cut logs in the middle of a record, as a disk that lost its newest pages would; bytes."""
    lost = 0
    for segment in segments:
        size = segment.stat().st_size
        kept = int(size * (1 - _LOST_SHARE))
        with segment.open("r+b") as log:
            log.truncate(kept)
        lost += size - kept
    return lost
