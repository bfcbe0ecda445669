"""The provider register: providers, locations, re-registrations, ratings, office holders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, union_all
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from services.intake.tables import (
    ContactRow,
    LocationRow,
    PastFactRow,
    ProviderRow,
    RatingRow,
    SignalRow,
    SuccessionRow,
)
from shared.contracts.inbound import CqcRatingPublished
from shared.contracts.words import OfficeHolderRole
from shared.platform import bulk
from shared.platform.bulk import one_of
from shared.platform.prepared import Prepared, Row, among, fixed
from shared.platform.rows import made
from shared.platform.work import Work


async def location_by_reference(work: Work, partnership: str, reference: str) -> LocationRow | None:
    """A location by CQC's id or the council's reference (ids of CQC are upper case).

    To read, and not to change: it is not the ORM's.
    """
    await read_locations_ahead(work, [(partnership, reference)])
    found: LocationRow | None = work.ahead[LocationRow, partnership, reference.upper()]
    return found


async def read_locations_ahead(work: Work, wanted: Collection[tuple[str, str]]) -> None:
    """Read locations by partnership and reference, for `location_by_reference`."""
    keys = {(LocationRow, partnership, reference.upper()) for partnership, reference in wanted}
    unread = {key for key in keys if key not in work.ahead}
    if not unread:
        return
    rows = await _BY_REFERENCE.rows(
        work.session,
        partnerships=list({key[1] for key in unread}),
        references=list({key[2] for key in unread}),
    )
    work.ahead |= dict.fromkeys(unread)
    for each in rows:
        row = made(LocationRow, **each)
        work.ahead[LocationRow, row.partnership, row.reference] = row


_BY_REFERENCE = Prepared(
    lambda: (
        select(LocationRow)
        .where(among(col(LocationRow.partnership), "partnerships"))
        .where(among(col(LocationRow.reference), "references"))
    )
)


async def location(
    work: Work, partnerships: Collection[str], location_id: UUID
) -> LocationRow | None:
    """A location by our own id, within the reader's partnerships."""
    row = await work.session.get(LocationRow, location_id)
    return row if row is not None and row.partnership in partnerships else None


async def provider(work: Work, provider_id: UUID) -> ProviderRow:
    """The provider of a location that was read before."""
    row = await work.session.get(ProviderRow, provider_id)
    if row is None:
        raise LookupError("a location's provider is missing")
    return row


async def runs(work: Work, location: LocationRow, provider_reference: str | None) -> bool:
    """Whether the provider with this reference runs a location."""
    return await reference_of_provider(work, location.provider_id) == provider_reference


async def reference_of_provider(work: Work, provider_id: UUID) -> str:
    """The reference of a location's provider; no change of it may be under way."""
    rows = await _REFERENCE.rows(work.session, id=provider_id)
    reference: str = rows[0]["reference"]
    return reference


_REFERENCE = Prepared(
    lambda: select(ProviderRow.reference).where(col(ProviderRow.id) == bindparam("id"))
)


async def provider_within(
    work: Work, partnerships: Collection[str], provider_id: UUID
) -> ProviderRow | None:
    """A provider by our own id, within the reader's partnerships."""
    row = await work.session.get(ProviderRow, provider_id)
    return row if row is not None and row.partnership in partnerships else None


async def provider_by_reference(work: Work, partnership: str, reference: str) -> ProviderRow | None:
    """A provider by CQC's id or the council's reference; they are upper case."""
    row: ProviderRow | None = await work.session.scalar(
        select(ProviderRow).where(
            ProviderRow.partnership == partnership, ProviderRow.reference == reference.upper()
        )
    )
    return row


async def hold(work: Work, row: LocationRow | ProviderRow) -> None:
    """Read a row again and lock it for a change."""
    await work.session.refresh(row, with_for_update=True)


async def locations_of(work: Work, *provider_ids: UUID) -> Sequence[LocationRow]:
    """The locations of providers in the order of their references."""
    rows = await work.session.scalars(
        select(LocationRow)
        .where(one_of(LocationRow.provider_id, provider_ids))
        .order_by(LocationRow.reference)
    )
    return rows.all()


async def past_facts(work: Work, subject_id: UUID) -> Sequence[PastFactRow]:
    """What held of a provider or location before, the newest first."""
    rows = await work.session.scalars(
        select(PastFactRow)
        .where(PastFactRow.subject_id == subject_id)
        .order_by(col(PastFactRow.until).desc(), PastFactRow.name)
    )
    return rows.all()


async def providers_by_reference(work: Work, partnership: str) -> dict[str, ProviderRow]:
    """All providers of a partnership."""
    rows = await work.session.scalars(
        select(ProviderRow).where(ProviderRow.partnership == partnership)
    )
    return {row.reference: row for row in rows}


