"""Who is written to, and what the mails say, read as their recipients read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar

from services.notifications.tables import MessageRow
from shared.contracts.event import Event
from shared.contracts.intake import ContactRemoved, EmergencyUnplaced
from shared.contracts.notifications import MessageFailed, MessageWithheld
from shared.contracts.words import Handling, Label, MeetingMode
from tests.notifications import facts
from tests.notifications.conftest import (
    MANAGER,
    OTHER_PROVIDER,
    PROVIDER,
    STRANGER,
    Scene,
    agency,
    contact,
    id_of,
    location,
)

REPLY_TO = "quality-team@combined-council.example"
NOMINATED = id_of("nominated individual")


async def one_mail(scene: Scene, event: Event, kind: str) -> MessageRow:
    """The only mail of a kind that a fact makes."""
    await scene.hear(event)
    [message] = await scene.messages(kind)
    return message


def entry_of(message: MessageRow) -> Any:
    """The calendar entry of an invitation."""
    assert message.calendar is not None
    calendar = Calendar.from_ical(message.calendar)
    assert str(calendar["method"]) == "REQUEST"
    [entry] = calendar.walk("VEVENT")
    return entry


async def test_who_reports_a_concern_gets_its_reference_and_what_happens_next(
    scene: Scene,
) -> None:
    mail = await one_mail(scene, facts.acknowledged(), "concern_acknowledged")
    assert mail.address == "manager@larchfield.example"
    assert mail.subject == "We have received your message, CC-7K3M-9QXD"
    assert mail.text.startswith("Dear Rowan Ashgrove,\n\nThank you for telling us")
    assert "CC-7K3M-9QXD" in mail.text
    assert "What happens next" in mail.text


async def test_who_reported_a_concern_is_told_that_it_was_dealt_with(scene: Scene) -> None:
    mail = await one_mail(scene, facts.answered(), "concern_answered")
    assert mail.address == "manager@larchfield.example"
    assert mail.subject == "An answer to your message, CC-7K3M-9QXD"
    assert "working on improvements" in mail.text
    assert "Sign in" in mail.text


@pytest.mark.requirement("L1.2i")
async def test_an_emergency_without_a_place_is_told_to_safeguarding_and_to_the_owner(
    scene: Scene,
) -> None:
    await scene.hear(
        EmergencyUnplaced(
            partnership="combined",
            handling=Handling(Label.NAMED, ("council_quality", "council_safeguarding")),
            item_id=id_of("item"),
            acknowledge_by="2026-11-20T12:30:00.000000Z",
            escalation=1,
        )
    )
    mails = await scene.messages("emergency_unplaced")
    assert {mail.address for mail in mails} == {
        "safeguarding-duty@combined-council.example",
        REPLY_TO,
    }
    for mail in mails:
        assert mail.subject == "Emergency without a place: sign in now (reminder 1)"
        assert "EMERGENCY: somebody may be in danger now." in mail.text
        assert str(id_of("item")) not in mail.text


async def test_in_an_emergency_the_emergency_route_comes_first(scene: Scene) -> None:
    mail = await one_mail(scene, facts.acknowledged(emergency=True), "concern_acknowledged")
    first = mail.text.splitlines()[2]
    assert first.startswith("Call 999 now if anybody is in danger.")
    assert "handed your report over to adult" in mail.text


async def test_a_handover_goes_to_the_duty_mailbox_with_reference_and_deadline(
    scene: Scene,
) -> None:
    event = facts.redirected(emergency=True, escalation=2)
    mail = await one_mail(scene, event, "safeguarding_handover")
    assert mail.address == "safeguarding-duty@combined-council.example"
    assert mail.subject == "Emergency handover to acknowledge: CC-7K3M-9QXD (reminder 2)"
    assert "EMERGENCY" in mail.text
    assert "acknowledge it by 13:30 (UK time) on Wednesday 1 July 2026" in mail.text
    assert "reminder number 2" in mail.text
    for personal in ("Larch Field", "Rowan"):
        assert personal not in mail.text + mail.subject


async def test_a_handover_that_is_no_emergency_does_not_cry_wolf(scene: Scene) -> None:
    mail = await one_mail(scene, facts.redirected(), "safeguarding_handover")
    assert "emergency" not in (mail.text + mail.subject).lower()
    assert "reminder" not in mail.text


async def test_the_chair_is_told_of_the_appointment(scene: Scene) -> None:
    mail = await one_mail(scene, facts.appointed(), "chair_appointed")
    assert mail.address == "chair@icb.example"
    assert f"Larch Field House ({location().reference})" in mail.text
    assert "Larch Field" not in mail.subject


@pytest.mark.requirement("L5.1")
@pytest.mark.parametrize("pre_meeting", ["offered_open", "not_offered"])
async def test_the_provider_gets_the_terms_of_reference_and_the_offer_of_a_pre_meeting(
    scene: Scene, pre_meeting: str
) -> None:
    event = facts.contacted(pre_meeting=pre_meeting)
    mail = await one_mail(scene, event, "provider_contacted")
    assert mail.address == "manager@larchfield.example"
    assert "version 2026-11:\nhttps://quality.combined-council.example/terms" in mail.text
    assert "we would like to offer you a meeting" in mail.text


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("offered_declined", "that you do not need a meeting beforehand"),
        ("offered_accepted", "that you would like a meeting beforehand"),
    ],
)
async def test_a_pre_meeting_that_was_answered_is_not_offered_again(
    scene: Scene, answer: str, sentence: str
) -> None:
    event = facts.contacted(pre_meeting=answer)
    mail = await one_mail(scene, event, "provider_contacted")
    assert sentence in mail.text
    assert "offer you a meeting" not in mail.text


@pytest.mark.requirement("L2.2")
@pytest.mark.requirement("L5.5")
async def test_the_providers_invitation_says_when_how_and_when_the_plan_is_due(
    scene: Scene,
) -> None:
    mail = await one_mail(scene, facts.scheduled(), "provider_invited")
    assert "When: Friday 15 January 2027, 10:30 to 11:30 (UK time)" in mail.text
    assert "How:  on Microsoft Teams" in mail.text
    assert "23:59 on Friday 8 January 2027" in mail.text
    entry = entry_of(mail)
    assert entry.decoded("dtstart") == datetime(2027, 1, 15, 10, 30, tzinfo=UTC)
    assert entry.decoded("dtend") == datetime(2027, 1, 15, 11, 30, tzinfo=UTC)
    assert b"DTSTART:20270115T103000Z" in (mail.calendar or b"")


async def test_a_meeting_in_summer_is_told_in_summer_time(scene: Scene) -> None:
    event = facts.scheduled(
        part_ii=("2027-07-15T10:30:00Z", "2027-07-15T11:30:00Z"), mode=MeetingMode.FACE_TO_FACE
    )
    mail = await one_mail(scene, event, "provider_invited")
    assert "Thursday 15 July 2027, 11:30 to 12:30 (UK time)" in mail.text
    assert "How:  face to face" in mail.text


async def test_a_meeting_at_short_notice_asks_for_no_plan(scene: Scene) -> None:
    mail = await one_mail(scene, facts.scheduled(plan_due_on=None), "provider_invited")
    assert "at short notice" in mail.text
    assert "23:59" not in mail.text


async def test_the_providers_invitation_shows_nothing_of_the_parts_without_it(
    scene: Scene,
) -> None:
    mail = await one_mail(scene, facts.scheduled(), "provider_invited")
    everything = mail.subject + mail.text + (mail.calendar or b"").decode()
    for hidden in ("09:00", "T090000Z", "12:30", "T123000Z", "Part", "QIP", "police", "chair@"):
        assert hidden not in everything
    assert "Larch" not in mail.subject


async def test_an_invitation_names_its_recipient_and_nobody_else(scene: Scene) -> None:
    await scene.hear(
        contact(NOMINATED, "nominated@larchfield.example", provider_id=PROVIDER),
        facts.scheduled(MANAGER, NOMINATED),
    )
    invitations = await scene.messages("provider_invited")
    assert len(invitations) == 2
    uids = set()
    for mail in invitations:
        entry = entry_of(mail)
        assert str(entry["attendee"]) == f"mailto:{mail.address}"
        assert str(entry["organizer"]) == "mailto:quality-team@combined-council.example"
        assert str(entry["summary"]) == "Meeting with the quality team"
        uids.add(str(entry["uid"]))
    assert len(uids) == 2
    assert not any(str(facts.MEETING) in uid for uid in uids)


async def test_the_chairs_invitation_has_the_whole_meeting(scene: Scene) -> None:
    mail = await one_mail(scene, facts.scheduled(), "chair_invited")
    assert "When: Friday 15 January 2027, 09:00 to 12:30 (UK time)" in mail.text
    assert "10:30 to 11:30 (UK time)" in mail.text
    entry = entry_of(mail)
    assert entry.decoded("dtstart") == datetime(2027, 1, 15, 9, tzinfo=UTC)


async def test_a_moved_meeting_updates_the_same_calendar_entry(scene: Scene) -> None:
    await scene.hear(facts.scheduled())
    scene.world.clock.forward(days=1)
    later = ("2027-01-15T11:00:00Z", "2027-01-15T12:00:00Z")
    await scene.hear(facts.scheduled(sequence=5, part_ii=later))
    first, second = (entry_of(mail) for mail in await scene.messages("provider_invited"))
    assert str(first["uid"]) == str(second["uid"])
    assert [int(first["sequence"]), int(second["sequence"])] == [0, 1]


async def test_a_move_that_the_provider_may_not_know_of_sends_it_nothing(scene: Scene) -> None:
    await scene.hear(facts.scheduled())
    scene.world.clock.forward(days=1)
    await scene.hear(facts.scheduled(sequence=1, starts_at="2027-01-15T08:30:00Z"))
    assert len(await scene.messages("provider_invited")) == 1
    assert len(await scene.messages("chair_invited")) == 2


async def test_a_provider_that_takes_no_part_is_not_invited(scene: Scene) -> None:
    mail = await one_mail(scene, facts.scheduled(part_ii=None), "chair_invited")
    assert "The provider does not take part." in mail.text
    assert await scene.messages("provider_invited") == []


async def test_the_chair_hears_that_a_plan_came(scene: Scene) -> None:
    mail = await one_mail(scene, facts.submitted(), "plan_submitted")
    assert "Thursday 7 January 2027: version 2, with 1 action.\n" in mail.text


@pytest.mark.requirement("L5.5")
async def test_the_chair_hears_that_a_plan_is_overdue(scene: Scene) -> None:
    mail = await one_mail(scene, facts.overdue(), "plan_overdue")
    assert mail.address == "chair@icb.example"
    assert "was due by 23:59 on\nFriday 8 January 2027" in mail.text


@pytest.mark.requirement("WR1")
async def test_every_mail_is_answered_to_the_mailbox_of_the_policy(scene: Scene) -> None:
    await scene.hear(
        facts.acknowledged(),
        facts.redirected(),
        facts.appointed(),
        facts.contacted(),
        facts.scheduled(),
        facts.submitted(),
        facts.overdue(),
    )
    messages = await scene.messages()
    assert len(messages) == 8
    for message in messages:
        assert message.reply_to == REPLY_TO
        assert REPLY_TO in message.text
        assert message.sender == "quality@combined-council.example"


async def test_a_fact_that_comes_again_writes_no_second_mail(scene: Scene) -> None:
    new_home = facts.scheduled().model_copy(update={"location_id": id_of("new home")})
    await scene.hear(new_home)
    assert await scene.messages() == []
    await scene.hear(location(id_of("new home")))
    assert [mail.kind for mail in await scene.messages("chair_invited")] == ["chair_invited"]


async def test_a_mail_without_a_recipient_fails_and_is_told_to_its_owner(scene: Scene) -> None:
    await scene.hear(facts.contacted(STRANGER))
    [failed] = await scene.messages("provider_contacted")
    assert (failed.state, failed.rule, failed.text) == ("failed", "no-recipient", "")
    [note] = await scene.messages("not_delivered")
    assert (note.address, note.state) == (REPLY_TO, "queued")
    assert str(failed.id) in note.text
    assert "Larch" not in note.text
    [event] = await scene.world.said(MessageFailed)
    assert (event.message_id, event.rule) == (failed.id, "no-recipient")
    assert event.cause_type == "meetings.provider.contacted.v1"


async def test_somebody_who_left_is_not_written_to(scene: Scene) -> None:
    await scene.hear(
        facts.contacted(), ContactRemoved(partnership="-", person_ref=MANAGER), facts.scheduled()
    )
    states = {mail.kind: (mail.state, mail.rule) for mail in await scene.messages()}
    assert states["provider_contacted"] == ("failed", "no-recipient")
    assert states["provider_invited"] == ("failed", "no-recipient")
    assert states["chair_invited"] == ("queued", None)
    assert len(await scene.messages("not_delivered")) == 2


async def test_nothing_about_one_provider_is_written_to_another(scene: Scene) -> None:
    await scene.hear(
        contact(STRANGER, "stranger@elsewhere.example", provider_id=OTHER_PROVIDER),
        facts.scheduled(STRANGER),
    )
    [mail] = await scene.messages("provider_invited")
    assert (mail.state, mail.rule, mail.text) == ("withheld", "not-for-this-provider", "")
    assert mail.calendar is None
    [event] = await scene.world.said(MessageWithheld)
    assert event.message_id == mail.id


async def test_a_restricted_qip_is_written_to_named_holders_only(scene: Scene) -> None:
    of_the_icb = Handling(Label.NAMED, ("agency:icb",))
    await scene.hear(facts.scheduled(handling=of_the_icb))
    [chair] = await scene.messages("chair_invited")
    [provider] = await scene.messages("provider_invited")
    assert (chair.state, provider.state) == ("queued", "withheld")
    named = Handling(Label.NAMED, (f"person:{MANAGER}",))
    await scene.hear(facts.contacted(handling=named))
    [told] = await scene.messages("provider_contacted")
    assert (told.state, told.label) == ("queued", "NAMED")
    of_the_police = Handling(Label.NAMED, ("agency:police",))
    await scene.hear(facts.scheduled(sequence=1, handling=of_the_police))
    assert [mail.state for mail in await scene.messages("chair_invited")].count("withheld") == 1


async def test_the_chair_of_a_suspended_agency_is_written_to_no_more(scene: Scene) -> None:
    await scene.hear(facts.scheduled(), agency("icb", suspended=True), facts.overdue())
    found = {mail.kind: (mail.state, mail.rule) for mail in await scene.messages()}
    # What waited when it was cut off, and what came afterwards; its provider is not cut off.
    assert found.pop("chair_invited") == ("withheld", "suspended")
    assert found.pop("plan_overdue") == ("withheld", "suspended")
    assert found == {"provider_invited": ("queued", None)}
    assert len(await scene.world.said(MessageWithheld)) == 2


async def test_mails_in_the_plain_policy_of_a_partnership_without_qips(scene: Scene) -> None:
    elsewhere = facts.redirected().model_copy(update={"partnership": "wirral"})
    home = location().model_copy(update={"partnership": "wirral"})
    await scene.hear(home, elsewhere)
    [mail] = await scene.messages("safeguarding_handover")
    assert mail.address == "safeguarding-duty@wirral-council.example"


async def test_messages_remember_the_trace_that_they_come_from(scene: Scene) -> None:
    parent = f"00-{'c' * 32}-{'d' * 16}-01"
    await scene.world.take([scene.world.record(facts.appointed(), traceparent=parent)])
    [mail] = await scene.messages("chair_appointed")
    assert mail.traceparent is not None
    assert mail.traceparent.split("-")[1] == "c" * 32
