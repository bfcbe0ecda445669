"""Files lie in a folder or in a bucket; both behave alike, and neither needs memory for them."""

from __future__ import annotations

import resource
import struct
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.intake.files.containers import MOST_PARTS
from services.intake.files.scanner import Scanner, ScannerAway
from services.intake.files.storage import Storage
from services.intake.files.types import DOCX, type_of
from shared.platform.identifiers import new_id
from tests.intake.file_servers import EICAR, Bucket, running_bucket, running_clamd
from tests.intake.test_file_types import WORD, container

PIECE = b"x" * 65_536
PIECES_OF_25_MB = 400


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with running_bucket() as running:
        yield running


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, bucket: Bucket) -> Storage:
    if request.param == "folder":
        return Storage.folder(tmp_path / "files")
    return in_bucket(bucket)


def in_bucket(bucket: Bucket) -> Storage:
    return Storage.bucket(
        "evidence", endpoint=bucket.url, region="eu-west-2", access_key="key", secret_key="secret"
    )


async def pieces(*content: bytes, times: int = 1) -> AsyncIterator[bytes]:
    for _ in range(times):
        for piece in content:
            yield piece


async def read(storage: Storage, file_id: UUID) -> bytes:
    return b"".join([piece async for piece in storage.read(file_id)])


async def test_what_was_put_is_read_again_and_is_gone_when_it_is_deleted(storage: Storage) -> None:
    file_id = new_id()
    await storage.put(file_id, pieces(b"first ", b"second"))
    assert await read(storage, file_id) == b"first second"
    await storage.delete(file_id)
    await storage.delete(file_id)
    with pytest.raises(FileNotFoundError):
        await read(storage, file_id)


async def test_a_container_names_its_parts_and_a_damaged_one_none(storage: Storage) -> None:
    sound, torn, locked = new_id(), new_id(), new_id()
    document = container(*WORD)
    await storage.put(sound, pieces(document))
    await storage.put(torn, pieces(document[:-30]))
    encrypted = bytearray(document)
    encrypted[document.index(b"PK\x01\x02") + 8] |= 1
    await storage.put(locked, pieces(bytes(encrypted)))
    parts = await storage.parts(sound)
    assert type_of(document[:4096], parts) == DOCX
    assert await storage.parts(torn) == []
    assert await storage.parts(locked) == []


DIRECTORY_ENDS = b"PK\x05\x06"
ZIP64 = b"PK\x06\x07" + bytes(16)


def with_end(document: bytes, at: int, form: str, value: int | bytes) -> bytes:
    """The container as before, but for what its end says of the directory."""
    said = bytearray(document)
    struct.pack_into(form, said, document.rindex(DIRECTORY_ENDS) + at, value)
    return bytes(said)


TOO_MANY: dict[str, Callable[[bytes], bytes]] = {
    "parts": lambda document: with_end(document, 10, "<H", MOST_PARTS + 1),
    "bytes of a directory": lambda document: with_end(document, 12, "<L", 3 * 2**20),
    "ZIP64": lambda document: document.replace(DIRECTORY_ENDS, ZIP64 + DIRECTORY_ENDS),
    "an end within the end": lambda document: with_end(document, 12, "<4s", DIRECTORY_ENDS),
}


@pytest.mark.parametrize("what", TOO_MANY)
async def test_the_directory_of_a_container_that_has_too_many_parts_is_not_even_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    storage, small, large = Storage.folder(tmp_path), new_id(), new_id()
    document = container(*WORD)
    await storage.put(small, pieces(with_end(document, 10, "<H", MOST_PARTS)))
    await storage.put(large, pieces(TOO_MANY[what](document)))
    read: list[object] = []
    plain = zipfile.ZipFile

    def noting(file: Any) -> zipfile.ZipFile:
        read.append(file)
        return plain(file)

    monkeypatch.setattr(zipfile, "ZipFile", noting)
    assert await storage.parts(large) == []
    assert read == []
    assert type_of(document[:4096], await storage.parts(small)) == DOCX
    assert len(read) == 1


async def test_what_breaks_off_leaves_nothing_behind(storage: Storage, bucket: Bucket) -> None:
    async def breaking() -> AsyncIterator[bytes]:
        for _ in range(150):
            yield PIECE
        raise ValueError("the sender has gone")

    file_id = new_id()
    with pytest.raises(ValueError, match="the sender has gone"):
        await storage.put(file_id, breaking())
    with pytest.raises(FileNotFoundError):
        await read(storage, file_id)
    assert bucket.objects == {}


async def test_25_mb_pass_in_parts_and_in_little_memory(storage: Storage, bucket: Bucket) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    file_id = new_id()
    await storage.put(file_id, pieces(PIECE, times=PIECES_OF_25_MB))
    size = 0
    async for piece in storage.read(file_id):
        size += len(piece)
    assert size == PIECES_OF_25_MB * len(PIECE)
    if not bucket.objects:  # the stand-in keeps it in this process
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 20
    assert bucket.largest_request <= 5 * 1024 * 1024


async def test_a_scanner_says_clean_or_what_it_found() -> None:
    async with running_clamd() as clamd:
        scanner = Scanner("127.0.0.1", clamd.port)
        assert (await scanner.scan(pieces(PIECE, b"", times=20))).clean
        verdict = await scanner.scan(pieces(b"before", EICAR))
    assert (verdict.clean, verdict.found) == (False, "Eicar-Signature")


@pytest.mark.parametrize(
    "answer",
    [
        *(b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK", b"stream: OK and more\0"),
        *(b"stream: OKAY\0", b"x" * 100_000 + b"\0", b"stream: \xff\0"),
    ],
)
async def test_an_answer_that_is_no_verdict_is_none(answer: bytes) -> None:
    async with running_clamd() as clamd:
        clamd.answer = answer
        with pytest.raises(ScannerAway):
            await Scanner("127.0.0.1", clamd.port).scan(pieces(b"x"))


async def test_a_scanner_that_is_not_there_or_never_answers_gives_no_verdict() -> None:
    async with running_clamd() as clamd:
        port = clamd.port
    with pytest.raises(ScannerAway):
        await Scanner("127.0.0.1", port).scan(pieces(b"x"))

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield PIECE

    async with running_clamd() as clamd:
        with pytest.raises(ScannerAway):
            await Scanner("127.0.0.1", clamd.port, seconds=0.2).scan(endless())
