"""What runs by itself: the sender of mails, and the sealer of the ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Sequence
from uuid import UUID

from opentelemetry.trace import SpanKind

from services.notifications.channels.smtp import MailServer
from services.notifications.domain.deliveries import Attempt
from services.notifications.handlers import deliveries, seals
from services.notifications.settings import NotificationsSettings
from shared.platform.app import Runtime
from shared.platform.database import may_pass
from shared.platform.telemetry import log, span
from shared.platform.work import Works

_POLL_SECONDS = 1.0
_SETTLE_SECONDS = 30.0
"""How long the end of an attempt is kept in mind while the database is away."""
_SETTLE_PAUSE = 0.5


class Watch:
    """Of the senders that have nothing to do one watches; the next begins when it has gone."""

    def __init__(self) -> None:
        self._watching = asyncio.Lock()
        self._called = asyncio.Event()
        self.call()  # something may wait already

    def call(self) -> None:
        """Something may wait: who watches goes to look."""
        self._called.set()

    async def over(self) -> None:
        """Watch until called, or for a second: nobody calls for what another process has queued,
        nor for what is tried again.
        """
        async with self._watching:
            await _wait(self._called, _POLL_SECONDS)
            self._called.clear()


class MailSender:
    """Sends what is queued, one message after the other; called where something is."""

    def __init__(self, works: Works, server: MailServer, watch: Watch) -> None:
        self._works = works
        self._server = server
        self._watch = watch

    async def run(self) -> None:
        """Send until cancelled; the message in hand is finished first."""
        try:
            while True:
                await self._watch.over()
                try:
                    await _finishing(self.send_next())
                except Exception as error:
                    log.error("mail.sender_failed", exc_info=error)
        finally:
            await self._server.close()

    async def send_next(self) -> bool:
        """Send the message whose turn it is; False where nothing waits."""
        async with self._works.begin() as work:
            message = await deliveries.take_next(work)
            at = work.now
        if message is None:
            return False
        with span(
            "send mail",
            parent=message.traceparent,
            kind=SpanKind.CLIENT,
            attributes={"mail.kind": message.kind},
        ) as current:
            attempt = await self._server.send(message, at)
            current.set_attribute("delivery.state", attempt.answer.value)
            await self._settle(message.id, attempt)
        return True

    async def _settle(self, message_id: UUID, attempt: Attempt) -> None:
        """Record the end of an attempt; while the database is away we are the only ones to know."""
        last = time.monotonic() + _SETTLE_SECONDS
        while True:
            try:
                async with self._works.begin() as work:
                    await deliveries.settle(work, message_id, attempt)
                return
            except Exception as error:
                if not may_pass(error) or time.monotonic() > last:
                    raise
                log.warning("mail.settle_again", exc_info=error)
            await asyncio.sleep(_SETTLE_PAUSE)


def start_mail_sender(runtime: Runtime) -> asyncio.Task[None]:
    """Send mails beside the service, called by its commits."""
    settings = runtime.settings
    if not isinstance(settings, NotificationsSettings):
        raise TypeError("notifications works with its own settings only")
    watch = Watch()
    senders = [
        MailSender(runtime.works, MailServer(settings), watch) for _ in range(settings.mail_senders)
    ]
    runtime.works.after_queueing = watch.call
    return asyncio.create_task(_together(senders))


async def _together(senders: Sequence[MailSender]) -> None:
    """A stop reaches all of them, and waits for what each has in hand."""
    tasks = [asyncio.create_task(sender.run()) for sender in senders]
    try:
        await asyncio.wait(tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def start_sealer(runtime: Runtime) -> asyncio.Task[None]:
    """Seal the ledger beside the service."""
    settings = runtime.settings
    pause = settings.seal_seconds if isinstance(settings, NotificationsSettings) else _POLL_SECONDS

    async def run() -> None:
        while True:
            try:
                while await _finishing(seal_once(runtime.works)):
                    pass
            except Exception as error:
                log.error("ledger.sealer_failed", exc_info=error)
            await asyncio.sleep(pause)

    return asyncio.create_task(run())


async def seal_once(works: Works) -> int:
    """Seal the next batch of the ledger; gives how many rows."""
    async with works.begin() as work:
        return await seals.seal(work)


async def _finishing(step: Awaitable[int]) -> int:
    """Await a step that a stop does not cut in two."""
    task = asyncio.ensure_future(step)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if error := task.exception():  # told of here: raised, it would hide the stop
            log.error("step.failed_at_stop", exc_info=error)
        raise


async def _wait(called: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await called.wait()
    except TimeoutError:
        return
