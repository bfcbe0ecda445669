"""What intake says of requests, of refusals lifted, and of policy varied for one provider."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import ADDED_LATER, Event, Id, event
from shared.contracts.words import Label

AGENCIES, NAMED = Label.AGENCIES, Label.NAMED


@event("intake.request.recorded.v1")
class RequestRecorded(Event):
    """Something is asked of a provider, and is open until it is settled (W3.3)."""

    location_id: Annotated[Id, AGENCIES]
    request_id: Annotated[Id, AGENCIES]
    request_type: Annotated[str, AGENCIES]
    due_on: Annotated[date, AGENCIES]
    due_clause: Annotated[str, AGENCIES]
    """Pack, version and clause of the due date (WS2)."""
    agency_id: Annotated[str | None, AGENCIES] = None


@event("intake.request.closed.v1")
class RequestClosed(Event):
    """A request on a provider is settled."""

    location_id: Annotated[Id, AGENCIES]
    request_id: Annotated[Id, AGENCIES]


@event("intake.request.routed.v1", existence=Label.NAMED)
class RequestRouted(Event):
    """A visit that the quality team refuses was passed to the team for that risk (WX4)."""

    location_id: Annotated[Id, NAMED]
    request_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    risk_type: Annotated[str, NAMED]


@event("intake.statutory_request.recorded.v1", key="request_id", existence=None)
class StatutoryRequestRecorded(Event):
    """A statutory request came; information governance answers it by its legal deadline."""

    request_id: Id
    reference: str
    request_type: str
    due_on: date
    due_clause: str


@event("intake.refusal.overridden.v1", key="request_id", existence=None)
class RefusalOverridden(Event):
    """A refusal was lifted by a named approver for one of the two reasons of WX0."""

    request_id: Id
    rule: str
    clause: str
    reason: str


class _ToAnswer(Event):
    """A statutory request, as information governance is told of it."""

    request_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    request_type: Annotated[str, NAMED]
    due_on: Annotated[date, NAMED]
    due_clause: Annotated[str, NAMED]
    asker_suspended: Annotated[bool, NAMED, ADDED_LATER] = False
    """Its agency was suspended when it asked: nothing reaches it on its feed."""


@event("intake.statutory_request.handed_over.v1", key="request_id", existence=Label.NAMED)
class StatutoryRequestHandedOver(_ToAnswer):
    """A statutory request was handed to information governance, to answer by its deadline."""


@event("intake.statutory_request.due.v1", key="request_id", existence=Label.NAMED)
class StatutoryRequestDue(_ToAnswer):
    """The legal deadline of a statutory request is near, and nobody has closed it."""


@event("intake.statutory_request.overdue.v1", key="request_id", existence=Label.NAMED)
class StatutoryRequestOverdue(_ToAnswer):
    """The legal deadline of a statutory request is over, and nobody has closed it."""


@event("intake.refusal.lifted.v1", key="agency_id", existence=Label.NAMED)
class RefusalLifted(Event):
    """What an agency had asked and was refused is done after all (WX0)."""

    agency_id: Annotated[str, NAMED]
    reference: Annotated[str, NAMED]
    rule: Annotated[str, NAMED]
    clause: Annotated[str, NAMED]
    reason: Annotated[str, NAMED]
    due_on: Annotated[date | None, NAMED] = None
    """By when it is answered, where it is asked of a provider."""


@event("intake.policy.review_due.v1", key="review_id", existence=Label.NAMED)
class PolicyReviewDue(Event):
    """The day on which a policy pack in use was to be reviewed has come (WR2)."""

    review_id: Annotated[Id, NAMED]
    pack: Annotated[str, NAMED]
    review_on: Annotated[date, NAMED]


@event("intake.policy.varied.v1", key="provider_id", existence=None)
class PolicyVaried(Event):
    """The team manager varied a default of the policy for one provider (WG3)."""

    provider_id: Id
    variation_id: Id
    name: str
    value: int
    default_value: int
    clause: str
