"""Take a concern as somebody tells it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, fields
from uuid import UUID

from services.intake.domain import concerns as rules
from services.intake.domain import door, handling
from services.intake.domain.concerns import Concern, ConcernState
from services.intake.domain.personal_data.judging import judge
from services.intake.domain.readers import is_implicated
from services.intake.handlers import handovers, personal_data, where_to_turn
from services.intake.store import concerns as store
from services.intake.store import register
from services.intake.store.concerns import ClientReference
from services.intake.tables import ConcernRow, LocationRow
from shared.contracts import inbound
from shared.contracts.intake import ConcernAcknowledged, ConcernReceived, ConcernWithdrawn
from shared.contracts.words import (
    Handling,
    ImplicatedRole,
    OfficeHolderRole,
    Role,
)
from shared.platform.rows import made
from shared.platform.security import Person
from shared.platform.telemetry import current_traceparent
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells a concern: an agency, or a provider (or the portal for it)."""

    partnership: str
    source: str
    """`agency:<id>`, `provider:<reference>` or `staff:<sign-in>`."""
    is_police: bool = False
    is_suspended: bool = False
    office: OfficeHolderRole | None = None
    """At the provider that tells: whose holder is written to."""
    uploader: str | None = None
    """Who of the staff uploads it on an agency's behalf, by their reference."""

    def reference(self, concern: Concern) -> ClientReference:
        """The reference that this teller gave a concern."""
        return ClientReference(self.partnership, self.source, concern.client_reference)


@dataclass(frozen=True, slots=True)
class Taken:
    """The answer to a concern: our reference, and where to turn to first."""

    reference: str
    duplicate: bool = False
    emergency_route: str | None = None
    safeguarding_route: str | None = None


def key_questions(work: Work, partnership: str, category: str) -> tuple[str, ...]:
    """CQC's key questions that a category is about, as themes count them (W2.9, W3.10)."""
    themes = work.policies.on(partnership, work.today).value("intake", "concerns", "themes")
    return rules.key_questions_of(category, themes.texts)


def told(message: inbound.ConcernRaised) -> Concern:
    """A concern as both doors take it, in the domain's words."""
    return Concern(
        location=message.location,
        client_reference=message.reference,
        occurred_on=message.occurred_on,
        category=message.category,
        description=message.description,
        action_taken=message.action_taken,
        action_none_reason=message.action_none_reason,
        measures=message.measures,
        significant_harm=message.significant_harm,
        immediate_danger=message.immediate_danger,
        implicated_role=message.implicated_role.value if message.implicated_role else None,
        needed=tuple(personal_data.needs_of(message).items()),
    )


async def teller_of(work: Work, person: Person, reference: str, reported_by: str) -> Teller:
    """Who tells: the provider of the location (itself or by the portal), or staff for somebody.

    A provider's people speak for their own locations only. Raises Refused.
    """
    for partnership in sorted(person.partnerships):
        location = await register.location_by_reference(work, partnership, reference)
        if location is None:
            continue
        provider = await register.reference_of_provider(work, location.provider_id)
        if of_a_provider(person) and person.provider != provider:
            continue
        from_provider = of_a_provider(person) or (
            person.has(Role.PORTAL) and reported_by == "provider"
        )
        source = f"provider:{provider}" if from_provider else f"staff:{person.subject}"
        office = office_of(person.roles) if from_provider else None
        return Teller(partnership, source, office=office)
    raise door.unknown_location()


def of_a_provider(person: Person) -> bool:
    """True also where the token does not say of which provider: then of none that we know."""
    return person.provider is not None or person.has(
        Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL
    )


def office_of(roles: Collection[Role]) -> OfficeHolderRole:
    """The office in which somebody at a provider tells; the portal speaks for the manager."""
    if Role.NOMINATED_INDIVIDUAL in roles and Role.REGISTERED_MANAGER not in roles:
        return OfficeHolderRole.NOMINATED_INDIVIDUAL
    return OfficeHolderRole.REGISTERED_MANAGER


async def tell_concern(work: Work, person: Person, reported_by: str, concern: Concern) -> Taken:
    """Take a concern that somebody tells at the HTTP door. Raises Refused."""
    teller = await teller_of(work, person, concern.location, reported_by)
    await store.hold(work, teller.reference(concern))
    return await take_concern(work, teller, concern)


