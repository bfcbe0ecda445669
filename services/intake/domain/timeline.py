"""What a timeline holds: facts with their source and label, each for who may know it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from shared.contracts.words import Label


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that intake knows of a provider."""

    on: date
    """The London date on which it happened, was published, or came in."""
    id: UUID
    what: str
    source: str
    """`agency:<id>`, `provider`, `public`, `council`, `safeguarding`, `concern` (a file of one), or
    the name of the source from which the register has it."""
    label: Label
    location_id: UUID | None = None
    reference: str | None = None
    details: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> tuple[date, UUID]:
        """Where it stands in the timeline."""
        return self.on, self.id


@dataclass(frozen=True, slots=True)
class Audience:
    """Who reads a timeline."""

    held: frozenset[str] = frozenset()
    """Staff: the holders as whom they know NAMED items."""
    provider: str | None = None
    """The provider's own people: its reference."""
    implicated: frozenset[str] = frozenset()
    """The offices that the provider's reader holds, and so is kept out of where they are
    implicated (L1.2c)."""

    @property
    def is_staff(self) -> bool:
        return self.provider is None


def source_of(teller: str) -> str:
    """A source without a person: who tells is protected, their body is not."""
    kind, _, name = teller.partition(":")
    return {"agency": f"agency:{name}", "staff": "council"}.get(kind, kind)


def raised(label: str | None, plain: Label) -> Label:
    """The label of one item, where it has one of its own; else that of its kind."""
    return Label(label) if label else plain


def newest(
    sources: Collection[Collection[Fact]], after: tuple[date, UUID] | None, limit: int
) -> list[Fact]:
    """The newest facts of all sources from a place on, one more than the limit where there is."""
    facts = [one for found in sources for one in found if after is None or one.place < after]
    return sorted(facts, key=lambda one: one.place, reverse=True)[: limit + 1]
