"""Evidence that people attach to a concern: it arrives, is scanned, and is read (or never)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

from services.intake.domain.lists import check_reason
from services.intake.domain.personal_data.search import redacted
from services.intake.files.scanner import Scanner, ScannerAway, Verdict
from services.intake.files.storage import Storage
from services.intake.files.types import HEAD_BYTES, FileType, is_container, type_of
from services.intake.handlers import reads
from services.intake.settings import IntakeSettings
from services.intake.store import concerns as concern_store
from services.intake.store import files as store
from services.intake.tables import ConcernRow, FileRow
from shared.contracts.holdings import holdings
from shared.contracts.words import Handling, Label, Refused, refused
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import log
from shared.platform.work import Work, Works

MAX_BYTES = 25 * 1024 * 1024
"""The largest file: 25 MB."""
GUIDE = "docs/staff.md, Files"
GIVEN_UP = timedelta(hours=1)
_LONGEST_PAUSE = 600
_LONGEST_NAME = 100
_ODD = re.compile(r'[\\/:*?"<>|;%\s]+')


@dataclass(frozen=True, slots=True)
class Arriving:
    """A file whose content is about to come."""

    id: UUID
    concern_id: UUID
    client_id: UUID


@dataclass(frozen=True, slots=True)
class Received:
    """What has come."""

    kind: FileType
    size: int
    digest: str


@cache
def _storage(
    directory: Path, bucket: str | None, endpoint: str | None, region: str, keys: tuple[str, str]
) -> Storage:
    if bucket is None:
        return Storage.folder(directory)
    access, secret = keys
    return Storage.bucket(
        bucket, endpoint=endpoint, region=region, access_key=access, secret_key=secret
    )


def storage_of(settings: object) -> Storage:
    """Where files lie, as the settings say."""
    if not isinstance(settings, IntakeSettings):
        raise TypeError("files need intake's settings")
    keys = (settings.file_access_key, settings.file_secret_key.get_secret_value())
    return _storage(
        settings.file_directory,
        settings.file_bucket,
        settings.file_endpoint,
        settings.file_region,
        keys,
    )


async def begin(
    work: Work, person: Person, concern: ConcernRow, client_id: UUID, name: str | None
) -> Arriving:
    """Make room for a file. Raises Refused where the concern has as many as the policy allows."""
    await _check_room(work, concern.partnership, concern.id, client_id)
    row = FileRow(
        id=work.new_id(),
        partnership=concern.partnership,
        concern_id=concern.id,
        client_id=client_id,
        name=shown_name(name, work),
        state="arriving",
        attached_by=person.subject,
        attached_at=work.now,
    )
    work.session.add(row)
    return Arriving(row.id, concern.id, client_id)


async def _check_room(work: Work, partnership: str, concern_id: UUID, client_id: UUID) -> None:
    most = work.policies.on(partnership, work.today).value("intake", "files", "most_per_concern")
    known = await store.of_concern(work, concern_id)
    others = [one for one in known if one.client_id != client_id]
    if len(others) >= most.number:
        raise refused(
            "file.too-many",
            f"A concern takes {most.number} files at most.",
            "Put pages together in one document, or tell them in words.",
            clause=most.clause,
        )


def shown_name(given: str | None, work: Work) -> str:
    """A name that is safe to show: no path, no control or direction marks, nobody's name in it."""
    plain = unicodedata.normalize("NFKC", unquote(given or "", errors="replace"))
    kept = "".join(one for one in plain if unicodedata.category(one)[0] not in "CM")
    last = redacted(kept.replace("\\", "/").rpartition("/")[2].replace("_", " "), work.today)
    stem = _ODD.sub(" ", last.rpartition(".")[0] or last).strip(" .")
    return stem[:_LONGEST_NAME] or "file"


