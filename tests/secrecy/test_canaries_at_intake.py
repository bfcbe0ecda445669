"""What people and partners write to intake: read at the doors meant for it, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.files.scanner import Scanner
from services.intake.handlers import agencies, files, register
from services.intake.handlers.agencies import Contact
from services.intake.store import register as register_store
from services.intake.tables import ExpectedReturnRow
from shared.contracts.agencies import Agency
from shared.contracts.catalogue import inbound_topic
from shared.contracts.inbound_examples import GOOD
from shared.contracts.intake import AgencyUpdated, ContactChanged, LocationUpdated, ProviderUpdated
from shared.contracts.words import (
    AgencyFunction,
    HeldFunction,
    OfficeHolderRole,
    Role,
    ServiceCategory,
)
from shared.platform.spreadsheets import csv_lines
from tests.intake.file_servers import running_clamd
from tests.secrecy.instruments import Instruments
from tests.secrecy.personas import OUR_AGENCY, OUR_PROVIDER
from tests.secrecy.words import TABLE, Words, assert_no_operator_reads, assert_on_no_topic, look
from tests.stage import NOON, World, kafka_record, person

COMPLIMENT = "partner.compliment.received.v1"
COMPLAINT = "partner.complaint.received.v1"


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
    await _uploaded(world, words)
    signal_id = await _signalled(world, words)
    why = {"suspended": True, "why": words.new("why an agency is suspended")}
    async with world.http(person(Role.SENIOR_MANAGER)) as client:
        answer = await client.put(f"/agencies/{OUR_AGENCY}/suspension", json=why)
        assert answer.status_code == 204
    provider_id = await _hold(world, words, location_id)
    await _owed(world, words, location_id)
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        [concern] = (await client.get("/concerns")).json()
        items = [line["item_id"] for line in (await client.get("/quarantine")).json()]
    assert len(items) == 2
    async with world.http(manager) as client:
        texts = ("description", "action_taken", "action_none_reason", "measures")
        waiting = {**form, "reference": "still-waiting", **dict.fromkeys(texts, "A dose was late.")}
        assert (await client.post("/concerns", json=waiting)).status_code == 201
    paths = {
        "intake GET /concerns": ["/concerns"],
        read_concern: [f"/concerns/{concern['concern_id']}"],
        "intake GET /concerns.csv": ["/concerns.csv?state=any", "/concerns.csv?q=dose"],
        "intake GET /triage": ["/triage"],
        "intake GET /triage.csv": ["/triage.csv"],
        "intake GET /providers/{provider_id}/timeline": [f"/providers/{provider_id}/timeline"],
        "intake GET /holds": ["/holds?standing=false"],
        "intake GET /retention/runs": ["/retention/runs"],
        **await _told_beside(world, words, location_id, provider_id, concern),
        "intake GET /concerns/status/{reference}": [f"/concerns/status/{concern['reference']}"],
        "intake GET /handovers": ["/handovers"],
        "intake GET /handovers.csv": ["/handovers.csv?state=any"],
        "intake GET /locations": ["/locations"],
        "intake GET /locations/{location_id}": [f"/locations/{location_id}"],
        "intake GET /contacts": [f"/contacts?location={location_id}"],
        "intake GET /quarantine": ["/quarantine"],
        "intake GET /quarantine.csv": ["/quarantine.csv"],
        read_item: [f"/quarantine/{item}" for item in items],
        **await _attached(world, words, concern["concern_id"]),
        **_of_register(location_id, provider_id),
        "intake GET /signals": ["/signals"],
        "intake GET /signals.csv": ["/signals.csv"],
        "intake GET /quality-returns/overdue": ["/quality-returns/overdue"],
        "intake GET /signals/{signal_id}": [f"/signals/{signal_id}"],
    }
    assert set(paths) == {name for name in TABLE.rows if name.startswith("intake GET")}
    await look(world, words, paths)
    await assert_on_no_topic(
        world, words, LocationUpdated, ProviderUpdated, ContactChanged, AgencyUpdated
    )
    assert_no_operator_reads(words, instruments)


def _of_register(location_id: str, provider_id: str) -> dict[str, list[str]]:
    location, provider = f"/locations/{location_id}", f"/providers/{provider_id}"
    return {
        "intake GET /locations/{location_id}/history": [f"{location}/history"],
        "intake GET /locations/{location_id}/ratings": [f"{location}/ratings"],
        "intake GET /providers": ["/providers"],
        "intake GET /providers/{provider_id}": [provider],
        "intake GET /providers/{provider_id}/history": [f"{provider}/history"],
        "intake GET /ratings/position": ["/ratings/position"],
        "intake GET /ratings/position.csv": ["/ratings/position.csv"],
        "intake GET /agencies": ["/agencies"],
        "intake GET /confidentiality": ["/confidentiality"],
        "intake GET /register/imports": ["/register/imports"],
        "intake GET /agencies/{agency_id}": [f"/agencies/{OUR_AGENCY}"],
        **{
            f"intake GET /submissions/templates/{{kind}}.{ending}": [
                f"/submissions/templates/{COMPLIMENT}.{ending}"
            ]
            for ending in ("csv", "xlsx")
        },
    }


async def _signalled(world: World, words: Words) -> str:
    """A complaint whose reference its agency made up; gives the signal's id."""
    reference = words.new("an agency's reference", "intake GET /signals/{signal_id}")
    row = {**GOOD[COMPLAINT], "complaint_reference": reference}
    rows = [list(row), list(row.values())]
    liaison = person(Role.AGENCY_LIAISON, agency=OUR_AGENCY)
    async with world.http(liaison) as client:
        answer = await client.post(f"/submissions/{COMPLAINT}", content=csv_lines(rows).encode())
    assert answer.json()["accepted"] == 1
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        [line] = (await client.get("/signals")).json()
    return str(line["signal_id"])


