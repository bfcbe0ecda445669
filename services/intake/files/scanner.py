"""A virus scanner that speaks ClamAV's protocol: INSTREAM over TCP (clamd's manual).

A file is sent in pieces, each with its length before it (four bytes, network order), and a length
of 0 at the end. The answer is `stream: OK`, `stream: <name> FOUND` or an error.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

_FOUND = re.compile(r"stream: (.{1,120}) FOUND")
_LONGEST_ANSWER = 1024
_TORN = (asyncio.IncompleteReadError, asyncio.LimitOverrunError)


class ScannerAway(Exception):  # noqa: N818 - what is the case, and no fault of the file's
    """No verdict: the scanner is not there, is busy, or has refused the file."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scanner says of a file."""

    clean: bool
    found: str | None = None
    """What the scanner calls it."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """Where the scanner listens, and how long one file may take."""

    host: str
    port: int
    seconds: float = 60.0

    async def scan(self, chunks: AsyncIterator[bytes]) -> Verdict:
        """The verdict on a file. Raises ScannerAway where there is none."""
        try:
            async with asyncio.timeout(self.seconds):
                return _verdict(await self._ask(chunks))
        except (OSError, TimeoutError, *_TORN) as error:
            raise ScannerAway(type(error).__name__) from None

    async def _ask(self, chunks: AsyncIterator[bytes]) -> str:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in chunks:
                if chunk:
                    writer.write(len(chunk).to_bytes(4, "big") + chunk)
                    await writer.drain()
            writer.write(bytes(4))
            await writer.drain()
            answer = await reader.readuntil(b"\0")
        finally:
            writer.transport.abort()  # nothing more is said; what is unsent must not keep it open
        return answer[:_LONGEST_ANSWER].rstrip(b"\0").decode("utf-8", "replace")


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict(clean=True)
    found = _FOUND.fullmatch(answer)
    if found is None:
        raise ScannerAway("the scanner gave no verdict")
    return Verdict(clean=False, found=found[1])
