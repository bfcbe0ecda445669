"""A service as a process: its doors, consumers, clocks and relay, started and stopped together."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import uvicorn
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import func, select, text

from shared.contracts.refusals import RequestRefused
from shared.contracts.words import Refused
from shared.platform import http, idempotency, problems, restored, telemetry
from shared.platform.broker import answers, make_broker
from shared.platform.clocks import Clocks, OnDue, disagreement
from shared.platform.consumer import Consumer
from shared.platform.database import Database
from shared.platform.dates import london_date
from shared.platform.events import Subscribers
from shared.platform.identifiers import new_id
from shared.platform.policy import Policies
from shared.platform.rate_limit import RateLimits
from shared.platform.relay import Relay
from shared.platform.security import Identity
from shared.platform.settings import Settings
from shared.platform.tables import PlatformTables
from shared.platform.telemetry import log
from shared.platform.watchdog import Watchdog
from shared.platform.work import Work, Works

STUCK_AFTER_SECONDS = 120.0

Background = Callable[["Runtime"], "asyncio.Task[None]"]
"""Starts a task of a service's own (a sender, a sealer); it is cancelled at the stop."""


OnRefused = Callable[[Work, Refused], Awaitable[tuple[UUID, Refused] | None]]
"""Keeps what was refused, under an id, and gives the refusal as its asker reads it."""


@dataclass(frozen=True)
class Service:
    """What makes a service: everything else is the same for all four."""

    name: str
    tables: PlatformTables
    subscribers: Subscribers
    routers: Sequence[APIRouter]
    settings: type[Settings]
    refusal: type[RequestRefused]
    """What it says when it refuses a request."""
    clocks: Mapping[str, OnDue] = field(default_factory=dict)
    more_consumers: Callable[[Works], Sequence[Consumer]] = lambda _: ()
    background: Sequence[Background] = ()
    after_restore: Callable[[Work], Awaitable[None]] | None = None
    """What to do once all is heard again that a database restored from a backup had forgotten."""
    large_bodies: Mapping[str, int] = field(default_factory=dict)
    """Addresses (patterns) to which files are PUT, and how many bytes each takes."""
    commands: Sequence[Callable[..., None]] = ()
    """Commands beside those that every service has."""


