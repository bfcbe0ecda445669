"""Write the mails that facts call for: one message per recipient, from what that one may know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.notifications.channels import invitations, letters
from services.notifications.domain import mails as rules
from services.notifications.domain import rights
from services.notifications.domain.composing import compose
from services.notifications.domain.mails import Addressee, Part
from services.notifications.domain.notices import Invitation
from services.notifications.domain.projection import Audience, AudienceKind, Withheld, project
from services.notifications.handlers import messages
from services.notifications.handlers.messages import Cause, Draft
from services.notifications.handlers.terms import Post, case_terms, post_of, secret_for
from services.notifications.store import messages as message_store
from services.notifications.store import register
from services.notifications.store.facts import Kept
from services.notifications.tables import ContactRow
from shared.contracts.words import AgencyFunction, DeliveryState, Role
from shared.platform.work import Work

NOT_FOR_RECIPIENT = "not-for-this-recipient"


@dataclass(frozen=True, slots=True)
class _Recipient:
    """Where one mail goes, how its reader is addressed, and what that reader may know."""

    address: str
    name: str
    audience: Audience


async def write_to_people(work: Work, kept: Kept, agencies: Sequence[rights.Agency]) -> None:
    """Queue the mails of a fact; who cannot be written to is an error with an owner."""
    post = post_of(work, kept.partnership)
    wanted = rules.addressees(kept.fact.event_type, kept.fact.values)
    if post is None or not wanted:
        return
    people = await register.contacts(
        work, kept.partnership, {one.person_ref for one in wanted if one.person_ref}
    )
    drafts: list[Draft] = []
    for one in wanted:
        draft = Draft(_cause(kept), one)
        recipient = _recipient(work, kept, one, people, agencies, post)
        if recipient is not None:
            draft = _written(replace(draft, address=recipient.address), kept, recipient, post)
        if isinstance(draft.notice, Invitation) and recipient is not None:
            invited = await _with_calendar(work, draft, draft.notice, recipient, post)
            drafts += [invited] if invited else []
        else:
            drafts.append(draft)
    await messages.enter(work, post, drafts)


def _cause(kept: Kept) -> Cause:
    fact = kept.fact
    return Cause(fact.event_id, fact.event_type, kept.partnership, fact.location_id)


def _written(draft: Draft, kept: Kept, recipient: _Recipient, post: Post) -> Draft:
    told = project(kept.fact, recipient.audience)
    if isinstance(told, Withheld):
        return replace(draft, state=DeliveryState.WITHHELD, rule=told.rule)
    notice = compose(draft.addressee.kind, told.data, post.quoted)
    if notice is None:
        return replace(draft, state=DeliveryState.WITHHELD, rule=NOT_FOR_RECIPIENT)
    return replace(
        draft,
        notice=notice,
        text=letters.text_of(notice, name=recipient.name, reply_to=post.reply_to),
        label=told.label,
        under=told.right,
    )


async def _with_calendar(
    work: Work, draft: Draft, notice: Invitation, recipient: _Recipient, post: Post
) -> Draft | None:
    """The invitation with its calendar file. None where it would say what an earlier one has said.

    A meeting that moves only in parts which this recipient does not know has not moved for them;
    so the sequence counts their own invitations.
    """
    thread = UUID(notice.meeting_id)
    count, latest = await message_store.earlier_invitations(
        work,
        draft.cause.partnership,
        draft.addressee.name,
        thread,
        but_for=draft.cause.id,
    )
    if latest == messages.digest_of(notice):
        return None
    calendar = invitations.calendar_of(
        notice,
        uid=thread,
        sequence=count,
        organiser=post.reply_to,
        recipient=recipient.address,
        at=work.now,
    )
    return replace(draft, calendar=calendar, thread=thread, sequence=count)


def _recipient(
    work: Work,
    kept: Kept,
    addressee: Addressee,
    people: Mapping[UUID, ContactRow],
    agencies: Sequence[rights.Agency],
    post: Post,
) -> _Recipient | None:
    secret = secret_for(work, addressee.name)
    if addressee.part in rules.MAILBOXES:
        return _mailbox(addressee, post, secret)
    contact = people.get(addressee.person_ref) if addressee.person_ref else None
    if contact is None or not contact.email:
        return None
    audience = _person(work, kept, addressee, contact, agencies, secret)
    return _Recipient(contact.email, contact.name, audience)


def _mailbox(addressee: Addressee, post: Post, secret: bytes) -> _Recipient:
    """Safeguarding's duty desk, information governance, or who owns what nobody else sees to."""
    match addressee.part:
        case Part.SAFEGUARDING:
            address, holder = post.safeguarding_mailbox, AgencyFunction.COUNCIL_SAFEGUARDING.value
            right = f"handover to safeguarding, {post.safeguarding_clause}"
        case Part.GOVERNANCE:
            address, holder = post.governance_mailbox, f"role:{Role.INFORMATION_GOVERNANCE}"
            right = "answers statutory requests"
        case _:
            address, holder = post.owner_mailbox, AgencyFunction.COUNCIL_QUALITY.value
            right = "owner of what nobody else can see to"
    audience = Audience(
        name=addressee.name,
        kind=AudienceKind.PERSON,
        secret=secret,
        in_case=addressee.part is not Part.GOVERNANCE,
        holds=frozenset({holder}),
        right=right,
    )
    return _Recipient(address, "colleagues", audience)


def _person(
    work: Work,
    kept: Kept,
    addressee: Addressee,
    contact: ContactRow,
    agencies: Sequence[rights.Agency],
    secret: bytes,
) -> Audience:
    self_named = frozenset({f"person:{contact.person_ref}"})
    match addressee.part:
        case Part.PROVIDER:
            return Audience(
                name=addressee.name,
                kind=AudienceKind.PROVIDER,
                secret=secret,
                holds=self_named,
                locations=_own_locations(kept, contact),
                right="the provider of the location",
            )
        case Part.CHAIR:
            # A chair knows what the agency that he or she comes from may know, and chairs the case;
            # but is cut off with it.
            return Audience(
                name=addressee.name,
                kind=AudienceKind.PERSON,
                secret=secret,
                in_case=True,
                holds=self_named | _named_by_agency(work, kept, contact, agencies),
                suspended=any(a.id == contact.agency_id and a.suspended for a in agencies),
                right="chair of the case",
            )
        case _:
            return Audience(
                name=addressee.name,
                kind=AudienceKind.PERSON,
                secret=secret,
                holds=self_named,
                right="told it",
            )


def _own_locations(kept: Kept, contact: ContactRow) -> frozenset[UUID]:
    place = kept.fact.place
    if place is None:
        return frozenset()
    own = contact.location_id == place.id or (
        contact.location_id is None and contact.provider_id == place.provider_id
    )
    return frozenset({place.id}) if own else frozenset()


def _named_by_agency(
    work: Work, kept: Kept, contact: ContactRow, agencies: Sequence[rights.Agency]
) -> frozenset[str]:
    terms = case_terms(work, kept.partnership)
    for agency in agencies:
        if agency.id == contact.agency_id and not agency.suspended:
            return rights.audience_of(
                agency,
                kept.fact.event_type,
                in_qip=True,
                terms=terms,
                day=work.today,
                secret=b"",
            ).holds
    return frozenset()
