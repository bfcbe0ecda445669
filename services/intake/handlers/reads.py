"""What people read of intake, within their partnerships; narratives are read on the record."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from services.intake.domain.concerns import SAFEGUARDINGS, ConcernState, EntryKind
from services.intake.domain.lists import check_reason
from services.intake.domain.readers import is_implicated, shown_state
from services.intake.handlers import agreements, speakers, where_to_turn
from services.intake.handlers.concerns import of_a_provider
from services.intake.handlers.facts import OF_LOCATION, facts_of, run_by
from services.intake.store import agencies, register
from services.intake.store import concerns as store
from services.intake.store import told as told_store
from services.intake.tables import ConcernRow, ContactRow
from services.intake.views import (
    ConcernStatus,
    ConcernView,
    ContactLine,
    CorrectionLine,
    EntryView,
    LocationView,
)
from shared.contracts.holdings import FUNCTION_OF, holdings, may_know
from shared.contracts.words import Handling, Label, Role
from shared.platform import etag, paging
from shared.platform.paging import Page, Turn
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


def _shown(row: ConcernRow, person: Person) -> dict[str, object]:
    state = shown_state(ConcernState(row.state), holdings(person.roles))
    return {**row.model_dump(), "concern_id": row.id, "state": state.value}


async def concern(work: Work, person: Person, concern_id: UUID, why: str | None) -> ConcernView:
    """A concern with its narrative; who read it is recorded, and why. Raises Refused.

    What is for named readers is read with a reason only.
    """
    held = holdings(person.roles)
    row = await store.concern_to_read(work, person.partnerships, concern_id, held)
    if row is None:
        raise not_found()
    check_reason(
        named=Handling.of(row.label, row.holders).label is Label.NAMED,
        why=why,
        clause=_confidentiality(work, row.partnership),
    )
    work.audit(person.subject, "concern.read", row.id, partnership=row.partnership, why=why)
    return await _concern_view(work, person, row)


async def unchanged(
    work: Work, person: Person, concern_id: UUID, if_match: str | None, *, needed: bool = False
) -> None:
    """What somebody decides on is what they have read. Raises Problem 412, or 428 where needed."""
    if if_match is None and not needed:
        return
    row = await store.concern(work, person.partnerships, concern_id, holdings(person.roles))
    if row is None:
        raise not_found()
    etag.must_match(if_match, await _concern_view(work, person, row))


async def _concern_view(work: Work, person: Person, row: ConcernRow) -> ConcernView:
    entries = [
        EntryView.model_validate({**one.model_dump(), "entry_id": one.id})
        for one in await told_store.entries(work, row.id)
    ]
    return ConcernView.model_validate({**_shown(row, person), "entries": entries})


def _confidentiality(work: Work, partnership: str) -> str:
    return f"{work.policies.on(partnership, work.today).name} L8a"


def state_for(row: ConcernRow, person: Person) -> ConcernState:
    """Where a concern stands, as somebody is told it."""
    return shown_state(ConcernState(row.state), holdings(person.roles))


async def told_state(work: Work, row: ConcernRow, person: Person) -> ConcernState | None:
    """The same for who told it; None for an agency without the agreement in force (L1.1)."""
    if await agreements.is_told_public_only(work, person, row.partnership):
        return None
    return state_for(row, person)


async def followed(work: Work, person: Person, reference: str) -> ConcernRow:
    """A concern whose fate somebody may follow, locked for a change."""
    # Asked for whatever there is: what it costs says nothing of whether there is such a concern.
    spoken_for = await speakers.spoken_for(work, person.agency)
    row = await store.concern_by_reference(work, person.partnerships, reference)
    if row is None or not _may_follow(person, row, spoken_for):
        raise not_found()
    if await _is_cut_off(work, person):
        raise not_found()
    return row


async def _is_cut_off(work: Work, person: Person) -> bool:
    if person.agency is None:
        return False
    agency = (await agencies.agencies(work, {person.agency})).get(person.agency)
    return agency is None or agency.suspended


async def concern_status(
    work: Work, person: Person, reference: str, why: str | None
) -> ConcernStatus:
    """Where it stands, and what the desk has answered; reading an answer is recorded.

    A provider's people see what their own provider told, unless it implicates them.

    Staff see what they told themselves, and what they may know at the desk (for a reason, where it
    is for named readers); the portal what it told, and what providers did. Raises Refused.
    """
    row = await followed(work, person, reference)
    entries = await told_store.entries(work, row.id)
    if row.source != f"staff:{person.subject}" and person.has(*FUNCTION_OF):
        named = Handling.of(row.label, row.holders).label is Label.NAMED
        check_reason(named=named, why=why, clause=_confidentiality(work, row.partnership))
    state = await told_state(work, row, person)
    if state is None:
        entries = []
    answer = next((one.text for one in entries if one.kind == EntryKind.ANSWER), None)
    if answer is not None:
        did = "concern.answer_read"
        work.audit(person.subject, did, row.id, partnership=row.partnership, why=why)
    return ConcernStatus(
        safeguarding_route=_safeguarding_route(work, row),
        reference=row.reference,
        state=state,
        answer=answer,
        corrections=[
            CorrectionLine.model_validate({**one.facts, "reason": one.text, "at": one.at})
            for one in entries
            if one.kind == EntryKind.CORRECTION_DECISION
        ],
    )


def _safeguarding_route(work: Work, row: ConcernRow) -> str | None:
    """What is for safeguarding is to be reported there by who told it, too (WCC1b)."""
    if row.state not in SAFEGUARDINGS:
        return None
    return where_to_turn.safeguarding(work, row.partnership).text


def _may_follow(person: Person, row: ConcernRow, spoken_for: Collection[str]) -> bool:
    if person.agency is not None or person.has(Role.AGENCY_LIAISON):
        return row.source in {f"agency:{one}" for one in spoken_for}
    from_provider = row.source.startswith("provider:")
    if of_a_provider(person):
        own = row.source == f"provider:{person.provider}"
        return own and not is_implicated(row.implicated_role, person.roles)
    if row.source == f"staff:{person.subject}":
        return True
    if person.has(Role.PORTAL):
        return from_provider
    return may_know(Handling.of(row.label, row.holders), holdings(person.roles))


async def location(work: Work, person: Person, location_id: UUID) -> LocationView:
    """One location with source and date (WS1)."""
    row = await register.location(work, person.partnerships, location_id)
    if row is None:
        raise not_found()
    provider = await register.provider(work, row.provider_id)
    known = row.model_dump()
    return LocationView.model_validate(
        {
            **known,
            "location_id": row.id,
            "provider_reference": provider.reference,
            "provider_name": provider.name,
            "facts": [*facts_of(known, OF_LOCATION), run_by(known, provider.reference)],
        }
    )


async def contact_lines(
    work: Work, person: Person, agency_id: str | None, location_id: UUID | None, turn: Turn
) -> Page[ContactLine]:
    """Those of one place, in the order of their names; without a place nobody."""
    rows = [
        row
        for partnership in sorted(person.partnerships)
        for row in await register.contacts_of_place(work, partnership, location_id, agency_id)
        if agency_id is not None or location_id is not None
    ]
    wanted = {"agency": agency_id, "location": location_id}
    page = paging.among(rows, turn, (str, str), wanted, _by_name)
    return Page([ContactLine.model_validate(row.model_dump()) for row in page.items], page.next)


def _by_name(row: ContactRow) -> tuple[str, str]:
    return (row.name, str(row.person_ref))