async def _uploaded(world: World, words: Words) -> None:
    """A compliment that comes in a file, with a row that is refused beside it."""
    row = {**GOOD[COMPLIMENT], "text": words.new("a compliment", "intake GET /feedback")}
    unfit = {**row, "theme": words.new("what does not fit in a cell")}
    rows = [list(row), list(row.values()), list(unfit.values())]
    liaison = person(Role.AGENCY_LIAISON, agency=OUR_AGENCY)
    async with world.http(liaison) as client:
        path = f"/submissions/{COMPLIMENT}?mode=rows"
        answer = await client.post(path, content=csv_lines(rows).encode())
    assert [line["status"] for line in answer.json()["rows"]] == ["accepted", "refused"]
    assert words.found(answer.text) == set()


async def _attached(world: World, words: Words, concern_id: str) -> dict[str, list[str]]:
    """A clean file on a concern: its name is read in the list, its content at its own door."""
    listed = "intake GET /concerns/{concern_id}/files"
    door = f"{listed}/{{file_id}}"
    path = f"/concerns/{concern_id}/files/{uuid4()}"
    name = {"File-Name": words.new("a file's name", listed) + ".pdf"}
    content = b"%PDF-1.7 " + words.new("a file's content", door).encode()
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        assert (await client.put(path, content=content, headers=name)).status_code == 200
    storage = files.storage_of(world.runtime.settings)
    async with running_clamd() as clamd:
        assert await files.scan_next(world.works, storage, Scanner("127.0.0.1", clamd.port))
    return {listed: [f"/concerns/{concern_id}/files"], door: [path]}


