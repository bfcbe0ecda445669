"""What may be asked of the quality team, what it refuses, and where the asker turns instead.

A statutory request is never refused under a rule of the team's (docs/domain.md, the law).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.contracts.words import Refused, Role, refused


class RequestType(StrEnum):
    """What can be asked. Any other word meets WX0."""

    INFORMATION = "information_from_provider"
    EVIDENCE = "evidence_from_provider"
    ACCESSIBLE_DATA = "data_in_accessible_system"
    VISIT = "provider_visit"
    STRATEGY_MEETING = "strategy_meeting"
    SUMMARY = "summary_of_information"
    QIP_PROPOSAL = "qip_proposal"
    SUBJECT_ACCESS = "subject_access"
    FREEDOM_OF_INFORMATION = "freedom_of_information"
    CARE_ACT_S45 = "care_act_s45"
    CQC_S64 = "cqc_s64"
    OMBUDSMAN = "ombudsman"
    CORONER = "coroner"


STATUTORY = frozenset(
    {
        RequestType.SUBJECT_ACCESS,
        RequestType.FREEDOM_OF_INFORMATION,
        RequestType.CARE_ACT_S45,
        RequestType.CQC_S64,
        RequestType.OMBUDSMAN,
        RequestType.CORONER,
    }
)
"""Dated by their legal deadline and handed to information governance, whatever they ask."""

LOADS_PROVIDER = frozenset({RequestType.INFORMATION, RequestType.EVIDENCE, RequestType.VISIT})
"""What a provider has to answer: open ones are shown before another is added (W3.3)."""

NOT_OVERRIDDEN = frozenset(
    {"L1.2h", "L1.2i", "L5.4", "L7.1i", "L8b", "W1.9", "WX14", "W3.3", "WX0.reason"}
)
"""Refusals of which WX0 says that there is no override; a load that is not yet seen needs none."""


class OverrideReason(StrEnum):
    """The two reasons of WX0, and no other."""

    EMERGENCY = "emergency"
    PRIOR_AGREEMENT = "prior_agreement"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as somebody makes it."""

    type: str
    """A word of RequestType; any other is refused under WX0."""
    text: str = ""
    location: str | None = None
    risk_type: str | None = None
    """Of a visit that information about a risk prompts (WX4)."""
    system: str | None = None
    """The system in which the data lies (WX2, WX6)."""
    about_individual: bool = False
    """Of a proposal: it is about one person's case (L1.2h)."""
    immediate_danger: bool = False
    required_by: date | None = None
    """The day that a statutory notice itself sets."""
    load_seen: bool = False
    """The asker has been shown what is open on the provider, and asks all the same (W3.3)."""
    personal_data_needed: str | None = None
    """Why personal data has to stand in the text."""

    @property
    def needed(self) -> dict[str, str]:
        """The same by field."""
        return {"text": self.personal_data_needed} if self.personal_data_needed else {}

    @property
    def kind(self) -> RequestType | None:
        """The type, where it is one that we know."""
        return RequestType(self.type) if self.type in set(RequestType) else None

    @property
    def is_statutory(self) -> bool:
        return self.kind in STATUTORY


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where an asker turns instead: policy, each list with its clause (WS2)."""

    visit_teams: Mapping[str, str]
    """By type of risk."""
    visit_clause: str
    systems: Mapping[str, str]
    """By system: its administrator, for who can get at it themselves."""
    systems_clause: str
    own_systems: Collection[str]
    owners: Mapping[str, str]
    """By system that is not the quality team's: who owns it."""
    owners_clause: str
    strategy_outcome: str
    strategy_clause: str
    unknown: str
    unknown_clause: str
    approvers: tuple[Role, ...]


def judge(asked: Asked, pointers: Pointers) -> None:
    """Whether the team does what is asked. Raises Refused; a statutory request never is."""
    if asked.is_statutory:
        return
    match asked.kind:
        case None:
            raise _no(
                pointers,
                "The quality team does not do what is asked here.",
                pointers.unknown,
                pointers.unknown_clause,
                rule="WX0",
            )
        case RequestType.ACCESSIBLE_DATA:
            raise _no(
                pointers,
                "You can get this from a system that you have access to.",
                _pointer(pointers.systems, asked.system),
                pointers.systems_clause,
                rule="WX2",
            )
        case RequestType.VISIT if asked.risk_type is not None:
            raise _no(
                pointers,
                "The quality team makes no visits on information about a risk.",
                _pointer(pointers.visit_teams, asked.risk_type),
                pointers.visit_clause,
                rule="WX4",
            )
        case RequestType.STRATEGY_MEETING:
            raise _no(
                pointers,
                "The quality team does not attend strategy meetings; it needs their outcome.",
                pointers.strategy_outcome,
                pointers.strategy_clause,
                rule="WX5",
            )
        case RequestType.SUMMARY if asked.system not in pointers.own_systems:
            raise _no(
                pointers,
                "The quality team does not summarise what others hold.",
                _pointer(pointers.owners, asked.system),
                pointers.owners_clause,
                rule="WX6",
            )
        case _:
            return


