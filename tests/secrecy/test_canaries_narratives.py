"""What people write at meetings: desk, member and provider read each their part, and no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from shared.contracts.notifications import MessageFailed
from shared.contracts.words import (
    AgencyFunction,
    DeliveryState,
    Role,
)
from tests.meetings import cast
from tests.secrecy.instruments import Instruments
from tests.secrecy.words import TABLE, Words, assert_no_operator_reads, assert_on_no_topic, look
from tests.stage import World

PROVIDER_PEOPLE = frozenset({Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL})


RESTRICTED_DESK = frozenset(
    {
        Role.TEAM_MANAGER,
        Role.SENIOR_MANAGER,
        Role.SAFEGUARDING,
        Role.INTELLIGENCE_CHAIR,
        Role.QIP_CHAIR,
        Role.NOTE_TAKER,
    }
)
"""docs/roles.md: for whom a restricted case is there."""


async def test_what_is_told_to_meetings_is_read_by_desk_member_and_provider_each_their_part(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world, words = await stage_for("meetings"), Words()
    case = "meetings GET /qips/{qip_id}"
    liaison = frozenset({Role.AGENCY_LIAISON})
    considered = ("meetings GET /considerations", "meetings GET /considerations/{consideration_id}")
    desk = cast.Desk(world)
    people = [
        event.model_copy(
            update={"name": words.new(f"name {n}"), "email": f"{words.new(f'e{n}')}@x"}
        )
        for n, event in enumerate(cast.contacts())
    ]
    await world.hear(*cast.all_agencies(), *people, *cast.all_members())
    ids: dict[bool, dict[str, Any]] = {}
    for restricted in (False, True):
        kind = "restricted " if restricted else ""
        readers = RESTRICTED_DESK if restricted else TABLE.desk
        members = readers if restricted else readers | liaison
        place = cast.id_of(f"{kind}place")
        home = cast.location(location_id=place)
        name = words.new(f"{kind}location name", case, readers=members)
        at_the_meeting = {door: TABLE.rows[door].roles for door in considered}
        words.readers[f"{kind}location name"] |= at_the_meeting
        await world.hear(home.model_copy(update={"name": name}))
        met = cast.met(location_id=place, crossing=kind)
        handling = cast.RESTRICTED if restricted else met.handling
        await world.hear(
            met.model_copy(
                update={
                    "handling": handling,
                    "threshold": words.new(f"{kind}threshold", considered[1]),
                    "clause": words.new(f"{kind}clause", considered[1]),
                    "attributed_to": words.new(f"{kind}attributed to"),
                }
            )
        )
        about = await desk.considered()
        form = {
            "benefit_statement": words.new(f"{kind}benefit", case, readers=readers),
            "reason": words.new(f"{kind}reason"),
            "variation_reason": words.new(f"{kind}variation"),
        }
        answer = await desk.decide(about, **form)
        assert answer.status_code == 201, answer.text
        qip: dict[str, Any] = answer.json()
        rationale = words.new(f"{kind}rationale", case, readers=readers)
        assert (await desk.appoint(qip, rationale=rationale)).status_code == 201
        plan_readers = readers
        if not restricted:
            assert (await desk.contact(qip)).status_code == 201
            notes = words.new("note taker", case, readers=readers)
            meeting = (await desk.schedule(qip, note_taker=notes)).json()["meeting_id"]
            plan_readers = readers | liaison | PROVIDER_PEOPLE
            action = cast.an_action(
                action=words.new("action", case, readers=plan_readers),
                owner=words.new("owner of the action", case, readers=plan_readers),
            )
            done = await desk.submit(meeting, action, who=cast.MANAGER)
            assert done.status_code == 201, done.text
        await _fail_messages(world, words, kind, readers, case)
        ids[restricted] = {**qip, "about": about}
    paths = {
        considered[0]: [f"{p}{s}" for p in ("/considerations?state=",) for s in _STATES],
        considered[1]: [f"/considerations/{found['about']}" for found in ids.values()],
        "meetings GET /qips": ["/qips"],
        case: [f"/qips/{found['qip_id']}" for found in ids.values()],
    }
    assert set(paths) == {name for name in TABLE.rows if name.startswith("meetings GET")}
    await world.hear(cast.agency("cqc", AgencyFunction.REGULATOR, suspended=True))
    await look(world, words, paths)
    await assert_on_no_topic(world, words)
    assert_no_operator_reads(words, instruments)


_STATES = ("open", "qip_opened", "declined")


async def _fail_messages(
    world: World, words: Words, kind: str, readers: frozenset[Role], door: str
) -> None:
    """The chair's message could not be delivered, under a rule that is a marker."""
    *_, said = [e for e in await world.envelopes() if e.event.spec.type.endswith("appointed.v1")]
    rule = words.new(f"{kind}rule of a failed message", door, readers=readers)
    failed = MessageFailed(
        partnership="combined",
        message_id=cast.id_of(f"{kind}message"),
        cause_id=said.id,
        cause_type=said.event.spec.type,
        location_id=None,
        state=DeliveryState.FAILED,
        rule=rule,
    )
    await world.hear(failed)
