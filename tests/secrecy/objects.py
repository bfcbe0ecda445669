"""What the matrix knocks at: objects of one partnership, provider and agency, and the requests."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.handlers import agencies, register
from services.intake.handlers.agencies import Contact
from services.intake.store import files as file_store
from services.intake.store import register as register_store
from services.intake.tables import ExpectedReturnRow
from shared.contracts.agencies import Agency
from shared.contracts.catalogue import inbound_topic
from shared.contracts.inbound_examples import GOOD
from shared.contracts.words import (
    AgencyFunction,
    CqcRating,
    HeldFunction,
    OfficeHolderRole,
    Role,
    ServiceCategory,
)
from shared.platform.spreadsheets import csv_lines
from tests.assessment import told
from tests.meetings import cast
from tests.notifications import conftest as notified
from tests.notifications.facts import appointed
from tests.secrecy.objects_register import of_register
from tests.secrecy.objects_told import of_told
from tests.secrecy.personas import (
    HOME,
    OUR_AGENCY,
    OUR_PROVIDER,
    SUSPENDED_AGENCY,
    everybody,
)
from tests.stage import NOON, World, kafka_record, person

Body = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """How a route is called on an object that is there; its marks are in answers about it."""

    path: str
    body: Body | None = None
    content: bytes | None = None
    """A body that is no JSON: a file."""
    mark: str = ""
    """What an answer holds that shows the object."""


Requests = dict[str, Request]
"""By service, method and path of the route."""

_HOME_REFERENCE = "1-200000001"
_LIMBS = dict.fromkeys(
    ("care_and_support_needs", "abuse_or_neglect", "cannot_protect_themselves"), "no"
)


async def of_intake(world: World) -> Requests:
    """A location, concerns of its provider (one handed over), a refused message, an agency."""
    ids = await _register(world)
    async with world.works.begin() as work:
        place = await register_store.location(work, [HOME], ids)
    provider_id = place.provider_id if place else None
    manager = person(Role.REGISTERED_MANAGER, provider=OUR_PROVIDER)
    concern, harm = _concern("REF-1"), {**_concern("REF-2"), "significant_harm": True}
    async with world.http(manager) as client:
        answers = [await client.post("/concerns", json=form) for form in (concern, harm)]
    told_reference, harm_reference = (answer.json()["reference"] for answer in answers)
    await world.runtime.consumers[1].take(
        (kafka_record(inbound_topic(OUR_AGENCY), 1, None, b"no json", [("ce_id", b"m")]),)
    )
    triager = person(Role.TEAM_MANAGER)
    async with world.http(triager) as client:
        queue = (await client.get("/concerns")).json()
        [refused] = (await client.get("/quarantine")).json()
    async with world.http(person(Role.SAFEGUARDING)) as client:
        handed = (await client.get("/handovers")).json()
    async with world.http(person(Role.INFORMATION_GOVERNANCE)) as client:
        form = {"kind": "location", "subject_id": str(ids), "reason": "a test"}
        held = (await client.post("/holds", json=form)).json()["hold_id"]
    run = {"partnership": HOME, "reason": "a test"}
    async with world.http(person(Role.ADMIN, subject="who asks for a run")) as client:
        run_id = (await client.post("/retention/runs", json=run)).json()["run_id"]
    about = {line["reference"]: line["concern_id"] for line in queue}
    concern_id, handed_id = about[told_reference], handed[0]["concern_id"]
    assert handed[0]["reference"] == harm_reference
    more = await of_quarantine_and_files(world, told_reference, concern_id)
    registered = await of_register(world, ids, provider_id)
    beside = await of_told(
        world, ids, provider_id, concern_id, handed_id, told_reference, _concern("REF-3")
    )
    triage = {"decision": "care_concern", "reason": "a test", **_LIMBS}
    return {
        "intake POST /concerns": Request("/concerns", concern),
        "intake GET /concerns": Request("/concerns", mark=concern_id),
        "intake GET /concerns/{concern_id}": Request(f"/concerns/{concern_id}", mark=concern_id),
        "intake GET /concerns.csv": Request("/concerns.csv", mark=told_reference),
        "intake GET /triage": Request("/triage", mark=concern_id),
        "intake GET /triage.csv": Request("/triage.csv", mark=told_reference),
        "intake GET /providers/{provider_id}/timeline": Request(
            f"/providers/{provider_id}/timeline", mark=told_reference
        ),
        "intake GET /holds": Request("/holds", mark=held),
        "intake POST /holds": Request(
            "/holds", {**form, "kind": "concern", "subject_id": concern_id}
        ),
        "intake GET /retention/runs": Request("/retention/runs", mark=run_id),
        "intake POST /retention/runs": Request("/retention/runs", run),
        "intake POST /retention/runs/{run_id}/approval": Request(
            f"/retention/runs/{run_id}/approval"
        ),
        "intake POST /holds/{hold_id}/lift": Request(f"/holds/{held}/lift", {"reason": "a test"}),
        "intake POST /concerns/{concern_id}/claim": Request(f"/concerns/{concern_id}/claim"),
        "intake POST /concerns/{concern_id}/release": Request(
            f"/concerns/{concern_id}/release", {}
        ),
        "intake GET /concerns/status/{reference}": Request(
            f"/concerns/status/{told_reference}", mark=told_reference
        ),
        "intake GET /handovers": Request("/handovers", mark=handed_id),
        "intake GET /handovers.csv": Request("/handovers.csv", mark=harm_reference),
        "intake GET /locations": Request("/locations", mark=str(ids)),
        "intake GET /locations/{location_id}": Request(f"/locations/{ids}", mark=str(ids)),
        "intake GET /contacts": Request(f"/contacts?location={ids}", mark=str(ids)),
        "intake GET /quarantine": Request("/quarantine", mark=refused["item_id"]),
        "intake GET /quarantine.csv": Request("/quarantine.csv", mark=refused["rule"]),
        "intake GET /quarantine/{item_id}": Request(
            f"/quarantine/{refused['item_id']}", mark=refused["item_id"]
        ),
        "intake POST /concerns/{concern_id}/triage": Request(
            f"/concerns/{concern_id}/triage", triage
        ),
        "intake POST /concerns/{concern_id}/answer": Request(
            f"/concerns/{concern_id}/answer",
            {"outcome": "no_further_action", "text": "It was looked into."},
        ),
        **{name: Request(path, body, mark=mark) for name, (path, body, mark) in beside.items()},
        "intake POST /handovers/{concern_id}/acknowledgement": Request(
            f"/handovers/{handed_id}/acknowledgement"
        ),
        **more,
        **{name: Request(path, body, mark=mark) for name, (path, body, mark) in registered.items()},
        **of_submissions(),
        **await of_signals(world),
        **await of_returns(world, ids),
        "intake PUT /agencies/{agency_id}/suspension": Request(
            f"/agencies/{OUR_AGENCY}/suspension", {"suspended": True, "why": "a test"}
        ),
    }


async def of_signals(world: World) -> Requests:
    """A complaint that our agency told."""
    kind = "partner.complaint.received.v1"
    body = {**GOOD[kind], "location": _HOME_REFERENCE, "received_on": str(NOON.date())}
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": b"signal",
        "ce_source": f"urn:agency:{OUR_AGENCY}".encode(),
        "ce_type": kind.encode(),
    }
    value = json.dumps(body).encode()
    record = kafka_record(inbound_topic(OUR_AGENCY), 9, None, value, headers.items())
    await world.runtime.consumers[1].take((record,))
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        [line] = (await client.get("/signals")).json()
    id_ = line["signal_id"]
    return {
        "intake GET /signals": Request("/signals", mark=id_),
        "intake GET /signals.csv": Request("/signals.csv", mark=line["reference"]),
        "intake GET /signals/{signal_id}": Request(f"/signals/{id_}", mark=id_),
    }


async def of_returns(world: World, location_id: UUID) -> Requests:
    """A return that our agency owes."""
    async with world.works.begin() as work:
        owed = ExpectedReturnRow(
            id=work.new_id(),
            partnership=HOME,
            location_id=location_id,
            agency_id=OUR_AGENCY,
            quarter="2025-Q2",
            due_on=told.ago(400),
            due_clause="combined@2026-11 L1.2g",
            state="overdue",
        )
        work.session.add(owed)
    path = "/quality-returns/overdue"
    return {f"intake GET {path}": Request(path, mark=owed.quarter)}


def of_submissions() -> Requests:
    """A compliment in a file, which our agency's liaison uploads, or staff for it."""
    kind = "partner.compliment.received.v1"
    row = {**GOOD[kind], "location": _HOME_REFERENCE, "received_on": str(NOON.date())}
    content = csv_lines([list(row), list(row.values())]).encode()
    template = f"/submissions/templates/{kind}"
    return {
        "intake GET /submissions/templates/{kind}.csv": Request(f"{template}.csv"),
        "intake GET /submissions/templates/{kind}.xlsx": Request(f"{template}.xlsx"),
        "intake POST /submissions/{kind}": Request(
            f"/submissions/{kind}?agency={OUR_AGENCY}", content=content
        ),
    }


