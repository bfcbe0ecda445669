"""The chair learns whether the provider was really told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from shared.contracts.meetings import ChairAppointed, MeetingScheduled, ProviderContacted
from shared.contracts.notifications import MessageFailed, MessageSent, MessageWithheld
from shared.contracts.words import DeliveryState
from tests.meetings.cast import PLACE, QIP_CHAIR, Desk, id_of, met

WORDS: dict[DeliveryState, type[MessageSent] | type[MessageWithheld] | type[MessageFailed]] = {
    DeliveryState.SENT: MessageSent,
    DeliveryState.WITHHELD: MessageWithheld,
    DeliveryState.FAILED: MessageFailed,
}


def settled(
    cause: UUID, state: DeliveryState, *, message: str = "one", cause_type: str
) -> MessageSent | MessageWithheld | MessageFailed:
    """What notifications tells of a message."""
    return WORDS[state](
        partnership="combined",
        message_id=id_of(f"message {message}"),
        cause_id=cause,
        cause_type=cause_type,
        location_id=PLACE,
        state=state,
        rule="L8b" if state is DeliveryState.WITHHELD else None,
    )


@pytest.fixture
async def qip(desk: Desk) -> dict[str, Any]:
    """A QIP with a meeting."""
    await desk.world.hear(met())
    qip, _ = await desk.with_meeting()
    return qip


async def _event_id(desk: Desk, cls: type) -> UUID:
    return [e.id for e in await desk.world.envelopes() if isinstance(e.event, cls)][-1]


async def _view(desk: Desk, qip: dict[str, Any]) -> Any:
    return await desk.get(QIP_CHAIR, f"/qips/{qip['qip_id']}")


async def test_a_contact_is_queued_until_the_provider_is_told(
    desk: Desk, qip: dict[str, Any]
) -> None:
    assert (await _view(desk, qip))["provider_contacts"][0]["delivery"] == "queued"
    cause = await _event_id(desk, ProviderContacted)
    kind = ProviderContacted.spec.type
    await desk.world.hear(settled(cause, DeliveryState.SENT, cause_type=kind))
    view = await _view(desk, qip)
    assert view["provider_contacts"][0]["delivery"] == "sent"
    assert view["attention"] == []


@pytest.mark.parametrize(
    ("cls", "about"),
    [
        (ProviderContacted, "provider_contact"),
        (MeetingScheduled, "meeting"),
        (ChairAppointed, "chair"),
    ],
)
async def test_a_failed_message_is_an_item_on_the_chairs_list(
    desk: Desk, qip: dict[str, Any], cls: Any, about: str
) -> None:
    cause, kind = await _event_id(desk, cls), cls.spec.type
    await desk.world.hear(
        settled(cause, DeliveryState.SENT, cause_type=kind),
        settled(cause, DeliveryState.FAILED, message="two", cause_type=kind),
    )
    view = await _view(desk, qip)
    places = {
        "provider_contact": view["provider_contacts"][0],
        "meeting": view["meetings"][0],
        "chair": view["chair"],
    }
    assert places[about]["delivery"] == "failed"
    [item] = view["attention"]
    assert (item["about"], item["needed"]) == (about, "message_failed")
    assert item["about_id"] in places[about].values()


async def test_a_withheld_message_names_its_rule(desk: Desk, qip: dict[str, Any]) -> None:
    cause = await _event_id(desk, MeetingScheduled)
    kind = MeetingScheduled.spec.type
    await desk.world.hear(settled(cause, DeliveryState.WITHHELD, cause_type=kind))
    view = await _view(desk, qip)
    assert view["meetings"][0]["delivery"] == "withheld"
    assert [(i["needed"], i["rule"]) for i in view["attention"]] == [("message_withheld", "L8b")]


async def test_a_later_word_on_a_message_replaces_the_earlier(
    desk: Desk, qip: dict[str, Any]
) -> None:
    cause, kind = await _event_id(desk, ProviderContacted), ProviderContacted.spec.type
    await desk.world.hear(settled(cause, DeliveryState.FAILED, cause_type=kind))
    await desk.world.hear(settled(cause, DeliveryState.SENT, cause_type=kind))
    assert (await _view(desk, qip))["attention"] == []


async def test_messages_that_others_caused_are_not_recorded(
    desk: Desk, qip: dict[str, Any]
) -> None:
    cause = await _event_id(desk, ProviderContacted)
    await desk.world.hear(
        settled(cause, DeliveryState.FAILED, cause_type="intake.concern.acknowledged.v1")
    )
    assert (await _view(desk, qip))["provider_contacts"][0]["delivery"] == "queued"
