"""A service on a real database, without a broker: where handlers, stores and doors are tested."""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from aiokafka import ConsumerRecord
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select

from deploy.local.database import DATABASE, new_passwords, owner_of, prepare
from shared.contracts.catalogue import topic_of
from shared.contracts.envelope import Envelope, body_of, headers_of, read
from shared.contracts.event import Event, declared_events
from shared.contracts.words import Role
from shared.platform import migrate
from shared.platform.app import Runtime, Service, make_app
from shared.platform.identifiers import new_id
from shared.platform.security import Identity, Person
from shared.platform.settings import Settings
from tests.servers import Postgres

ROOT = Path(__file__).resolve().parents[1]
POLICIES = ROOT / "deploy" / "policy"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def person(
    *roles: Role,
    partnerships: Iterable[str] = ("combined",),
    agency: str | None = None,
    provider: str | None = None,
    subject: str = "somebody",
) -> Person:
    """Somebody with these roles."""
    return Person(subject, frozenset(roles), frozenset(partnerships), agency, provider)


@dataclass
class Clock:
    """A clock that stands until a test moves it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


_EMPTY = """
DO $$
DECLARE
    one record;
    filled boolean;
    names text := '';
BEGIN
    FOR one IN SELECT tablename FROM pg_tables
               WHERE schemaname = '{schema}' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM {schema}.%I)', one.tablename) INTO filled;
        IF filled THEN
            names := names || format(', {schema}.%I', one.tablename);
        END IF;
    END LOOP;
    IF names <> '' THEN
        EXECUTE 'TRUNCATE ' || substr(names, 3) || ' RESTART IDENTITY CASCADE';
    END IF;
END $$
"""
"""Only what has rows: to make all tables of a service anew takes longer than most tests."""


@dataclass
class Stage:
    """One database with the schemas of all services."""

    postgres: Postgres
    roles: dict[str, str] = field(default_factory=new_passwords)
    files: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pq-files-")))
    """Where attached files of a run lie."""
    _migrated: set[str] = field(default_factory=set)

    def set_up(self) -> None:
        """Create roles and schemas, as the first start of an installation does."""
        server = self.postgres
        asyncio.run(
            prepare(
                host=server.host,
                port=server.port,
                superuser=server.superuser,
                password=server.password,
                roles=self.roles,
            )
        )

    def migrate(self, service: str) -> None:
        """Bring a service's schema up to date, once in a run."""
        if service not in self._migrated:
            migrate.upgrade(service, self.settings(service, owner_of(service)))
            self._migrated.add(service)

    def settings(self, service: str, role: str | None = None) -> Settings:
        """The settings of a service on this database."""
        module = importlib.import_module(f"services.{service}.main")
        role = role or service
        extra: dict[str, Any] = {
            name: SecretStr("for-tests-only")
            for name, info in module.SERVICE.settings.model_fields.items()
            if info.is_required() and name not in Settings.model_fields
        }
        if "file_directory" in module.SERVICE.settings.model_fields:
            extra["file_directory"] = self.files
        settings: Settings = module.SERVICE.settings(
            database_host=self.postgres.host,
            database_port=self.postgres.port,
            database_name=DATABASE,
            database_user=role,
            database_password=SecretStr(self.roles[role]),
            kafka_bootstrap="127.0.0.1:1",
            kafka_user=service,
            kafka_password=SecretStr("-"),
            oidc_issuer="http://127.0.0.1:1",
            policy_directory=POLICIES,
            rate_limit_people=100_000,  # tests of the limit set their own
            **extra,
        )
        return settings

    async def empty(self, service: str) -> None:
        """Remove all rows of a service."""
        await asyncio.to_thread(self.migrate, service)
        connection = await asyncpg.connect(
            host=self.postgres.host,
            port=self.postgres.port,
            database=DATABASE,
            user=owner_of(service),
            password=self.roles[owner_of(service)],
        )
        await connection.execute(_EMPTY.format(schema=service))
        await connection.close()


