"""Markers in what is malformed: messages, headers, keys, addresses, forms and files."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from fastapi import FastAPI, Request
from pydantic import SecretStr
from sqlalchemy import text

from deploy.roles import name_of, routes_of
from shared.contracts.catalogue import HEARS, SERVICES, inbound_topic
from shared.contracts.envelope import Headers
from shared.contracts.event import Event, payload_fields
from shared.contracts.inbound import inbound_messages
from shared.contracts.intake import ReceiptIssued
from shared.contracts.words import Role
from tests.secrecy.canaries import Book, door_word, found_in_text
from tests.secrecy.instruments import Instruments
from tests.secrecy.objects import OBJECTS
from tests.secrecy.personas import OUR_AGENCY
from tests.stage import ROOT, Stage, World, kafka_record, person


def assert_nothing_was_kept(instruments: Instruments) -> None:
    """Log, spans and metrics hold nothing of what was sent."""
    assert found_in_text(instruments.texts()) == []


async def command(stage: Stage, service: str, *arguments: str) -> tuple[int, str]:
    """A command of a service as an operator types it: exit code, and all that it says."""
    settings = stage.settings(service)
    environment = {
        f"PQ_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in settings
        if value is not None
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{service}", *arguments),
        env={**os.environ, **environment},
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def unfit(cls: type[Event]) -> Iterator[tuple[Headers, bytes | None]]:
    """Records that no consumer can read, a marker in each part in turn."""
    sound = json.loads(Book().event(cls).model_dump_json())
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": b"01a20000-0000-7000-8000-000000000001",
        "ce_source": b"urn:provider-quality:intake",
        "ce_type": cls.spec.type.encode(),
        "ce_time": b"2026-11-20T12:00:00Z",
    }
    body = json.dumps(sound).encode()

    def with_header(name: str, value: bytes) -> list[tuple[str, bytes]]:
        return list({**headers, name: value}.items())

    for name in headers:
        if name not in {"ce_specversion", "ce_source"}:
            yield with_header(name, door_word().encode()), body
        yield with_header(name, door_word().encode() + b"\xff"), body
    for prefix in ("", "ce_", "x-"):
        yield with_header(prefix + door_word(), b"\xff"), body
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
    for name in payload_fields(cls):
        for wrong in ({door_word(): door_word()}, [{door_word(): 1}]):
            yield list(headers.items()), json.dumps({**sound, name: wrong}).encode()


def internal(service: str) -> Iterator[ConsumerRecord]:
    """Unfit records on every topic that a service reads, of every event that it hears."""
    offset = 0
    for topic, classes in HEARS[service].items():
        for cls in sorted(classes, key=lambda cls: cls.spec.type):
            if cls.spec.tombstone:
                continue
            for headers, body in unfit(cls):
                offset += 1
                yield kafka_record(topic, offset, door_word().encode(), body, headers)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_listing_of_dead_letters_shows_nothing_of_what_they_hold(
    stage: Stage,
    stage_for: Callable[[str], Awaitable[World]],
    instruments: Instruments,
    service: str,
) -> None:
    world = await stage_for(service)
    records = list(internal(service))
    for start in range(0, len(records), 200):
        await world.take(records[start : start + 200])
    dead = await world.dead_letters()
    assert len(dead) > len(records) / 2
    assert found_in_text({reason: reason for _, reason in dead}) == []
    code, said = await command(stage, service, "dead-letters", "list")
    assert (code, len(said.splitlines())) == (0, len(dead))
    assert found_in_text({line: line for line in said.splitlines()}) == []
    assert_nothing_was_kept(instruments)


async def test_a_dead_letter_that_fails_again_says_nothing_of_its_content(
    stage: Stage, stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world = await stage_for("meetings")
    await world.take([next(internal("meetings"))])
    async with world.works.begin() as work:
        letter = await work.session.scalar(text("SELECT id FROM meetings.dead_letter"))
    code, said = await command(
        stage, "meetings", "dead-letters", "replay", str(letter), "--who", door_word()
    )
    assert code == 1
    assert found_in_text({"replay": said}) == []
    why = ("--who", door_word(), "--why", door_word())
    code, said = await command(stage, "meetings", "dead-letters", "discard", str(letter), *why)
    assert code == 0
    assert found_in_text({"discard": said}) == []


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
    stage: Stage, stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
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
    code, listed = await command(stage, "intake", "dead-letters", "list")
    assert (code, found_in_text({"dead letters": listed})) == (0, [])
    assert_nothing_was_kept(instruments)


def hostile(method: str, path: str) -> Iterator[dict[str, Any]]:
    """Requests of a route that do not fit, a marker in each part in turn."""
    marked = path
    while "{" in marked:
        marked = marked[: marked.index("{")] + door_word() + marked[marked.index("}") + 1 :]
    json_type = {"content-type": "application/json"}
    yield {"method": method, "url": marked}
    yield {"method": method, "url": marked + "/"}
    yield {"method": method, "url": f"{marked}/{door_word()}?{door_word()}={door_word()}"}
    yield {"method": method, "url": f"{marked}%00{door_word()}"}
    yield {"method": door_word().upper(), "url": marked}
    for name in ("limit", "after", "before", "since", "state", "location", "event_id"):
        yield {"method": method, "url": f"{path}?{name}={door_word()}"}
    for content in (
        door_word(),
        f'{{"{door_word()}": ',
        json.dumps(door_word()),
        json.dumps({door_word(): door_word()}),
        json.dumps({name: door_word() for name in _FORM_FIELDS}),
        json.dumps({name: {door_word(): [door_word()]} for name in _FORM_FIELDS}),
        json.dumps({name: [door_word()] for name in _FORM_FIELDS}),
        json.dumps({"actions": [{"action": door_word(), "timescale": door_word()}]}),
    ):
        yield {"method": method, "url": path, "content": content, "headers": json_type}
    yield {
        "method": method,
        "url": path,
        "content": door_word(),
        "headers": {
            "content-type": f"application/{door_word()}",
            "host": door_word(),
            "accept": door_word(),
            "cookie": f"{door_word()}={door_word()}",
            "traceparent": door_word(),
            "tracestate": f"{door_word()}={door_word()}",
            f"x-{door_word()}": door_word(),
        },
    }


_FORM_FIELDS = (
    *("location", "reference", "occurred_on", "category", "description", "action_taken"),
    *("measures", "implicated_role", "reported_by", "decision", "care_and_support_needs"),
    *("suspended", "why", "reason", "liaison_reference", "decided_on", "members", "handling"),
    *("person_ref", "function", "agency_id", "contacted_on", "channel", "pre_meeting"),
    *("recipients", "starts_at", "ends_at", "mode", "provider_participates", "actions"),
)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_error_answer_repeats_what_was_sent(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments, service: str
) -> None:
    world = await stage_for(service)
    await OBJECTS[service](world)
    errors = 0
    for route in routes_of(service):
        method = name_of(service, route).split(" ")[1]
        for who in (person(*Role, agency=OUR_AGENCY), person(), None):
            for request in hostile(method, route.path):
                headers = request.pop("headers", {})
                if who is None:
                    headers = {"authorization": f"Bearer {door_word()}", **headers}
                async with world.http(who) as client:
                    answer = await client.request(**request, headers=headers)
                assert answer.status_code != 500, f"{route.path}: the fault would be ours"
                if answer.status_code >= 300:
                    errors += 1
                    page = f"{answer.status_code} {answer.headers} {answer.text}"
                    assert found_in_text({page: page}) == []
    assert errors > 40 * len(list(routes_of(service)))
    assert_nothing_was_kept(instruments)


async def test_a_fault_of_ours_tells_nothing_of_its_values(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world = await stage_for("intake")
    app: FastAPI = world._app

    async def fail(request: Request, mark: str) -> None:
        raise RuntimeError(f"no {mark}")

    async def fail_in_the_database(request: Request, mark: str) -> None:
        async with world.works.begin() as work:
            await work.session.execute(text("SELECT CAST(:mark AS text)::uuid"), {"mark": mark})

    app.add_api_route("/fails", fail)
    app.add_api_route("/fails-in-the-database", fail_in_the_database)
    async with world.http() as client:
        for path in ("/fails", "/fails-in-the-database"):
            answer = await client.get(path, params={"mark": door_word()})
            assert answer.status_code == 500
            assert found_in_text({"page": f"{answer.headers} {answer.text}"}) == []
    assert [line["event"] for line in instruments.lines()].count("http.failed") == 2
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
        ("load-services", str(columns), *combined),
        ("load-contacts", str(table), *combined),
        ("load-agencies", str(toml)),
        ("load-agencies", str(absent)),
    ]
    said = [await command(stage, "intake", *call) for call in calls]
    assert [code for code, _ in said] == [1] * len(calls)
    assert all(words for _, words in said)
    leaked = [call[0] for call, (_, words) in zip(calls, said, strict=True) if _leaks(words)]
    assert leaked == []
    assert await world.outbox() == []


def _leaks(words: str) -> bool:
    return found_in_text({"": words}) != []
