"""Files as evidence: attached by who told a concern or who triages it, read by who triages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse

from services.intake.handlers import files
from services.intake.routes.people import Follower, Triager
from services.intake.store import files as store
from services.intake.tables import FileRow
from services.intake.views.files import FileLine
from shared.platform.app import acting
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["files"])

LARGE = {
    r"/concerns/[^/]+/files/[^/]+": files.MAX_BYTES,
    r"/concerns/status/[^/]+/files/[^/]+": files.MAX_BYTES,
}
"""Addresses that take a file, and how large it may be."""

FileName = Annotated[
    str | None,
    Header(alias="File-Name", max_length=600, description="A name to show, percent-encoded."),
]
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The content: PDF, image, office document; 25 MB at most.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _line(row: FileRow) -> FileLine:
    return FileLine.model_validate({**row.model_dump(), "file_id": row.client_id})


async def _received(request: Request, person: Triager, arriving: files.Arriving) -> FileLine:
    storage = files.storage_of(request.app.state.runtime.settings)
    received = await files.receive(storage, arriving, request.stream())
    async with acting(request) as work:
        return _line(await files.keep(work, storage, person, arriving, received))


@router.put("/concerns/{concern_id}/files/{file_id}", openapi_extra=_BODY)
async def attach_file(
    concern_id: UUID,
    file_id: UUID,
    request: Request,
    person: Triager,
    why: ReadReason,
    name: FileName = None,
) -> FileLine:
    """Attach evidence under an id of your own. Sent again it is the same file."""
    async with acting(request) as work:
        concern = await files.concern_to_read(work, person, concern_id, why)
        arriving = await files.begin(work, person, concern, file_id, name)
    return await _received(request, person, arriving)


@router.put("/concerns/status/{reference}/files/{file_id}", openapi_extra=_BODY)
async def attach_own_file(
    reference: str,
    file_id: UUID,
    request: Request,
    person: Follower,
    name: FileName = None,
) -> FileLine:
    """Attach evidence to a concern that you follow by its reference."""
    async with acting(request) as work:
        concern = await files.followed_concern(work, person, reference)
        arriving = await files.begin(work, person, concern, file_id, name)
    return await _received(request, person, arriving)


@router.get("/concerns/{concern_id}/files")
async def list_files(
    concern_id: UUID, request: Request, person: Triager, why: ReadReason
) -> list[FileLine]:
    """What is attached to a concern."""
    async with acting(request) as work:
        concern = await files.concern_to_read(work, person, concern_id, why)
        return [_line(row) for row in await store.of_concern(work, concern.id)]


@router.get("/concerns/{concern_id}/files/{file_id}")
async def read_file(
    concern_id: UUID, file_id: UUID, request: Request, person: Triager, why: ReadReason
) -> StreamingResponse:
    """A file that the virus scanner found clean; the read is audited."""
    async with acting(request) as work:
        concern = await files.concern_to_read(work, person, concern_id, why)
        row = await files.file_to_read(work, person, concern, file_id, why)
    content = files.storage_of(request.app.state.runtime.settings).read(row.id)
    return _download(row, content)


def _download(row: FileRow, content: AsyncIterator[bytes]) -> StreamingResponse:
    """For saving and never for showing: no browser runs or guesses what is in it."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.name, safe='')}",
        "Content-Length": str(row.size),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    return StreamingResponse(content, media_type=row.media_type, headers=headers)
