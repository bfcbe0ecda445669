"""How a rule of meetings says no."""

from __future__ import annotations

from shared.contracts.words import Refusal, Refused


def refused(
    rule: str, sentence: str, instead: str, *, clause: str | None = None, field: str | None = None
) -> Refused:
    """A refusal under a rule; its clause is the rule's own where no other is given."""
    return Refused(
        Refusal(rule=rule, sentence=sentence, clause=clause or rule, instead=instead, field=field)
    )


def cannot_be(field: str, sentence: str, instead: str) -> Refused:
    """A value that cannot be right, whatever the policy says."""
    return refused("door.field", sentence, instead, clause="docs/refusals.md", field=field)
