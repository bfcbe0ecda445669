"""What a rule forbids to send is withheld, and its sender is told (L8b)."""

from __future__ import annotations

import pytest

from services.notifications.domain.mails import Addressee, Part, is_secure
from services.notifications.domain.notices import MailKind, PlanIsOverdue
from services.notifications.handlers import messages
from services.notifications.handlers.messages import Cause, Draft
from services.notifications.handlers.terms import post_of
from shared.contracts.notifications import MessageWithheld
from tests.notifications import facts
from tests.notifications.conftest import CHAIR, HOME, Scene, id_of


async def enter(scene: Scene, address: str, *, person_data: bool) -> None:
    """Enter a mail to an address that holds, or does not hold, information about a person."""
    draft = Draft(
        cause=Cause(id_of("cause"), "meetings.plan.overdue.v1", "combined", HOME),
        addressee=Addressee(MailKind.PLAN_OVERDUE, Part.CHAIR, CHAIR),
        address=address,
        notice=PlanIsOverdue(
            place="Larch Field House",
            due_on=facts.overdue().due_on,
            person_data=person_data,
        ),
        text="Mrs Example fell on Tuesday.",
    )
    async with scene.world.works.begin() as work:
        post = post_of(work, "combined")
        assert post is not None
        await messages.enter(work, post, [draft])


@pytest.mark.requirement("L8b")
async def test_person_data_to_an_insecure_domain_is_withheld_and_the_sender_is_told(
    scene: Scene,
) -> None:
    await enter(scene, "chair@webmail.example", person_data=True)
    [message] = await scene.messages()
    assert (message.state, message.rule) == ("withheld", "L8b")
    assert (message.text, message.subject, message.next_try_at) == ("", "", None)
    [event] = await scene.world.said(MessageWithheld)
    assert (event.message_id, event.rule, event.cause_type) == (
        message.id,
        "L8b",
        "meetings.plan.overdue.v1",
    )


@pytest.mark.requirement("L8b")
@pytest.mark.parametrize(
    ("address", "person_data"),
    [("chair@ICB.example", True), ("chair@webmail.example", False)],
)
async def test_a_secure_domain_or_a_mail_without_person_data_is_let_through(
    scene: Scene, address: str, person_data: bool
) -> None:
    await enter(scene, address, person_data=person_data)
    [message] = await scene.messages()
    assert (message.state, message.rule) == ("queued", None)
    assert await scene.world.said(MessageWithheld) == []


@pytest.mark.requirement("L8b")
async def test_no_mail_of_ours_holds_person_data(scene: Scene) -> None:
    insecure = "manager@webmail.example"
    await scene.hear(facts.acknowledged(), facts.contacted(), facts.scheduled())
    assert {m.state for m in await scene.messages()} == {"queued"}
    assert not is_secure(insecure, frozenset({"icb.example"}))


@pytest.mark.parametrize(
    "address",
    ["a@evil-icb.example", "a@icb.example.evil", "a@sub.icb.example", "a@icb.example@evil", "a"],
)
def test_a_domain_that_only_looks_like_a_secure_one_is_none(address: str) -> None:
    assert not is_secure(address, frozenset({"icb.example"}))


async def test_a_message_is_entered_once(scene: Scene) -> None:
    for _ in range(2):
        await enter(scene, "chair@icb.example", person_data=False)
    assert len(await scene.messages()) == 1


async def test_message_ids_of_two_readers_cannot_be_joined(scene: Scene) -> None:
    await scene.hear(facts.scheduled())
    ids = [message.header_id for message in await scene.messages()]
    assert len(set(ids)) == 2
    assert all(id_.endswith("@combined-council.example>") for id_ in ids)
    for message in await scene.messages():
        assert str(message.id) not in message.header_id
        assert str(message.cause_id) not in message.header_id
