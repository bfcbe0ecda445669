"""How a service hears its siblings: typed events in, one function per event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiokafka import ConsumerRecord

from shared.contracts.catalogue import HEARS, group_of
from shared.contracts.envelope import Envelope, decode_headers, read
from shared.contracts.event import Event, declared_events
from shared.platform.consumer import Consumer, Incoming
from shared.platform.work import Work, Works

OnEvent = Callable[[Work, Any, Envelope], Awaitable[None]]
"""A subscriber: gets the unit of work, the event, and the envelope that it came in."""


class Subscribers:
    """The subscribers of a service; together they must hear exactly what the catalogue says."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.by_class: dict[type[Event], OnEvent] = {}

    def on(self, *classes: type[Event]) -> Callable[[OnEvent], OnEvent]:
        """Register a function as the subscriber of event classes."""

        def register(function: OnEvent) -> OnEvent:
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

    async def _dispatch(self, work: Work, envelope: Envelope) -> None:
        await self.by_class[type(envelope.event)](work, envelope.event, envelope)


class _Reader:
    def __init__(self, known: Mapping[str, type[Event]], heard: set[str]) -> None:
        self._known = known
        self._heard = heard

    def read(self, record: ConsumerRecord) -> Incoming | None:
        """Read an event; None for a known one that the catalogue gives to others only."""
        type_ = decode_headers(record.headers).get("ce_type", "")
        if type_ in self._known and type_ not in self._heard:
            return None
        envelope = read(record.headers, record.value, self._known)
        return Incoming(
            source=envelope.source,
            event_id=envelope.id,
            event_type=type_,
            key=envelope.event.key,
            content=envelope,
            traceparent=envelope.traceparent,
        )
