"""The catalogue for people: who says what to whom as a diagram, and every event in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from shared.contracts.catalogue import (
    CONTACTS_TOPIC,
    HEARS,
    INTAKE,
    NOTIFICATIONS,
    SERVICES,
    events_said_by,
    topic_of,
)
from shared.contracts.event import Event, label_of, payload_fields
from shared.contracts.feed import feed_events
from shared.contracts.inbound import inbound_messages
from shared.contracts.words import Label


def flow() -> str:
    """A Mermaid diagram: an arrow for each topic and reader, with the number of event types."""
    lines = ["```mermaid", "flowchart LR", '    partners(["partner agencies"])']
    lines += [f'    portal(["citizens\' portal, staff"]) -- HTTP --> {INTAKE}']
    lines += [
        _arrow("partners", INTAKE, "partner.*.in.v1", len(inbound_messages()), "message type")
    ]
    said = Counter(topic_of(cls) for service in SERVICES for cls in events_said_by(service))
    for writer in SERVICES:
        topics = [t for t in said if t == f"{writer}.v1" or (writer, t) == (INTAKE, CONTACTS_TOPIC)]
        for topic in topics:
            for reader in SERVICES:
                if heard := HEARS[reader].get(topic):
                    lines.append(_arrow(writer, reader, topic, len(heard), "event type"))
    lines += [
        _arrow(NOTIFICATIONS, "partners", "partner.*.out.v1", len(feed_events()), "feed type"),
        f'    {NOTIFICATIONS} -- SMTP --> people(["providers, chairs, safeguarding"])',
        "```",
    ]
    return "\n".join(lines) + "\n"


def table_of_events() -> str:
    """A table of every event, with the label on each of its fields."""
    lines = [
        "# Events",
        "",
        "Written by `python -m deploy.contracts write`; do not edit.",
        "",
        "Labels say who may know (architecture.md, Labels). *Existence* is who may know that it "
        "happened at all; `internal` never leaves the four services.",
    ]
    for service in SERVICES:
        lines += ["", f"## {service}", "", *_table(events_said_by(service))]
    return "\n".join(lines) + "\n"


def _table(events: tuple[type[Event], ...]) -> Iterator[str]:
    yield "| event | what happened | key | existence | fields | said on | heard by |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for cls in events:
        topic = topic_of(cls)
        hearers = [s for s in SERVICES if cls in HEARS[s].get(topic, ())]
        cells = (
            f"`{cls.spec.type}`",
            " ".join((cls.__doc__ or "").split()),
            f"`{cls.spec.key}`",
            cls.spec.existence or "internal",
            _fields(cls),
            f"`{topic}`",
            ", ".join(hearers) or "nobody: for the record",
        )
        yield f"| {' | '.join(cells)} |"


def _fields(cls: type[Event]) -> str:
    by_label: dict[Label | None, list[str]] = {}
    for name in payload_fields(cls):
        by_label.setdefault(label_of(cls, name), []).append(f"`{name}`")
    return "; ".join(f"{label or 'internal'}: {', '.join(n)}" for label, n in by_label.items())


def _arrow(source: str, target: str, topic: str, count: int, what: str) -> str:
    plural = "" if count == 1 else "s"
    return f'    {source} -- "{topic}<br>{count} {what}{plural}" --> {target}'