_PDF = b"%PDF-1.7\n1 0 obj"


async def of_quarantine_and_files(world: World, reference: str, concern_id: str) -> Requests:
    """Three held messages to work off, and a clean file on a concern."""
    values = [
        json.dumps({**_concern(f"REF-HELD-{n}"), "description": "Mrs Example fell."}).encode()
        for n in range(3)
    ]
    headers = {
        "ce_specversion": b"1.0",
        "ce_source": f"urn:agency:{OUR_AGENCY}".encode(),
        "ce_type": b"partner.concern.raised.v1",
    }
    records = [
        kafka_record(
            inbound_topic(OUR_AGENCY), 2 + n, None, value, [*headers.items(), ("ce_id", b"h%d" % n)]
        )
        for n, value in enumerate(values)
    ]
    await world.runtime.consumers[1].take(tuple(records))
    triager = person(Role.TEAM_MANAGER)
    path = f"/concerns/{concern_id}/files/{UUID(int=7)}"
    async with world.http(triager) as client:
        lines = (await client.get("/quarantine")).json()
        attached = await client.put(path, content=_PDF)
        assert attached.status_code == 200, attached.text
    async with world.works.begin() as work:
        [row] = await file_store.of_concern(work, UUID(concern_id))
        row.state = "clean"
    first, second, third = (
        line["item_id"] for line in lines if line["rule"] == "door.personal-data"
    )
    why = {"reason": "somebody has to know whom"}
    own = f"/concerns/status/{reference}/files/{UUID(int=8)}"
    return {
        "intake POST /quarantine/{item_id}/release": Request(f"/quarantine/{first}/release", why),
        "intake POST /quarantine/{item_id}/redaction": Request(
            f"/quarantine/{second}/redaction", {}
        ),
        "intake POST /quarantine/{item_id}/rejection": Request(
            f"/quarantine/{third}/rejection", why
        ),
        "intake PUT /concerns/{concern_id}/files/{file_id}": Request(path, content=_PDF),
        "intake PUT /concerns/status/{reference}/files/{file_id}": Request(own, content=_PDF),
        "intake GET /concerns/{concern_id}/files": Request(
            f"/concerns/{concern_id}/files", mark=str(UUID(int=7))
        ),
        "intake GET /concerns/{concern_id}/files/{file_id}": Request(path, mark="%PDF-1.7"),
    }


