"""Load a QIP with what its rules need: place, people, who is implicated, who chairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.meetings.domain.chairs import no_chair
from services.meetings.domain.people import Contact, Recipient
from services.meetings.domain.triggers import implicated_in
from services.meetings.handlers.policy import partnerships_of
from services.meetings.store import considerations, qips, register
from services.meetings.tables import ChairRow, LocationRow, ProviderContactRow, QipRow
from shared.contracts.words import ImplicatedRole
from shared.platform.policy import Pack
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class QipCase:
    """A QIP and what surrounds it."""

    qip: QipRow
    location: LocationRow
    pack: Pack
    """The policy that the QIP opened under (L8c)."""
    contacts: Sequence[Contact]
    """Those at the location and at its provider."""
    implicated: frozenset[ImplicatedRole]
    provider_contacts: Sequence[ProviderContactRow]
    chair: ChairRow | None

    @property
    def contacted(self) -> tuple[Recipient, ...]:
        """Everybody whom the chair has contacted."""
        return tuple(r for row in self.provider_contacts for r in qips.recipients_in(row))

    def the_chair(self) -> ChairRow:
        """Who chairs. Raises Refused while nobody does (L3a)."""
        if self.chair is None:
            raise no_chair()
        return self.chair


async def for_change(work: Work, person: Person, qip_id: UUID) -> QipCase:
    """A QIP of the person's partnerships, locked. Raises Refused or a 404."""
    row = await qips.qip(work, partnerships_of(work, person), qip_id, lock=True)
    if row is None:
        raise not_found()
    return await around(work, row)


async def around(work: Work, qip: QipRow) -> QipCase:
    """What surrounds a QIP."""
    location = await register.location(work, qip.partnership, qip.location_id)
    if location is None:
        raise LookupError("a QIP's location is missing")
    triggers = await considerations.triggers_of(work, qip.partnership, qip.consideration_id)
    return QipCase(
        qip=qip,
        location=location,
        pack=work.policies.named(qip.pack),
        contacts=await register.contacts_at(work, location),
        implicated=implicated_in(considerations.fact_of(row) for row in triggers),
        provider_contacts=await qips.provider_contacts(work, qip.partnership, qip.id),
        chair=await qips.chair(work, qip.partnership, qip.id),
    )
