"""The chain over the ledger: each seal digests its rows and the seal before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as _quoted

FIRST = "0" * 64
"""What the first seal chains to."""

Row = Sequence[str]
"""A ledger row as text, all of it, in the order of its columns."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal over the rows of a batch."""

    number: int
    digest: str
    previous: str


def digest_of(previous: str, rows: Iterable[Row]) -> str:
    """SHA-256 over the seal before and every row of the batch, in order."""
    digest = hashlib.sha256(previous.encode())
    for row in rows:
        digest.update(f"[{', '.join(map(_quoted, row))}]".encode())  # as `json` writes a list
    return digest.hexdigest()


def holds(seal: Seal, previous: str, rows: Iterable[Row]) -> bool:
    """True where the seal follows the one before and its rows are as they were sealed."""
    return seal.previous == previous and seal.digest == digest_of(previous, rows)
