"""Which registration went before, where people know it: CQC does not say it of all (WS1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from services.intake.domain.register import Past, Source, chain_of, newest_stated
from services.intake.handlers import personal_data
from services.intake.handlers.announcing import announce_chain
from services.intake.handlers.register import not_to_come, stated_source, unknown
from services.intake.store import imports
from services.intake.store import register as store
from services.intake.tables import ProviderRow, SuccessionRow
from services.intake.views.register import PredecessorForm, WithdrawalForm
from shared.contracts.words import refused
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


async def state_predecessor(
    work: Work, person: Person, provider_id: UUID, form: PredecessorForm
) -> None:
    """A registration went before one of a provider's services. Raises not-found, Refused."""
    row = await store.provider_within(work, person.partnerships, provider_id)
    if row is None:
        raise not_found()
    source = stated_source(work, form.source, form.as_of)
    if form.since is not None:
        not_to_come(work, form.since, "since")
    later, earlier = form.location.upper(), form.reference.upper()
    if later not in {one.reference for one in await store.locations_of(work, row.id)}:
        raise unknown("location")
    await _no_circle(work, row.partnership, later, earlier)
    withdrawn = await imports.withdrawn_links(work, row.partnership)
    if until := withdrawn.get((later, earlier)):
        newest_stated(until, source, "reference")
    known = await store.succession(work, row.partnership, later, earlier)
    told = (form.name, form.since)
    if known is None:
        work.session.add(_row(row.partnership, later, earlier, told, source))
    elif told != (known.predecessor_name, known.since):
        await _change(work, row, known, told, source)
    await work.session.flush()
    await announce_chain(work, row)
    did = "provider.predecessor_stated"
    work.audit(person.subject, did, provider_id, partnership=row.partnership)


async def withdraw_predecessor(
    work: Work, person: Person, provider_id: UUID, form: WithdrawalForm
) -> None:
    """What was stated never went before: it is kept as said in error. Raises not-found, Refused.

    The chain is without it from now on. A file of a later day that says it again is believed.
    """
    personal_data.check_staff(work, reason=form.reason)
    row = await store.provider_within(work, person.partnerships, provider_id)
    if row is None:
        raise not_found()
    source = stated_source(work, form.source, form.as_of)
    later, earlier = form.location.upper(), form.reference.upper()
    if later not in {one.reference for one in await store.locations_of(work, row.id)}:
        raise unknown("location")
    known = await store.succession(work, row.partnership, later, earlier)
    if known is None:
        raise unknown("reference")
    error = {"location": later, "withdrawn_by": person.subject, "reason": form.reason}
    await _keep_what_was(work, row, known, source, error)
    await work.session.delete(known)
    await work.session.flush()
    await announce_chain(work, row)
    did, why = "provider.predecessor_withdrawn", form.reason
    work.audit(person.subject, did, provider_id, partnership=row.partnership, why=why)


async def _no_circle(work: Work, partnership: str, later: str, earlier: str) -> None:
    links = [
        (link.location_reference, link.predecessor_reference)
        for link in await store.successions(work, partnership)
    ]
    if later in (earlier, *chain_of(earlier, links)):
        raise refused(
            "register.circle",
            "A registration cannot have gone before itself.",
            "Name the registration that was there earlier.",
            clause="WS1",
            field="reference",
        )


def _row(
    partnership: str, later: str, earlier: str, told: tuple[str | None, date | None], source: Source
) -> SuccessionRow:
    return SuccessionRow(
        partnership=partnership,
        location_reference=later,
        predecessor_reference=earlier,
        predecessor_name=told[0],
        since=told[1],
        source=source.name,
        source_date=source.day,
    )


async def _change(
    work: Work,
    row: ProviderRow,
    known: SuccessionRow,
    told: tuple[str | None, date | None],
    source: Source,
) -> None:
    """Another name or day than before: what it was is kept in the provider's history."""
    await _keep_what_was(work, row, known, source, {})
    known.predecessor_name, known.since = told
    known.source, known.source_date = source.name, source.day


async def _keep_what_was(
    work: Work, row: ProviderRow, known: SuccessionRow, source: Source, error: Mapping[str, str]
) -> None:
    before = Source(known.source or row.source, known.source_date or row.source_date)
    newest_stated(before, source, "reference")
    was = {
        "reference": known.predecessor_reference,
        "name": known.predecessor_name,
        "since": known.since.isoformat() if known.since else None,
        **error,
    }
    past = [(row.id, Past("predecessor", was, before))]
    await imports.keep_past(work, row.partnership, past, source)