async def _register(world: World) -> UUID:
    provider = ProviderFacts(OUR_PROVIDER, cqc_registered=True, name="Example Care Ltd")
    home = LocationFacts(
        reference=_HOME_REFERENCE,
        provider_reference=OUR_PROVIDER,
        name="Larchfield Example Care Home",
        category=ServiceCategory.NURSING_HOME,
        cqc_registered=True,
        local_authority="Combined Borough",
        beds=40,
    )
    functions = (HeldFunction(AgencyFunction.HEALTH_COMMISSIONER, told.ago(900)),)
    office = OfficeHolderRole.REGISTERED_MANAGER
    async with world.works.begin() as work:
        await register.load_places(
            work, HOME, [(provider, home)], (), Source("a test", told.ago(20))
        )
        await agencies.register_agency(work, Agency(OUR_AGENCY, "ICB", HOME, functions, "1"))
    async with world.works.begin() as work:
        await agencies.register_contact(
            work, HOME, Contact(_HOME_REFERENCE, None, office, "Ada Example", "a@b.example")
        )
        rows = await register_store.locations_by_reference(work, HOME)
    return rows[_HOME_REFERENCE].id


def _concern(reference: str) -> Body:
    return {
        "location": _HOME_REFERENCE,
        "reference": reference,
        "occurred_on": str(NOON.date()),
        "category": "medication",
        "description": "A dose was given late.",
        "action_taken": "Staff were briefed.",
        "measures": "Two people check the round.",
    }


