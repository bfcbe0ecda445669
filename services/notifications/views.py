"""What notifications' HTTP door gives: states, ids and digests; no content and no addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

MessageState = Literal["queued", "sending", "sent", "withheld", "failed"]


class MessageLine(BaseModel):
    """A message and what became of it."""

    message_id: UUID
    kind: str
    cause_id: UUID
    cause_type: str
    state: MessageState
    rule: str | None
    attempts: int
    perhaps_sent: bool
    smtp_code: int | None
    queued_at: datetime
    next_try_at: datetime | None
    sent_at: datetime | None


class LedgerLine(BaseModel):
    """A row of the disclosure ledger: who was told what, when, under which label and right."""

    seq: int
    at: datetime
    kind: str
    audience: str
    audiences: int
    event_id: UUID
    event_type: str
    label: str
    digest: str
    under: str
    seal: int | None


class LedgerCheck(BaseModel):
    """How far the chain of seals was checked, and the first seal that does not hold."""

    checked_to: int
    rows: int
    broken_at: int | None


class FeedLine(BaseModel):
    """A record that an agency's feed has got, by the id that the agency knows it by."""

    ce_id: UUID
    type: str
    disclosed_at: datetime
