"""The numbers and lists that the rules measure against, each with the clause it comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number of the policy."""

    value: int
    clause: str


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words of the policy."""

    values: tuple[str, ...]
    clause: str


@dataclass(frozen=True, slots=True)
class TriggerThresholds:
    """What the seven triggers measure against (L1.2a-g)."""

    abuse_statuses: Words
    enquiries: Count
    leaders: Words
    leadership_holders: Words
    """Functions that may know that a leader is implicated."""
    special_measures_rating: Words
    high_activity: Count
    window_days: Count
    contract_reviews: Count
    clinical_risk_returns: Count


@dataclass(frozen=True, slots=True)
class ThemeThresholds:
    """What makes a theme of recurring concerns (W2.9)."""

    count: Count
    window_days: Count


@dataclass(frozen=True, slots=True)
class Thresholds:
    """A partnership's thresholds; None for what its policy does not have."""

    triggers: TriggerThresholds | None
    themes: ThemeThresholds | None
