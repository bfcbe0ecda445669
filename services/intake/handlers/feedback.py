"""Take what the public says that is no concern, and compliments (W3.10, W4.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.intake.domain import door, handling
from services.intake.domain.concerns import check_category
from services.intake.domain.feedback import FeedbackKind, of_compliment
from services.intake.handlers import personal_data
from services.intake.handlers.concerns import key_questions, of_a_provider
from services.intake.store import register
from services.intake.tables import FeedbackRow
from shared.contracts.intake import ComplimentReceived, PublicFeedbackRecorded
from shared.contracts.words import Handling, Role
from shared.platform.security import Person
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of a service without raising a concern."""

    kind: FeedbackKind
    location: str
    category: str
    occurred_on: date
    text: str


async def take(
    work: Work,
    partnership: str,
    source: str,
    said: Said,
    needed: Mapping[str, str] | None = None,
) -> FeedbackRow:
    """Keep it, and let it count; it opens no case. Raises Refused.

    `source` is `agency:<id>`, `public` (nobody's name is kept), `provider:<reference>`
    or `staff:<sign-in>`.
    """
    location = await register.location_by_reference(work, partnership, said.location)
    if location is None:
        raise door.unknown_location()
    categories = work.policies.on(partnership, work.today).value("intake", "concerns", "categories")
    check_category(said.category, categories.texts, categories.clause, field="category")
    door.not_in_the_future(said.occurred_on, work.today, "occurred_on")
    marks = personal_data.check_texts(work, {"text": said.text}, needed)
    told = handling.of_concern(
        very_small=location.very_small,
        implicated=False,
        police=False,
        source_holder=source if source.startswith("agency:") else None,
    )
    held = of_compliment(told) if said.kind is FeedbackKind.COMPLIMENT else told
    row = FeedbackRow(
        id=work.new_id(),
        partnership=partnership,
        location_id=location.id,
        reference=work.new_reference("FB"),
        kind=said.kind.value,
        source=source,
        category=said.category,
        occurred_on=said.occurred_on,
        text=said.text,
        received_at=work.now,
        label=told.label,
        holders=list(told.holders),
        personal_data=personal_data.kept(marks),
    )
    personal_data.record(work, marks, source, row.id, partnership=partnership)
    work.later(FeedbackRow, row.model_dump())
    _announce(work, row, held)
    return row


def _announce(work: Work, row: FeedbackRow, held: Handling) -> None:
    facts = {
        "partnership": row.partnership,
        "handling": held,
        "location_id": row.location_id,
        "signal_id": row.id,
        "category": row.category,
        "occurred_on": row.occurred_on,
    }
    if row.kind == FeedbackKind.COMPLIMENT:
        work.announce(ComplimentReceived.model_validate(facts))
        return
    asked = key_questions(work, row.partnership, row.category)
    work.announce(PublicFeedbackRecorded.model_validate({**facts, "key_questions": asked}))


async def tell(work: Work, person: Person, said: Said, needed: Mapping[str, str]) -> FeedbackRow:
    """Feedback at the HTTP door: the portal passes on what the public says, without a name."""
    for partnership in sorted(person.partnerships):
        place = await register.location_by_reference(work, partnership, said.location)
        if place is None:
            continue
        if not of_a_provider(person) or await register.runs(work, place, person.provider):
            return await take(work, partnership, _source(person), said, needed)
    raise door.unknown_location()


def _source(person: Person) -> str:
    if person.has(Role.PORTAL):
        return "public"
    return f"provider:{person.provider}" if of_a_provider(person) else f"staff:{person.subject}"
