"""Markers in what is malformed: messages, headers, keys and files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import ConsumerRecord
from sqlalchemy import select, text

from shared.contracts.catalogue import HEARS, SERVICES, inbound_topic
from shared.contracts.envelope import Headers
from shared.contracts.event import Event, payload_fields
from shared.contracts.inbound import inbound_messages
from shared.contracts.intake import ReceiptIssued
from shared.contracts.words import Role
from shared.platform import dead_letters
from tests.commands import Operate, command
from tests.secrecy.canaries import Book, door_word, found_in_text
from tests.secrecy.instruments import Instruments, assert_nothing_was_kept
from tests.secrecy.objects import OBJECTS
from tests.secrecy.personas import OUR_AGENCY
from tests.stage import Stage, World, kafka_record, person


def sound_record(cls: type[Event]) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Headers and body of an event that could be read."""
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": b"01a20000-0000-7000-8000-000000000001",
        "ce_source": b"urn:provider-quality:intake",
        "ce_type": cls.spec.type.encode(),
        "ce_time": b"2026-11-20T12:00:00Z",
    }
    return headers, json.loads(Book().event(cls).model_dump_json())


def unfit(cls: type[Event]) -> Iterator[tuple[Headers, bytes | None]]:
    """Records that no consumer can read, a marker in each part of the envelope in turn."""
    headers, sound = sound_record(cls)
    body = json.dumps(sound).encode()
    for name in headers:
        if name not in {"ce_specversion", "ce_source"}:
            yield list({**headers, name: door_word().encode()}.items()), body
        yield list({**headers, name: door_word().encode() + b"\xff"}.items()), body
    for prefix in ("", "ce_", "x-"):
        yield list({**headers, prefix + door_word(): b"\xff"}.items()), body
    yield list(headers.items()), f'{{"{door_word()}": '.encode()
    yield list(headers.items()), f'"{door_word()}"'.encode()
    yield list(headers.items()), json.dumps({**sound, door_word(): door_word()}).encode()
    for handling in (
        door_word(),
        {"label": door_word(), "holders": []},
        {"label": "NAMED", "holders": {door_word(): door_word()}},
        {"label": None, "holders": [], door_word(): [door_word()]},
        [door_word()],
    ):
        yield list(headers.items()), json.dumps({**sound, "handling": handling}).encode()


def unfit_fields(cls: type[Event]) -> Iterator[tuple[Headers, bytes | None]]:
    """Records with a marker in each field in turn, where the schema wants something else."""
    headers, sound = sound_record(cls)
    for name in payload_fields(cls):
        wrong = {**sound, name: {door_word(): [door_word()]}}
        yield list(headers.items()), json.dumps(wrong).encode()


def internal(service: str) -> Iterator[ConsumerRecord]:
    """Unfit records on every topic that a service reads, of every event that it hears."""
    offset = 0
    for topic, classes in HEARS[service].items():
        readable = [cls for cls in classes if not cls.spec.tombstone]
        for number, cls in enumerate(sorted(readable, key=lambda cls: cls.spec.type)):
            for headers, body in (*(unfit(cls) if number == 0 else ()), *unfit_fields(cls)):
                offset += 1
                yield kafka_record(topic, offset, door_word().encode(), body, headers)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_listing_of_dead_letters_shows_nothing_of_what_they_hold(
    stage_for: Callable[[str], Awaitable[World]],
    instruments: Instruments,
    operate: Operate,
    service: str,
) -> None:
    world = await stage_for(service)
    records = list(internal(service))
    for start in range(0, len(records), 200):
        await world.take(records[start : start + 200])
    dead = await world.dead_letters()
    assert len(dead) > len(records) / 2
    assert found_in_text({reason: reason for _, reason in dead}) == []
    code, said = await operate(service, "dead-letters", "list")
    assert (code, len(said.splitlines())) == (0, len(dead))
    assert found_in_text({line: line for line in said.splitlines()}) == []
    code, said = await operate(service, "outbox", "list")
    assert (code, found_in_text({"outbox": said})) == (0, [])
    for letter in await letters_with_most_names(world):
        async with world.works.begin() as work:
            told = str(await dead_letters.inspected(work, letter, "somebody"))
        assert found_in_text({told: told}) == []
    assert_nothing_was_kept(instruments)


async def letters_with_most_names(world: World) -> list[UUID]:
    """Dead letters that have a header of the sender's own name."""
    async with world.works.begin() as work:
        table = world.works.tables.dead_letter
        rows = await work.session.execute(select(table.c.id, table.c.headers))
        found = [row.id for row in rows if len(row.headers) > 5]
    assert found
    return found


async def test_no_command_on_what_was_set_aside_says_anything_of_its_content(
    stage_for: Callable[[str], Awaitable[World]],
    tmp_path: Path,
    operate: Operate,
) -> None:
    world = await stage_for("meetings")
    await world.take([next(internal("meetings"))])
    async with world.works.begin() as work:
        letter = await work.session.scalar(text("SELECT id FROM meetings.dead_letter"))
    why = ("--why", door_word())
    body = tmp_path / door_word()
    body.write_text(f'{{"{door_word()}": "{door_word()}"}}')
    acts = (
        (0, ("inspect", str(letter))),
        (1, ("replay", str(letter), *why)),
        (0, ("repair", str(letter), "--body", str(body), *why)),
        (1, ("replay", str(letter), *why)),
        (0, ("discard", str(letter), *why)),
        (1, ("repair", str(letter), "--body", str(body), *why)),
    )
    for expected, act in acts:
        code, said = await operate("meetings", "dead-letters", *act)
        assert code == expected, said
        assert said
        assert found_in_text({" ".join(act[:1]): said}) == []
    for event_act in (("discard", "7"), ("repair", "7", "--body", str(body))):
        code, said = await operate("meetings", "outbox", *event_act, *why)
        assert (code, found_in_text({"outbox": said})) == (1, [])
    since = ("--since", "2026-11-20T00:00:00", "--topic", door_word(), *why)
    code, said = await operate("meetings", "publish-again", *since)
    assert (code, found_in_text({"publish-again": said})) == (0, [])


