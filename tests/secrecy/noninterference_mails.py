"""What a person reads of a history in one inbox, around the real rules, letters and calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.notifications.channels import invitations, letters
from services.notifications.channels.feed import body_of
from services.notifications.domain import mails, rights
from services.notifications.domain.composing import MailTerms, compose
from services.notifications.domain.mails import Addressee, Part
from services.notifications.domain.notices import Invitation
from services.notifications.domain.projection import (
    Audience,
    AudienceKind,
    Fact,
    Place,
    Projection,
    project,
    secret_of,
)
from services.notifications.handlers.messages import digest_of
from services.notifications.store.facts import shape_of
from shared.contracts.event import ENVELOPE_FIELDS, Event
from shared.contracts.intake import AgencyUpdated, ContactChanged, LocationUpdated
from tests.secrecy.noninterference_histories import History
from tests.secrecy.noninterference_model import LONDON, MASTER, TERMS, Seen
from tests.secrecy.noninterference_rights import Who

_QUOTED = MailTerms("https://quality.example/terms", "Call 999 now if anybody is in danger.")
_REPLY_TO = "quality-team@council.example"


def mails_of(who: Who, history: History) -> list[Seen]:
    """What a person is written: letters with their calendars, in order."""
    if who.person is None:
        raise TypeError("mails are written to people")
    inbox = _Inbox(who.person, who.partnership)
    for step in history:
        if step.event is not None and step.event.partnership == who.partnership:
            inbox.hear(step.id, step.event, step.at)
    return inbox.got


class _Inbox:
    def __init__(self, person: UUID, partnership: str) -> None:
        self._person = person
        self._partnership = partnership
        self._contact: ContactChanged | None = None
        self._places: dict[UUID, Place] = {}
        self._agencies: dict[str, rights.Agency] = {}
        self._facts: list[Fact] = []
        self._written: set[tuple[UUID, Addressee]] = set()
        self._invited: dict[UUID, list[str]] = {}
        self.got: list[Seen] = []

    def hear(self, id_: UUID, event: Event, at: datetime) -> None:
        """Keep what mails depend on, then write what the event calls for."""
        match event:
            case ContactChanged():
                if event.person_ref == self._person:
                    self._contact = event
            case AgencyUpdated():
                held = [rights.Held(h.function, h.held_from, h.held_to) for h in event.functions]
                self._agencies[event.agency_id] = rights.Agency(
                    event.agency_id, event.agreement_version, event.suspended, tuple(held)
                )
            case LocationUpdated():
                self._keep_location(event, at)
            case _ if event.spec.type in mails.MAILED:
                values = event.model_dump(exclude=set(ENVELOPE_FIELDS))
                shape = shape_of(type(event))
                fact = Fact(id_, event.spec.type, shape, values, event.handling)
                self._facts.append(fact)
                self._write(fact, at)

    def _keep_location(self, event: LocationUpdated, at: datetime) -> None:
        new = event.location_id not in self._places
        self._places[event.location_id] = Place(
            event.location_id, event.provider_id, event.reference, event.name
        )
        for fact in self._facts if new else ():
            if fact.location_id == event.location_id:
                self._write(fact, at)

    def _write(self, fact: Fact, at: datetime) -> None:
        place = self._places.get(fact.location_id) if fact.location_id else None
        if place is None:
            return
        fact = replace(fact, place=place)
        for one in mails.addressees(fact.event_type, fact.values):
            if one.person_ref == self._person and (fact.event_id, one) not in self._written:
                self._written.add((fact.event_id, one))
                self._write_one(fact, one, at)

    def _write_one(self, fact: Fact, one: Addressee, at: datetime) -> None:
        contact = self._contact
        if contact is None:
            return
        told = project(fact, self._audience(fact, one, contact, at))
        notice = compose(one.kind, told.data, _QUOTED) if isinstance(told, Projection) else None
        if notice is None or not isinstance(told, Projection):
            return
        calendar = None
        if isinstance(notice, Invitation):
            calendar = self._calendar(notice, contact, at)
            if calendar is None:
                return
        text = letters.text_of(notice, name=contact.name, reply_to=_REPLY_TO)
        # What the letter was made of counts as seen: the next template may say more of it.
        self.got.append((contact.email, notice.subject, text, calendar, body_of(told.data)))

    def _calendar(self, notice: Invitation, contact: ContactChanged, at: datetime) -> bytes | None:
        thread, digest = UUID(notice.meeting_id), digest_of(notice)
        earlier = self._invited.setdefault(thread, [])
        if earlier and earlier[-1] == digest:
            return None
        earlier.append(digest)
        return invitations.calendar_of(
            notice,
            uid=thread,
            sequence=len(earlier) - 1,
            organiser=_REPLY_TO,
            recipient=contact.email,
            at=at,
        )

    def _audience(
        self, fact: Fact, one: Addressee, contact: ContactChanged, at: datetime
    ) -> Audience:
        secret = secret_of(MASTER, one.name)
        own = frozenset({f"person:{self._person}"})
        if one.part is Part.PROVIDER and fact.place is not None:
            ours = contact.provider_id == fact.place.provider_id
            locations = frozenset({fact.place.id}) if ours else frozenset()
            kind = AudienceKind.PROVIDER
            return Audience(one.name, kind, secret, holds=own, locations=locations)
        if one.part is Part.CHAIR:
            holds = own | self._of_agency(fact, contact, at)
            agency = self._agencies.get(contact.agency_id or "")
            cut_off = agency is not None and agency.suspended
            kind = AudienceKind.PERSON
            return Audience(one.name, kind, secret, in_case=True, holds=holds, suspended=cut_off)
        return Audience(one.name, AudienceKind.PERSON, secret, holds=own)

    def _of_agency(self, fact: Fact, contact: ContactChanged, at: datetime) -> frozenset[str]:
        agency = self._agencies.get(contact.agency_id or "")
        if agency is None or agency.suspended:
            return frozenset()
        day = at.astimezone(LONDON).date()
        return rights.audience_of(
            agency, fact.event_type, in_qip=True, terms=TERMS, day=day, secret=b""
        ).holds
