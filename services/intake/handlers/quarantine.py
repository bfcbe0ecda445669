"""What cannot be taken lies in quarantine until somebody works it off, or its time is over."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.intake.domain import door, handling
from services.intake.domain import held_content as facts
from services.intake.handlers import personal_data, speakers
from services.intake.store import messages as store
from services.intake.store.register import location_by_reference
from services.intake.tables import QuarantineRow
from shared.contracts.holdings import holdings
from shared.contracts.intake import QuarantineSettled, QuarantineWaiting
from shared.contracts.words import AgencyFunction, Handling, Refused, refused, strictest
from shared.platform.clocks import Due
from shared.platform.dates import london_date
from shared.platform.policy import Cited
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import current_traceparent, span
from shared.platform.work import Work

ERASURE = "quarantine_erasure"
"""The clock that erases an item's content when the policy's retention time is over."""
_HELD_AGAIN_DAYS = 1

Outcome = Literal["released", "redacted", "rejected", "erased"]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who had sent an item."""

    partnership: str
    name: str
    """An agency's id, or `provider:<reference>` or `staff:<sign-in>` where it came over HTTP."""
    is_police: bool = False

    @classmethod
    def of(cls, agency: door.Agency) -> Sender:
        """An agency as sender."""
        return cls(agency.partnership, agency.id, AgencyFunction.POLICE in agency.functions)


def item_of(
    work: Work, sender: Sender, place: tuple[str, int, int], content: bytes | None, why: Refused
) -> QuarantineRow:
    """An item for the quarantine; `place` is topic, partition and offset. It is not kept yet."""
    topic, partition, offset = place
    held = handling.of_concern(
        very_small=False,
        implicated=facts.implicates(content or b""),
        police=sender.is_police,
        source_holder=None,
    )
    return QuarantineRow(
        id=work.new_id(),
        partnership=sender.partnership,
        agency_id=sender.name[:60],
        topic=topic,
        partition=partition,
        log_offset=offset,
        rule=why.refusal.rule,
        field=why.refusal.field,
        digest=hashlib.sha256(content or b"").hexdigest(),
        content=content,
        received_at=work.now,
        label=held.label,
        holders=list(held.holders),
        traceparent=current_traceparent(),
    )


def restrict(item: QuarantineRow, held: Handling) -> None:
    """Let an item be known to fewer."""
    found = strictest([Handling.of(item.label, item.holders), held])
    item.label, item.holders = found.label, list(found.holders)


async def hold(work: Work, item: QuarantineRow) -> None:
    """Keep an item for those who triage, until the retention time of the policy is over.

    It is held as strictly as a concern would be that says the same.
    """
    reference = facts.location(item.content or b"")
    place = await location_by_reference(work, item.partnership, reference) if reference else None
    if place is not None and place.very_small:
        restrict(item, handling.of_restricted())
    store.hold(work, item)
    at, clause = _erase_at(work, item)
    told = at - timedelta(days=max(one.number for one in _cited(work, item, "remind_days")))
    work.set_clock(ERASURE, item.id, told, partnership=item.partnership, clause=clause)


def _cited(work: Work, item: QuarantineRow, name: str) -> list[Cited]:
    """What its policy says; of a sender that we do not know, what each does."""
    known = item.partnership in work.policies.partnerships
    partnerships = [item.partnership] if known else list(work.policies.partnerships)
    packs = [work.policies.on(one, work.today) for one in partnerships]
    return [pack.value("intake", "quarantine", name) for pack in packs]


def _erase_at(work: Work, item: QuarantineRow) -> tuple[datetime, str]:
    shortest = min(_cited(work, item, "erase_after_days"), key=lambda one: one.number)
    return item.received_at + timedelta(days=shortest.number), shortest.clause


async def erase_item(work: Work, due: Due) -> None:
    """The retention time is over: the content goes, ids and what became of it stay.

    Some days before that, what nobody has worked off is told of.
    """
    item = await store.item_to_settle(work, [due.partnership], due.subject_id, None)
    if item is None or item.content is None:
        return
    at, clause = _erase_at(work, item)
    if work.now < at:
        _tell_waiting(work, item, at, clause)
        work.set_clock(ERASURE, item.id, at, partnership=item.partnership, clause=clause)
        return
    if item.owner_needed is not None or await store.stands_still(work, item.id):
        # An emergency that nobody has seen to, or a legal hold: asked again tomorrow.
        later = work.now + timedelta(days=_HELD_AGAIN_DAYS)
        work.set_clock(ERASURE, item.id, later, partnership=item.partnership, clause=due.clause)
        return
    item.content = None
    work.audit("policy", "quarantine.erased", item.id, partnership=item.partnership)
    if item.state == "open":
        await settle(work, item, "erased", "policy")


def _tell_waiting(work: Work, item: QuarantineRow, at: datetime, clause: str) -> None:
    """Nobody has looked, and soon nobody can: the team that works it off is told."""
    if item.state != "open":
        return
    work.announce(
        QuarantineWaiting(
            partnership=item.partnership,
            handling=handling.of_owner(),
            item_id=item.id,
            erased_on=london_date(at),
            clause=clause,
        )
    )


async def open_item(work: Work, person: Person, item_id: UUID) -> QuarantineRow:
    """An item that waits to be worked off, locked. Raises Refused where somebody has done it."""
    held = holdings(person.roles)
    item = await store.item_to_settle(work, person.partnerships, item_id, held)
    if item is None:
        raise not_found()
    if item.state != "open" or item.content is None:
        raise refused(
            "quarantine.settled",
            "This item has been worked off, or its content is erased.",
            "Read what became of it.",
            clause=door.GUIDE,
        )
    return item


async def reject_item(work: Work, person: Person, item_id: UUID, reason: str) -> None:
    """Somebody decides that nothing is taken from it. Raises Refused."""
    personal_data.check_staff(work, reason=reason)
    item = await open_item(work, person, item_id)
    work.audit(
        person.subject, "quarantine.rejected", item.id, partnership=item.partnership, why=reason
    )
    with span("reject message", links=[item.traceparent]):
        await settle(work, item, "rejected", person.subject)


async def settle(work: Work, item: QuarantineRow, outcome: Outcome, by: str) -> None:
    """Note what became of an item, and tell the agency that had sent it, or who follows it."""
    item.state = outcome
    item.settled_at = work.now
    item.settled_by = by
    item.owner_needed = None
    if outcome in {"released", "redacted"}:
        item.content = None  # what was taken lies in its own row now
    if not item.topic.startswith("partner."):
        return
    work.announce(
        QuarantineSettled(
            partnership=item.partnership,
            handling=await speakers.answer_to(work, item.agency_id),
            agency_id=item.agency_id,
            topic=item.topic,
            partition=item.partition,
            offset=item.log_offset,
            message_id=door.harmless(item.message_id),
            outcome=outcome,
            reference=item.reference,
        )
    )
