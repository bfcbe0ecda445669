"""The QIP triggers that follow from one series of facts (Lancashire terms 1.2, a-d and f-g).

Each rule is a question about the newest facts of a series: does it hold? L1.2e, the rate of
activity, is in `windows`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from services.assessment.domain.circles import OPEN, Circle, handling_in
from services.assessment.domain.crossings import FIRST, Place, Standing
from services.assessment.domain.facts import OVERALL, Fact, Kind
from services.assessment.domain.thresholds import TriggerThresholds
from shared.contracts.words import (
    EnquiryType,
    Handling,
    ImplicatedRole,
    Improvements,
    Label,
    Trigger,
    strictest,
)

Facts = Sequence[Fact]
"""The newest facts of a series, the newest last."""


def organisational_abuse(facts: Facts, *, statuses: Collection[str]) -> bool:
    """An organisational enquiry that stands, while little or nothing has improved (L1.2a)."""
    said = facts[-1].said
    return (
        said.get("enquiry_type") == EnquiryType.ORGANISATIONAL
        and said.get("status") in statuses
        and said.get("improvements") in (Improvements.NONE, Improvements.LIMITED)
    )


def wider_concern_found(facts: Facts) -> bool:
    """An assessor found concerns about quality wider than the enquiry (L1.2b)."""
    return facts[-1].kind is Kind.WIDER_CONCERN or facts[-1].said.get("wider_concern") is True


def leadership_implicated(facts: Facts, *, roles: Collection[str]) -> bool:
    """A concern implicates somebody who leads the service (L1.2c)."""
    return facts[-1].said.get("implicated_role") in roles


def special_measures_possible(facts: Facts, *, ratings: Collection[str]) -> bool:
    """The location's own overall rating is one that can mean special measures (L1.2d)."""
    return facts[-1].series == OVERALL and facts[-1].said.get("rating") in ratings


def same_action_unmet(facts: Facts, *, consecutive: int) -> bool:
    """Consecutive contract reviews found the same action unmet (L1.2f)."""
    reviews = facts[-consecutive:]
    unmet = [set(review.said.get("unmet_actions", ())) for review in reviews]
    return len(unmet) == consecutive and bool(set.intersection(*unmet))


def clinical_risk(facts: Facts, *, returns: int) -> bool:
    """The newest quality returns tell of clinical risk (L1.2g)."""
    newest = facts[-returns:]
    return len(newest) == returns and all(fact.said.get("clinical_risk") is True for fact in newest)


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """A trigger as a rule over a series, with what the policy says about it."""

    trigger: Trigger
    kinds: frozenset[Kind]
    holds: Callable[[Facts], bool]
    threshold: str
    clause: str
    lookback: int = 1
    """How many of the newest facts the rule looks at."""
    to_confirm: bool = False
    enquiries: int = 0
    """How many safeguarding enquiries there must have been at the location as well."""
    holders: tuple[str, ...] = ()
    """Set where the crossing is for these functions only, whatever its inputs were."""

    def place(self, series: str, circle: Circle = OPEN) -> Place:
        """Where it crosses."""
        return Place(self.trigger.value, series, circle)


@lru_cache(maxsize=64)
def series_rules(policy: TriggerThresholds) -> tuple[SeriesRule, ...]:
    """The rules, measured against a policy."""
    outcome = frozenset({Kind.SAFEGUARDING_OUTCOME})
    reviews, returns = policy.contract_reviews, policy.clinical_risk_returns
    return (
        SeriesRule(
            Trigger.ORGANISATIONAL_ABUSE,
            outcome,
            partial(organisational_abuse, statuses=policy.abuse_statuses.values),
            "an organisational enquiry stands, improvements none or limited",
            policy.abuse_statuses.clause,
        ),
        SeriesRule(
            Trigger.ENQUIRY_WITH_WIDER_CONCERN,
            outcome | {Kind.WIDER_CONCERN},
            wider_concern_found,
            f"{policy.enquiries.value} or more enquiries, and a wider concern",
            policy.enquiries.clause,
            enquiries=policy.enquiries.value,
        ),
        SeriesRule(
            Trigger.LEADERSHIP_IMPLICATED,
            frozenset({Kind.CONCERN_RECEIVED}),
            partial(leadership_implicated, roles=policy.leaders.values),
            "a concern that implicates a leader of the service",
            policy.leaders.clause,
            holders=policy.leadership_holders.values,
        ),
        SeriesRule(
            Trigger.SPECIAL_MEASURES,
            frozenset({Kind.CQC_RATING}),
            partial(special_measures_possible, ratings=policy.special_measures_rating.values),
            f"overall rating {' or '.join(policy.special_measures_rating.values)}",
            policy.special_measures_rating.clause,
            to_confirm=True,
        ),
        SeriesRule(
            Trigger.CONTRACT_ACTIONS_UNMET,
            frozenset({Kind.CONTRACT_REVIEW}),
            partial(same_action_unmet, consecutive=reviews.value),
            f"{reviews.value} consecutive reviews with the same action unmet",
            reviews.clause,
            lookback=reviews.value,
        ),
        SeriesRule(
            Trigger.CLINICAL_RISK,
            frozenset({Kind.QUALITY_RETURN}),
            partial(clinical_risk, returns=returns.value),
            f"{returns.value} quality return{'s' if returns.value > 1 else ''} with clinical risk",
            returns.clause,
            lookback=returns.value,
        ),
    )


def standing(
    rule: SeriesRule, facts: Facts, *, whole: bool, enquiries: Facts, circle: Circle = OPEN
) -> Standing | None:
    """Whether a rule holds on what a circle knows of a series, and since what.

    `facts` are the series in order, or (`whole` false) its newest part; then the name may be None.
    `enquiries` are the newest fact of each of the location's first enquiries, as many as it needs.
    """
    told = [fact for fact in facts if fact.kind in rule.kinds]
    if not told or not rule.holds(told) or len(enquiries) < rule.enquiries:
        return None
    last = told[-1]
    inputs = told[-rule.lookback :]
    if last.kind is Kind.WIDER_CONCERN:
        inputs = [*inputs, *enquiries]
    restricted = [Handling(Label.NAMED, rule.holders)] if rule.holders else []
    handlings = [handling_in(circle), *(fact.handling for fact in inputs), *restricted]
    role = last.said.get("implicated_role")
    return Standing(
        place=rule.place(last.series, circle),
        name=_name(rule, told, whole=whole),
        evidence=tuple(dict.fromkeys(fact.reference for fact in inputs)),
        threshold=rule.threshold,
        clause=rule.clause,
        handling=strictest(handlings),
        to_confirm=rule.to_confirm,
        implicated_role=ImplicatedRole(role) if rule.holders and role else None,
        attributed_to=last.said.get("agency_id"),
    )


def _name(rule: SeriesRule, told: Facts, *, whole: bool) -> str | None:
    """The newest fact at which the rule did not hold ended the crossing before this one."""
    for length in range(len(told) - 1, rule.lookback - 1, -1):
        if not rule.holds(told[:length]):
            return str(told[length - 1].id)
    return FIRST if whole else None
