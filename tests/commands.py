"""A command of a service as an operator types it, on the stage's database."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from pydantic import SecretStr

from tests.stage import ROOT, Stage

Operate: TypeAlias = Callable[..., Awaitable[tuple[int, str]]]
"""A service, its command and arguments; `by` names the persona who gives it."""


async def command(stage: Stage, service: str, *arguments: str, **settings: str) -> tuple[int, str]:
    """Exit code, and all that it says; `settings` stand in place of the stage's."""
    environment = {
        f"PQ_{name.upper()}": value.get_secret_value()
        if isinstance(value, SecretStr)
        else str(value)
        for name, value in {**dict(stage.settings(service)), **settings}.items()
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
