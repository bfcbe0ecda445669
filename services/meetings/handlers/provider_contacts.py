"""Record the chair's contact with the provider: terms, offer of a pre-meeting (L1.3j, L5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.meetings.domain.people import ContactMade, Recipient, check_contacted_on, recipients
from services.meetings.handlers import cases
from services.meetings.handlers.cases import QipCase
from services.meetings.handlers.handling import held_by
from services.meetings.handlers.policy import SECTION
from services.meetings.store import qips
from services.meetings.tables import ProviderContactRow
from shared.contracts.meetings import ProviderContacted
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


async def contact_provider(
    work: Work, person: Person, qip_id: UUID, made: ContactMade
) -> ProviderContactRow:
    """Record a contact; it states the terms of reference that go with it (L5.1).

    The same contact told again changes nothing. Raises Refused.
    """
    case = await cases.for_change(work, person, qip_id)
    case.the_chair()
    check_contacted_on(made.contacted_on, opened_on=case.qip.opened_on, today=work.today)
    found = recipients(
        case.contacts,
        case.implicated,
        chosen=made.recipients,
        substitute=made.substitute_ref,
    )
    row = _row(work, person, case, made, found)
    last = case.provider_contacts[-1] if case.provider_contacts else None
    if last is not None and _says(last) == _says(row):
        return last
    work.session.add(row)
    work.audit(person.subject, "provider.contacted", row.id, partnership=row.partnership)
    with span("contact provider", links=[case.qip.traceparent]):
        _announce(work, case, row, found)
    return row


def _row(
    work: Work, person: Person, case: QipCase, made: ContactMade, found: Sequence[Recipient]
) -> ProviderContactRow:
    return ProviderContactRow(
        id=work.new_id(),
        partnership=case.qip.partnership,
        qip_id=case.qip.id,
        contacted_on=made.contacted_on,
        channel=made.channel,
        pre_meeting=made.pre_meeting,
        terms_version=case.qip.terms_version,
        recipients=qips.recipients_row(found),
        recorded_at=work.now,
        recorded_by=person.subject,
        event_id=work.new_id(),
    )


def _says(row: ProviderContactRow) -> tuple[object, ...]:
    return (row.contacted_on, row.channel, row.pre_meeting, row.recipients)


def _announce(
    work: Work, case: QipCase, row: ProviderContactRow, found: Sequence[Recipient]
) -> None:
    refs = tuple(recipient.person_ref for recipient in found)
    work.announce(
        ProviderContacted(
            partnership=row.partnership,
            handling=held_by(case.qip, refs),
            location_id=case.qip.location_id,
            qip_id=row.qip_id,
            contact_id=row.id,
            contacted_on=row.contacted_on,
            terms_version=row.terms_version,
            pre_meeting=row.pre_meeting,
            recipient_refs=refs,
            clause=case.pack.value(*SECTION, "terms_version").clause,
        ),
        id=row.event_id,
    )
