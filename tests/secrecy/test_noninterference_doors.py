"""What people read at the doors of intake and meetings follows from what they may know.

A history comes in pairs: the whole, and the same without what is above one reader's right. Every
list, page by page, and everything under an id that the reader could know is answered alike:
status, headers, length, order, cursors, bytes.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid5

from sqlmodel import select

from services.intake.domain.concerns import ConcernState, EntryKind, TriageDecision
from services.intake.tables import ConcernEntryRow, ConcernRow
from shared.contracts.inbound_examples import GOOD
from shared.contracts.words import ImplicatedRole, Role, Trigger
from shared.platform.security import Person
from tests.batches import forget
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern, with_a_register
from tests.intake.test_batches import REGISTER
from tests.meetings import cast
from tests.secrecy.answers import Answer, absent, asked
from tests.secrecy.test_nothing_to_learn_at_intake import provider_of, without_what_is_drawn
from tests.stage import NOON, World, person

StageFor = Callable[[str], Awaitable[World]]


@dataclass(frozen=True)
class Said:
    """A message at intake's door, and what decides on who may know of it."""

    record: Any
    agency: str
    danger: bool = False
    """For safeguarding alone."""
    restricted: bool = False
    """For quality, safeguarding and who told it."""
    by_law: bool = False
    """A statutory request: for information governance and who made it."""
    public: bool = False
    """CQC has published it."""


@dataclass(frozen=True)
class Reader:
    """Somebody who reads, and what is above their right."""

    who: Person
    hidden: Callable[[Said], bool]
    tells: bool = False
    """True for who tells something over HTTP in the middle of it all."""


READERS = [
    Reader(person(Role.PRACTITIONER), lambda said: said.danger or said.by_law),
    Reader(
        person(Role.CONTRACTS_OFFICER),
        lambda said: said.danger or said.restricted or said.by_law,
    ),
    Reader(
        person(Role.AGENCY_LIAISON, agency="healthwatch"), lambda said: said.agency != "healthwatch"
    ),
    Reader(cast.MANAGER, lambda said: not said.public, tells=True),
]


CONCERN, REQUEST = "partner.concern.raised.v1", "partner.request.made.v1"
RATING = "partner.cqc_rating.published.v1"
BY_LAW = {"request_type": "freedom_of_information"}
SAID: list[tuple[str, str, dict[str, Any]]] = [
    ("healthwatch", CONCERN, {}),
    ("council-contracts", CONCERN, {"immediate_danger": True}),
    ("council-complaints", "partner.complaint.received.v1", {}),
    ("healthwatch", REQUEST, {}),
    ("police", CONCERN, {}),
    ("police", "partner.police_matter.held.v1", {}),
    ("csu", REQUEST, {}),
    ("csu", REQUEST, BY_LAW),
    ("healthwatch", CONCERN, {"location": SMALL_HOME}),
    ("healthwatch", "partner.public_feedback.received.v1", {}),
    ("council-contracts", CONCERN, {}),
    ("csu", CONCERN, {"implicated_role": "registered_manager"}),
    ("cqc", RATING, {}),
    ("healthwatch", CONCERN, {"immediate_danger": True, "location": SMALL_HOME}),
    ("healthwatch", REQUEST, BY_LAW),
    ("council-contracts", "partner.compliment.received.v1", {"location": SMALL_HOME}),
    ("council-contracts", REQUEST, {}),
    ("csu", "partner.quality_return.submitted.v1", {"location": SMALL_HOME}),
    ("police", REQUEST, {}),
]
"""Who says what, a minute after the one before."""


def a_history(intake: Intake) -> list[Said]:
    """Concerns, signals, feedback and requests of several agencies; some not for everybody."""
    found = []
    for number, (agency, type_, changes) in enumerate(SAID):
        held = agency == "police" or bool({"implicated_role", "location"} & changes.keys())
        data = {**GOOD[type_], "location": CARE_HOME, **_own(type_, number), **changes}
        what = {
            "danger": "immediate_danger" in changes,
            "restricted": held,
            "by_law": changes is BY_LAW,
            "public": type_ == RATING,
        }
        found.append(Said(intake.message(agency, type_, data), agency, **what))
    return found