class SignedIn(Identity):
    """Knows whom a test has signed in; of every other token it asks the identity provider."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._people: list[Person] = []

    def token_of(self, who: Person) -> str:
        """Sign somebody in."""
        self._people.append(who)
        return f"test-{len(self._people) - 1}"

    async def person_of(self, token: str) -> Person:
        name, _, number = token.partition("-")
        if name == "test" and number.isdecimal():
            return self._people[int(number)]
        return await super().person_of(token)


class World:
    """One service of the stage, empty at the start of a test."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self.service = service
        self.clock = Clock()
        self.runtime = Runtime(service, settings)
        self.runtime.works.clock = self.clock
        self.runtime.works.after_commit = lambda: None
        self.works = self.runtime.works
        self.runtime.identity = self._signed_in = SignedIn(settings)
        self._app = _app_of(service, settings)
        self._offsets = iter(range(10_000_000))

    async def close(self) -> None:
        await self.runtime.database.close()

    async def hear(self, *events: Event, dead: bool = False, id: UUID | None = None) -> None:
        """Let events arrive in one batch; fails where one becomes a dead letter unasked."""
        await self.take(self.record(event, id=id) for event in events)
        if not dead:
            assert await self.dead_letters() == []

    async def take(self, records: Iterable[ConsumerRecord]) -> None:
        """Let raw records arrive in one batch on the service's internal topics."""
        await self.runtime.consumers[0].take(tuple(records))

    def record(
        self, event: Event, *, id: UUID | None = None, traceparent: str | None = None
    ) -> ConsumerRecord:
        """The Kafka record of an event as its service would publish it."""
        envelope = Envelope(id or new_id(), self.clock.now, event, traceparent)
        return kafka_record(
            topic_of(type(event)),
            next(self._offsets),
            event.key.encode(),
            body_of(event),
            headers_of(envelope),
        )

    async def outbox(self) -> list[Any]:
        """All outbox rows in order."""
        async with self.works.begin() as work:
            table = work.tables.outbox
            return list(await work.session.execute(select(table).order_by(table.c.seq)))

    async def said(self, *classes: type[Event]) -> list[Any]:
        """All events said so far, in order; of these classes only where some are named."""
        return [
            envelope.event
            for envelope in await self.envelopes()
            if not classes or isinstance(envelope.event, classes)
        ]

    async def envelopes(self) -> list[Envelope]:
        """All events said so far with their envelopes; records on agencies' feeds are left out."""
        known = declared_events()
        return [
            read([(name, text.encode()) for name, text in row.headers], row.value, known)
            for row in await self.outbox()
            if not row.topic.startswith("partner.")
        ]

    async def dead_letters(self) -> list[tuple[str, str]]:
        """State and reason of every dead letter."""
        async with self.works.begin() as work:
            table = work.tables.dead_letter
            rows = await work.session.execute(select(table).order_by(table.c.log_offset))
            return [(row.state, row.reason) for row in rows]

    async def audited(self) -> list[tuple[str, str, str]]:
        """Who did what to which subject, in order."""
        async with self.works.begin() as work:
            table = work.tables.audit
            rows = await work.session.execute(select(table).order_by(table.c.at, table.c.id))
            return [(row.who, row.did, row.subject) for row in rows]

    async def tick(self) -> int:
        """Fire the clocks that are due."""
        return await self.runtime.clocks.tick()

    def http(self, who: Person | None = None) -> httpx.AsyncClient:
        """A client of the service's HTTP door, signed in as somebody."""
        self._app.state.runtime = self.runtime
        headers = (
            {} if who is None else {"Authorization": f"Bearer {self._signed_in.token_of(who)}"}
        )
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)

        async def check(answer: httpx.Response) -> None:
            if who is not None and len(who.partnerships) == 1:
                await _cites_its_pack(answer)

        hooks = {"response": [check]}
        return httpx.AsyncClient(
            transport=transport, base_url="http://service", event_hooks=hooks, headers=headers
        )


_APPS: dict[int, tuple[Service, FastAPI]] = {}


def _app_of(service: Service, settings: Settings) -> FastAPI:
    """One application for all worlds of a service: at its first request it builds all its routes.

    What it builds stays with the routers, so that an application for each test fills the memory.
    """
    if id(service) not in _APPS:
        _APPS[id(service)] = service, make_app(service, settings)
    return _APPS[id(service)][1]


CLAUSE = re.compile(r"\S+@\S+ .+")
"""Pack, version and clause (WS2)."""


async def _cites_its_pack(answer: httpx.Response) -> None:
    """Whatever a test asks for: what is refused names pack, version and clause."""
    if answer.headers.get("content-type") == "application/problem+json":
        problem = json.loads(await answer.aread())
        if problem["type"].endswith(":refused"):
            assert CLAUSE.fullmatch(problem["clause"]), problem


def kafka_record(
    topic: str,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]] = (),
    partition: int = 0,
) -> ConsumerRecord:
    """A record as aiokafka hands it over."""
    return ConsumerRecord(
        topic=topic,
        partition=partition,
        offset=offset,
        timestamp=0,
        timestamp_type=0,
        key=key,
        value=value,
        checksum=None,
        serialized_key_size=len(key or b""),
        serialized_value_size=len(value or b""),
        headers=tuple(headers),
    )


def set_stage(postgres: Postgres) -> Iterator[Stage]:
    """The stage of a test run."""
    stage = Stage(postgres)
    stage.set_up()
    yield stage
    shutil.rmtree(stage.files, ignore_errors=True)


__all__ = ["NOON", "Clock", "Stage", "World", "kafka_record", "person", "set_stage"]
