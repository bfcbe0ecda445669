"""Agreements by version, and acts of succession: nothing of what was is lost (L1.1)."""

from __future__ import annotations

from datetime import date

from services.intake.domain.agencies import not_in_a_circle, pass_functions
from services.intake.handlers import personal_data
from services.intake.handlers.agencies import agency_within, announce, held_by, rows_of
from services.intake.store import agencies as store
from services.intake.tables import AgencyRow
from services.intake.views.agencies import AgencyView, AgreementView, HeldView, SuccessionForm
from shared.contracts.words import refused
from shared.platform.security import Person
from shared.platform.work import Work


async def sign_agreement(
    work: Work, person: Person, agency_id: str, version: str, signed_on: date
) -> None:
    """An agency has signed a version; the one before ends with it. Raises not-found, Refused."""
    row = await agency_within(work, person.partnerships, agency_id)
    if signed_on > work.today:
        raise refused(
            "agreement.future",
            "An agreement cannot have been signed on a day that has not come.",
            "Record it on the day on which it is signed.",
            clause="L1.1",
            field="signed_on",
        )
    await _bind(work, row, version, signed_on, person.subject)
    work.audit(
        person.subject, "agreement.signed", agency_id, partnership=row.partnership, why=version
    )


async def end_agreement(work: Work, person: Person, agency_id: str, why: str) -> None:
    """The agreement binds no more: from now on nothing above PUBLIC (L1.1)."""
    personal_data.check_staff(work, why=why)
    row = await agency_within(work, person.partnerships, agency_id)
    await store.end_agreements(work, agency_id, work.today)
    row.agreement_version = None
    work.audit(person.subject, "agreement.ended", agency_id, partnership=row.partnership, why=why)
    await announce(work, row)


async def succeed(work: Work, person: Person, agency_id: str, form: SuccessionForm) -> AgencyView:
    """From a day on another agency does what this one did; gives the successor.

    Days held, signatures and what lies on the feeds stay. The successor's own feed follows its
    rights: it is told what they open. Raises not-found, Refused.
    """
    personal_data.check_staff(work, why=form.why)
    predecessor = await agency_within(work, person.partnerships, agency_id)
    successor = await agency_within(work, frozenset({predecessor.partnership}), form.successor)
    known = await store.successions(work, predecessor.partnership)
    not_in_a_circle(agency_id, form.successor, known)
    left = await store.functions_of(work, predecessor.id)
    own = await store.functions_of(work, successor.id)
    passed = pass_functions(held_by(left), held_by(own), form.functions, form.on)
    for row, rows, functions in (
        (predecessor, left, passed.predecessor),
        (successor, own, passed.successor),
    ):
        before = {(one.function, one.held_from): one.gained_from for one in rows}
        gained = {
            held: before.get((held.function.value, held.held_from), agency_id) for held in functions
        }
        await store.replace_functions(work, row.id, rows_of(row, functions, gained))
    await store.keep_succession(work, predecessor, successor, form.on, form.why, person.subject)
    if form.agreement_passes and predecessor.agreement_version and not successor.agreement_version:
        version = predecessor.agreement_version
        await _bind(work, successor, version, work.today, person.subject, told=False)
    work.audit(
        person.subject,
        "agency.succeeded",
        agency_id,
        partnership=predecessor.partnership,
        why=form.why,
    )
    await announce(work, predecessor)
    await announce(work, successor)
    return await _view(work, successor)


async def agency(work: Work, person: Person, agency_id: str) -> AgencyView:
    """An agency with all that it held, signed and followed."""
    return await _view(work, await agency_within(work, person.partnerships, agency_id))


async def held_agency(work: Work, person: Person, agency_id: str) -> AgencyView:
    """An agency as it is; nobody else changes it until this work is done. Raises not-found."""
    row = await agency_within(work, person.partnerships, agency_id)
    await store.hold(work, row)
    return await _view(work, row)


async def _bind(
    work: Work, row: AgencyRow, version: str, day: date, by: str, *, told: bool = True
) -> None:
    row.agreement_version = version
    await store.keep_agreement(work, row, day, by)
    if told:
        await announce(work, row)


async def _view(work: Work, row: AgencyRow) -> AgencyView:
    return AgencyView(
        agency_id=row.id,
        name=row.name,
        partnership=row.partnership,
        suspended=row.suspended,
        agreement_version=row.agreement_version,
        functions=[
            HeldView(function=held.function, held_from=held.held_from, held_to=held.held_to)
            for held in held_by(await store.functions_of(work, row.id))
        ],
        agreements=[
            AgreementView.model_validate(one.model_dump())
            for one in await store.agreements_of(work, row.id)
        ],
        succeeds=sorted(await store.predecessors_of(work, row.id)),
    )