def at_the_door() -> Iterator[tuple[bytes | None, Headers, bytes | None]]:
    """What a hostile partner publishes: key, headers, value."""
    sound = {
        "ce_specversion": b"1.0",
        "ce_id": b"m-1",
        "ce_source": f"urn:agency:{OUR_AGENCY}".encode(),
        "ce_type": b"partner.concern.raised.v1",
    }
    for name in (*sound, "traceparent", "tracestate", "content-type", "ce_time", "ce_subject"):
        yield None, list({**sound, name: door_word().encode()}.items()), b"{}"
        yield None, list({**sound, name: door_word().encode() + b"\xff"}.items()), b"{}"
    for prefix in ("", "ce_", "\ufffd"):
        yield None, [*sound.items(), (prefix + door_word(), b"\xff")], b"{}"
    yield door_word().encode(), list(sound.items()), None
    yield None, [], door_word().encode()
    structured = [("content-type", b"application/cloudevents+json")]
    yield None, structured, json.dumps({door_word(): door_word()}).encode()
    yield None, structured, json.dumps([door_word()]).encode()
    for type_, cls in inbound_messages().items():
        headers = list({**sound, "ce_type": type_.encode()}.items())
        for body in (
            {door_word(): door_word()},
            {name: door_word() for name in cls.model_fields},
            {name: {door_word(): [door_word()]} for name in cls.model_fields},
            {name: [door_word()] for name in cls.model_fields},
        ):
            yield None, headers, json.dumps(body).encode()


async def test_what_a_partner_sends_comes_back_to_itself_only_and_never_as_text(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments, operate: Operate
) -> None:
    world = await stage_for("intake")
    await OBJECTS["intake"](world)
    records = [
        kafka_record(inbound_topic(OUR_AGENCY), 100 + n, key, value, headers)
        for n, (key, headers, value) in enumerate(at_the_door())
    ]
    before = len(await world.said(ReceiptIssued))
    await world.runtime.consumers[1].take(tuple(records))
    receipts = (await world.said(ReceiptIssued))[before:]
    assert len(receipts) == len(records)
    for receipt in receipts:
        # Its own id comes back to a partner, so that it can match the receipt; nothing else does.
        told = receipt.model_dump_json(exclude={"message_id"})
        assert found_in_text({told: told}) == []
        assert receipt.handling.holders == (f"agency:{OUR_AGENCY}",)
    for envelope in await world.envelopes():
        if not isinstance(envelope.event, ReceiptIssued):
            said = envelope.event.model_dump_json()
            assert found_in_text({said: said}) == []
    async with world.http(person(*Role)) as client:
        lines = (await client.get("/quarantine?limit=200")).text
    assert found_in_text({"the list of the quarantine": lines}) == []
    code, listed = await operate("intake", "dead-letters", "list")
    assert (code, found_in_text({"dead letters": listed})) == (0, [])
    assert_nothing_was_kept(instruments)


async def test_a_file_that_cannot_be_loaded_is_told_of_without_its_name_or_its_content(
    stage: Stage, stage_for: Callable[[str], Awaitable[World]], tmp_path: Path
) -> None:
    world = await stage_for("intake")
    combined = ("--partnership", "combined")
    odd = tmp_path / f"{door_word()}.ods"
    odd.write_bytes(door_word().encode())
    dated = tmp_path / f"01_November_2026_{door_word()}.ods"
    dated.write_bytes(b"PK" + door_word().encode())
    absent = tmp_path / f"01_November_2026_{door_word()}.ods"
    table = tmp_path / f"{door_word()}.csv"
    table.write_text(f"location,agency,role,name,e-mail\n{door_word()},,{door_word()},a,b\n")
    columns = tmp_path / f"{door_word()}-columns.csv"
    columns.write_text(f"{door_word()},agency\n{door_word()},x\n")
    toml = tmp_path / f"{door_word()}.toml"
    toml.write_text(f'[[agency]]\nid = "{door_word()}"\nfunctions = "{door_word()}"\n')
    calls = [
        ("load-locations", str(odd), *combined),
        ("load-locations", str(dated), *combined),
        ("load-ratings", str(absent), *combined),
        ("load-deactivated", str(odd), *combined),
        ("load-directory", str(columns), *combined),
        ("load-services", str(columns), *combined),
        ("load-contacts", str(table), *combined),
        ("load-agencies", str(toml)),
        ("load-agencies", str(absent)),
    ]
    said = await asyncio.gather(*(command(stage, "intake", *call) for call in calls))
    assert [code for code, _ in said] == [1] * len(calls)
    assert all(words for _, words in said)
    leaked = [call[0] for call, (_, words) in zip(calls, said, strict=True) if _leaks(words)]
    assert leaked == []
    assert await world.outbox() == []


def _leaks(words: str) -> bool:
    return found_in_text({"": words}) != []
