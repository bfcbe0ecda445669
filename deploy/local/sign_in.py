"""Signs everybody in, and keeps a token for each in a file that only we may read."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local.identity import fetch_token, personas
from deploy.local.private import write_private


def write_tokens(issuer: str, directory: Path, subjects: Iterable[str] | None = None) -> None:
    """Write `<subject>.jwt` for these personas, or for all. Raises as `fetch_token` does."""
    wanted = list(subjects or (persona.subject for persona in personas()))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=4) as pool:
        tokens = pool.map(lambda subject: fetch_token(issuer, subject), wanted)
        for subject, token in zip(wanted, tokens, strict=True):
            write_private(directory / f"{subject}.jwt", token)
