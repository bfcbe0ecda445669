"""What a cluster should hold, what it holds, and where the two differ. No network here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its names have no __all__
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from shared.contracts import catalogue
from shared.contracts.catalogue import SERVICES, Acl

_RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "cluster": ResourceType.BROKER,  # librdkafka's name of the cluster resource
}


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic's partitions, and the settings that it does not have from the broker."""

    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """Topics, rights and logins of a cluster."""

    topics: Mapping[str, TopicState]
    acls: frozenset[AclBinding]
    principals: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is missing in a cluster, what differs, and what of ours it has beyond the catalogue."""

    missing_topics: Mapping[str, TopicState]
    partitions: Mapping[str, tuple[int, int]]
    """Topic -> (wanted, found). Never changed: another count moves keys to other partitions."""
    settings: Mapping[str, Mapping[str, str]]
    """Topic -> the settings to write."""
    extra_settings: Mapping[str, frozenset[str]]
    extra_topics: frozenset[str]
    missing_acls: frozenset[AclBinding]
    extra_acls: frozenset[AclBinding]
    missing_principals: frozenset[str]
    extra_principals: frozenset[str]

    @property
    def complete(self) -> bool:
        """True where nothing is missing that could be added."""
        lacks = (self.missing_topics, self.settings, self.missing_acls, self.missing_principals)
        return not any(lacks)

    def lines(self) -> list[str]:
        """The difference in words, in a stable order."""
        return sorted(self._lines())

    def _lines(self) -> Iterator[str]:
        yield from (f"missing topic {name}" for name in self.missing_topics)
        for name, (wanted, found) in self.partitions.items():
            yield f"topic {name} has {found} partitions, not {wanted}: it needs a new version"
        for name, settings in self.settings.items():
            yield from (f"topic {name}: {key} is not {value}" for key, value in settings.items())
        for name, keys in self.extra_settings.items():
            yield from (f"topic {name}: {key} is set, but not by the catalogue" for key in keys)
        yield from (f"extra topic {name}" for name in self.extra_topics)
        yield from (f"missing ACL {in_words(acl)}" for acl in self.missing_acls)
        yield from (f"extra ACL {in_words(acl)}" for acl in self.extra_acls)
        yield from (f"missing principal {name}" for name in self.missing_principals)
        yield from (f"extra principal {name}" for name in self.extra_principals)


def wanted(agencies: Iterable[str], suspended: frozenset[str] = frozenset()) -> State:
    """What the catalogue says of an installation; who is suspended has neither login nor rights."""
    agencies = sorted(agencies)
    return State(
        topics={
            topic.name: TopicState(topic.partitions, dict(topic.config))
            for topic in catalogue.topics(agencies)
        },
        acls=frozenset(
            binding(acl) for acl in catalogue.acls(agencies) if acl.principal not in suspended
        ),
        principals=frozenset(catalogue.principals(agencies)) - suspended,
    )


def compare(want: State, found: State) -> Difference:
    """Where a cluster differs. What belongs to others in the same cluster is not looked at."""
    both = want.topics.keys() & found.topics.keys()
    return Difference(
        missing_topics={n: t for n, t in want.topics.items() if n not in found.topics},
        partitions={
            name: (want.topics[name].partitions, found.topics[name].partitions)
            for name in both
            if want.topics[name].partitions != found.topics[name].partitions
        },
        settings={
            name: lacking
            for name in both
            if (lacking := _lacking(want.topics[name].config, found.topics[name].config))
        },
        extra_settings={
            name: frozenset(extra)
            for name in both
            if (extra := found.topics[name].config.keys() - want.topics[name].config.keys())
        },
        extra_topics=frozenset(n for n in found.topics if _is_our_name(n)) - want.topics.keys(),
        missing_acls=want.acls - found.acls,
        extra_acls=frozenset(a for a in found.acls - want.acls if _touches_us(a, want)),
        missing_principals=want.principals - found.principals,
        extra_principals=frozenset(filter(_is_our_principal, found.principals - want.principals)),
    )


def binding(acl: Acl) -> AclBinding:
    """A permission of the catalogue as Kafka takes it."""
    pattern = ResourcePatternType.PREFIXED if acl.prefixed else ResourcePatternType.LITERAL
    return AclBinding(
        _RESOURCES[acl.resource],
        acl.name,
        pattern,
        f"User:{acl.principal}",
        "*",
        AclOperation[acl.operation.upper()],
        AclPermissionType.ALLOW,
    )


def in_words(acl: AclBinding) -> str:
    """A permission on one line, without a word left out that matters."""
    star = "*" if acl.resource_pattern_type is ResourcePatternType.PREFIXED else ""
    permission = "" if acl.permission_type is AclPermissionType.ALLOW else "DENY "
    host = "" if acl.host == "*" else f" from {acl.host}"
    return (
        f"{permission}{acl.principal} {AclOperation(acl.operation).name.lower()} "
        f"{ResourceType(acl.restype).name.lower()} {acl.name}{star}{host}"
    )


def _lacking(want: Mapping[str, str], found: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in want.items() if found.get(key) != value}


def _is_our_name(name: str) -> bool:
    return name.partition(".")[0] in {*SERVICES, "partner"} and "." in name


def _is_our_principal(name: str) -> bool:
    return name in SERVICES or name.startswith(catalogue.principal_of_agency(""))


def _touches_us(acl: AclBinding, want: State) -> bool:
    """Whether it gives one of our principals a right, or anybody a right to what is ours."""
    if _is_our_principal(acl.principal.removeprefix("User:")):
        return True
    ours = {(a.restype, a.name) for a in want.acls} | {(ResourceType.TOPIC, n) for n in want.topics}
    names = [name for restype, name in ours if restype is acl.restype]
    if acl.resource_pattern_type is ResourcePatternType.PREFIXED:
        return any(n.startswith(acl.name) or acl.name.startswith(n) for n in names)
    return bool(names) and (acl.name == "*" or acl.name in names or _is_our_name(acl.name))
