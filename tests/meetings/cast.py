"""Who and what the tests of meetings tell of, and the way to where a test begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import httpx

from shared.contracts.assessment import TriggerMet, TriggerRaised
from shared.contracts.intake import (
    AgencyUpdated,
    ConfidentialityAccepted,
    ContactChanged,
    FunctionHeld,
    LocationUpdated,
)
from shared.contracts.words import (
    AgencyFunction,
    Handling,
    ImplicatedRole,
    Label,
    OfficeHolderRole,
    Role,
    ServiceCategory,
    Trigger,
)
from shared.platform.security import Person
from tests.stage import World, person

_IDS = UUID("0b9df0a2-3a76-4f0f-9d7b-3f6f7f0c7a11")
CQC_PROVIDER = "1-100000001"

CHAIR = person(Role.INTELLIGENCE_CHAIR, subject="intelligence-chair")
QIP_CHAIR = person(Role.QIP_CHAIR, subject="qip-chair")
MANAGER = person(Role.REGISTERED_MANAGER, provider=CQC_PROVIDER, subject="registered-manager")
NOMINATED = person(Role.NOMINATED_INDIVIDUAL, provider=CQC_PROVIDER, subject="nominated")

LCC = "council-quality"
ICB = "icb"
LIAISON = person(Role.AGENCY_LIAISON, agency=ICB, subject="icb")
TRUST = "mental-health-trust"
AGENCIES = {
    LCC: AgencyFunction.COUNCIL_QUALITY,
    "council-safeguarding": AgencyFunction.COUNCIL_SAFEGUARDING,
    "council-contracts": AgencyFunction.COUNCIL_CONTRACTS,
    ICB: AgencyFunction.HEALTH_COMMISSIONER,
    "csu": AgencyFunction.NHS_CONTRACT_MANAGEMENT,
    "cqc": AgencyFunction.REGULATOR,
    "hospital": AgencyFunction.NHS_PROVIDER,
    "police": AgencyFunction.POLICE,
    TRUST: AgencyFunction.MENTAL_HEALTH_TRUST,
}
RESTRICTED = Handling(Label.NAMED, ("council_quality", "council_safeguarding"))


def id_of(name: str) -> UUID:
    """Our own id of something that a test calls by name."""
    return uuid5(_IDS, name)


PLACE, PROVIDER = id_of("place"), id_of("provider")
RM, NI, OWNER = id_of("registered manager"), id_of("nominated individual"), id_of("proprietor")
COUNCIL_CHAIR, ICB_CHAIR, TRUST_CHAIR = id_of("a"), id_of("b"), id_of("c")


def location(
    category: ServiceCategory = ServiceCategory.NURSING_HOME,
    *,
    partnership: str = "combined",
    location_id: UUID = PLACE,
    registered: bool = True,
) -> LocationUpdated:
    """A location of the one provider."""
    return LocationUpdated(
        partnership=partnership,
        location_id=location_id,
        provider_id=PROVIDER,
        provider_reference=CQC_PROVIDER,
        reference="1-100000002",
        name="Larchfield",
        category=category,
        cqc_registered=registered,
        commissioned=True,
        local_authority="Lancashire",
        very_small=False,
        active=True,
    )


def agency(
    agency_id: str,
    *functions: AgencyFunction,
    held_from: date = date(2020, 1, 1),
    held_to: date | None = None,
    successor_of: str | None = None,
    succeeds: tuple[str, ...] = (),
    suspended: bool = False,
    agreement: str | None = "1",
) -> AgencyUpdated:
    """An agency that holds functions from a day to a day."""
    return AgencyUpdated(
        partnership="combined",
        agency_id=agency_id,
        name=agency_id.title(),
        functions=tuple(
            FunctionHeld(function=function, held_from=held_from, held_to=held_to)
            for function in functions
        ),
        agreement_version=agreement,
        suspended=suspended,
        successor_of=successor_of,
        succeeds=succeeds,
    )


def all_agencies() -> list[AgencyUpdated]:
    """Every agency of the cast."""
    return [agency(name, function) for name, function in AGENCIES.items()]


def office(ref: UUID, role: OfficeHolderRole | None, email: str | None = None) -> ContactChanged:
    """Somebody at the provider."""
    return ContactChanged(
        partnership="combined",
        person_ref=ref,
        provider_id=PROVIDER,
        location_id=PLACE if role is OfficeHolderRole.REGISTERED_MANAGER else None,
        agency_id=None,
        role=role,
        name="Somebody",
        email=email or f"{ref}@larchfield.example",
    )


def at_agency(ref: UUID, agency_id: str) -> ContactChanged:
    """Somebody at work for an agency."""
    return ContactChanged(
        partnership="combined",
        person_ref=ref,
        provider_id=None,
        location_id=None,
        agency_id=agency_id,
        role=None,
        name="Somebody",
        email=f"{ref}@council.example",
    )


def contacts() -> list[ContactChanged]:
    """The office holders of the provider, and three who may be asked to chair."""
    return [
        office(RM, OfficeHolderRole.REGISTERED_MANAGER),
        office(NI, OfficeHolderRole.NOMINATED_INDIVIDUAL),
        at_agency(COUNCIL_CHAIR, LCC),
        at_agency(ICB_CHAIR, ICB),
        at_agency(TRUST_CHAIR, TRUST),
    ]


def accepted(
    who: Person, version: str = "1", partnership: str = "combined"
) -> ConfidentialityAccepted:
    """Somebody has accepted the procedures on confidentiality."""
    return ConfidentialityAccepted(partnership=partnership, person_ref=who.ref, version=version)


def all_members() -> list[ConfidentialityAccepted]:
    """Everybody of the cast has, and so has `somebody`."""
    return [accepted(who) for who in (CHAIR, QIP_CHAIR, MANAGER, NOMINATED, LIAISON, person())]


def met(
    trigger: Trigger = Trigger.CONTRACT_ACTIONS_UNMET,
    *,
    crossing: str = "first",
    location_id: UUID = PLACE,
    partnership: str = "combined",
    handling: Handling = Handling(),
    implicated: ImplicatedRole | None = None,
    evidence: Iterable[UUID] = (),
) -> TriggerMet:
    """A trigger that is met."""
    return TriggerMet(
        partnership=partnership,
        handling=handling,
        location_id=location_id,
        crossing_id=id_of(f"{trigger} {crossing}"),
        trigger=trigger,
        evidence=tuple(evidence) or (id_of("evidence"),),
        threshold="2 consecutive reviews",
        clause=f"combined@2026-11 {trigger}",
        implicated_role=implicated,
    )


def leadership(role: ImplicatedRole = ImplicatedRole.REGISTERED_MANAGER) -> TriggerMet:
    """A trigger that implicates somebody (L1.2c)."""
    return met(Trigger.LEADERSHIP_IMPLICATED, handling=RESTRICTED, implicated=role)


def raised(trigger: Trigger = Trigger.HIGH_ACTIVITY, *, crossing: str = "first") -> TriggerRaised:
    """A trigger that looks met, until somebody confirms it."""
    return TriggerRaised(
        partnership="combined",
        location_id=PLACE,
        crossing_id=id_of(f"{trigger} {crossing}"),
        trigger=trigger,
        evidence=(id_of("evidence"),),
        threshold="5 in 90 days",
        clause=f"combined@2026-11 {trigger}",
    )


@dataclass
class Desk:
    """The desks of meetings over HTTP, each call signed in as whom the test says."""

    world: World

    async def ask(self, who: Person, method: str, path: str, **json: Any) -> httpx.Response:
        async with self.world.http(who) as client:
            return await client.request(method, path, json=json or None)

    async def get(self, who: Person, path: str) -> Any:
        answer = await self.ask(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def considered(self) -> str:
        """The one consideration that is open."""
        [line] = await self.get(CHAIR, "/considerations")
        return str(line["consideration_id"])

    async def decide(self, about: str, **form: Any) -> httpx.Response:
        body = {
            "decision": "open",
            "decided_on": "2026-11-20",
            "benefit_statement": "One plan, and people kept safe.",
            **form,
        }
        return await self.ask(CHAIR, "POST", f"/considerations/{about}/decision", **body)

    async def open_qip(self, **form: Any) -> dict[str, Any]:
        """A QIP by the meeting's decision: the answer of the desk."""
        answer = await self.decide(await self.considered(), **form)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def appoint(self, qip: dict[str, Any], **form: Any) -> httpx.Response:
        body = {
            "decision_id": qip["decision_id"],
            "person_ref": str(COUNCIL_CHAIR),
            "function": "council_quality",
            "agency_id": LCC,
            "rationale": "Knows the service.",
            **form,
        }
        return await self.ask(CHAIR, "POST", f"/qips/{qip['qip_id']}/chair", **body)

    async def contact(self, qip: dict[str, Any], **form: Any) -> httpx.Response:
        body = {
            "contacted_on": "2026-11-20",
            "channel": "telephone",
            "pre_meeting": "offered_open",
            **form,
        }
        return await self.ask(QIP_CHAIR, "POST", f"/qips/{qip['qip_id']}/provider-contact", **body)

    async def schedule(self, qip: dict[str, Any], **form: Any) -> httpx.Response:
        return await self.ask(
            QIP_CHAIR, "POST", f"/qips/{qip['qip_id']}/meetings", **meeting_form(**form)
        )

    async def move(self, qip: dict[str, Any], meeting: str, **form: Any) -> httpx.Response:
        path = f"/qips/{qip['qip_id']}/meetings/{meeting}"
        return await self.ask(QIP_CHAIR, "PUT", path, **meeting_form(**form))

    async def with_chair(self, **form: Any) -> dict[str, Any]:
        """A QIP with a chair."""
        qip = await self.open_qip(**form)
        assert (await self.appoint(qip)).status_code == 201
        return qip

    async def contacted(self) -> dict[str, Any]:
        """A QIP whose provider has been contacted."""
        qip = await self.with_chair()
        assert (await self.contact(qip)).status_code == 201
        return qip

    async def with_meeting(self, **form: Any) -> tuple[dict[str, Any], str]:
        """A QIP with a meeting on 15 December, and the meeting's id."""
        qip = await self.contacted()
        answer = await self.schedule(qip, **form)
        assert answer.status_code == 201, answer.text
        return qip, str(answer.json()["meeting_id"])

    async def submit(self, meeting: str, *actions: dict[str, Any], who: Person) -> httpx.Response:
        return await self.ask(who, "POST", f"/meetings/{meeting}/plan", actions=list(actions))


def meeting_form(day: str = "2026-12-15", **form: Any) -> dict[str, Any]:
    """A meeting from 10 to 12 in London (winter), Part ii from 10:30 to 11:30."""
    return {
        "starts_at": f"{day}T10:00:00Z",
        "ends_at": f"{day}T12:00:00Z",
        "part_ii_starts_at": f"{day}T10:30:00Z",
        "part_ii_ends_at": f"{day}T11:30:00Z",
        "mode": "teams",
        "provider_participates": True,
        **form,
    }


def an_action(**fields: Any) -> dict[str, Any]:
    """One complete action of a plan."""
    return {
        "action": "Review the rota",
        "owner": "Deputy manager",
        "timescale": "2027-01-31",
        **fields,
    }


def refused_under(answer: httpx.Response, rule: str, field: str | None = None) -> bool:
    """Whether the answer is a refusal under a rule, naming the field where there is one."""
    body = answer.json()
    status = 422 if field else 409
    found = (answer.status_code, body.get("rule"), body.get("field"))
    assert found == (status, rule, field), answer.text
    return True
