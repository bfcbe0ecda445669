"""What runs by itself in intake: the virus scanner sees what is held, and abandoned files go."""

from __future__ import annotations

import asyncio

from services.intake.files.scanner import Scanner
from services.intake.handlers import files
from services.intake.settings import IntakeSettings
from shared.platform.app import Runtime
from shared.platform.telemetry import log

_POLL_SECONDS = 1.0
_SWEEP_SECONDS = 600.0


def start_scanning(runtime: Runtime) -> asyncio.Task[None]:
    """Let the scanner see what is held, until cancelled. Without one files stay held back."""
    return asyncio.create_task(_scan(runtime))


def start_sweeping(runtime: Runtime) -> asyncio.Task[None]:
    """Remove files that belong to nothing any more, until cancelled."""
    return asyncio.create_task(_sweep(runtime))


async def _scan(runtime: Runtime) -> None:
    settings = runtime.settings
    if not isinstance(settings, IntakeSettings) or settings.scanner_host is None:
        log.warning("file.no_scanner")
        return
    scanner = Scanner(settings.scanner_host, settings.scanner_port)
    storage = files.storage_of(settings)
    while True:
        try:
            while await files.scan_next(runtime.works, storage, scanner):
                pass
        except Exception as error:
            log.error("file.scan_failed", exc_info=error)
        await asyncio.sleep(_POLL_SECONDS)


async def _sweep(runtime: Runtime) -> None:
    storage = files.storage_of(runtime.settings)
    while True:
        try:
            while await files.remove_abandoned(runtime.works, storage):
                pass
        except Exception as error:
            log.error("file.sweep_failed", exc_info=error)
        await asyncio.sleep(_SWEEP_SECONDS)
