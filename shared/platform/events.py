"""How a service hears its siblings: typed events in, one function per event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import HEARS, group_of
from shared.contracts.envelope import Envelope, decode_headers, read
from shared.contracts.event import Event, declared_events
from shared.platform.consumer import Consumer
from shared.platform.work import Incoming, Work, Works

OnEvent = Callable[[Work, Any, Envelope], Awaitable[None]]
"""A subscriber: gets the unit of work, the event, and the envelope that it came in."""

Heard: TypeAlias = Incoming[Envelope]

OnEvents = Callable[[Work, Sequence[Heard]], Awaitable[None]]
"""A subscriber of what comes in numbers: takes all at once, each in `with work.on(heard)`."""


class Subscribers:
    """The subscribers of a service; together they must hear exactly what the catalogue says."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.by_class: dict[type[Event], OnEvents] = {}

    def on(self, *classes: type[Event]) -> Callable[[OnEvent], OnEvent]:
        """Register a function as the subscriber of event classes."""

        def register(function: OnEvent) -> OnEvent:
            async def one_by_one(work: Work, batch: Sequence[Heard]) -> None:
                for heard in batch:
                    with work.on(heard):
                        await function(work, heard.content.event, heard.content)

            self.on_many(*classes)(one_by_one)
            return function

        return register

    def on_many(self, *classes: type[Event]) -> Callable[[OnEvents], OnEvents]:
        """Register a function that takes all events of these classes that come together."""

        def register(function: OnEvents) -> OnEvents:
            for cls in classes:
                if cls in self.by_class:
                    raise TypeError(f"{self.service} hears {cls.spec.type} twice")
                self.by_class[cls] = function
            return function

        return register

    def consumer(self, works: Works) -> Consumer:
        """The consumer group that reads all topics that the catalogue gives this service."""
        heard = {cls.spec.type for classes in HEARS[self.service].values() for cls in classes}
        mine = {cls.spec.type for cls in self.by_class}
        if heard != mine:
            raise TypeError(f"{self.service} and the catalogue differ: {sorted(heard ^ mine)}")
        reader = _Reader(declared_events(), heard)
        return Consumer(
            group_of(self.service),
            works,
            reader.read,
            self._dispatch,
            topics=sorted(HEARS[self.service]),
        )

    async def _dispatch(self, work: Work, batch: Sequence[Heard]) -> None:
        """In the order in which they came; those of one function that follow each other at once."""
        for function, run in groupby(batch, key=lambda heard: self._subscriber_of(heard)):
            await function(work, list(run))

    def _subscriber_of(self, heard: Heard) -> OnEvents:
        return self.by_class[type(heard.content.event)]


class _Reader:
    def __init__(self, known: Mapping[str, type[Event]], heard: set[str]) -> None:
        self._known = known
        self._heard = heard

    def read(self, record: ConsumerRecord) -> Heard | None:
        """Read an event; None for a known one that the catalogue gives to others only."""
        type_ = decode_headers(record.headers).get("ce_type", "")
        if type_ in self._known and type_ not in self._heard:
            return None
        envelope = read(record.headers, record.value, self._known)
        return Incoming(
            source=envelope.source,
            event_id=envelope.id,
            event_type=type_,
            topic=record.topic,
            at=envelope.time,
            content=envelope,
            traceparent=envelope.traceparent,
        )