class Runtime:
    """The running parts of a service."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.settings = settings
        self.database = Database(settings)
        self.policies = Policies.load(settings.policy_directory)
        self.works = Works(self.database, service.tables, self.policies, settings=settings)
        self.relay = Relay(service.name, settings)
        self.works.after_commit = self.relay.wake
        self.broker = make_broker(settings)
        self.consumers = [
            service.subscribers.consumer(self.works),
            *service.more_consumers(self.works),
        ]
        self.clocks = Clocks(self.works, service.clocks)
        self.identity = Identity(settings)
        self.rates = RateLimits(settings.rate_limit_people, settings.rate_limit_portal)
        self._clock_alarm: str | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        for consumer in self.consumers:
            consumer.subscribe(self.broker, self.settings)
        await restored.note(self.consumers, self.works, self.settings)
        await self.broker.start()
        await self.relay.start()
        await self.clocks.start()
        self._tasks = [asyncio.create_task(self._begin_background())]
        self._tasks.append(asyncio.create_task(self._measure()))
        self._tasks.append(asyncio.create_task(idempotency.forget_old(self.works)))
        watchdog = Watchdog(self.consumers, self.settings, relay=self.relay, database=self.database)
        self._tasks.append(asyncio.create_task(watchdog.run()))
        # What is there now stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        log.info("service.started")

    async def _begin_background(self) -> None:
        """What leaves for good waits until all is known that was known before."""
        while not await self._knows_what_it_knew():  # noqa: ASYNC110 - tries again, waits for none
            await asyncio.sleep(1.0)
        self._tasks += [begin(self) for begin in self.service.background]

    async def _knows_what_it_knew(self) -> bool:
        try:
            if await restored.noted(self.consumers, self.works):
                await restored.catch_up(self.consumers, self.works)
                async with self.works.begin() as work:
                    if self.service.after_restore is not None:
                        await self.service.after_restore(work)
                    await restored.done(self.consumers, work)
        except Exception as error:
            log.warning("start.waits", exc_info=error)
            return False
        return True

    async def stop(self) -> None:
        """Finish what is in hand, publish what waits, then let go."""
        for consumer in self.consumers:
            await consumer.end()
        await self.broker.stop()
        await self.clocks.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.relay.stop(self.settings.drain_seconds)
        await self.database.close()
        log.info("service.stopped")

    async def missing(self) -> list[str]:
        """What the service cannot work without and does not have now."""
        missing = []
        try:
            async with asyncio.timeout(2), self.database.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except Exception as error:
            log.warning("ready.database_away", exc_info=error)
            missing.append("database")
        if not await answers(self.settings):
            missing.append("broker")
        if not all(consumer.places.joined for consumer in self.consumers):
            missing.append("consumer")
        silent = time.monotonic() - self.relay.last_progress > STUCK_AFTER_SECONDS
        if not self.relay.alive or (silent and self.relay.holding):
            missing.append("relay")
        return missing

    def stuck(self) -> list[str]:
        """Consumers that have had one batch in hand for too long."""
        now = time.monotonic()
        return [
            c.group
            for c in self.consumers
            if c.waiting_since is not None and now - c.waiting_since > STUCK_AFTER_SECONDS
        ]

    def alarms(self) -> list[str]:
        """What somebody has to look at, though the service goes on."""
        found = [alarm for c in self.consumers for alarm in c.places.alarms.values()]
        clock = [self._clock_alarm] if self._clock_alarm else []
        return found + self.relay.alarms() + clock

    def policy_warnings(self) -> tuple[str, ...]:
        """Packs that are past their review date, and the like."""
        return self.policies.warnings(london_date(self.works.clock()))

    async def _measure(self) -> None:
        while True:
            try:
                async with self.database.engine.connect() as connection:
                    now = await connection.scalar(select(func.now()))
                    self._clock_alarm = disagreement(self.works.clock(), now or self.works.clock())
                    raw = await connection.get_raw_connection()
                    await self.relay.measure(raw.driver_connection)
            except Exception as error:
                log.info("metrics.outbox_unknown", exc_info=error)
            await asyncio.sleep(2.0)


def make_app(service: Service, settings: Settings) -> FastAPI:
    """The ASGI application of a service."""
    runtime = Runtime(service, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await runtime.start()
        except Exception as error:
            log.critical("service.not_started", exc_info=error)
            raise
        yield
        await runtime.stop()
        telemetry.shut_down()

    app = FastAPI(
        title=f"provider-quality: {service.name}",
        lifespan=lifespan,
        # The framework's own spans and logs would pass our allow-list by.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would repeat the address that somebody asked for
        responses={"default": {"description": "A problem (RFC 9457)"}},
    )
    app.state.runtime = runtime
    idempotency.install(app)
    app.add_middleware(http.Door, large=service.large_bodies)  # outside: what it refuses has no key
    problems.install(app)
    app.include_router(http.open_routes)
    http.add_documents(app)
    for router in service.routers:
        app.include_router(router)
    return app


def serve(service: Service, settings: Settings) -> None:
    """Run a service until it is told to stop (SIGTERM, SIGINT)."""
    telemetry.configure(service.name, settings)
    uvicorn.run(
        make_app(service, settings),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.drain_seconds),
    )


@asynccontextmanager
async def acting(
    request: Request, agency: str | None = None, *, on_refused: OnRefused | None = None
) -> AsyncIterator[Work]:
    """A unit of work for a route; GET reads. A refusal undoes it, and is said in one of its own.

    `agency` is the asker's, where the asker acts for one. `on_refused` may keep what was refused in
    that second work, and gives its id and the refusal as the asker reads it; None to keep nothing.
    """
    runtime: Runtime = request.app.state.runtime
    attempt: idempotency.Attempt | None = getattr(request.state, "attempt", None)
    works = runtime.works
    try:
        if attempt:
            unit = attempt.begin(works, request.state.person)
        else:
            unit = works.read() if request.method == "GET" else works.begin()
        async with unit as work:
            yield work
    except Refused as raised:
        refused = problems.cited(request, raised)
        async with works.begin() as work:
            kept = await on_refused(work, refused) if on_refused else None
            request_id, said = kept or (new_id(), refused)
            work.announce(
                runtime.service.refusal(
                    partnership=problems.partnership_of(request) or "-",
                    request_id=request_id,
                    rule=refused.refusal.rule,
                    clause=refused.refusal.clause,
                    agency_id=agency,
                )
            )
            if attempt:
                await attempt.keep(work, problems.of_refusal(said).response())
        raise said from None
