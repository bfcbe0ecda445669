"""Who is in the case: before a QIP the seats of the policy, from then on the QIP's members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from services.notifications.domain.projection import Audience, AudienceKind

CONCERN_TRIAGED = "intake.concern.triaged.v1"
"""Always shared with contracts, commissioning and quality improvement (WCC3a)."""
THEME_DETECTED = "assessment.theme.detected.v1"
"""Always shared with the council's own teams that the policy names (W3.8)."""


@dataclass(frozen=True, slots=True)
class Held:
    """A function that an agency holds from a day to a day (both included, London)."""

    function: str
    held_from: date
    held_to: date | None = None

    def on(self, day: date) -> bool:
        """True where the function is held that day."""
        return self.held_from <= day and (self.held_to is None or day <= self.held_to)


@dataclass(frozen=True, slots=True)
class Agency:
    """A partner agency with what its rights depend on."""

    id: str
    agreement_version: str | None
    suspended: bool
    functions: tuple[Held, ...] = ()
    member: bool = False
    """True where it is a member of the QIP that the case has come to."""

    def held_on(self, day: date) -> frozenset[str]:
        """The functions that it holds on a day."""
        return frozenset(held.function for held in self.functions if held.on(day))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a partnership's policy says of the case, with the clauses."""

    seats: frozenset[str]
    seats_clause: str
    concerns_shared_with: frozenset[str]
    concerns_clause: str
    agreement_version: str
    themes_shared_with: frozenset[str] = frozenset()
    themes_clause: str = ""


def audience_of(
    agency: Agency,
    event_type: str,
    *,
    in_qip: bool,
    terms: Terms | None,
    day: date,
    secret: bytes,
) -> Audience:
    """An agency as the audience of one fact; `in_qip` where the fact belongs to a QIP.

    Without terms (a policy that has no case) nobody is in the case.
    """
    held = agency.held_on(day)
    right = _right(agency, held, event_type, in_qip, terms)
    return Audience(
        name=f"agency:{agency.id}",
        kind=AudienceKind.AGENCY,
        secret=secret,
        in_case=right is not None,
        holds=held | {f"agency:{agency.id}"},
        agreed=terms is not None and agency.agreement_version == terms.agreement_version,
        suspended=agency.suspended,
        right=right or "none",
    )


def _right(
    agency: Agency, held: frozenset[str], event_type: str, in_qip: bool, terms: Terms | None
) -> str | None:
    if terms is None:
        return None
    if in_qip and agency.member:
        return "member of the QIP"
    if not in_qip and held & terms.seats:
        return f"seat, {terms.seats_clause}"
    if event_type == CONCERN_TRIAGED and held & terms.concerns_shared_with:
        return f"care concerns, {terms.concerns_clause}"
    if event_type == THEME_DETECTED and held & terms.themes_shared_with:
        return f"themes, {terms.themes_clause}"
    return None


def next_change(functions: Iterable[Held], today: date) -> date | None:
    """The next day on which a function begins to be held, or is held no more."""
    days = [
        day
        for held in functions
        for day in (held.held_from, held.held_to + timedelta(days=1) if held.held_to else None)
        if day is not None and day > today
    ]
    return min(days, default=None)
