"""A marker for all that people write, and who may read it at which doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.contracts.words import (
    Role,
)
from tests.secrecy.canaries import new_word
from tests.secrecy.instruments import Instruments
from tests.secrecy.personas import OUR_AGENCY, OUR_PROVIDER, Persona, everybody
from tests.secrecy.roles_table import read_table
from tests.stage import World, person

TABLE = read_table()


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
