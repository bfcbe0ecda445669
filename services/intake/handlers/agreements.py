"""Which agencies have signed the confidentiality agreement that is in force (L1.1)."""

from __future__ import annotations

from services.intake.store import requests as store
from shared.platform.security import Person
from shared.platform.work import Work

_IN_FORCE = ("notifications", "case")
"""One section of the policy says it, for what is told on feeds and for what is read here."""


async def is_told_public_only(work: Work, person: Person, partnership: str) -> bool:
    """True for the people of an agency that has not signed: nothing above PUBLIC is theirs."""
    if person.agency is None:
        return False
    await store.agreements(work, {person.agency})
    return not has_signed(work, partnership, person.agency)


def has_signed(work: Work, partnership: str, agency_id: str) -> bool:
    """Whether an agency whose agreement was read ahead has signed the version in force."""
    pack = work.policies.on(partnership, work.today)
    if not pack.has(*_IN_FORCE):
        return False
    return store.agreement_of(work, agency_id) == pack.value(*_IN_FORCE, "agreement_version").text
