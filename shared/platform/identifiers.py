"""Ids and references: drawn here, and handed to rules as parameters."""

from __future__ import annotations

import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, so that a reference can be read out on the telephone."""


def new_id() -> UUID:
    """A UUIDv7: random enough to be unguessable, ordered by time so that indexes stay fast."""
    return uuid7()


def new_reference(prefix: str) -> str:
    """A reference that people quote, like `CC-7K3M-9QXD`. Random, so nothing can be counted."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{prefix}-{drawn[:4]}-{drawn[4:]}"
