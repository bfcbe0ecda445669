"""Work off the quarantine: take a message as it is with a reason, or take it redacted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from services.intake.domain import door
from services.intake.domain.personal_data.search import redacted
from services.intake.handlers import arrivals, messages, personal_data, quarantine
from services.intake.store import agencies
from services.intake.tables import QuarantineRow
from shared.contracts.envelope import CloudEvent, fields_of, words_of
from shared.contracts.inbound import InboundMessage
from shared.contracts.words import refused
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work

_NEEDED = "personal_data_needed"


@dataclass(frozen=True, slots=True)
class _Came:
    """A message as its agency had sent it."""

    publisher: door.Agency
    event: CloudEvent
    message: InboundMessage


async def release_item(work: Work, person: Person, item_id: UUID, reason: str) -> str | None:
    """Take a message as it came; what it holds about people is needed for this reason.

    Gives our reference. Raises Refused where it cannot be taken, whoever wants it.
    """
    item = await quarantine.open_item(work, person, item_id)
    came = await _as_it_came(work, item)
    message = came.message
    if _NEEDED in type(message).model_fields:
        needed = dict.fromkeys(personal_data.texts_of(message), reason)
        message = _changed(message, {_NEEDED: needed})
    with span("release message", links=[item.traceparent]):
        await _take(work, item, came, message)
        await _settle(work, person, item, "released", reason)
    return item.reference


async def redact_item(
    work: Work, person: Person, item_id: UUID, texts: Mapping[str, str]
) -> str | None:
    """Take a message without what gives people away.

    `texts` are those that somebody has written anew, by field; in all of them what is found is
    replaced by its kind. Gives our reference. Raises Refused.
    """
    item = await quarantine.open_item(work, person, item_id)
    came = await _as_it_came(work, item)
    written = personal_data.texts_of(came.message)
    if foreign := sorted(texts.keys() - written.keys()):
        raise door.unfit_fields(foreign)
    changes: dict[str, Any] = {
        name: redacted(text, work.today) for name, text in {**written, **texts}.items()
    }
    if _NEEDED in type(came.message).model_fields:
        changes[_NEEDED] = None
    with span("redact message", links=[item.traceparent]):
        await _take(work, item, came, _changed(came.message, changes))
        await _settle(work, person, item, "redacted", None)
    return item.reference


async def _as_it_came(work: Work, item: QuarantineRow) -> _Came:
    publisher = (await agencies.agencies(work, {item.agency_id})).get(item.agency_id)
    if publisher is None or not (item.message_id and item.message_source and item.message_type):
        raise refused(
            "quarantine.no-message",
            "This is no message that could be taken: it could not be read.",
            "Ask its sender to send it again, and reject it here.",
            clause=door.GUIDE,
        )
    event = CloudEvent(item.message_id, item.message_source, item.message_type, item.content or b"")
    return _Came(publisher, event, arrivals.parse(publisher, event))


def _changed(message: InboundMessage, changes: Mapping[str, Any]) -> InboundMessage:
    """A message with some fields changed, held against its schema again. Raises Refused."""
    data = {**message.model_dump(mode="json"), **changes}
    try:
        return type(message).model_validate_json(json.dumps(data), strict=True)
    except ValidationError as error:
        raise door.unfit_fields(fields_of(error), words_of(error)) from None


async def _take(work: Work, item: QuarantineRow, came: _Came, message: InboundMessage) -> None:
    taken = await messages.take_again(work, came.publisher, came.event, message)
    item.reference = taken.reference


async def _settle(
    work: Work,
    person: Person,
    item: QuarantineRow,
    outcome: quarantine.Outcome,
    reason: str | None,
) -> None:
    work.audit(
        person.subject, f"quarantine.{outcome}", item.id, partnership=item.partnership, why=reason
    )
    await quarantine.settle(work, item, outcome, person.subject)