async def of_assessment(world: World) -> Requests:
    """A location with two candidates, one to confirm and one to reject."""
    await world.hear(told.location(), told.rating(CqcRating.INADEQUATE))
    await world.hear(*(told.concern() for _ in range(5)))
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        found = (await client.get("/triggers")).json()["triggers"]
    crossing = {one["trigger"]: one["crossing_id"] for one in found}
    place = str(told.LOCATION)
    return {
        "assessment GET /locations/{location_id}/picture": Request(
            f"/locations/{place}/picture", mark=place
        ),
        "assessment GET /triggers": Request("/triggers", mark=crossing["L1.2e"]),
        "assessment POST /locations/{location_id}/wider-concern": Request(
            f"/locations/{place}/wider-concern", {"reason": "Wider than one enquiry."}
        ),
        "assessment POST /triggers/{crossing_id}/confirmation": Request(
            f"/triggers/{crossing['L1.2e']}/confirmation", {"reason": "Spoken to all."}
        ),
        "assessment POST /triggers/{crossing_id}/rejection": Request(
            f"/triggers/{crossing['L1.2d']}/rejection", {"reason": "Not in special measures."}
        ),
    }


async def of_meetings(world: World) -> Requests:
    """A QIP with chair, contact, meeting and members, and a consideration still to decide on."""
    await world.hear(cast.location(), *cast.all_agencies(), *cast.contacts(), cast.met())
    readers = (person(subject=who.name) for who in everybody())
    await world.hear(*(cast.accepted(who) for who in readers))
    desk = cast.Desk(world)
    qip, meeting = await desk.with_meeting()
    assert {OUR_AGENCY, SUSPENDED_AGENCY} <= set(qip["members"])
    regulator = cast.agency(SUSPENDED_AGENCY, AgencyFunction.REGULATOR, suspended=True)
    elsewhere = cast.id_of("elsewhere")
    await world.hear(
        regulator,
        cast.location(location_id=elsewhere),
        cast.met(crossing="second", location_id=elsewhere),
    )
    about, id_ = await desk.considered(), qip["qip_id"]
    form = cast.meeting_form()
    return {
        "meetings GET /considerations": Request("/considerations", mark=about),
        "meetings GET /considerations/{consideration_id}": Request(
            f"/considerations/{about}", mark=about
        ),
        "meetings GET /qips": Request("/qips", mark=id_),
        "meetings GET /qips/{qip_id}": Request(f"/qips/{id_}", mark=id_),
        "meetings POST /considerations/{consideration_id}/decision": Request(
            f"/considerations/{about}/decision",
            {"decision": "decline", "decided_on": "2026-11-20", "reason": "Its plan works."},
        ),
        "meetings POST /qips/{qip_id}/chair": Request(
            f"/qips/{id_}/chair",
            {
                "decision_id": qip["decision_id"],
                "person_ref": str(cast.COUNCIL_CHAIR),
                "function": "council_quality",
                "agency_id": cast.LCC,
                "rationale": "Knows the service.",
            },
        ),
        "meetings POST /qips/{qip_id}/provider-contact": Request(
            f"/qips/{id_}/provider-contact",
            {"contacted_on": "2026-11-20", "channel": "letter", "pre_meeting": "offered_open"},
        ),
        "meetings POST /qips/{qip_id}/meetings": Request(
            f"/qips/{id_}/meetings", cast.meeting_form("2027-01-19")
        ),
        "meetings PUT /qips/{qip_id}/meetings/{meeting_id}": Request(
            f"/qips/{id_}/meetings/{meeting}", form
        ),
        "meetings POST /meetings/{meeting_id}/plan": Request(
            f"/meetings/{meeting}/plan", {"actions": [cast.an_action()]}
        ),
    }


async def of_notifications(world: World) -> Requests:
    """An agency with something on its feed, a message, and their rows in the ledger."""
    await world.hear(notified.location(), *(notified.agency(a) for a in notified.AGENCIES))
    concern = notified.concern()
    await world.hear(notified.contact(notified.CHAIR, "c@icb.example", agency_id=OUR_AGENCY))
    await world.hear(concern, id=notified.id_of("event"))
    # Nobody knows an address for this one: it fails, and its owner is written to.
    await world.hear(appointed(notified.STRANGER), id=notified.id_of("appointment"))
    return {
        "notifications GET /messages": Request(
            "/messages", mark=str(notified.id_of("appointment"))
        ),
        "notifications GET /ledger": Request("/ledger", mark=str(notified.id_of("event"))),
        "notifications GET /ledger/check": Request("/ledger/check", mark="checked_to"),
        "notifications GET /agencies/{agency_id}/feed": Request(
            f"/agencies/{OUR_AGENCY}/feed", mark="feed.intake.concern.received.v1"
        ),
    }


OBJECTS: dict[str, Callable[[World], Awaitable[Requests]]] = {
    "intake": of_intake,
    "assessment": of_assessment,
    "meetings": of_meetings,
    "notifications": of_notifications,
}
