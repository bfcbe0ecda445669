"""What is heard and what people write, as the desks read it over HTTP: each role by its labels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from itertools import product

from shared.contracts import intake
from shared.contracts.catalogue import HEARS
from shared.contracts.event import label_of
from shared.contracts.words import Handling, Label, Role
from tests.assessment import told
from tests.notifications.conftest import id_of
from tests.secrecy.canaries import Book, Marker
from tests.secrecy.instruments import Instruments, assert_operators_see_none
from tests.secrecy.personas import Persona, everybody
from tests.stage import World, person

HANDLINGS = (
    Handling(),
    Handling(Label.NAMED, ("council_safeguarding",)),
    Handling(Label.NAMED, ("agency:police",)),
    Handling(Label.PERSONAL, ("council_safeguarding", "council_quality")),
)
WORKS_IN = {
    Role.TEAM_MANAGER: "council_quality",
    Role.PRACTITIONER: "council_quality",
    Role.SAFEGUARDING: "council_safeguarding",
    Role.CONTRACTS_OFFICER: "council_contracts",
    Role.OPERATIONS_LEAD: "council_commissioning",
}
"""The function of the council in which a role works: as its holder it may know what is NAMED."""


def desk_may_know(role: Role, marker: Marker) -> bool:
    """Whether a desk of the council may read a marker, where its role lets it ask at all."""
    if marker.floor is None or marker.existence is None:
        return True  # the register, and what became of messages: not about a case
    for floor in (marker.floor, marker.existence):
        top = max((floor, marker.handling.label or floor), key=lambda label: label.strictness)
        if top is Label.PERSONAL:
            return False
        if top is Label.NAMED and WORKS_IN.get(role) not in marker.handling.holders:
            return False
    return True


async def read_all(world: World, paths: Iterable[str]) -> list[tuple[Persona, str, str]]:
    """What every persona with a sound token is answered at these addresses."""
    answers = []
    for who, path in product((who for who in everybody() if who.token == "sound"), paths):
        somebody = person(
            *who.roles,
            partnerships=(who.partnership,),
            agency=who.agency,
            provider=who.provider,
        )
        async with world.http(somebody) as client:
            answers.append((who, path, (await client.get(path)).text))
    return answers


async def assert_derived_are_as_strict(world: World, book: Book) -> None:
    """A fact that carries on what another said is held as strictly, and by nobody more."""
    for envelope in await world.envelopes():
        event = envelope.event
        body = event.model_dump(mode="json", exclude={"handling"})
        for marker in book.found(str(body)):
            if not marker.content or marker.handling.label is None:
                continue
            carrying = [name for name in body if marker.in_text(str(body[name]))]
            labels = [label_of(type(event), name) for name in carrying] + [event.handling.label]
            top = max(label.strictness for label in labels if label)
            assert top >= marker.handling.label.strictness, f"{event.spec.type} lowers {marker}"
            assert set(event.handling.holders) <= set(marker.handling.holders)


async def test_each_desk_of_assessment_reads_the_markers_of_its_labels_and_no_other(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world, book = await stage_for("assessment"), Book()
    paths = ["/triggers?limit=200", "/triggers?state=met&limit=200"]
    heard = {cls for classes in HEARS["assessment"].values() for cls in classes}
    facts = sorted(heard - {intake.LocationUpdated}, key=lambda cls: cls.spec.type)
    for cls, handling in product(facts, HANDLINGS):
        place = id_of(f"{cls.spec.type} {handling}")
        days = {"occurred_on": told.TODAY, "published_on": told.TODAY}
        fixed = {name: day for name, day in days.items() if name in cls.model_fields}
        await world.hear(told.location(place))
        await world.hear(book.event(cls, handling, location_id=place, **fixed))
        paths.append(f"/locations/{place}/picture?since=2020-01-01")
    seen: set[tuple[Role, int]] = set()
    for who, path, text in await read_all(world, paths):
        found = [marker for marker in book.found(text) if marker.content]
        for role in who.roles:
            assert [f"{who.name} {path}: {m}" for m in found if not desk_may_know(role, m)] == []
            seen |= {(role, id(m)) for m in found}
        if who.partnership != "combined" or not who.roles:
            assert found == []
    shown = {"category", "theme", "key_question", "quarter", "agency_id"}
    for role in (Role.PRACTITIONER, Role.SAFEGUARDING, Role.CONTRACTS_OFFICER):
        for marker in book.content:
            if marker.field in shown and desk_may_know(role, marker):
                assert (role, id(marker)) in seen, f"{role} is not shown {marker}"
    await assert_derived_are_as_strict(world, book)
    assert_operators_see_none(book, instruments)
