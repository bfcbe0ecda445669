"""Who at a provider is written to, and who is kept out: the rules by themselves."""

from __future__ import annotations

from uuid import uuid4

from services.meetings.domain.people import Contact, Recipient, invitees, recipients
from shared.contracts.words import ImplicatedRole, OfficeHolderRole

MANAGER = Contact(uuid4(), OfficeHolderRole.REGISTERED_MANAGER, "manager@larchfield.example")
NOMINATED = Contact(uuid4(), OfficeHolderRole.NOMINATED_INDIVIDUAL, "other@larchfield.example")
PEOPLE = (MANAGER, NOMINATED)
IMPLICATED = (ImplicatedRole.REGISTERED_MANAGER,)


def test_nobody_implicated_is_written_to_unasked() -> None:
    found = recipients(PEOPLE, IMPLICATED, chosen=None, substitute=None)
    assert [one.person_ref for one in found] == [NOMINATED.person_ref]


def test_nobody_implicated_is_invited() -> None:
    earlier = [Recipient(one.person_ref, one.role) for one in PEOPLE]
    assert invitees(earlier, PEOPLE, ()) == (MANAGER.person_ref, NOMINATED.person_ref)
    assert invitees(earlier, PEOPLE, IMPLICATED) == (NOMINATED.person_ref,)