async def take_concern(work: Work, teller: Teller, concern: Concern) -> Taken:
    """Record a concern, or give the first answer again where it came before. Raises Refused."""
    location = await register.location_by_reference(work, teller.partnership, concern.location)
    if location is None:
        raise door.unknown_location()
    pack = work.policies.on(teller.partnership, work.today)
    categories = pack.value("intake", "concerns", "categories")
    rules.check(concern, categories.texts, categories.clause)
    door.not_in_the_future(concern.occurred_on, work.today, "occurred_on")
    earlier = await store.told_before(work, teller.reference(concern))
    if earlier is not None:
        return _answer_again(work, earlier, concern)
    marks = judge(
        concern.texts, dict(concern.needed), work.today, urgent=concern.goes_to_safeguarding
    )
    held = held_as(teller.source, location, concern.implicated_role, police=teller.is_police)
    row = _row(work, teller, concern, location, held)
    row.personal_data = personal_data.kept(marks)
    personal_data.record(work, marks, teller.source, row.id, partnership=row.partnership)
    row.reporter_ref = await _reporter(work, teller, row)
    store.keep(work, row)
    await _announce(work, concern, row, held)
    return _answer(work, row, duplicate=False)


def _answer_again(work: Work, earlier: ConcernRow, concern: Concern) -> Taken:
    if earlier.digest != digest_of(concern):
        raise door.id_reused("reference")
    return _answer(work, earlier, duplicate=True)


def _answer(work: Work, row: ConcernRow, *, duplicate: bool) -> Taken:
    emergency, safeguarding = where_to_turn.after(
        work, row.partnership, danger=row.immediate_danger, harm=row.significant_harm
    )
    return Taken(
        reference=row.reference,
        duplicate=duplicate,
        emergency_route=emergency,
        safeguarding_route=safeguarding,
    )


def digest_of(concern: Concern) -> str:
    """Tells whether two concerns with one reference are the same."""
    names = sorted(each.name for each in fields(concern) if each.name != "needed")
    told = [(name, getattr(concern, name)) for name in names]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _row(
    work: Work, teller: Teller, concern: Concern, location: LocationRow, held: Handling
) -> ConcernRow:
    state = ConcernState.REDIRECTED if concern.goes_to_safeguarding else ConcernState.RECEIVED
    lies = handling.at_rest(held, immediate_danger=concern.immediate_danger)
    return made(
        ConcernRow,
        id=work.new_id(),
        partnership=teller.partnership,
        location_id=location.id,
        reference=work.new_reference("CC"),
        source=teller.source,
        uploader=teller.uploader,
        client_reference=concern.client_reference,
        digest=digest_of(concern),
        category=concern.category,
        occurred_on=concern.occurred_on,
        received_at=work.now,
        description=concern.description,
        action_taken=concern.action_taken,
        action_none_reason=concern.action_none_reason,
        measures=concern.measures,
        significant_harm=concern.significant_harm,
        immediate_danger=concern.immediate_danger,
        implicated_role=concern.implicated_role,
        state=state,
        label=lies.label,
        holders=list(lies.holders),
        traceparent=current_traceparent(),
    )


async def _announce(work: Work, concern: Concern, row: ConcernRow, held: Handling) -> None:
    if concern.goes_to_safeguarding:
        await handovers.hand_over(work, row)
    if not concern.immediate_danger:
        announce_received(work, row, held)
    if row.reporter_ref is not None:
        work.announce(
            ConcernAcknowledged(
                partnership=row.partnership,
                handling=handling.of_acknowledgement(row.reporter_ref),
                location_id=row.location_id,
                concern_id=row.id,
                reference=row.reference,
                reporter_ref=row.reporter_ref,
                emergency=row.immediate_danger,
            )
        )


def held_as(
    source: str, location: LocationRow, implicated: str | None, *, police: bool = False
) -> Handling:
    """How strictly a concern is held that comes from a source and is about a location."""
    return handling.of_concern(
        very_small=location.very_small,
        implicated=implicated is not None,
        police=police,
        source_holder=source if source.startswith("agency:") else None,
    )


async def _reporter(work: Work, teller: Teller, row: ConcernRow) -> UUID | None:
    """Who told it at the provider gets the reference by e-mail, unless implicated; nobody else.

    None also where there is no address: the reference is in the reply in any case.
    """
    office = teller.office
    if office is None or is_implicated(row.implicated_role, {Role(office.value)}):
        return None
    return await register.office_holder(work, row.partnership, row.location_id, office.value)


def announce_received(work: Work, row: ConcernRow, held: Handling) -> None:
    """Say that a concern lies here, or what it says now that it was corrected."""
    work.announce(
        ConcernReceived(
            partnership=row.partnership,
            handling=held,
            location_id=row.location_id,
            concern_id=row.id,
            category=row.category,
            occurred_on=row.occurred_on,
            reported_by_provider=row.source.startswith("provider:"),
            action_taken=rules.took_action(row.action_taken),
            implicated_role=ImplicatedRole(row.implicated_role) if row.implicated_role else None,
        )
    )


def announce_withdrawn(work: Work, row: ConcernRow) -> None:
    """Say that a concern is taken back, or that it was about another place."""
    work.announce(
        ConcernWithdrawn(
            partnership=row.partnership,
            handling=Handling.of(row.label, row.holders),
            location_id=row.location_id,
            concern_id=row.id,
        )
    )
