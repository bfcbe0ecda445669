"""What the agencies' feeds get, in which order, and what their rights change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.intake.domain.feedback import of_compliment
from services.notifications.domain.projection import derive, secret_of
from services.notifications.handlers import facts, membership
from services.notifications.handlers.register import RIGHTS_CHANGE
from services.notifications.store import facts as fact_store
from services.notifications.store import feeds as feed_store
from shared.contracts.assessment import ThemeDetected
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.intake import (
    ComplimentReceived,
    ConcernTriaged,
    CqcRatingChanged,
    FunctionHeld,
    ReceiptIssued,
    RequestRouted,
)
from shared.contracts.meetings import MemberLeft
from shared.contracts.words import AgencyFunction, CqcRating, Handling, ImplicatedRole, Label
from shared.platform import bulk, outbox
from shared.platform.work import Incoming
from tests.notifications.conftest import (
    AGENCIES,
    HOME,
    OTHER_HOME,
    QIP,
    SECRET,
    SINCE_2020,
    Scene,
    agency,
    concern,
    id_of,
    joined,
    location,
    qip_opened,
)

COMPLIMENT = "feed.intake.compliment.received.v1"
RECEIVED = "feed.intake.concern.received.v1"
TRIAGED = "feed.intake.concern.triaged.v1"
RATED = "feed.intake.cqc_rating.changed.v1"
OPENED = "feed.meetings.qip.opened.v1"
JOINED = "feed.meetings.member.joined.v1"
SEATED = {"council-quality", "council-contracts", "council-commissioning", "council-safeguarding"}


def triaged() -> ConcernTriaged:
    """A concern was triaged as a care concern."""
    return ConcernTriaged(
        partnership="combined",
        location_id=HOME,
        concern_id=id_of("concern"),
        category="falls",
        occurred_on=date(2026, 11, 18),
        reported_by_provider=False,
    )


def theme(handling: Handling | None = None) -> ThemeDetected:
    """Concerns of one category recur."""
    return ThemeDetected(
        partnership="combined",
        handling=handling or Handling(),
        location_id=HOME,
        theme_id=id_of("theme" if handling is None else "restricted theme"),
        category="medication",
        count=3,
        evidence=tuple(map(id_of, ("first", "second", "third"))),
        clause="combined@2026-11 W2.9",
    )


def rated() -> CqcRatingChanged:
    """CQC published a rating."""
    return CqcRatingChanged(
        partnership="combined",
        location_id=HOME,
        signal_id=id_of("rating"),
        key_question="Safe",
        rating=CqcRating.INADEQUATE,
        published_on=date(2026, 11, 19),
    )


def receipt(agency_id: str = "police", offset: int = 7) -> ReceiptIssued:
    """A partner's record was refused."""
    return ReceiptIssued(
        partnership="combined",
        handling=Handling(Label.NAMED, (f"agency:{agency_id}",)),
        agency_id=agency_id,
        topic=f"partner.{agency_id}.in.v1",
        partition=0,
        offset=offset,
        message_id="0190c0de-0000-7000-8000-000000000001",
        status="refused",
        rule="door.future-date",
        field="occurred_on",
        sentence="The date lies in the future.",
        clause="docs/partners.md, Dates",
        instead="Give the date on which it happened.",
        partner_traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
    )


async def who_got(scene: Scene, type_: str) -> set[str]:
    """The agencies that have a record of a type on their feed."""
    return {agency_id for agency_id in AGENCIES if type_ in await scene.types(agency_id)}


async def test_before_a_qip_a_concern_goes_to_the_seats_of_the_policy(scene: Scene) -> None:
    await scene.hear(concern())
    assert await who_got(scene, RECEIVED) == SEATED | {"icb"}


@pytest.mark.requirement("WCC3a")
async def test_a_triaged_concern_is_on_all_three_feeds_of_the_council(scene: Scene) -> None:
    await scene.hear(qip_opened(), joined("police"), triaged())
    assert await who_got(scene, TRIAGED) == {
        "council-contracts",
        "council-commissioning",
        "council-quality",
        "police",
    }


@pytest.mark.requirement("W4.7")
async def test_a_compliment_reaches_the_complaints_team_and_quality_alone(scene: Scene) -> None:
    await scene.hear(agency("council-complaints", AgencyFunction.COUNCIL_COMPLAINTS))
    await scene.hear(
        ComplimentReceived(
            partnership="combined",
            handling=of_compliment(Handling()),
            location_id=HOME,
            signal_id=id_of("compliment"),
            category="staffing",
            occurred_on=date(2026, 11, 18),
        )
    )
    assert COMPLIMENT in await scene.types("council-complaints")
    assert await who_got(scene, COMPLIMENT) == {"council-quality"}


