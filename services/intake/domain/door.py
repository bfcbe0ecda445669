"""Who may say what at the door, and the refusals that the door gives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from shared.contracts.words import AgencyFunction, Refusal, Refused

GUIDE = "docs/partners.md"


@dataclass(frozen=True, slots=True)
class Agency:
    """A partner agency as the door knows it."""

    id: str
    partnership: str
    suspended: bool
    functions: frozenset[AgencyFunction]
    """Those that it holds today."""


def may_speak(agency: Agency, source: str, functions: Collection[AgencyFunction]) -> None:
    """An agency speaks for itself only, and within the functions that it holds. Raises Refused."""
    if agency.suspended:
        raise Refused(
            Refusal(
                rule="door.suspended",
                sentence="This agency is suspended.",
                clause="L8a",
                instead="Speak to the council's information governance team.",
            )
        )
    if source != source_of_agency(agency.id):
        raise Refused(
            Refusal(
                rule="door.wrong-agency",
                sentence="An agency can only speak for itself.",
                clause=f"{GUIDE}, Who you are",
                instead="Let the agency that knows it publish it on its own topic, "
                f"or send it with ce_source {source_of_agency('<your agency>')}.",
                field="ce_source",
            )
        )
    if not agency.functions & set(functions):
        names = ", ".join(sorted(functions))
        raise Refused(
            Refusal(
                rule="door.function-not-held",
                sentence="This agency holds no function that sends this type today.",
                clause=f"{GUIDE}, What you may send",
                instead=f"It may be sent by holders of: {names}.",
                field="ce_type",
            )
        )


def source_of_agency(agency: str) -> str:
    """The `ce_source` that an agency uses."""
    return f"urn:agency:{agency}"


def not_in_the_future(day: date, today: date, field: str) -> None:
    """What happened cannot lie in the future. Raises Refused."""
    if day > today:
        raise Refused(
            Refusal(
                rule="door.future-date",
                sentence="The date lies in the future.",
                clause=f"{GUIDE}, Dates",
                instead="Give the date on which it happened, as it was in London.",
                field=field,
            )
        )


def unknown_location() -> Refused:
    """No location of this partnership has the reference."""
    return Refused(
        Refusal(
            rule="door.unknown-location",
            sentence="No service of this partnership has this reference.",
            clause=f"{GUIDE}, Locations",
            instead="Use CQC's location id, or the council's reference of a service that is "
            "not registered with CQC.",
            field="location",
        )
    )


def unknown_type() -> Refused:
    """The message type is none that partners publish."""
    return Refused(
        Refusal(
            rule="door.unknown-type",
            sentence="There is no message of this type.",
            clause=f"{GUIDE}, What you may send",
            instead="See the AsyncAPI document of your agency for the types.",
            field="ce_type",
        )
    )


def unfit_fields(fields: Collection[str]) -> Refused:
    """Fields do not fit the schema; their values are not repeated."""
    return Refused(
        Refusal(
            rule="door.field",
            sentence="Fields are missing or do not fit the schema.",
            clause=f"{GUIDE}, What you may send",
            instead="Compare the message with the schema of its type and send it again.",
            field=", ".join(fields)[:200],
        )
    )


def unreadable(rule: str, sentence: str, fields: Collection[str]) -> Refused:
    """The record is no message that the door can read."""
    return Refused(
        Refusal(
            rule=rule,
            sentence=sentence,
            clause=f"{GUIDE}, The form of a message",
            instead="Send a CloudEvent 1.0 in binary or structured mode, JSON in UTF-8, "
            "of 1 MiB at most.",
            field=", ".join(fields)[:200] or None,
        )
    )


def id_reused(field: str) -> Refused:
    """The same id or reference came before with another content."""
    return Refused(
        Refusal(
            rule="door.id-reused",
            sentence="This id was used before for another content.",
            clause=f"{GUIDE}, Sending again",
            instead="Send the first content again unchanged, or use a new id for a new message.",
            field=field,
        )
    )
