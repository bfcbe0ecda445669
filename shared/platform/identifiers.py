"""Ids and references: drawn here, and handed to rules as parameters."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Protocol
from uuid import UUID

from uuid_utils.compat import uuid7

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a reference can be read out on the telephone."""
_LETTERS = 8


class Ids(Protocol):
    """Where ids and references come from."""

    def new_id(self) -> UUID: ...
    def new_reference(self, prefix: str) -> str: ...


def new_id() -> UUID:
    """A UUIDv7: random enough to be unguessable, ordered by time so that indexes stay fast."""
    return uuid7()


class Drawn:
    """Ids drawn at random: for what people do."""

    def new_id(self) -> UUID:
        """A UUIDv7."""
        return new_id()

    def new_reference(self, prefix: str) -> str:
        """A reference that people quote, like `CC-7K3M-9QXD`; nothing can be counted by it."""
        return _reference(prefix, secrets.token_bytes(_LETTERS))


class Following:
    """Ids that follow from a record and its time: read again, it makes the same ones again.

    So a database that was restored from a backup tells its siblings nothing twice.
    """

    def __init__(self, cause: UUID, at: datetime) -> None:
        self._draws = _draws(cause)
        self._milliseconds = max(0, int(at.timestamp() * 1000)) & (2**48 - 1)

    def new_id(self) -> UUID:
        """The next id: a UUIDv7 of the record's time."""
        low = int.from_bytes(next(self._draws)[:10], "big")
        value = self._milliseconds << 80 | low
        value = value & ~(0xF << 76) | 0x7 << 76
        return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)

    def new_reference(self, prefix: str) -> str:
        """The next reference."""
        return _reference(prefix, next(self._draws)[:_LETTERS])


def _draws(cause: UUID) -> Iterator[bytes]:
    return (hashlib.sha256(cause.bytes + b"%d" % n).digest() for n in count())


def _reference(prefix: str, drawn: bytes) -> str:
    letters = "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in drawn)
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
