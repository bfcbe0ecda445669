"""AsyncAPI 3.0 documents from the catalogue: one of the whole, one per agency of its two topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.contracts import catalogue, cloudevents_schema
from shared.contracts.agencies import Agency
from shared.contracts.catalogue import HEARS, INTAKE, NOTIFICATIONS, SERVICES, Topic
from shared.contracts.envelope import CONTENT_TYPE, STRUCTURED, source_of
from shared.contracts.event import Event, schema_of
from shared.contracts.feed import RECEIPT_TYPE, feed_messages, feed_schema_of
from shared.contracts.inbound import InboundMessage, inbound_messages, inbound_schema_of
from shared.contracts.inbound_examples import GOOD

Document = dict[str, Any]

_SCHEMAS = "#/components/schemas/"
_ANY_AGENCY = "{agency}"


def whole() -> Document:
    """Every topic of an installation: who says what on it, and who hears it."""
    internal = [t for t in catalogue.topics(()) if not t.name.startswith("partner.")]
    partner_in, partner_out = (t for t in catalogue.topics([_ANY_AGENCY]) if t not in internal)
    builder = _Builder()
    for topic in internal:
        said = [c for c in catalogue.events_said_by(topic.writer) if _on(c, topic.name)]
        builder.channel(topic.name, topic, "", [_internal(cls) for cls in said])
        builder.operation(topic.writer, "send", topic.name, [cls.spec.type for cls in said])
    every_type = inbound_messages().values()
    builder.channel("partner.in.v1", partner_in, _IN, _inbound(every_type, {"type": "string"}))
    builder.operation(INTAKE, "receive", "partner.in.v1", ())
    builder.channel("partner.out.v1", partner_out, _OUT, _feed())
    builder.operation(NOTIFICATIONS, "send", "partner.out.v1", ())
    for service in SERVICES:
        for name, heard in sorted(HEARS[service].items()):
            builder.operation(service, "receive", name, sorted(cls.spec.type for cls in heard))
    for name in ("partner.in.v1", "partner.out.v1"):
        builder.channels[name]["parameters"] = {"agency": {"description": "The agency's id."}}
    return builder.document("provider-quality", _WHOLE)


def of_agency(agency: Agency) -> Document:
    """The two topics of one agency, as the agency's own programs see them."""
    topics = {topic.name: topic for topic in catalogue.topics([agency.id])}
    inbound = topics[catalogue.inbound_topic(agency.id)]
    outbound = topics[catalogue.outbound_topic(agency.id)]
    types = catalogue.partner_types(agency.open_functions)
    builder = _Builder()
    source = {"const": cloudevents_schema.source_of_agency(agency.id)}
    sendable = [inbound_messages()[type_] for type_ in types]
    builder.channel("in", inbound, _IN, _inbound(sendable, source))
    builder.channel("out", outbound, _OUT, _feed())
    builder.operation(agency.id, "send", "in", ())
    builder.operation(agency.id, "receive", "out", ())
    return builder.document(f"provider-quality for {agency.name}", _AGENCY)


class _Builder:
    """Collects channels, operations and the schemas that they share."""

    def __init__(self) -> None:
        self.channels: dict[str, Document] = {}
        self._operations: dict[str, Document] = {}
        self._messages: dict[str, Document] = {}
        self._schemas: dict[str, Document] = {}

    def channel(self, name: str, topic: Topic, text: str, messages: Sequence[Document]) -> None:
        for message in messages:
            self._messages[message["name"]] = self._shared(message)
        self.channels[name] = {
            "address": topic.name,
            "description": text or f"Written by {topic.writer}.",
            "messages": {m["name"]: _ref("components", "messages", m["name"]) for m in messages},
            "bindings": {"kafka": _binding(topic)},
        }

    def operation(self, who: str, action: str, channel: str, messages: Iterable[str]) -> None:
        """Something that a service or an agency does; without messages, with all of them."""
        names = list(messages) or list(self.channels[channel]["messages"])
        self._operations[f"{who}.{action}.{channel}"] = {
            "action": action,
            "channel": _ref("channels", channel),
            "summary": f"{who} {'publishes' if action == 'send' else 'hears'}",
            "messages": [_ref("channels", channel, "messages", name) for name in names],
        }

    def document(self, title: str, description: str) -> Document:
        return {
            "asyncapi": "3.0.0",
            "info": {"title": title, "version": "1.0.0", "description": description},
            "defaultContentType": CONTENT_TYPE,
            "servers": {"kafka": _SERVER},
            "channels": self.channels,
            "operations": self._operations,
            "components": {"messages": self._messages, "schemas": self._schemas},
        }

    def _shared(self, message: Document) -> Document:
        """Moves what a schema defines for itself to the place where the document looks for it."""
        moved: Document = _rewritten(message, self._schemas)
        return moved


