"""A history through the real handlers on a real PostgreSQL, and what each audience gets of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import httpx
from sqlmodel import col, select

from services.notifications.tables import MessageRow
from shared.contracts.catalogue import outbound_topic
from shared.contracts.words import Role
from shared.platform.dates import london_date
from tests.secrecy.noninterference_histories import History, Step
from tests.secrecy.noninterference_model import Seen
from tests.secrecy.noninterference_rights import Who
from tests.secrecy.noninterference_values import FUNCTION_OF, OFFICE_HOLDERS, PARTNERSHIP_OF
from tests.stage import Stage, World, person

_PAGE = 2
"""A page so small that its ends are seen."""


async def play(world: World, stage: Stage, history: History, *, at_once: int = 1) -> None:
    """Let a history happen in an empty world, in the order and at the times of its steps.

    `at_once` is for how many minutes events gather until they are taken, in one transaction.
    """
    await stage.empty(world.service.name)
    world.clock.now = history[0].at
    for (at, leaves), steps in groupby(history, lambda step: _when(step, at_once)):
        new_day = london_date(at) != london_date(world.clock.now)
        world.clock.now = at
        if new_day:
            await world.tick()
        if leaves:
            await _all_leaves(world)
        else:
            await world.take([world.record(s.event, id=s.id) for s in steps if s.event])
    assert await world.dead_letters() == []


def _when(step: Step, at_once: int) -> tuple[datetime, bool]:
    """The instant at which a step is taken, and whether what waits leaves then."""
    early = timedelta(minutes=step.at.minute % at_once)
    return step.at - early, step.event is None


async def _all_leaves(world: World) -> None:
    async with world.works.begin() as work:
        table = work.tables.outbox
        now = world.clock.now
        await work.session.execute(
            table.update().where(table.c.sent_at.is_(None)).values(sent_at=now)
        )


async def got_by(world: World, who: Who) -> list[Seen]:
    """What an audience has got: its feed or its mails, and every answer over HTTP."""
    got = await _feed(world, who.agency) if who.agency else await _mails(world, who.person)
    return got + await _answers(world, who)


async def _feed(world: World, agency: str) -> list[Seen]:
    return [
        (row.topic, row.key, str(row.headers), bytes(row.value), row.event_id, row.recorded_at)
        for row in await world.outbox()
        if row.topic == outbound_topic(agency)
    ]


async def _mails(world: World, ref: UUID | None) -> list[Seen]:
    async with world.works.begin() as work:
        rows = await work.session.scalars(
            select(MessageRow)
            .where(MessageRow.person_ref == ref, MessageRow.state == "queued")
            .order_by(col(MessageRow.queued_at), col(MessageRow.header_id))
        )
        return [
            (
                *(row.address, row.sender, row.reply_to, row.subject, row.text),
                *(row.calendar, row.header_id, row.queued_at),
            )
            for row in rows
        ]


async def _answers(world: World, who: Who) -> list[Seen]:
    persona = _persona(who)
    async with world.http(persona) as client:
        paths = ("/messages", "/ledger", "/ledger/check")
        found = [_told(await client.get(path)) for path in paths]
        for agency in (*FUNCTION_OF, "nobody"):
            found += await _pages(client, f"/agencies/{agency}/feed")
    return found


def _persona(who: Who) -> Any:
    if who.agency:
        partnership = PARTNERSHIP_OF[who.agency]
        return person(Role.AGENCY_LIAISON, agency=who.agency, partnerships=[partnership])
    if who.person in OFFICE_HOLDERS:
        return person(Role.REGISTERED_MANAGER, provider="1-100000001")
    return person(Role.QIP_CHAIR)


async def _pages(client: httpx.AsyncClient, path: str) -> list[Seen]:
    """Every page of a list, each going on where the one before ended."""
    found: list[Seen] = []
    query: dict[str, Any] = {"limit": _PAGE}
    while True:
        answer = await client.get(path, params=query)
        found.append(_told(answer))
        lines = answer.json() if answer.status_code == 200 else []
        if not lines:
            return found
        query["after"] = lines[-1]["ce_id"]


def _told(answer: httpx.Response) -> Seen:
    return (answer.status_code, sorted(answer.headers.items()), answer.content)
