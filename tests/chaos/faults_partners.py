"""What a partner does wrong: records that unpack to hundreds of megabytes, or are too large."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from confluent_kafka import KafkaError, Message, Producer

from tests.chaos.faults import Fault
from tests.chaos.installation import Installation
from tests.chaos.traffic import AGENCIES

_BOMB_BYTES = 100 * 1024 * 1024
_OVERSIZE_BYTES = 1024 * 1024 + 10_000
_SECONDS = 60.0


@dataclass
class GzipBomb(Fault):
    """100 MiB of nothing, packed to 100 KiB: the topic refuses it."""

    kind = "gzip bomb"
    refused: bool = field(default=False, init=False)
    _sending: threading.Thread | None = field(default=None, init=False)

    @property
    def holds(self) -> float:
        return 0.5

    def inject(self, there: Installation) -> None:
        self._sending = threading.Thread(target=self._send, args=(there,), name=self.kind)
        self._sending.start()

    def heal(self, there: Installation) -> None:
        if self._sending is not None:
            self._sending.join()

    def finish(self, there: Installation) -> None:
        if not self.refused:
            raise AssertionError(f"{self.kind}: the broker took it")

    def _send(self, there: Installation) -> None:
        agency = self.random.choice(AGENCIES)
        more = {
            "compression.type": self.packed,
            "message.max.bytes": str(500 * 1024 * 1024),
            "message.timeout.ms": str(int(_SECONDS * 1000)),
        }
        producer = Producer(there.agency_login(agency) | more)
        producer.produce(f"partner.{agency}.in.v1", bytes(self.size), on_delivery=self._note)
        producer.flush(_SECONDS)
        producer.close()

    @property
    def packed(self) -> str:
        return "gzip"

    @property
    def size(self) -> int:
        return _BOMB_BYTES

    def _note(self, error: KafkaError | None, message: Message) -> None:
        self.refused = error is not None and error.code() == KafkaError.MSG_SIZE_TOO_LARGE


class Oversize(GzipBomb):
    """A record a little over the limit: the broker refuses it."""

    kind = "oversize record"

    @property
    def packed(self) -> str:
        return "none"

    @property
    def size(self) -> int:
        return _OVERSIZE_BYTES
