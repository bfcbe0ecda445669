"""Who may say what at the door, and the refusals that the door gives."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from shared.contracts.words import AgencyFunction, Refused, refused

GUIDE = "docs/partners.md"
_MOST_EXPLAINED = 3
"""Of so many fields the words that they know are told."""


@dataclass(frozen=True, slots=True)
class Agency:
    """A partner agency as the door knows it."""

    id: str
    partnership: str
    suspended: bool
    functions: frozenset[AgencyFunction]
    """Those that it holds today."""
    uploader: str | None = None
    """Who of the staff uploads on its behalf, by their reference."""


def may_speak(
    agency: Agency, source: str, functions: Collection[AgencyFunction], *, by_law: bool = False
) -> None:
    """An agency speaks for itself only, and within the functions that it holds. Raises Refused.

    `by_law`: it asks what the law lets it ask, which no suspension stops (docs/domain.md, the law).
    """
    if agency.suspended and not (by_law and agency.functions):
        raise suspended()
    if source != source_of_agency(agency.id):
        raise refused(
            "door.wrong-agency",
            "An agency can only speak for itself.",
            "Let the agency that knows it publish it on its own topic, "
            f"or send it with ce_source {source_of_agency('YOUR-AGENCY')}.",
            clause=f"{GUIDE}, Who you are",
            field="ce_source",
        )
    if not agency.functions & set(functions):
        names = ", ".join(sorted(functions))
        raise refused(
            "door.function-not-held",
            "This agency holds no function that sends this type today.",
            f"It may be sent by holders of: {names}.",
            clause=f"{GUIDE}, What you may send",
            field="ce_type",
        )


def suspended() -> Refused:
    """The agency is cut off until it is let in again."""
    return refused(
        "door.suspended",
        "This agency is suspended.",
        "Speak to the council's information governance team. A request under the law is taken.",
        clause="L8a",
    )


def too_many_emergencies(route: str, clause: str) -> Refused:
    """A suspended agency has told of as many emergencies as are taken from one in a day."""
    return refused(
        "door.suspended-emergencies",
        "This agency is suspended, and no more emergencies are taken from it today.",
        f"Do not wait for us: {route}",
        clause=clause,
        emergency_route=route,
    )


def source_of_agency(agency: str) -> str:
    """The `ce_source` that an agency uses."""
    return f"urn:agency:{agency}"


def not_in_the_future(day: date, today: date, field: str) -> None:
    """What happened cannot lie in the future. Raises Refused."""
    if day > today:
        raise refused(
            "door.future-date",
            "The date lies in the future.",
            "Give the date on which it happened, as it was in London.",
            clause=f"{GUIDE}, Dates",
            field=field,
        )


def unknown_location() -> Refused:
    """No location of this partnership has the reference."""
    return refused(
        "door.unknown-location",
        "No service of this partnership has this reference.",
        "Use CQC's location id, or the council's reference of a service that is "
        "not registered with CQC.",
        clause=f"{GUIDE}, Locations",
        field="location",
    )


def unknown_type() -> Refused:
    """The message type is none that partners publish."""
    return refused(
        "door.unknown-type",
        "There is no message of this type.",
        "See the AsyncAPI document of your agency for the types.",
        clause=f"{GUIDE}, What you may send",
        field="ce_type",
    )


def unfit_fields(fields: Collection[str], words: Mapping[str, str] | None = None) -> Refused:
    """Fields do not fit the schema; their values are not repeated.

    `words` are those of the schema, by field, where one knows certain words only.
    """
    known = [f" {field} knows: {said}." for field, said in (words or {}).items()]
    return refused(
        "door.field",
        "Fields are missing or do not fit the schema.",
        "Compare the message with the schema of its type and send it again."
        + "".join(known[:_MOST_EXPLAINED]),
        clause=f"{GUIDE}, What you may send",
        field=", ".join(fields)[:200],
    )


def unreadable(rule: str, sentence: str, fields: Collection[str]) -> Refused:
    """The record is no message that the door can read."""
    return refused(
        rule,
        sentence,
        "Send a CloudEvent 1.0 in binary or structured mode, JSON in UTF-8, of 1 MiB at most.",
        clause=f"{GUIDE}, The form of a message",
        field=", ".join(fields)[:200] or None,
    )


def id_reused(field: str) -> Refused:
    """The same id or reference came before with another content."""
    return refused(
        "door.id-reused",
        "This id was used before for another content.",
        "Send the first content again unchanged, or use a new id for a new message.",
        clause=f"{GUIDE}, Sending again",
        field=field,
    )


def unknown_reference() -> Refused:
    """Nothing was handed over under the reference that safeguarding acknowledges."""
    return refused(
        "door.unknown-reference",
        "Nothing was handed over under this reference.",
        "Use the reference of the handover message.",
        clause=f"{GUIDE}, Handovers",
        field="reference",
    )


def harmless(message_id: str | None) -> str | None:
    """A partner's id where repeating it cannot repeat somebody's name or story."""
    plain = re.sub(r"[-_.:]", "", message_id or "")
    fits = len(message_id or "") <= 64 and plain.isascii() and plain.isalnum()
    return message_id if fits else None
