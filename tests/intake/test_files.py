"""Evidence on a concern: attached, held until it is clean, read with the concern's own rights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from services.intake.files.scanner import Scanner
from services.intake.handlers import files
from services.intake.store import files as store
from shared.contracts.words import Role
from shared.platform.security import Person
from tests.intake.conftest import Intake, concern
from tests.intake.file_servers import EICAR, Clamd, running_clamd
from tests.intake.test_file_types import WORD, container
from tests.stage import person

PORTAL = person(Role.PORTAL, subject="portal")
TRIAGER = person(Role.TEAM_MANAGER, subject="triager")
PDF = b"%PDF-1.7\n" + b"1 0 obj " * 200


async def told(intake: Intake, **changes: Any) -> tuple[str, str]:
    """A concern that the portal has told: its reference and its id."""
    async with intake.world.http(PORTAL) as client:
        reference = (await client.post("/concerns", json=concern(**changes))).json()["reference"]
    async with intake.world.http(TRIAGER) as client:
        lines = (await client.get("/concerns", params={"state": "received"})).json()
    items = lines["items"] if isinstance(lines, dict) else lines
    return reference, next(one["concern_id"] for one in items if one["reference"] == reference)


async def attach(
    intake: Intake, path: str, content: Any, who: Person = PORTAL, name: str = "chart.pdf"
) -> httpx.Response:
    async with intake.world.http(who) as client:
        return await client.put(path, content=content, headers={"File-Name": name})


async def scan(intake: Intake, clamd: Clamd) -> bool:
    storage = files.storage_of(intake.world.runtime.settings)
    return await files.scan_next(intake.world.works, storage, Scanner("127.0.0.1", clamd.port))


async def test_a_file_is_held_until_the_scanner_found_it_clean_and_then_it_is_read(
    intake: Intake,
) -> None:
    reference, concern_id = await told(intake)
    file_id = uuid4()
    answer = await attach(intake, f"/concerns/status/{reference}/files/{file_id}", PDF)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["media_type"]) == ("held", "application/pdf")
    path = f"/concerns/{concern_id}/files/{file_id}"
    async with intake.world.http(TRIAGER) as client:
        held = await client.get(path)
        assert (held.status_code, held.json()["rule"]) == (409, "file.held")
    async with running_clamd() as clamd:
        assert await scan(intake, clamd)
    async with intake.world.http(TRIAGER) as client:
        read = await client.get(path)
        [line] = (await client.get(f"/concerns/{concern_id}/files")).json()
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["content-type"] == "application/pdf"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert read.headers["content-disposition"] == "attachment; filename*=UTF-8''chart.pdf"
    assert (line["state"], line["size"]) == ("clean", len(PDF))
    did = [(who, did) for who, did, _ in await intake.world.audited() if did.startswith("file.")]
    assert did == [
        ("portal", "file.attached"),
        ("scanner", "file.clean"),
        ("triager", "file.read"),
    ]


async def test_what_the_scanner_finds_is_never_given_out_and_is_removed(intake: Intake) -> None:
    _, concern_id = await told(intake)
    path = f"/concerns/{concern_id}/files/{uuid4()}"
    await attach(intake, path, PDF + EICAR, TRIAGER)
    async with running_clamd() as clamd:
        assert await scan(intake, clamd)
    async with intake.world.http(TRIAGER) as client:
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["rule"]) == (409, "file.unsafe")
        [line] = (await client.get(f"/concerns/{concern_id}/files")).json()
    assert line["state"] == "infected"
    async with intake.world.works.begin() as work:
        [row] = await store.of_concern(work, UUID(concern_id))
    assert row.found == "Eicar-Signature"
    with pytest.raises(FileNotFoundError):
        async for _ in files.storage_of(intake.world.runtime.settings).read(row.id):
            pass


async def test_while_the_scanner_is_away_a_file_stays_held_and_is_tried_again_later(
    intake: Intake,
) -> None:
    _, concern_id = await told(intake)
    path = f"/concerns/{concern_id}/files/{uuid4()}"
    await attach(intake, path, PDF, TRIAGER)
    async with running_clamd() as clamd:
        clamd.answer = b""
        assert not await scan(intake, clamd)
        clamd.answer = None
        assert not await scan(intake, clamd)  # not yet
        intake.world.clock.forward(seconds=3)
        assert await scan(intake, clamd)
    async with intake.world.http(TRIAGER) as client:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"MZ\x90\0 a program", b"<html><script>", b"PK\x03\x04 torn"),
        container(*WORD, "word/vbaProject.bin"),
    ],
)
async def test_what_is_none_of_the_types_is_refused_whatever_it_is_called(
    intake: Intake, content: bytes
) -> None:
    _, concern_id = await told(intake)
    answer = await attach(intake, f"/concerns/{concern_id}/files/{uuid4()}", content, TRIAGER)
    assert (answer.status_code, answer.json()["rule"]) == (422, "file.type")
    async with intake.world.http(TRIAGER) as client:
        assert (await client.get(f"/concerns/{concern_id}/files")).json() == []


async def test_an_office_document_is_known_though_it_is_called_otherwise(intake: Intake) -> None:
    _, concern_id = await told(intake)
    path = f"/concerns/{concern_id}/files/{uuid4()}"
    answer = await attach(intake, path, container(*WORD), TRIAGER, name="photo.exe")
    assert answer.json()["name"] == "photo.docx"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("..%2F..%2Fetc%2Fpasswd.pdf", "passwd.pdf"),
        ("C%3A%5CUsers%5Cme%5Cchart.exe", "chart.pdf"),
        ("a%0D%0Ab%00c%E2%80%AEfdp.exe", "abcfdp.pdf"),
        ("Mrs%20Hartley%20chart.pdf", "Mrs [name] chart.pdf"),
        ("", "file.pdf"),
        ("%FF%FE.pdf", "��.pdf"),
        ("x" * 500, "x" * 100 + ".pdf"),
    ],
)
async def test_a_files_name_is_never_trusted(intake: Intake, given: str, shown: str) -> None:
    _, concern_id = await told(intake)
    path = f"/concerns/{concern_id}/files/{uuid4()}"
    answer = await attach(intake, path, PDF, TRIAGER, name=given)
    assert answer.json()["name"] == shown


async def test_the_same_file_again_is_the_same_and_another_under_its_id_is_refused(
    intake: Intake,
) -> None:
    _, concern_id = await told(intake)
    path = f"/concerns/{concern_id}/files/{uuid4()}"
    first = await attach(intake, path, PDF, TRIAGER)
    again = await attach(intake, path, PDF, TRIAGER)
    assert (again.status_code, again.json()) == (200, first.json())
    other = await attach(intake, path, PDF + b"more", TRIAGER)
    assert (other.status_code, other.json()["rule"]) == (409, "file.id-reused")
    async with intake.world.http(TRIAGER) as client:
        assert len((await client.get(f"/concerns/{concern_id}/files")).json()) == 1


@pytest.mark.parametrize("honest", [True, False])
async def test_25_mib_are_taken_on_this_route_and_not_a_byte_more(
    intake: Intake, honest: bool
) -> None:
    _, concern_id = await told(intake)

    async def stream(size: int) -> AsyncIterator[bytes]:
        yield PDF
        left = size - len(PDF)
        while left > 0:
            yield b"x" * min(left, 65_536)
            left -= 65_536

    for size, status in ((files.MAX_BYTES, 200), (files.MAX_BYTES + 1, 413)):
        path = f"/concerns/{concern_id}/files/{uuid4()}"
        headers = {"Content-Length": str(size)} if honest else {}
        async with intake.world.http(TRIAGER) as client:
            answer = await client.put(path, content=stream(size), headers=headers)
        assert answer.status_code == status
    async with intake.world.http(TRIAGER) as client:
        beside = await client.put(f"/concerns/{concern_id}/files", content=b"x" * 1_100_000)
        assert beside.status_code == 413


async def test_a_concern_takes_as_many_files_as_the_policy_says(intake: Intake) -> None:
    _, concern_id = await told(intake)
    for _ in range(20):
        path = f"/concerns/{concern_id}/files/{uuid4()}"
        assert (await attach(intake, path, PDF, TRIAGER)).status_code == 200
    answer = await attach(intake, f"/concerns/{concern_id}/files/{uuid4()}", PDF, TRIAGER)
    assert (answer.status_code, answer.json()["rule"]) == (409, "file.too-many")
    assert answer.json()["clause"] == "combined@2026-11 pack: files"


async def test_files_that_arrive_at_once_are_counted_as_well(intake: Intake) -> None:
    _, concern_id = await told(intake)
    begun, go = 0, asyncio.Event()

    async def content() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        if begun == 22:
            go.set()
        yield PDF
        await go.wait()

    paths = [f"/concerns/{concern_id}/files/{uuid4()}" for _ in range(22)]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(
            *(attach(intake, path, content(), TRIAGER) for path in paths)
        )
    assert sorted(one.status_code for one in answers) == [200] * 20 + [409] * 2
    async with intake.world.http(TRIAGER) as client:
        assert len((await client.get(f"/concerns/{concern_id}/files")).json()) == 20


async def test_rights_are_those_of_the_concern(intake: Intake) -> None:
    reference, concern_id = await told(intake)
    file_id = uuid4()
    await attach(intake, f"/concerns/{concern_id}/files/{file_id}", PDF, TRIAGER)
    stranger = person(Role.REGISTERED_MANAGER, provider="1-100000099")
    abroad = person(Role.TEAM_MANAGER, partnerships=["wirral"])
    for who, statuses in ((stranger, {403, 404}), (abroad, {404}), (PORTAL, {403})):
        async with intake.world.http(who) as client:
            for path in (
                f"/concerns/{concern_id}/files",
                f"/concerns/{concern_id}/files/{file_id}",
            ):
                assert (await client.get(path)).status_code in statuses
    own = f"/concerns/status/{reference}/files/{uuid4()}"
    assert (await attach(intake, own, PDF, stranger)).status_code == 404
    nobody = await attach(intake, f"/concerns/{uuid4()}/files/{uuid4()}", PDF, TRIAGER)
    assert nobody.status_code == 404


async def test_what_is_named_is_read_with_a_reason_that_is_kept(intake: Intake) -> None:
    _, concern_id = await told(intake, implicated_role="proprietor")
    file_id = uuid4()
    path = f"/concerns/{concern_id}/files/{file_id}"
    reason = {"Read-Reason": "the team meets about it today"}
    async with intake.world.http(TRIAGER) as client:
        attached = await client.put(path, content=PDF, headers=reason)
        assert attached.status_code == 200, attached.text
        async with running_clamd() as clamd:
            assert await scan(intake, clamd)
        assert (await client.get(path)).json()["rule"] == "read.reason"
        assert (await client.get(path, headers=reason)).status_code == 200
    async with intake.world.works.begin() as work:
        table = work.tables.audit
        rows = await work.session.execute(select(table.c.why).where(table.c.did == "file.read"))
        assert [row.why for row in rows] == ["the team meets about it today"]


async def test_what_never_arrived_or_has_lost_its_concern_is_removed(intake: Intake) -> None:
    _, concern_id = await told(intake)
    storage = files.storage_of(intake.world.runtime.settings)

    async def pieces() -> AsyncIterator[bytes]:
        yield PDF

    async with intake.world.works.begin() as work:
        row = await files.concern_to_read(work, TRIAGER, UUID(concern_id), None)
        arriving = await files.begin(work, TRIAGER, row, uuid4(), None)
    await files.receive(storage, arriving, pieces())
    assert await files.remove_abandoned(intake.world.works, storage) == 0
    intake.world.clock.forward(hours=2)
    assert await files.remove_abandoned(intake.world.works, storage) == 1
    with pytest.raises(FileNotFoundError):
        async for _ in storage.read(arriving.id):
            pass