async def _told_beside(
    world: World, words: Words, location_id: str, provider_id: str, concern: dict[str, Any]
) -> dict[str, list[str]]:
    """What is told beside a concern, each text read at its own door; gives the doors."""
    read, drafts = "intake GET /concerns/{concern_id}", "intake GET /drafts/{draft_id}"
    status = "intake GET /concerns/status/{reference}"
    # A draft is its writer's alone, and a concern is followed by who told it and the desk.
    staff = frozenset({Role.PORTAL, Role.PRACTITIONER, Role.CONTRACTS_OFFICER})
    tellers = staff | {Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL}
    request = "intake GET /requests/{reference}"
    council = TABLE.rows[request].roles - tellers - {Role.AGENCY_LIAISON} | staff - {Role.PORTAL}
    portal = person(Role.PORTAL)
    draft = {
        "description": words.new("a draft's text", "intake GET /drafts", drafts, readers=staff)
    }
    feedback = {
        "kind": "feedback",
        "location": "1-200000001",
        "category": "nutrition",
        "occurred_on": str(NOON.date()),
        "text": words.new("feedback", "intake GET /feedback"),
    }
    addition = {"kind": "addition", "text": words.new("what was added", read)}
    wrong = {"kind": "correction", "field": "measures", "text": words.new("a correction", read)}
    async with world.http(portal) as client:
        written = (await client.post("/drafts", json={"concern": draft})).json()
        assert (await client.post("/feedback", json=feedback)).status_code == 201
        path = f"/concerns/status/{concern['reference']}/entries"
        assert (await client.post(path, json=addition)).status_code == 201
        assert (await client.post(path, json=wrong)).status_code == 201
    limbs = ("care_and_support_needs", "abuse_or_neglect", "cannot_protect_themselves")
    triage = {
        "decision": "care_concern",
        **dict.fromkeys(limbs, "no"),
        "reason": words.new("why it was so decided", read),
    }
    answered = words.new("the answer", read, status)
    words.readers["the answer"][status] = tellers
    answer = {"outcome": "no_further_action", "text": answered}
    why = words.new("why it is not corrected", read, status)
    words.readers["why it is not corrected"][status] = tellers
    declined = {"outcome": "declined", "reason": why}
    asked = {
        "type": "information_from_provider",
        "location": "1-200000001",
        "text": words.new("what is asked of a provider", request, readers=council),
    }
    text = words.new("what was refused", request, readers=council)
    refused = {**asked, "type": "strategy_meeting", "text": text}
    governance = frozenset({Role.INFORMATION_GOVERNANCE})
    text = words.new("what a coroner asks", request, readers=governance)
    legal = {"type": "coroner", "text": text}
    timeline = "intake GET /providers/{provider_id}/timeline"
    why = words.new("why it is varied", "intake GET /providers/{provider_id}/variations", timeline)
    desk = TABLE.rows[timeline].roles - {Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL}
    words.readers["why it is varied"][timeline] = desk
    variation = {"name": "requests.answer_days", "value": 20, "reason": why}
    async with world.http(person(Role.TEAM_MANAGER, subject="tm")) as client:
        told = f"/concerns/{concern['concern_id']}"
        assert (await client.post(f"{told}/triage", json=triage)).status_code == 200
        assert (await client.post(f"{told}/answer", json=answer)).status_code == 200
        found = await client.get(told)
        entry = next(one for one in found.json()["entries"] if one["kind"] == "correction")
        path = f"{told}/corrections/{entry['entry_id']}"
        tag = {"If-Match": found.headers["etag"]}
        assert (await client.post(path, json=declined, headers=tag)).status_code == 200
        answers = [await client.post("/requests", json=one) for one in (asked, refused, legal)]
        assert [one.status_code for one in answers] == [201, 409, 201]
        references = [re.findall(r"RQ-\w{4}-\w{4}", one.text)[0] for one in answers]
        varied = await client.post(f"/providers/{provider_id}/variations", json=variation)
        assert varied.status_code == 201
    return {
        "intake GET /concerns/{concern_id}/duplicates": [f"{told}/duplicates"],
        "intake GET /drafts": ["/drafts"],
        drafts: [f"/drafts/{written['draft_id']}"],
        "intake GET /feedback": ["/feedback"],
        "intake GET /feedback.csv": ["/feedback.csv"],
        "intake GET /requests": [f"/requests?location={location_id}"],
        "intake GET /requests/statutory": ["/requests/statutory"],
        "intake GET /requests/statutory.csv": ["/requests/statutory.csv"],
        request: [f"/requests/{one}?why=a%20test" for one in references],
        "intake GET /requests/refused": ["/requests/refused"],
        "intake GET /requests.csv": ["/requests.csv"],
        "intake GET /requests/refusals": ["/requests/refusals?quarter=2026-Q4"],
        "intake GET /providers/{provider_id}/variations": [f"/providers/{provider_id}/variations"],
    }


