"""Where files lie: a folder, or a bucket of a store that speaks S3. Files go by ids of ours."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import obstore
from obstore.store import LocalStore, ObjectStore, S3Store

from services.intake.files.containers import TAIL_BYTES, may_be_read

_PART = 5 * 1024 * 1024
"""S3's smallest part. Two lie in memory at once."""
_CHUNK = 64 * 1024
_ENCRYPTED = 0x1


class Storage:
    """A place for files. What is written in pieces is read in pieces, whatever its size."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def folder(cls, directory: Path) -> Storage:
        """Files in a folder of this machine, readable for this user only."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(LocalStore(prefix=directory))

    @classmethod
    def bucket(
        cls, bucket: str, *, endpoint: str | None, region: str, access_key: str, secret_key: str
    ) -> Storage:
        """Files in a bucket. Without TLS only where the endpoint says so (a test on loopback)."""
        plain = endpoint is not None and endpoint.startswith("http://")
        return cls(
            S3Store(
                bucket,
                endpoint=endpoint,
                region=region,
                access_key_id=access_key,
                secret_access_key=secret_key,
                virtual_hosted_style_request=endpoint is None,
                client_options={"allow_http": plain, "timeout": "30s"},
                retry_config={"max_retries": 3},
            )
        )

    async def put(self, file_id: UUID, chunks: AsyncIterator[bytes]) -> None:
        """Write a file as it comes; an exception in `chunks` leaves nothing behind."""
        await obstore.put_async(
            self._store, _path(file_id), chunks, chunk_size=_PART, max_concurrency=2
        )

    async def read(self, file_id: UUID) -> AsyncIterator[bytes]:
        """A file in pieces. Raises FileNotFoundError before the first."""
        found = await obstore.get_async(self._store, _path(file_id))
        async for chunk in found.stream(min_chunk_size=_CHUNK):
            yield bytes(chunk)

    async def parts(self, file_id: UUID) -> list[str]:
        """The names of a container's parts; none of what is damaged, encrypted or has too many."""
        return await asyncio.to_thread(self._parts, file_id)

    def _parts(self, file_id: UUID) -> list[str]:
        reader = obstore.open_reader(self._store, _path(file_id))
        if not may_be_read(_tail(reader)):
            return []
        try:
            with zipfile.ZipFile(_Seekable(reader)) as container:
                infos = container.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError):
            return []
        if any(info.flag_bits & _ENCRYPTED for info in infos):
            return []
        return [info.filename for info in infos]

    async def delete(self, file_id: UUID) -> None:
        """Remove a file; one that is not there is removed already."""
        try:
            await obstore.delete_async(self._store, _path(file_id))
        except FileNotFoundError:
            return


class _Seekable:
    """What `zipfile` asks of a file, on a reader that fetches ranges."""

    def __init__(self, reader: obstore.ReadableFile) -> None:
        self._reader = reader

    def read(self, size: int = -1) -> bytes:
        return bytes(self._reader.read(None if size < 0 else size))

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._reader.close()


def _tail(reader: obstore.ReadableFile) -> bytes:
    end = reader.seek(0, 2)
    reader.seek(max(end - TAIL_BYTES, 0))
    return bytes(reader.read(TAIL_BYTES))


def _path(file_id: UUID) -> str:
    return f"evidence/{file_id.hex[:2]}/{file_id}"
