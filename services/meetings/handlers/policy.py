"""Which partnerships run QIPs at all, by their policy packs."""

from __future__ import annotations

from shared.contracts.words import Refused
from shared.platform.security import Person
from shared.platform.work import Work

SECTION = ("meetings", "qip")


def runs_qips(work: Work, partnership: str) -> bool:
    """True where the pack in force has a section for QIPs (Wirral's has none)."""
    try:
        return work.policies.on(partnership, work.today).has(*SECTION)
    except Refused:
        return False


def agreement_in_force(work: Work, partnership: str) -> str | None:
    """The version of the agreement that opens a case, as on agencies' feeds; None: nothing does."""
    try:
        pack = work.policies.on(partnership, work.today)
    except Refused:
        return None
    case = ("notifications", "case")
    return pack.value(*case, "agreement_version").text if pack.has(*case) else None


def partnerships_of(work: Work, person: Person) -> frozenset[str]:
    """Those of a person's partnerships that run QIPs.

    Raises Refused where none does: the desk says that the process is not for this partnership.
    """
    found = frozenset(p for p in person.partnerships if runs_qips(work, p))
    if not found:
        for partnership in sorted(person.partnerships):
            work.policies.on(partnership, work.today).value(*SECTION, "limit_months")
    return found
