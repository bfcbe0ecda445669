"""What agencies ask and say by Kafka beside concerns and signals, as the HTTP door takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.intake.domain import door
from services.intake.domain.feedback import FeedbackKind
from services.intake.domain.requests import Asked, Open, load_sentence
from services.intake.handlers import (
    feedback,
    personal_data,
    request_askers,
    request_refusals,
    requests,
    signals,
)
from services.intake.handlers.feedback import Said
from shared.contracts import inbound
from shared.contracts.inbound import InboundMessage
from shared.contracts.words import Refused
from shared.platform.work import Work

_FIELDS = {"occurred_on": "received_on", "category": "theme"}
"""What feedback's fields are called in a message."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a request: our reference, where to turn first, what is open besides."""

    reference: str | None = None
    emergency_route: str | None = None
    load: str | None = None
    refused: Refused | None = None


async def read_ahead(work: Work, sound: Sequence[tuple[door.Agency, InboundMessage]]) -> None:
    """Read for all what each would ask for; their locations were read before."""
    asking = [
        (await request_askers.of_agency(work, agency), message.location)
        for agency, message in sound
        if isinstance(message, inbound.PartnerRequestMade)
    ]
    if asking:
        await requests.read_ahead(work, asking)
    returns = [
        (agency, message)
        for agency, message in sound
        if isinstance(message, inbound.QualityReturnSubmitted)
    ]
    if returns:
        await signals.read_ahead(work, returns)


async def ask(work: Work, agency: door.Agency, message: inbound.PartnerRequestMade) -> Answered:
    """Take a request, or refuse it under its rule. Raises Refused where it cannot be read so."""
    asker, asked = await request_askers.of_agency(work, agency), _asked(message)
    try:
        taken = await requests.take_request(work, asker, asked)
    except Refused as raised:
        refused = work.policies.cite(raised, work.today, asker.partnership)
        if refused.refusal.rule == "W3.3":  # nothing is amiss with it: it may come again
            return Answered(refused=refused)
        if refused.refusal.rule not in request_refusals.RECORDED:
            raise
        row, said = await request_refusals.record_refusal(work, asker, asked, refused)
        request_refusals.say_refused(work, asker, row.id, said)
        return Answered(row.reference, said.refusal.emergency_route, refused=said)
    days: list[Open] = [Open(day) for day in taken.open_due_on]
    days += [Open(None)] * (taken.open_before - len(days))
    load = load_sentence(days) if days else None
    return Answered(taken.reference, taken.emergency_route, load)


def _asked(message: inbound.PartnerRequestMade) -> Asked:
    return Asked(
        type=message.request_type,
        text=message.text,
        location=message.location,
        risk_type=message.risk_type,
        system=message.system,
        about_individual=message.about_individual,
        immediate_danger=message.immediate_danger,
        required_by=message.required_by,
        load_seen=message.load_seen,
        personal_data_needed=personal_data.needs_of(message).get("text"),
    )


async def say(
    work: Work,
    agency: door.Agency,
    message: inbound.PublicFeedbackReceived | inbound.ComplimentReceivedByAgency,
) -> str:
    """Take feedback or a compliment; gives our reference. Raises Refused."""
    compliment = isinstance(message, inbound.ComplimentReceivedByAgency)
    said = Said(
        FeedbackKind.COMPLIMENT if compliment else FeedbackKind.FEEDBACK,
        message.location,
        message.theme,
        message.received_on,
        message.text,
    )
    try:
        source, needed = f"agency:{agency.id}", personal_data.needs_of(message)
        row = await feedback.take(work, agency.partnership, source, said, needed)
    except Refused as refused:
        raise _in_their_words(refused) from None
    return row.reference


def _in_their_words(refused: Refused) -> Refused:
    """A refusal that names the field as the message calls it."""
    field = refused.refusal.field
    return Refused(replace(refused.refusal, field=_FIELDS.get(field or "", field)))