def _own(type_: str, number: int) -> dict[str, Any]:
    """What tells a message apart from others of its type."""
    if type_ == CONCERN:
        return {"reference": f"R-{number}"}
    if type_ == REQUEST:
        return {"request_reference": f"R-{number}", "load_seen": True}
    return {}


async def what_intake_answers(
    intake: Intake, reader: Reader, history: Sequence[tuple[int, Said]], *, acknowledged: bool
) -> list[Answer]:
    """Everything that a reader is answered once this has been said."""
    await forget(intake.world, REGISTER)
    own = []
    for number, said in history[: len(history) // 2]:
        own += await _say(intake, reader, number, said)
    told = await _tell(intake, reader)
    for number, said in history[len(history) // 2 :]:
        own += await _say(intake, reader, number, said)
    await _decide(intake, acknowledged=acknowledged)
    intake.world.clock.now = NOON + timedelta(days=1)
    provider, place = await provider_of(intake), intake.locations[CARE_HOME]
    lists = [
        *(
            "/concerns?",
            "/concerns?sort=-received_at&",
            "/concerns.csv?",
            "/triage?",
            "/triage.csv?sort=-received_at&",
            "/handovers?",
            "/handovers.csv?state=any&",
        ),
        *(f"/providers/{provider}/timeline?", f"/requests?location={place}&", "/signals?"),
        *("/requests/refusals?quarter=2026-Q4&", "/requests/refused?", "/requests.csv?"),
        *(
            "/ratings/position?",
            "/feedback?",
            "/quarantine?",
            "/drafts?",
            f"/providers/{provider}/variations?",
        ),
        *("/feedback.csv?", "/quarantine.csv?", "/signals.csv?", "/requests.csv?sort=received_at&"),
    ]
    found = [page for path in lists for page in await pages(intake.world, reader.who, path)]
    for reference in [*own, *told, "CC-0000-0000"]:
        path = f"/concerns/status/{reference}"
        found.append(await asked(intake.world, reader.who, "GET", path))
    return [without_what_is_drawn(each) if reader.tells else each for each in found]


async def _say(intake: Intake, reader: Reader, number: int, said: Said) -> list[str]:
    """Let a message arrive at its minute; gives the reference where the reader sent it."""
    intake.world.clock.now = NOON + timedelta(minutes=number)
    [receipt] = await intake.receive(said.record)
    ours = reader.who.agency == said.agency and receipt.reference is not None
    return [str(receipt.reference)] if ours else []


async def _decide(intake: Intake, *, acknowledged: bool) -> None:
    """Each concern was decided on, and half of those that are not NAMED were handed over.

    That safeguarding has taken those up is known to safeguarding alone.
    """
    async with intake.world.works.begin() as work:
        for row in await work.session.scalars(select(ConcernRow)):
            work.session.add(
                ConcernEntryRow(
                    id=uuid5(row.id, "decision"),
                    partnership=row.partnership,
                    concern_id=row.id,
                    kind=EntryKind.DECISION,
                    text="It was looked at.",
                    facts={"decision": TriageDecision.CARE_CONCERN},
                    said_by="somebody",
                    at=row.received_at,
                )
            )
            if row.label is None and row.received_at.minute % 2:
                state = ConcernState.ACKNOWLEDGED if acknowledged else ConcernState.REDIRECTED
                row.state = state.value


async def _tell(intake: Intake, reader: Reader) -> list[str]:
    if not reader.tells:
        return []
    intake.world.clock.now = NOON + timedelta(minutes=8, seconds=30)
    async with intake.world.http(reader.who) as client:
        answer = await client.post("/concerns", json=concern(reference="OURS"))
    assert answer.status_code == 201, answer.text
    return [answer.json()["reference"]]


async def pages(world: World, who: Person, path: str) -> list[Answer]:
    """A list, two lines at a time, to its end."""
    found: list[Answer] = []
    following = f"{path}limit=2"
    while following and len(found) < 40:
        answer = await asked(world, who, "GET", following)
        found.append(answer)
        link = re.search(r"<([^>]*)>", dict(answer.headers).get("link", ""))
        following = link[1] if link else ""
    return found


async def test_what_is_told_above_a_readers_right_changes_no_answer_of_intake(
    stage_for: StageFor,
) -> None:
    intake = await with_a_register(await stage_for("intake"))
    history = list(enumerate(a_history(intake)))
    for reader in READERS:
        less = [(number, said) for number, said in history if not reader.hidden(said)]
        assert len(less) < len(history)
        # The reader tells something at the same place of both.
        found = await what_intake_answers(intake, reader, history, acknowledged=True)
        expected = await what_intake_answers(intake, reader, less, acknowledged=False)
        assert found == expected, reader.who
        assert any(len(each.body) > 2 and each.status == 200 for each in found)


MEETINGS_READERS = [
    person(Role.PRACTITIONER),
    person(Role.CONTRACTS_OFFICER),
    person(Role.AGENCY_LIAISON, agency="icb"),
    person(Role.AGENCY_LIAISON, agency="healthwatch"),
    cast.MANAGER,
]


async def _cases(world: World, *, hidden: bool) -> tuple[list[str], list[str]]:
    """Four QIPs that agencies know of, and between them three that are restricted."""
    desk = cast.Desk(world)
    known: list[str] = []
    unknown: list[str] = []
    for number in range(7):
        world.clock.now = NOON + timedelta(days=number)
        place, restricted = cast.id_of(f"place {number}"), number % 2 == 1
        if restricted and not hidden:
            continue
        trigger = cast.leadership(ImplicatedRole.REGISTERED_MANAGER)
        if not restricted:
            trigger = cast.met(Trigger.CLINICAL_RISK)
        crossing = {"location_id": place, "crossing_id": cast.id_of(f"crossing {number}")}
        await world.hear(cast.location(location_id=place), trigger.model_copy(update=crossing))
        day = str(world.clock.now.date())
        qip = await desk.open_qip(decided_on=day, members=["police"] if restricted else ["icb"])
        if number in (2, 3):
            assert (await desk.appoint(qip)).status_code == 201
            assert (await desk.contact(qip, contacted_on=day)).status_code == 201
        (unknown if restricted else known).append(qip["qip_id"])
    world.clock.now = NOON + timedelta(days=8)
    return known, unknown


async def _what_meetings_answers(world: World, who: Person, ids: Sequence[Any]) -> list[Answer]:
    paths = ["/qips", "/considerations", "/considerations?state=open"]
    paths += [f"/qips/{id_}" for id_ in ids]
    found = [await asked(world, who, "GET", path) for path in paths]
    return [without_what_is_drawn(each) for each in found]


async def test_a_restricted_case_changes_no_answer_of_meetings_to_who_may_not_know_it(
    stage_for: StageFor,
) -> None:
    seen: list[dict[int, list[Answer]]] = []
    for hidden in (False, True):
        world = await stage_for("meetings")
        await world.hear(
            cast.location(), *cast.all_agencies(), *cast.contacts(), *cast.all_members()
        )
        known, unknown = await _cases(world, hidden=hidden)
        ids = [*known, *(unknown or absent(3))]
        seen.append(
            {
                number: await _what_meetings_answers(world, who, ids)
                for number, who in enumerate(MEETINGS_READERS)
            }
        )
    without, whole = seen
    assert whole == without
    assert [answers[0].body != b"[]" for answers in whole.values()] == [
        True,
        True,
        True,
        False,
        True,
    ]