def _rewritten(node: Any, shared: dict[str, Document]) -> Any:
    if isinstance(node, list):
        return [_rewritten(item, shared) for item in node]
    if not isinstance(node, Mapping):
        return node
    for name, schema in node.get("$defs", {}).items():
        shared[name] = _rewritten(schema, shared)
    kept = {key: value for key, value in node.items() if key not in ("$defs", "$id")}
    if isinstance(kept.get("$ref"), str):
        kept["$ref"] = kept["$ref"].replace("#/$defs/", _SCHEMAS)
    return {key: _rewritten(value, shared) for key, value in kept.items()}


def _internal(cls: type[Event]) -> Document:
    spec = cls.spec
    source = source_of(spec.service)
    payload = {"type": "null"} if spec.tombstone else schema_of(cls)
    return {
        "name": spec.type,
        "title": cls.__name__,
        "summary": _sentence(cls),
        "contentType": CONTENT_TYPE,
        "headers": cloudevents_schema.our_headers(spec.type, source),
        "payload": payload,
        "x-existence-label": spec.existence.value if spec.existence else "INTERNAL",
        "bindings": {"kafka": {"key": {"type": "string", "description": f"`{spec.key}`"}}},
    }


def _inbound(classes: Iterable[type[InboundMessage]], source: Document) -> list[Document]:
    found: list[Document] = []
    for cls in classes:
        type_, data = cls.spec.type, inbound_schema_of(cls)
        example = {"examples": [{"name": "taken", "payload": GOOD[type_]}]}
        common = {"title": cls.__name__, "x-functions": sorted(cls.spec.functions)}
        binary = {
            "name": type_,
            "summary": _sentence(cls),
            "description": "Binary mode: attributes in the headers, data in the value.",
            "contentType": CONTENT_TYPE,
            "headers": cloudevents_schema.binary_headers(type_, source),
            "payload": data,
        }
        structured = {
            "name": f"{type_}.structured",
            "summary": _sentence(cls),
            "description": "Structured mode: attributes and data in the value.",
            "contentType": STRUCTURED,
            "headers": cloudevents_schema.structured_headers(),
            "payload": cloudevents_schema.structured_payload(type_, source, data),
        }
        found += [binary | common | example, structured | common]
    return found


def _feed() -> list[Document]:
    return [
        {
            "name": type_,
            "title": cls.__name__,
            "summary": _sentence(cls),
            "contentType": CONTENT_TYPE,
            "headers": feed_headers_of(type_),
            "payload": feed_schema_of(cls),
        }
        for type_, cls in feed_messages().items()
    ]


def feed_headers_of(type_: str) -> Document:
    """The JSON Schema of the headers of a feed type."""
    traced = type_ == RECEIPT_TYPE
    return cloudevents_schema.feed_headers(type_, source_of(NOTIFICATIONS), traced=traced)


def _on(cls: type[Event], topic: str) -> bool:
    return catalogue.topic_of(cls) == topic


def _sentence(cls: type[Event] | type[InboundMessage]) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]


def _ref(*path: str) -> Document:
    return {"$ref": "#/" + "/".join(path)}


def _binding(topic: Topic) -> Document:
    config = dict(topic.config)
    kept = {
        "cleanup.policy": [config["cleanup.policy"]],
        "max.message.bytes": int(config["max.message.bytes"]),
    }
    if "retention.ms" in config:
        kept["retention.ms"] = int(config["retention.ms"])
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": kept,
        "bindingVersion": "0.5.0",
    }


_SERVER = {
    "host": "{bootstrap}",
    "protocol": "kafka-secure",
    "description": "Apache Kafka over TLS. Log in by SCRAM-SHA-512 as the principal you have.",
    "variables": {"bootstrap": {"description": "host:port, from whoever runs the installation"}},
    "security": [{"type": "scramSha512", "description": "One principal per service and agency."}],
}

_WHOLE = (
    "All topics. Events are CloudEvents 1.0 in binary mode. Labels (`x-label`) say who may know a "
    "field; INTERNAL never leaves the four services."
)
_AGENCY = (
    "Your two topics; no other topic is visible to you. Send CloudEvents 1.0 in binary or "
    "structured mode. Every record that you send gets exactly one receipt on your feed. A record "
    "larger than 1 MiB is refused by the broker itself, without a receipt. After a fault you may "
    "see a feed record twice, with the same `ce_id`."
)
_IN = (
    "Only the agency may write here, and only message types of the functions that it holds. One "
    "partition; records are kept 7 days. A record may have 1 MiB, counted without compression."
)
_OUT = (
    "Only the agency may read here: its receipts, and the facts that it may know, projected to "
    "what it may know of them. Read in a consumer group whose name starts with `partner.<agency>.`"
    " (your id in place of `<agency>`)."
)
