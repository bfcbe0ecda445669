"""What meetings' HTTP door takes: shapes only; what a rule has to judge stays optional here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
)

from services.meetings.domain.chairs import ChairProposal
from services.meetings.domain.decisions import Decision, HandlingWish, Proposal
from services.meetings.domain.meetings import Times, Wanted
from services.meetings.domain.people import ContactMade
from services.meetings.domain.plans import Action
from shared.contracts.words import AgencyFunction, MeetingMode
from shared.platform.forms import Form

_YEARS = range(2000, 2100)


def _written(value: Any) -> Any:
    """A date or time is written as text; a bare number is none."""
    if isinstance(value, str):
        return value
    raise ValueError


def _in_our_time(value: datetime) -> datetime:
    """Years that people can mean: no arithmetic with time zones leaves the calendar."""
    if value.year in _YEARS:
        return value
    raise ValueError


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=20_000, pattern=r"^[^\x00]*$")
]
"""Free text; PostgreSQL has no place for NUL."""

Word = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9-]+$")]
Day = Annotated[date, BeforeValidator(_written)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_our_time)]


class DecisionForm(Form):
    """A decision of the intelligence meeting (L0, L1.3g)."""

    decision: Decision
    decided_on: Day
    benefit_statement: Text = ""
    reason: Text = ""
    variation_reason: Text = ""
    members: Annotated[list[Word], Field(max_length=50)] | None = None
    """Agencies in place of the pack's default members."""
    handling: HandlingWish | None = None
    """None: as strict as the triggers."""

    def proposal(self) -> Proposal:
        return Proposal(
            self.decision,
            self.decided_on,
            self.benefit_statement,
            self.reason,
            self.variation_reason,
            self.handling,
        )


class ChairForm(Form):
    """The chair as the intelligence meeting agreed it (L3a-d)."""

    decision_id: UUID | None = None
    person_ref: UUID
    function: AgencyFunction
    agency_id: Word
    rationale: Text = ""

    def proposal(self) -> ChairProposal:
        return ChairProposal(self.decision_id, self.function, self.agency_id, self.rationale)


class ProviderContactForm(Form):
    """The chair's contact with the provider (L1.3j, L5.1)."""

    contacted_on: Day
    channel: Literal["telephone", "email", "letter", "in_person"]
    pre_meeting: Literal["offered_accepted", "offered_declined", "offered_open", "not_offered"]
    recipients: Annotated[list[UUID], Field(max_length=20)] | None = None
    """None: the registered manager and the nominated individual or proprietor."""
    substitute_ref: UUID | None = None

    def made(self) -> ContactMade:
        return ContactMade(
            self.contacted_on,
            self.channel,
            self.pre_meeting,
            self.recipients,
            self.substitute_ref,
        )


class MeetingForm(Form):
    """A QIP meeting with its parts (L1.3i-j, L5.5, L7.1)."""

    starts_at: Moment
    ends_at: Moment
    part_ii_starts_at: Moment | None = None
    part_ii_ends_at: Moment | None = None
    mode: MeetingMode
    provider_participates: StrictBool
    note_taker: Annotated[Text, Field(max_length=120)] | None = None
    """Who takes the notes, as their sign-in calls them."""

    def wanted(self) -> Wanted:
        times = Times(self.starts_at, self.ends_at, self.part_ii_starts_at, self.part_ii_ends_at)
        return Wanted(times, self.mode, self.provider_participates, self.note_taker)


class ActionForm(Form):
    """One action of the improvement plan (L1.3a)."""

    action: Text = ""
    owner: Text = ""
    timescale: Day | None = None


class PlanForm(Form):
    """The provider's improvement plan, whole (L1.3)."""

    actions: Annotated[list[ActionForm], Field(max_length=200)]

    def as_actions(self) -> list[Action]:
        return [Action(item.action, item.owner, item.timescale) for item in self.actions]