@pytest.mark.requirement("W3.8")
async def test_a_theme_reaches_the_complaints_team_and_stands_in_the_ledger(scene: Scene) -> None:
    await scene.hear(agency("council-complaints", AgencyFunction.COUNCIL_COMPLAINTS))
    await scene.hear(theme(), concern())
    assert await scene.types("council-complaints") == ["feed.assessment.theme.detected.v1"]
    assert await who_got(scene, "feed.assessment.theme.detected.v1") == SEATED | {"icb"}
    under = [
        row.under
        for row in await scene.ledger("disclosure")
        if row.audience == "agency:council-complaints"
    ]
    assert under == ["themes, combined@2026-11 W3.8"]
    restricted = theme(handling=Handling(Label.NAMED, ("council_safeguarding",)))
    await scene.hear(restricted)
    assert len(await scene.types("council-complaints")) == 1


@pytest.mark.requirement("WX4")
async def test_a_visit_is_passed_on_to_the_team_for_its_risk_and_to_nobody_else(
    scene: Scene,
) -> None:
    holder = (AgencyFunction.HEALTH_COMMISSIONER.value,)
    await scene.hear(
        RequestRouted(
            partnership="combined",
            handling=Handling(Label.NAMED, holder),
            location_id=HOME,
            request_id=id_of("request"),
            reference="RQ-0000-0000",
            risk_type="clinical",
        )
    )
    assert await who_got(scene, "feed.intake.request.routed.v1") == {"icb"}


@pytest.mark.requirement("L1.2")
async def test_only_members_learn_that_there_is_a_qip(scene: Scene) -> None:
    await scene.hear(concern(), qip_opened(), joined("icb"), joined("police"), concern("later"))
    assert await who_got(scene, OPENED) == {"icb", "police"}
    assert await scene.types("police") == [OPENED, JOINED, JOINED, RECEIVED]
    assert await scene.types("icb") == [RECEIVED, OPENED, JOINED, JOINED, RECEIVED]
    assert await scene.types("council-quality") == [RECEIVED]
    assert await scene.types("healthwatch") == []


@pytest.mark.requirement("L1.1")
async def test_an_agency_without_an_agreement_gets_what_is_public_and_nothing_else(
    scene: Scene,
) -> None:
    await scene.hear(agency("icb", agreement=None), concern(), rated())
    assert await scene.types("icb") == [RATED]


@pytest.mark.requirement("W3.7")
async def test_the_regulator_reads_the_fields_that_its_agreement_allows_and_no_others(
    scene: Scene,
) -> None:
    implicating = concern("leader").model_copy(
        update={"implicated_role": ImplicatedRole.REGISTERED_MANAGER}
    )
    await scene.hear(agency("cqc", AgencyFunction.REGULATOR, agreement=None), implicating)
    assert await scene.types("cqc") == []
    await scene.hear(agency("cqc", AgencyFunction.REGULATOR), concern("second"))
    first, second = [one for one in await scene.feed("cqc") if one.type == RECEIVED]
    assert first.data.keys() == second.data.keys()
    assert "implicated_role" not in first.data
    assert {"location", "concern_id", "category", "occurred_on"} <= second.data.keys()


async def test_what_is_public_goes_to_every_agency(scene: Scene) -> None:
    await scene.hear(rated())
    assert await who_got(scene, RATED) == set(AGENCIES)


async def test_nothing_goes_to_an_agency_of_another_partnership(scene: Scene) -> None:
    await scene.hear(
        agency("wirral-icb", AgencyFunction.HEALTH_COMMISSIONER, partnership="wirral"),
        concern(),
        rated(),
    )
    assert await scene.types("wirral-icb") == []


async def test_a_new_agency_gets_nothing_of_another_partnership(scene: Scene) -> None:
    await scene.hear(concern(), rated())
    await scene.hear(agency("wirral-icb", AgencyFunction.HEALTH_COMMISSIONER, partnership="wirral"))
    assert await scene.types("wirral-icb") == []


