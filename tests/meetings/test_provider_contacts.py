"""The chair contacts the provider before the first meeting."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.intake import ContactRemoved
from shared.contracts.meetings import ProviderContacted
from shared.contracts.words import ImplicatedRole, OfficeHolderRole, Role
from tests.meetings.cast import (
    COUNCIL_CHAIR,
    MANAGER,
    NI,
    OWNER,
    RM,
    Desk,
    id_of,
    leadership,
    met,
    office,
    refused_under,
)
from tests.stage import person

HELPER = id_of("quality lead")


async def _told(desk: Desk) -> set[UUID]:
    [said] = await desk.world.said(ProviderContacted)
    return set(said.recipient_refs)


@pytest.fixture
async def qip(desk: Desk) -> dict[str, Any]:
    """A QIP with a chair, nobody implicated."""
    await desk.world.hear(met())
    return await desk.with_chair()


async def _restricted(desk: Desk, role: ImplicatedRole) -> dict[str, Any]:
    await desk.world.hear(leadership(role))
    return await desk.with_chair()


@pytest.mark.requirement("L5.1")
@pytest.mark.parametrize(
    "pre_meeting", ["offered_accepted", "offered_declined", "offered_open", "not_offered"]
)
async def test_a_contact_states_the_terms_sent_and_the_offer_of_a_pre_meeting(
    desk: Desk, qip: dict[str, Any], pre_meeting: str
) -> None:
    answer = await desk.contact(qip, pre_meeting=pre_meeting)
    assert answer.status_code == 201
    [said] = await desk.world.said(ProviderContacted)
    assert (said.terms_version, said.pre_meeting) == ("2026-11", pre_meeting)
    assert said.clause == "combined@2026-11 L5.1"
    seen = (await desk.get(MANAGER, f"/qips/{qip['qip_id']}"))["provider_contacts"]
    assert [(s["terms_version"], s["pre_meeting"]) for s in seen] == [("2026-11", pre_meeting)]


@pytest.mark.requirement("L4.1")
@pytest.mark.requirement("L4.2")
async def test_the_office_holders_are_contacted_by_default(desk: Desk, qip: dict[str, Any]) -> None:
    await desk.contact(qip)
    assert await _told(desk) == {RM, NI}
    [said] = await desk.world.said(ProviderContacted)
    assert set(said.handling.holders) == {f"person:{RM}", f"person:{NI}"}


@pytest.mark.requirement("L4.2")
async def test_the_proprietor_is_contacted_where_the_provider_is_a_person(
    desk: Desk, qip: dict[str, Any]
) -> None:
    await desk.world.hear(
        ContactRemoved(partnership="-", person_ref=NI),
        office(OWNER, OfficeHolderRole.PROPRIETOR),
    )
    await desk.contact(qip)
    assert await _told(desk) == {RM, OWNER}


@pytest.mark.requirement("L4.1")
async def test_the_chair_can_choose_others_at_the_provider(desk: Desk, qip: dict[str, Any]) -> None:
    await desk.world.hear(office(HELPER, None))
    await desk.contact(qip, recipients=[str(RM), str(HELPER)])
    assert await _told(desk) == {RM, HELPER}


@pytest.mark.parametrize("ref", [uuid4(), COUNCIL_CHAIR])
async def test_nobody_outside_the_provider_is_contacted(
    desk: Desk, qip: dict[str, Any], ref: UUID
) -> None:
    answer = await desk.contact(qip, recipients=[str(ref)])
    assert refused_under(answer, "L1.3j", "recipients")


async def test_a_contact_with_nobody_is_refused(desk: Desk, qip: dict[str, Any]) -> None:
    gone = [ContactRemoved(partnership="-", person_ref=ref) for ref in (RM, NI)]
    await desk.world.hear(*gone)
    assert refused_under(await desk.contact(qip), "L1.3j", "recipients")


@pytest.mark.requirement("L1.2c")
async def test_an_implicated_person_is_not_contacted(desk: Desk) -> None:
    qip = await _restricted(desk, ImplicatedRole.REGISTERED_MANAGER)
    answer = await desk.contact(qip, recipients=[str(RM)])
    assert refused_under(answer, "L1.2c", "recipients")
    answer = await desk.contact(qip, substitute_ref=str(RM))
    assert refused_under(answer, "L1.2c", "substitute_ref")
    await desk.contact(qip)
    assert await _told(desk) == {NI}


@pytest.mark.requirement("L1.2c")
async def test_an_implicated_person_is_not_contacted_under_another_office(desk: Desk) -> None:
    await desk.world.hear(
        office(RM, OfficeHolderRole.REGISTERED_MANAGER, "owner@larchfield.example"),
        office(OWNER, OfficeHolderRole.PROPRIETOR, "Owner@larchfield.example"),
    )
    qip = await _restricted(desk, ImplicatedRole.REGISTERED_MANAGER)
    await desk.contact(qip)
    assert await _told(desk) == {NI}


@pytest.mark.requirement("L1.2c")
async def test_where_nobody_is_left_the_chair_names_a_substitute(desk: Desk) -> None:
    await desk.world.hear(ContactRemoved(partnership="-", person_ref=NI), office(HELPER, None))
    qip = await _restricted(desk, ImplicatedRole.REGISTERED_MANAGER)
    assert refused_under(await desk.contact(qip), "L1.2c", "substitute_ref")
    assert (await desk.contact(qip, substitute_ref=str(HELPER))).status_code == 201
    assert await _told(desk) == {HELPER}


@pytest.mark.requirement("L1.2c")
async def test_where_some_senior_manager_is_implicated_the_chair_chooses(desk: Desk) -> None:
    qip = await _restricted(desk, ImplicatedRole.SENIOR_MANAGER)
    assert refused_under(await desk.contact(qip), "L1.2c", "substitute_ref")
    assert (await desk.contact(qip, recipients=[str(NI)])).status_code == 201
    assert await _told(desk) == {NI}


async def test_without_a_chair_nobody_contacts_the_provider(desk: Desk) -> None:
    await desk.world.hear(met())
    assert refused_under(await desk.contact(await desk.open_qip()), "L3a")


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-19"])
async def test_a_contact_lies_between_the_opening_and_today(
    desk: Desk, qip: dict[str, Any], day: str
) -> None:
    answer = await desk.contact(qip, contacted_on=day)
    assert refused_under(answer, "door.field", "contacted_on")


async def test_the_same_contact_again_tells_nobody_twice(desk: Desk, qip: dict[str, Any]) -> None:
    first = await desk.contact(qip)
    assert (await desk.contact(qip)).json() == first.json()
    assert len(await desk.world.said(ProviderContacted)) == 1
    await desk.contact(qip, pre_meeting="offered_accepted")
    assert len(await desk.world.said(ProviderContacted)) == 2


async def test_only_a_qip_chair_of_the_partnership_contacts(
    desk: Desk, qip: dict[str, Any]
) -> None:
    path = f"/qips/{qip['qip_id']}/provider-contact"
    form = {"contacted_on": "2026-11-20", "channel": "email", "pre_meeting": "offered_open"}
    note_taker = person(Role.NOTE_TAKER)
    assert (await desk.ask(note_taker, "POST", path, **form)).status_code == 403
    elsewhere = person(Role.QIP_CHAIR, partnerships=["lancashire"])
    assert (await desk.ask(elsewhere, "POST", path, **form)).status_code == 404