def judge_at_once(asked: Asked, route: str, clause: str) -> None:
    """What is refused everywhere, before `judge` and whatever a policy says. Raises Refused."""
    if asked.is_statutory:
        return
    if asked.immediate_danger:
        raise urgent(asked, route, clause)
    if asked.kind is RequestType.QIP_PROPOSAL and asked.about_individual:
        raise refused(
            "L1.2h",
            "A QIP does not replace the alert, referral or enquiry of an individual.",
            "Refer them to adult safeguarding; tell us of wider concerns as concerns.",
        )


def urgent(asked: Asked, route: str, clause: str) -> Refused:
    """Somebody is in danger: whatever is asked, the emergency route is the answer (L1.2i)."""
    what = "QIP" if asked.kind is RequestType.QIP_PROPOSAL else "request"
    sentence = f"A {what} is no emergency response."
    return refused("L1.2i", sentence, route, clause=clause, emergency_route=route)


def _no(pointers: Pointers, sentence: str, instead: str, clause: str, *, rule: str) -> Refused:
    return refused(
        rule,
        sentence,
        instead,
        clause=clause,
        approvers=pointers.approvers,
        override_reasons=tuple(one.value for one in OverrideReason),
    )


def _pointer(places: Mapping[str, str], wanted: str | None) -> str:
    """Where to turn; the entry `other` where the policy does not know the word."""
    return places.get(wanted or "other") or places["other"]


def check_override(
    rule: str, reason: str, *, asker: str, approver: str, may: bool, approvers: tuple[Role, ...]
) -> OverrideReason:
    """A refusal is lifted for one of two reasons, by somebody else who may (WX0). Raises Refused.

    `asker` and `approver` are sign-ins; `may` says whether the approver has the right to it.
    """
    if rule in NOT_OVERRIDDEN:
        raise refused(
            "WX0.never",
            "No one can lift this refusal.",
            "Do what the refusal says instead.",
            clause="WX0",
        )
    if reason not in set(OverrideReason):
        raise refused(
            "WX0.reason",
            "A refusal is lifted in an emergency or by prior agreement, and for no other reason.",
            f"Give one of: {', '.join(OverrideReason)}.",
            clause="WX0",
            field="reason",
        )
    if approver == asker or not may:
        raise refused(
            "WX0.approver",
            "Who asks cannot approve, and only those with the right may.",
            "Ask somebody else who may.",
            clause="WX0",
            approvers=approvers,
        )
    return OverrideReason(reason)


@dataclass(frozen=True, slots=True)
class Open:
    """An open request on a provider, as far as the load shows it."""

    due_on: date | None


def check_load(open_: Sequence[Open], seen: bool, clause: str) -> None:
    """Before another request is added, its asker is shown what is open (W3.3). Raises Refused."""
    if seen or not open_:
        return
    raise refused(
        "W3.3",
        load_sentence(open_),
        "If it is needed all the same, ask again with load_seen set to true.",
        clause=clause,
        field="load_seen",
    )


def load_sentence(open_: Sequence[Open]) -> str:
    """Count and due dates, in words."""
    days = sorted({one.due_on for one in open_ if one.due_on is not None})
    due = f", due on {', '.join(day.isoformat() for day in days)}" if days else ""
    return f"Open requests on this provider: {len(open_)}{due}."


def working_days_after(day: date, count: int, holidays: Collection[date]) -> date:
    """The so-manieth working day after a day."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day, holidays)
    return day


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Neither at a weekend nor a holiday."""
    return day.weekday() < 5 and day not in holidays


def parse_pointers(lines: Sequence[str]) -> dict[str, str]:
    """A policy's list of `word: where to turn`."""
    return {word.strip(): where.strip() for word, _, where in (one.partition(":") for one in lines)}
