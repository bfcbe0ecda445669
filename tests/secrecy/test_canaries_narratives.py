"""What people write: each word is read at the doors that are meant for it, and nowhere else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.handlers import agencies, register
from services.intake.handlers.agencies import Contact
from shared.contracts.agencies import Agency
from shared.contracts.catalogue import inbound_topic
from shared.contracts.intake import AgencyUpdated, ContactChanged, LocationUpdated, ProviderUpdated
from shared.contracts.notifications import MessageFailed
from shared.contracts.words import (
    AgencyFunction,
    DeliveryState,
    HeldFunction,
    OfficeHolderRole,
    Role,
    ServiceCategory,
)
from tests.meetings import cast
from tests.secrecy.canaries import new_word
from tests.secrecy.instruments import Instruments
from tests.secrecy.personas import OUR_AGENCY, OUR_PROVIDER, Persona, everybody
from tests.secrecy.roles_table import read_table
from tests.stage import NOON, World, kafka_record, person

TABLE = read_table()
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


@dataclass
class Words:
    """A marker for everything that somebody writes, and who may read it at which doors."""

    by_name: dict[str, str] = field(default_factory=dict)
    readers: dict[str, dict[str, frozenset[Role]]] = field(default_factory=dict)

    def new(self, name: str, *doors: str, readers: frozenset[Role] | None = None) -> str:
        """A word; without readers everybody may read it whom the door lets in."""
        self.by_name[name] = new_word()
        self.readers[name] = {door: readers or TABLE.rows[door].roles for door in doors}
        return self.by_name[name]

    def found(self, text: str) -> set[str]:
        low = text.lower()
        return {name for name, word in self.by_name.items() if word in low}


async def look(world: World, words: Words, paths: Mapping[str, list[str]]) -> None:
    """Let everybody ask at every door: they find what may be read there and by them, and do."""
    seen: dict[str, set[tuple[str, Role]]] = {name: set() for name in words.by_name}
    for who in everybody():
        for door, addresses in paths.items():
            for path in addresses:
                text = await _asked(world, who, path)
                found = words.found(text)
                wrong = {name for name in found if not _may(words, name, door, who)}
                assert wrong == set(), f"{who.name} reads {sorted(wrong)} at {door}"
                for name in found:
                    seen[name] |= {(door, role) for role in who.roles}
    missing = [
        f"{role} {door} {name}"
        for name, doors in words.readers.items()
        for door, roles in doors.items()
        for role in roles
        if (door, role) not in seen[name]
    ]
    assert missing == [], "what may be read does not arrive"


async def _asked(world: World, who: Persona, path: str) -> str:
    if who.token != "sound":
        async with world.http() as client:
            return (await client.get(path)).text
    somebody = person(
        *who.roles, partnerships=(who.partnership,), agency=who.agency, provider=who.provider
    )
    async with world.http(somebody) as client:
        return (await client.get(path)).text


def _may(words: Words, name: str, door: str, who: Persona) -> bool:
    roles = words.readers[name].get(door, frozenset())
    ours = who.provider == OUR_PROVIDER if who.of_provider else who.agency in {None, OUR_AGENCY}
    sound = who.token == "sound" and who.partnership == "combined" and ours
    return bool(who.roles & roles) and sound


async def assert_on_no_topic(world: World, words: Words, *but: type[Any]) -> None:
    """No event of the service carries a word, but for these that are made to."""
    for envelope in await world.envelopes():
        if not isinstance(envelope.event, but):
            assert words.found(envelope.event.model_dump_json()) == set()
    for row in await world.outbox():
        assert words.found(f"{row.headers} {row.key}") == set()


def assert_no_operator_reads(words: Words, instruments: Instruments) -> None:
    for channel, text in instruments.texts().items():
        assert text, f"nothing came by {channel}: its silence proves nothing"
        assert words.found(text) == set(), channel


async def test_what_is_told_to_intake_is_read_at_its_own_doors_only(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world, words = await stage_for("intake"), Words()
    location_id = await _register(world, words)
    read_concern, read_item = (
        "intake GET /concerns/{concern_id}",
        "intake GET /quarantine/{item_id}",
    )
    form = {
        "location": "1-200000001",
        "reference": words.new("the submitter's own reference"),
        "occurred_on": str(NOON.date()),
        "category": "medication",
        "description": words.new("description", read_concern),
        "action_taken": words.new("action taken", read_concern),
        "action_none_reason": words.new("reason for no action", read_concern),
        "measures": words.new("measures", read_concern),
    }
    manager = person(Role.REGISTERED_MANAGER, provider=OUR_PROVIDER, subject="rm")
    async with world.http(manager) as client:
        assert (await client.post("/concerns", json=form)).status_code == 201
    broken = f'{{"location": "{words.new("a refused message", read_item)}'.encode()
    name = words.new("an unknown field of a message", read_item)
    unknown = f'{{"{name}": "{words.new("its value", read_item)}"}}'.encode()
    for offset, (type_, body) in enumerate(
        [("partner.concern.raised.v1", broken), ("partner.concern.raised.v1", unknown)]
    ):
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"m-{offset}",
            "ce_source": f"urn:agency:{OUR_AGENCY}",
            "ce_type": type_,
        }
        record = kafka_record(
            inbound_topic(OUR_AGENCY),
            offset,
            words.new(f"key {offset}").encode(),
            body,
            [(n, v.encode()) for n, v in headers.items()],
        )
        await world.runtime.consumers[1].take((record,))
    why = {"suspended": True, "why": words.new("why an agency is suspended")}
    async with world.http(person(Role.SENIOR_MANAGER)) as client:
        answer = await client.put(f"/agencies/{OUR_AGENCY}/suspension", json=why)
        assert answer.status_code == 204
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        [concern] = (await client.get("/concerns")).json()
        items = [line["item_id"] for line in (await client.get("/quarantine")).json()]
    assert len(items) == 2
    paths = {
        "intake GET /concerns": ["/concerns"],
        read_concern: [f"/concerns/{concern['concern_id']}"],
        "intake GET /concerns/status/{reference}": [f"/concerns/status/{concern['reference']}"],
        "intake GET /handovers": ["/handovers"],
        "intake GET /locations": ["/locations"],
        "intake GET /locations/{location_id}": [f"/locations/{location_id}"],
        "intake GET /contacts": [f"/contacts?location={location_id}"],
        "intake GET /quarantine": ["/quarantine"],
        read_item: [f"/quarantine/{item}" for item in items],
    }
    assert set(paths) == {name for name in TABLE.rows if name.startswith("intake GET")}
    await look(world, words, paths)
    await assert_on_no_topic(
        world, words, LocationUpdated, ProviderUpdated, ContactChanged, AgencyUpdated
    )
    assert_no_operator_reads(words, instruments)


async def _register(world: World, words: Words) -> str:
    lists = ("intake GET /locations", "intake GET /locations/{location_id}")
    provider = ProviderFacts(
        OUR_PROVIDER,
        cqc_registered=True,
        name=words.new("provider's name", lists[1]),
        brand=words.new("brand"),
        nominated_individual=words.new("nominated individual's name"),
    )
    home = LocationFacts(
        reference="1-200000001",
        provider_reference=OUR_PROVIDER,
        name=words.new("location's name", *lists),
        category=ServiceCategory.NURSING_HOME,
        cqc_registered=True,
        local_authority="Combined Borough",
        beds=40,
        registered_manager=words.new("registered manager's name"),
    )
    held = (HeldFunction(AgencyFunction.HEALTH_COMMISSIONER, date(2020, 1, 1)),)
    contact = Contact(
        "1-200000001",
        None,
        OfficeHolderRole.REGISTERED_MANAGER,
        words.new("contact's name", "intake GET /contacts"),
        f"{words.new('contact address')}@larchfield.example",
    )
    async with world.works.begin() as work:
        source = Source("a test", date(2026, 11, 1))
        await register.load_places(work, "combined", [(provider, home)], (), source)
        agency = Agency(OUR_AGENCY, words.new("agency's name"), "combined", held, "1")
        await agencies.register_agency(work, agency)
    async with world.works.begin() as work:
        await agencies.register_contact(work, "combined", contact)
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        [line] = (await client.get("/locations")).json()
    return str(line["location_id"])


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
    await world.hear(*cast.all_agencies(), *people)
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