async def _owed(world: World, words: Words, location_id: str) -> None:
    """A quality return that did not come: its clause is read in the list and on the timeline."""
    door = "intake GET /quality-returns/overdue"
    timeline = "intake GET /providers/{provider_id}/timeline"
    who = TABLE.rows[door].roles
    words.readers["location's name"][door] = who
    async with world.works.begin() as work:
        owed = ExpectedReturnRow(
            id=work.new_id(),
            partnership="combined",
            location_id=UUID(location_id),
            agency_id=OUR_AGENCY,
            quarter="2026-Q2",
            due_on=date(2026, 7, 30),
            due_clause=words.new("the clause of a return", door, timeline, readers=who),
            state="overdue",
        )
        work.session.add(owed)


async def _hold(world: World, words: Words, location_id: str) -> str:
    """A legal hold with its reasons on the location's provider; gives the provider's id."""
    async with world.works.begin() as work:
        place = await register_store.location(work, ["combined"], UUID(location_id))
        assert place is not None
    form = {
        "kind": "provider",
        "subject_id": str(place.provider_id),
        "reason": words.new("why something is held", "intake GET /holds"),
    }
    run = {"partnership": "combined"}
    run["reason"] = words.new("why something is erased", "intake GET /retention/runs")
    async with world.http(person(Role.INFORMATION_GOVERNANCE)) as client:
        assert (await client.post("/retention/runs", json=run)).status_code == 201
        held = (await client.post("/holds", json=form)).json()
        why = {"reason": words.new("why a hold is lifted", "intake GET /holds")}
        lifted = await client.post(f"/holds/{held['hold_id']}/lift", json=why)
        assert lifted.status_code == 200
    return str(place.provider_id)


async def _register(world: World, words: Words) -> str:
    lists = ("intake GET /locations", "intake GET /locations/{location_id}")
    sheets = (f"intake GET /{name}.csv" for name in ("concerns", "triage", "signals", "feedback"))
    queues = ("intake GET /triage", *sheets)
    providers = ("intake GET /providers", "intake GET /providers/{provider_id}")
    position = ("intake GET /ratings/position", "intake GET /ratings/position.csv")
    provider = ProviderFacts(
        OUR_PROVIDER,
        cqc_registered=True,
        name=words.new("provider's name", lists[1], *providers, *position),
        brand=words.new("brand", *providers),
        nominated_individual=words.new("nominated individual's name", providers[1]),
    )
    home = LocationFacts(
        reference="1-200000001",
        provider_reference=OUR_PROVIDER,
        name=words.new("location's name", *lists, *queues, *position),
        category=ServiceCategory.NURSING_HOME,
        cqc_registered=True,
        local_authority="Combined Borough",
        beds=40,
        registered_manager=words.new("registered manager's name", lists[1]),
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
        agency = Agency(
            OUR_AGENCY,
            words.new("agency's name", "intake GET /agencies", "intake GET /agencies/{agency_id}"),
            "combined",
            held,
            "1",
        )
        await agencies.register_agency(work, agency)
    async with world.works.begin() as work:
        await agencies.register_contact(work, "combined", contact)
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        [line] = (await client.get("/locations")).json()
    return str(line["location_id"])
