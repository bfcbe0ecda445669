"""Open papers only to who has accepted the procedures on confidentiality (L8a)."""

from __future__ import annotations

from services.meetings.domain.confidentiality import check_accepted
from services.meetings.store import acceptances as store
from services.meetings.tables import AcceptanceRow
from shared.contracts.intake import ConfidentialityAccepted
from shared.platform.security import Person
from shared.platform.work import Work


async def keep(work: Work, event: ConfidentialityAccepted) -> None:
    """Keep that somebody accepted a version."""
    row = AcceptanceRow(
        partnership=event.partnership, person_ref=event.person_ref, version=event.version
    )
    await store.keep(work, row)


async def check(work: Work, person: Person, partnership: str) -> None:
    """Who opens papers of a partnership has accepted what is in force there. Raises Refused.

    Called once it is known that the papers are there for them: else it would tell that they are.
    """
    pack = work.policies.on(partnership, work.today)
    in_force = pack.value("intake", "confidentiality", "version")
    accepted = await store.versions(work, partnership, person.ref)
    check_accepted(in_force.text, accepted, in_force.clause)
