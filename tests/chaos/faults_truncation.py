"""A broker that comes back with the end of a topic missing, and what an operator does then."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

from deploy.local.service import ROOT
from tests.chaos.faults import Fault
from tests.chaos.installation import Installation

_LOST_SHARE = 0.2
_BEFORE = timedelta(minutes=30)


@dataclass
class LogTruncated(Fault):
    """The newest fifth of what a service has said is gone; it is published again.

    The order is that of docs/running.md: the speaker stops, the broker comes back, the events of
    the last half hour are published again, the speaker goes on.
    """

    kind: ClassVar[str] = "broker log cut short"
    cut: int = field(default=0, init=False)
    """Bytes that the broker lost."""

    def inject(self, there: Installation) -> None:
        there.held.add(self.service)
        there.stack.services[self.service].stop()
        there.stack.kafka.kill()
        for directory in (there.directory / "kafka" / "data").glob(f"{self.service}.v1-*"):
            self._cut(max(directory.glob("*.log")))

    def heal(self, there: Installation) -> None:
        there.stack.kafka.start()
        time.sleep(2.0)  # whoever was further than the log now is notices it
        since = (datetime.now(UTC) - _BEFORE).strftime("%Y-%m-%dT%H:%M:%S")
        service = there.stack.services[self.service]
        subprocess.run(
            [
                *(sys.executable, "-m", f"services.{self.service}", "publish-again"),
                *("--since", since, "--who", "chaos", "--why", "the broker lost its log"),
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

    def _cut(self, segment: Path) -> None:
        """Cut a log in the middle of a record, as a disk that lost its newest pages would."""
        size = segment.stat().st_size
        kept = int(size * (1 - _LOST_SHARE))
        with segment.open("r+b") as log:
            log.truncate(kept)
        self.cut += size - kept
