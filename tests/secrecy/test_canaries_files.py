"""Markers in what lies in quarantine and in files: no act on them lets one out."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from services.intake.files.scanner import Scanner
from services.intake.files.storage import Storage
from services.intake.handlers import files
from shared.contracts.catalogue import inbound_topic
from shared.contracts.words import Role
from tests.intake.conftest import concern
from tests.intake.file_servers import EICAR, running_bucket, running_clamd
from tests.secrecy.canaries import door_word, found_in_text
from tests.secrecy.instruments import Instruments
from tests.secrecy.objects import OBJECTS
from tests.secrecy.personas import OUR_AGENCY
from tests.stage import World, kafka_record, person

TRIAGER = person(Role.TEAM_MANAGER)


async def held(world: World, offset: int) -> str:
    """A message with a marker and personal data lies in quarantine; gives its item."""
    data = concern(reference=f"HELD-{offset}", description=f"Mrs Example said {door_word()}.")
    headers = {
        "ce_specversion": b"1.0",
        "ce_id": f"held-{offset}".encode(),
        "ce_source": f"urn:agency:{OUR_AGENCY}".encode(),
        "ce_type": b"partner.concern.raised.v1",
    }
    body = json.dumps(data).encode()
    record = kafka_record(inbound_topic(OUR_AGENCY), offset, None, body, list(headers.items()))
    await world.runtime.consumers[1].take((record,))
    async with world.http(TRIAGER) as client:
        lines = (await client.get("/quarantine")).json()
    return str(next(line["item_id"] for line in lines if line["offset"] == offset))


async def assert_nothing_left(world: World, instruments: Instruments) -> None:
    for envelope in await world.envelopes():
        said = envelope.event.model_dump_json()
        assert found_in_text({said: said}) == []
    assert found_in_text(instruments.texts()) == []


async def test_working_off_the_quarantine_says_nothing_of_what_lies_in_it(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world = await stage_for("intake")
    await OBJECTS["intake"](world)
    acts = {
        "release": {"reason": f"it is needed, {door_word()}"},
        "redaction": {"measures": f"as {door_word()} wrote it"},
        "rejection": {"reason": door_word()},
    }
    for offset, (act, form) in enumerate(acts.items(), start=900):
        item = await held(world, offset)
        async with world.http(TRIAGER) as client:
            answer = await client.post(f"/quarantine/{item}/{act}", json=form)
            assert answer.status_code in {200, 204}, answer.text
            assert found_in_text({act: answer.text}) == []
    await assert_nothing_left(world, instruments)


async def test_a_file_leaves_by_its_own_door_only_whatever_the_scanner_says(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world = await stage_for("intake")
    await OBJECTS["intake"](world)
    async with world.http(TRIAGER) as client:
        line = (await client.get("/concerns")).json()[0]
    followed = f"/concerns/status/{line['reference']}/files/{uuid4()}"
    storage = files.storage_of(world.runtime.settings)
    for content in (b"%PDF-1.7 ", b"%PDF-1.7 " + EICAR, b"no type: "):
        for who, path in (
            (TRIAGER, f"/concerns/{line['concern_id']}/files/{uuid4()}"),
            (person(Role.PORTAL), followed),
        ):
            async with world.http(who) as client:
                answer = await client.put(path, content=content + door_word().encode())
            assert found_in_text({path: f"{answer.headers} {answer.text}"}) == []
    async with running_clamd() as clamd:
        clamd.answer = f"stream: {door_word()}\0".encode()
        scanner = Scanner("127.0.0.1", clamd.port)
        assert not await files.scan_next(world.works, storage, scanner)
        clamd.answer = None
        world.clock.forward(minutes=1)
        while await files.scan_next(world.works, storage, scanner):
            pass
    await assert_nothing_left(world, instruments)


async def test_a_store_of_files_learns_contents_and_no_more_and_its_errors_come_back_to_nobody(
    stage_for: Callable[[str], Awaitable[World]],
    instruments: Instruments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its names are ids of ours; who attached it, what to, and under which name it is not told."""
    world = await stage_for("intake")
    await OBJECTS["intake"](world)
    async with world.http(TRIAGER) as client:
        line = (await client.get("/concerns")).json()[0]
    with running_bucket() as bucket:
        storage = Storage.bucket(
            "evidence", endpoint=bucket.url, region="here", access_key="a", secret_key="b"
        )
        monkeypatch.setattr("services.intake.handlers.files.storage_of", lambda _: storage)
        path = f"/concerns/{line['concern_id']}/files/{uuid4()}"
        headers = {
            "content-disposition": f'attachment; filename="{door_word()}.pdf"',
            "file-name": f"{door_word()}.pdf",
            "content-type": f"application/{door_word()}",
        }
        async with world.http(person(Role.TEAM_MANAGER, subject=door_word())) as client:
            taken = await client.put(path, content=b"%PDF-1.7 plain", headers=headers)
            assert taken.status_code == 200, taken.text
        assert len(bucket.objects) == 1
        told = "\n".join([*bucket.objects, *bucket.heard])
        assert "/evidence/" in told
        assert found_in_text({"what the store was told": told}) == []
        assert line["concern_id"] not in told
        assert line["reference"] not in told
        bucket.fails_with = door_word()
        async with world.http(TRIAGER) as client:
            other = f"/concerns/{line['concern_id']}/files/{uuid4()}"
            answer = await client.put(other, content=b"%PDF-1.7 more")
        assert answer.status_code in {500, 503}
        assert found_in_text({"page": f"{answer.headers} {answer.text}"}) == []
    await assert_nothing_left(world, instruments)