@dataclass
class _Tally:
    """What is known of a file while it passes."""

    head: bytes = b""
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    async def over(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            if chunk:
                self.head += chunk[: HEAD_BYTES - len(self.head)]
                self.size += len(chunk)
                self.digest.update(chunk)
                yield chunk


async def receive(storage: Storage, arriving: Arriving, chunks: AsyncIterator[bytes]) -> Received:
    """Write a file as it comes, in bounded memory; then say what it is. Raises Refused."""
    tally = _Tally()
    await storage.put(arriving.id, tally.over(chunks))
    parts = await storage.parts(arriving.id) if is_container(tally.head) else ()
    kind = type_of(tally.head, parts)
    if kind is None:
        await storage.delete(arriving.id)
        raise refused(
            "file.type",
            "The content is none of the types that are taken.",
            "Send a PDF, an image, or an office document without macros and without a password.",
            clause=GUIDE,
            field="body",
        )
    return Received(kind, tally.size, tally.digest.hexdigest())


async def keep(
    work: Work, storage: Storage, person: Person, arriving: Arriving, received: Received
) -> FileRow:
    """A file has arrived: it is held until the scanner has seen it. Raises Refused.

    Sent again under its id it is the same file; another content needs another id.
    """
    row = await store.arriving(work, arriving.id)
    if row is None:
        raise not_found()
    # The concern's row is the lock: its files are counted one after the other.
    await concern_store.concern(work, [row.partnership], arriving.concern_id, None)
    earlier = await store.file(work, arriving.concern_id, arriving.client_id)
    if earlier is not None:
        await storage.delete(arriving.id)
        await store.forget(work, arriving.id)
        if earlier.digest != received.digest:
            raise refused(
                "file.id-reused",
                "Another file came before under this id.",
                "Give each file an id of its own.",
                clause=GUIDE,
            )
        return earlier
    try:  # again: many may have begun while there was room
        await _check_room(work, row.partnership, arriving.concern_id, arriving.client_id)
    except Refused:
        await storage.delete(arriving.id)
        raise
    row.state = "held"
    row.media_type, row.size, row.digest = received.kind.media_type, received.size, received.digest
    row.name = f"{row.name}.{received.kind.extension}"
    work.audit(person.subject, "file.attached", row.id, partnership=row.partnership)
    log.info("file.attached", file_id=str(row.id))
    return row


async def concern_to_read(
    work: Work, person: Person, concern_id: UUID, why: str | None
) -> ConcernRow:
    """A concern whose files somebody may read: with the rights, and the reason, of its narrative.

    Raises Refused.
    """
    row = await concern_store.concern(work, person.partnerships, concern_id, holdings(person.roles))
    if row is None:
        raise not_found()
    check_reason(
        named=Handling.of(row.label, row.holders).label is Label.NAMED,
        why=why,
        clause=f"{work.policies.on(row.partnership, work.today).name} L8a",
    )
    return row


async def followed_concern(work: Work, person: Person, reference: str) -> ConcernRow:
    """A concern to which somebody may attach who follows it by its reference."""
    return await reads.followed(work, person, reference)


async def file_to_read(
    work: Work, person: Person, concern: ConcernRow, client_id: UUID, why: str | None
) -> FileRow:
    """A clean file, for a download; who read it and why is on record. Raises Refused."""
    row = await store.file(work, concern.id, client_id)
    if row is None:
        raise not_found()
    if row.state != "clean":
        raise _not_yet(row)
    work.audit(person.subject, "file.read", row.id, partnership=row.partnership, why=why)
    return row


def _not_yet(row: FileRow) -> Exception:
    if row.state == "held":
        return refused(
            "file.held",
            "The virus scanner has not seen this file yet.",
            "Try again in a moment; if it lasts, ask operations for the scanner.",
            clause=GUIDE,
        )
    return refused(
        "file.unsafe",
        "The virus scanner found something in this file, or it is lost; nobody gets it.",
        "Ask whoever attached it for a clean copy.",
        clause=GUIDE,
    )


async def scan_next(works: Works, storage: Storage, scanner: Scanner) -> bool:
    """Let the scanner see the file that has waited longest; False where none waits or it is away.

    No transaction is open while the scanner looks.
    """
    async with works.begin() as work:
        row = await store.next_held(work)
    if row is None:
        return False
    verdict: Verdict | None = None
    try:
        verdict = await scanner.scan(storage.read(row.id))
    except ScannerAway as away:
        log.warning("file.scanner_away", file_id=str(row.id), reason=str(away))
    except FileNotFoundError:
        log.error("file.lost", file_id=str(row.id))
        verdict = Verdict(clean=False)
    async with works.begin() as work:
        await _settle(work, storage, row.id, verdict)
    return verdict is not None


async def _settle(work: Work, storage: Storage, file_id: UUID, verdict: Verdict | None) -> None:
    row = await store.arriving(work, file_id)
    if row is None or row.state != "held":
        return
    if verdict is None:
        row.tries += 1
        pause = min(2**row.tries, _LONGEST_PAUSE)
        row.next_try_at = work.now + timedelta(seconds=pause)
        return
    row.scanned_at, row.found = work.now, verdict.found
    row.state = "clean" if verdict.clean else "infected" if verdict.found else "lost"
    work.audit("scanner", f"file.{row.state}", row.id, partnership=row.partnership)
    if not verdict.clean:
        await storage.delete(row.id)
        log.error("file.unsafe", file_id=str(row.id), state=row.state)


async def remove_abandoned(works: Works, storage: Storage) -> int:
    """Remove files whose concern is erased, and what never finished arriving; gives how many."""
    async with works.begin() as work:
        found = await store.to_remove(work, GIVEN_UP)
    for file_id in found:
        await storage.delete(file_id)  # first the content: a row without it is found again
        async with works.begin() as work:
            await store.forget(work, file_id)
    return len(found)
