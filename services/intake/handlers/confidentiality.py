"""Accept the procedures on confidentiality, each person for themselves (L8a)."""

from __future__ import annotations

from services.intake.domain.confidentiality import check_version
from services.intake.store import acceptances as store
from services.intake.tables import AcceptanceRow
from services.intake.views.confidentiality import ProceduresView
from shared.contracts.intake import ConfidentialityAccepted
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

SECTION = ("intake", "confidentiality")


async def procedures(work: Work, person: Person) -> list[ProceduresView]:
    """What is in force where somebody works, and when they accepted it."""
    return [
        await _view(work, person, partnership)
        for partnership in sorted(person.partnerships)
        if partnership in work.policies.partnerships
        and work.policies.on(partnership, work.today).has(*SECTION)
    ]


async def accept(work: Work, person: Person, partnership: str, version: str) -> ProceduresView:
    """Somebody accepts the version in force; again changes nothing. Raises not-found, Refused."""
    if partnership not in person.partnerships:
        raise not_found()
    in_force = work.policies.on(partnership, work.today).value(*SECTION, "version")
    check_version(version, in_force.text, in_force.clause)
    row = AcceptanceRow(
        partnership=partnership,
        person_ref=person.ref,
        version=in_force.text,
        accepted_by=person.subject,
        accepted_at=work.now,
    )
    if await store.keep(work, row):
        work.audit(person.subject, "confidentiality.accepted", row.version, partnership=partnership)
        work.announce(
            ConfidentialityAccepted(
                partnership=partnership, person_ref=row.person_ref, version=row.version
            )
        )
    return await _view(work, person, partnership)


async def _view(work: Work, person: Person, partnership: str) -> ProceduresView:
    pack = work.policies.on(partnership, work.today)
    version = pack.value(*SECTION, "version")
    row = await store.acceptance(work, partnership, person.ref, version.text)
    return ProceduresView(
        partnership=partnership,
        version=version.text,
        procedures_link=pack.value(*SECTION, "procedures_link").text,
        clause=version.clause,
        accepted_at=row.accepted_at if row else None,
    )