async def test_a_record_carries_nothing_of_ours(scene: Scene) -> None:
    event_id = id_of("event")
    traced = scene.world.record(concern(), id=event_id, traceparent=f"00-{'c' * 32}-{'d' * 16}-01")
    scene.world.clock.forward(minutes=5)
    await scene.world.take([traced])
    [record] = await scene.feed("icb")
    secret = secret_of(SECRET, "icb")
    reference = location().reference
    assert record.headers == {
        "ce_specversion": "1.0",
        "ce_id": str(derive(secret, event_id)),
        "ce_source": "urn:provider-quality:notifications",
        "ce_type": RECEIVED,
        "ce_time": "2026-11-20T12:05:00.000000Z",
        "ce_subject": reference,
        "content-type": "application/json",
    }
    assert record.data == {
        "location": {"reference": reference, "name": "Larch Field House"},
        "concern_id": str(derive(secret, id_of("concern"))),
        "category": "falls",
        "occurred_on": "2026-11-18",
        "reported_by_provider": False,
        "action_taken": True,
    }
    [row] = [r for r in await scene.world.outbox() if r.topic == "partner.icb.out.v1"]
    assert (row.key, row.event_id) == (reference, derive(secret, event_id))


async def test_two_feeds_share_no_id(scene: Scene) -> None:
    await scene.hear(concern(), triaged())
    ids = [
        {record.headers["ce_id"], record.data["concern_id"]}
        for agency_id in ("icb", "council-quality")
        for record in await scene.feed(agency_id)
    ]
    assert not (ids[0] | ids[1]) & (ids[2] | ids[3])
    assert len(ids[0] & ids[1]) == 1  # on one feed the concern keeps its id


@pytest.mark.requirement("WCC3a")
async def test_a_concern_for_named_holders_goes_to_holders_only(scene: Scene) -> None:
    held = Handling(Label.NAMED, ("agency:icb", "council_safeguarding"))
    await scene.hear(concern(handling=held), triaged().model_copy(update={"handling": held}))
    assert await who_got(scene, RECEIVED) == {"icb", "council-safeguarding"}
    assert await who_got(scene, TRIAGED) == {"icb", "council-safeguarding"}


async def test_a_receipt_answers_its_agency_and_brings_its_own_trace_back(scene: Scene) -> None:
    await scene.hear(receipt())
    [record] = await scene.feed("police")
    assert (record.type, record.headers["ce_subject"]) == ("feed.receipt.v1", "police")
    assert record.headers["traceparent"] == f"00-{'a' * 32}-{'b' * 16}-01"
    assert record.data == {
        "topic": "partner.police.in.v1",
        "partition": 0,
        "offset": 7,
        "message_id": "0190c0de-0000-7000-8000-000000000001",
        "status": "refused",
        "reference": None,
        "rule": "door.future-date",
        "field": "occurred_on",
        "sentence": "The date lies in the future.",
        "clause": "docs/partners.md, Dates",
        "instead": "Give the date on which it happened.",
        "emergency_route": None,
        "override_reasons": [],
        "approvers": [],
    }
    assert await who_got(scene, "feed.receipt.v1") == {"police"}


async def test_a_refused_message_gets_exactly_one_receipt(scene: Scene) -> None:
    record = scene.world.record(receipt(), id=id_of("receipt"))
    await scene.world.take([record])
    await scene.world.take([record])
    assert await scene.types("police") == ["feed.receipt.v1"]


async def test_an_agency_without_an_agreement_gets_its_receipts(scene: Scene) -> None:
    await scene.hear(agency("police", agreement=None), receipt())
    assert await scene.types("police") == ["feed.receipt.v1"]


async def test_a_feed_keeps_the_order_in_which_facts_were_heard(scene: Scene) -> None:
    names = [f"concern {number}" for number in range(20)]
    await scene.world.hear(*(concern(name) for name in names))
    secret = secret_of(SECRET, "icb")
    got = [record.data["concern_id"] for record in await scene.feed("icb")]
    assert got == [str(derive(secret, id_of(name))) for name in names]


