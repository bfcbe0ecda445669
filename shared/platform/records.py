"""Reading what the broker gives, whatever a client put in it.

The broker takes any bytes as the name of a header; aiokafka takes text only, and its fetcher would
fail on the same record for ever: one partner could close the door to all. And aiokafka drops the
leader's epoch, by which a log that was cut short and grew again is known: `checksum`, which nobody
else uses, holds it here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


class _Bytes(bytearray):
    """Bytes that give text for any content, with U+FFFD where it is no UTF-8."""

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return _Bytes(found) if isinstance(index, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "replace") -> str:
        return super().decode(encoding, errors)


class _TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # final for type checkers only
    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer: Any = _Bytes(self._buffer)


class _Batch:
    """A batch as the fast parser reads it; from a header that is no text on, the tolerant one."""

    def __init__(self, batch: Any, raw: memoryview) -> None:
        self._batch = batch
        self._raw = raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                read += 1
                yield record
        except UnicodeDecodeError:
            yield from islice(_TolerantBatch(self._raw), read, None)


_EPOCH = struct.Struct(">iB")
"""The leader's epoch and the format of a batch, behind its offset and its length."""
_EPOCH_AT = 12
_WITH_EPOCH = 2


class TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]  # final for type checkers only
    """The batches of a fetch, in which a header name that is no text holds U+FFFD."""

    epoch: int | None = None
    """The leader's epoch of the batch that was given last."""

    def next_batch(self) -> Any:
        raw = self._next_slice
        batch = super().next_batch()
        if batch is None or raw is None:
            return None
        epoch, version = _EPOCH.unpack_from(raw, _EPOCH_AT)
        self.epoch = epoch if version == _WITH_EPOCH and epoch >= 0 else None
        return _Batch(batch, raw)


class _EpochRecords(fetcher.PartitionRecords):  # type: ignore[misc]  # aiokafka is untyped
    def _consumer_record(self, place: Any, record: Any) -> ConsumerRecord:
        found = super()._consumer_record(place, record)
        found.checksum = self._records.epoch
        return found


def install() -> None:
    """Let all consumers of this process read tolerantly; aiokafka has no setting for it."""
    fetcher.MemoryRecords = TolerantRecords
    fetcher.PartitionRecords = _EpochRecords