async def locations_by_reference(work: Work, partnership: str) -> dict[str, LocationRow]:
    """All locations of a partnership."""
    rows = await work.session.scalars(
        select(LocationRow).where(LocationRow.partnership == partnership)
    )
    return {row.reference: row for row in rows}


async def successions(work: Work, partnership: str) -> Sequence[SuccessionRow]:
    """All re-registrations of a partnership."""
    rows = await work.session.scalars(
        select(SuccessionRow).where(SuccessionRow.partnership == partnership)
    )
    return rows.all()


async def succession(
    work: Work, partnership: str, later: str, earlier: str
) -> SuccessionRow | None:
    """A re-registration by the references of both, locked for a change."""
    key = {
        "partnership": partnership,
        "location_reference": later,
        "predecessor_reference": earlier,
    }
    return await work.session.get(SuccessionRow, key, with_for_update=True)


async def places_of(work: Work, provider_ids: Collection[UUID]) -> Sequence[Row]:
    """What a position shows of the locations of providers, in the order of their references."""
    return await _PLACES_OF.rows(work.session, providers=list(provider_ids))


_PLACES_OF = Prepared(
    lambda: (
        select_columns(
            *(col(LocationRow.provider_id), col(LocationRow.id), col(LocationRow.reference)),
            *(col(LocationRow.name), col(LocationRow.active), col(LocationRow.ended_on)),
        )
        .where(among(col(LocationRow.provider_id), "providers"))
        .order_by(col(LocationRow.reference))
    )
)


async def ratings(work: Work, place_ids: Collection[UUID]) -> Sequence[Row]:
    """The stored ratings of locations and providers, each with its place."""
    return await _RATINGS.rows(work.session, places=list(place_ids))


def _ratings_of(place: Any) -> Select[*tuple[Any, ...]]:
    row = RatingRow
    return select_columns(
        func.coalesce(col(row.location_id), col(row.provider_id)).label("place_id"),
        *(col(row.service_group), col(row.key_question), col(row.raw), col(row.rating)),
        *(col(row.inherited), col(row.published_on), col(row.gone_on)),
        *(col(row.source), col(row.source_date)),
    ).where(among(place, "places"))


_RATINGS = Prepared(
    lambda: union_all(
        _ratings_of(col(RatingRow.location_id)), _ratings_of(col(RatingRow.provider_id))
    )
)


async def told_ratings(work: Work, location_ids: Collection[UUID]) -> Sequence[Row]:
    """The ratings that agencies told through their topics."""
    return await _TOLD_RATINGS.rows(work.session, locations=list(location_ids))


_TOLD_RATINGS = Prepared(
    lambda: (
        select_columns(
            *(col(SignalRow.location_id), col(SignalRow.agency_id), col(SignalRow.facts)),
            *(col(SignalRow.occurred_on), col(SignalRow.received_at)),
        )
        .where(among(col(SignalRow.location_id), "locations"))
        .where(col(SignalRow.kind) == fixed(CqcRatingPublished.spec.type))
    )
)


async def contacts_of_place(
    work: Work, partnership: str, location_id: UUID | None, agency_id: str | None
) -> Sequence[ContactRow]:
    """Who holds office at a location, or works for an agency, today."""
    rows = await work.session.scalars(
        select(ContactRow)
        .where(ContactRow.partnership == partnership)
        .where(ContactRow.location_id == location_id, ContactRow.agency_id == agency_id)
        .where(col(ContactRow.left_at).is_(None))
    )
    return rows.all()


async def office_holder(work: Work, partnership: str, location_id: UUID, role: str) -> UUID | None:
    """Who holds an office at a location today: how events name them."""
    rows = await _HOLDER.rows(
        work.session, partnership=partnership, location_id=location_id, role=role
    )
    return rows[0]["person_ref"] if rows else None


_HOLDER = Prepared(
    lambda: (
        select(ContactRow.person_ref)
        .where(col(ContactRow.partnership) == bindparam("partnership"))
        .where(col(ContactRow.location_id) == bindparam("location_id"))
        .where(col(ContactRow.agency_id).is_(None), col(ContactRow.left_at).is_(None))
        .where(col(ContactRow.role) == bindparam("role"))
    )
)


async def holders_of(
    work: Work, role: OfficeHolderRole, places: Collection[UUID]
) -> list[tuple[UUID, ContactRow]]:
    """Who holds an office today, by location, of a nominated individual by provider."""
    of_provider = role is OfficeHolderRole.NOMINATED_INDIVIDUAL
    place = col(ContactRow.provider_id if of_provider else ContactRow.location_id)
    if not places:
        return []
    rows = await work.session.execute(
        select(place, ContactRow).where(
            bulk.one_of(place, places),
            ContactRow.role == role.value,
            col(ContactRow.left_at).is_(None),
        )
    )
    return [(row[0], row[1]) for row in rows if row[0] is not None]