@pytest.mark.parametrize("page", [1, 2, 500])
async def test_a_right_gained_later_brings_the_current_case_once_and_in_order(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(fact_store, "_PAGE", page)
    await scene.hear(concern("a"), rated(), concern("b"))
    gained = agency("police", AgencyFunction.POLICE, AgencyFunction.HEALTH_COMMISSIONER)
    await scene.hear(gained, gained)
    assert await scene.types("police") == [RECEIVED, RATED, RECEIVED]
    await scene.relay_sends_all()
    await scene.hear(agency("police"), gained, concern("c"))
    assert await scene.types("police") == [RECEIVED, RATED, RECEIVED, RECEIVED]


async def test_years_of_facts_that_an_agency_gains_are_never_all_in_memory(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fact_store, "_PAGE", 2)
    monkeypatch.setattr(feed_store, "MOST_IN_HAND", 4)
    written: list[int] = []
    to_write = outbox.to_write

    def watched(table: Any, rows: Sequence[dict[str, Any]]) -> bulk.Rows:
        written.append(len(rows))
        return to_write(table, rows)

    await scene.hear(*(concern(f"concern {number}") for number in range(11)))
    monkeypatch.setattr(outbox, "to_write", watched)
    gained = agency("police", AgencyFunction.POLICE, AgencyFunction.HEALTH_COMMISSIONER)
    await scene.hear(gained)
    assert written == [4, 4, 3]
    secret = secret_of(SECRET, "police")
    got = [record.data["concern_id"] for record in await scene.feed("police")]
    assert got == [str(derive(secret, id_of(f"concern {number}"))) for number in range(11)]
    assert [row.audience for row in await scene.ledger("disclosure")].count("agency:police") == 11


async def test_more_may_be_taken_back_than_a_statement_has_parameters(scene: Scene) -> None:
    await scene.world.hear(concern(), id=id_of("concern"))
    taken = {*(uuid4() for _ in range(33_000)), id_of("concern")}
    async with scene.world.works.begin() as work:
        found = await fact_store.undisclosed(
            work, "combined", "police", None, taken, only_taken_back=True, after=0
        )
    assert [one.kept.fact.event_id for one in found] == [id_of("concern")]


async def test_what_was_sent_already_is_not_sent_again_with_a_right_gained(scene: Scene) -> None:
    await scene.hear(concern("a"), rated())
    await scene.relay_sends_all()
    gained = agency("police", AgencyFunction.POLICE, AgencyFunction.HEALTH_COMMISSIONER)
    await scene.hear(gained)
    assert await scene.types("police") == [RATED, RECEIVED]


async def test_who_joins_a_qip_gets_nothing_from_the_time_before_it(scene: Scene) -> None:
    await scene.hear(concern("before"), qip_opened(), concern("within"), joined("police"))
    assert await scene.types("police") == [OPENED, RECEIVED, JOINED]
    await scene.hear(agency("healthwatch", AgencyFunction.HEALTH_COMMISSIONER))
    assert await scene.types("healthwatch") == []


@pytest.mark.parametrize(
    "loss",
    [
        agency("icb", suspended=True),
        agency("icb", agreement=None),
        agency("icb", AgencyFunction.POLICE),
    ],
    ids=["suspended", "agreement ended", "function ended"],
)
async def test_a_right_lost_withholds_what_has_not_left(scene: Scene, loss: Event) -> None:
    await scene.hear(concern("sent"))
    await scene.relay_sends_all()
    await scene.hear(concern("unsent"), loss, concern("after"))
    assert await scene.types("icb") == [RECEIVED]
    assert [row.audience for row in await scene.ledger("withdrawal")] == ["agency:icb"]


async def test_a_right_lost_in_the_same_batch_withholds_all_the_same(scene: Scene) -> None:
    await scene.world.hear(concern(), agency("icb", suspended=True))
    assert await scene.types("icb") == []
    assert await scene.types("council-quality") == [RECEIVED]


async def test_a_right_is_not_lost_while_a_fact_is_in_hand_but_right_after_it(
    scene: Scene,
) -> None:
    """Facts and rights come on different topics, perhaps to different processes."""
    async with scene.world.works.begin() as work:
        event = concern()
        heard = Incoming(
            "test", id_of("event"), "-", "-", work.now, Envelope(id_of("event"), work.now, event)
        )
        await facts.hear(work, [heard])
        loss = asyncio.create_task(scene.world.hear(agency("icb", suspended=True)))
        await asyncio.sleep(0.2)
        assert not loss.done()
    await loss
    assert await scene.types("icb") == []


async def test_a_fact_waits_for_a_right_that_is_just_being_gained(scene: Scene) -> None:
    await scene.hear(qip_opened())
    async with scene.world.works.begin() as work:
        event = joined("police")
        await membership.join(work, event, Envelope(id_of("event"), work.now, event))
        fact = asyncio.create_task(scene.world.hear(concern()))
        await asyncio.sleep(0.2)
        assert not fact.done()
    await fact
    assert await scene.types("police") == [OPENED, JOINED, RECEIVED]


async def test_a_lost_right_leaves_what_is_still_open(scene: Scene) -> None:
    await scene.hear(concern(), rated(), agency("icb", agreement=None))
    assert await scene.types("icb") == [RATED]
    assert len(await scene.ledger("disclosure")) == 5 + len(AGENCIES)


async def test_a_right_that_comes_back_brings_what_was_taken_back(scene: Scene) -> None:
    await scene.hear(concern("a"), agency("icb", suspended=True), concern("b"), agency("icb"))
    assert await scene.types("icb") == [RECEIVED, RECEIVED]


async def test_suspension_cuts_receipts_too_and_they_follow_when_it_ends(scene: Scene) -> None:
    await scene.hear(agency("police", suspended=True), receipt())
    assert await scene.types("police") == []
    await scene.hear(agency("police"))
    assert await scene.types("police") == ["feed.receipt.v1"]


async def test_a_change_that_touches_no_right_leaves_the_feed_alone(scene: Scene) -> None:
    await scene.hear(concern())
    [before] = [row.seq for row in await scene.world.outbox() if "icb" in row.topic]
    await scene.hear(agency("icb"))
    assert [row.seq for row in await scene.world.outbox() if "icb" in row.topic] == [before]


async def test_who_leaves_a_qip_gets_nothing_of_it_any_more(scene: Scene) -> None:
    await scene.hear(qip_opened(), joined("police"))
    await scene.relay_sends_all()
    left = MemberLeft(partnership="combined", location_id=HOME, qip_id=QIP, agency_id="police")
    await scene.hear(concern("unsent"), left, concern("after"))
    assert await scene.types("police") == [OPENED, JOINED]


async def test_a_qip_of_one_home_changes_nothing_for_another(scene: Scene) -> None:
    await scene.hear(qip_opened(), joined("police"), concern("other", OTHER_HOME))
    assert await who_got(scene, RECEIVED) == SEATED | {"icb"}


async def test_what_was_heard_before_its_location_is_told_when_that_is_known(
    scene: Scene,
) -> None:
    new_home = id_of("new home")
    await scene.hear(concern("early", new_home))
    assert await scene.types("icb") == []
    await scene.hear(location(new_home, name="New House"))
    [record] = await scene.feed("icb")
    assert record.data["location"]["name"] == "New House"
    await scene.hear(location(new_home, name="Newer House"))
    assert await scene.types("icb") == [RECEIVED]
    assert len(await scene.ledger("withholding")) == 1


async def test_a_function_that_begins_with_a_day_brings_its_rights_on_that_day(
    scene: Scene,
) -> None:
    tomorrow = date(2026, 11, 21)
    begins = FunctionHeld(function=AgencyFunction.HEALTH_COMMISSIONER, held_from=tomorrow)
    await scene.hear(agency("healthwatch", begins), concern())
    assert await scene.types("healthwatch") == []
    scene.world.clock.forward(hours=11)
    assert await scene.world.tick() == 0
    scene.world.clock.forward(hours=1)
    assert await scene.world.tick() == 1
    assert await scene.types("healthwatch") == [RECEIVED]


async def test_a_function_that_ends_with_a_day_takes_its_rights_along(scene: Scene) -> None:
    ends = FunctionHeld(
        function=AgencyFunction.HEALTH_COMMISSIONER,
        held_from=SINCE_2020,
        held_to=date(2026, 11, 21),
    )
    await scene.hear(agency("icb", ends), concern())
    scene.world.clock.forward(days=1, hours=13)
    assert await scene.world.tick() == 1
    assert await scene.types("icb") == []
    async with scene.world.works.begin() as work:
        clocks = (await work.session.execute(work.tables.clock.select())).all()
    assert [(row.rule, row.state) for row in clocks] == [(RIGHTS_CHANGE, "fired")]


async def test_a_successor_gets_the_current_case_and_its_forerunner_no_more(scene: Scene) -> None:
    """CCGs became an ICB on a day: the function passes on, and no topic name is reused."""
    handed_on = timedelta(days=-1) + date(2026, 11, 20)
    await scene.hear(concern("a"))
    await scene.relay_sends_all()
    old = FunctionHeld(
        function=AgencyFunction.HEALTH_COMMISSIONER, held_from=SINCE_2020, held_to=handed_on
    )
    await scene.hear(
        agency("icb", old),
        agency("new-icb", AgencyFunction.HEALTH_COMMISSIONER),
        concern("b"),
    )
    assert await scene.types("icb") == [RECEIVED]
    assert await scene.types("new-icb") == [RECEIVED, RECEIVED]


def ids_in(value: object) -> set[UUID]:
    """All ids in a projection."""
    if isinstance(value, dict):
        return set().union(*map(ids_in, value.values()))
    if isinstance(value, list):
        return set().union(*map(ids_in, value))
    try:
        return {UUID(str(value))}
    except ValueError:
        return set()


async def test_no_id_of_ours_is_on_any_feed(scene: Scene) -> None:
    ours = {HOME, OTHER_HOME, QIP, *map(id_of, ("concern", "consideration", "decision", "rating"))}
    await scene.hear(concern(), rated(), qip_opened(), joined("icb"), triaged())
    for agency_id in AGENCIES:
        for record in await scene.feed(agency_id):
            assert not ids_in(record.data) & ours
