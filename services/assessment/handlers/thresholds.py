"""Read the thresholds of a partnership from the policy pack in force."""

from __future__ import annotations

from services.assessment.domain.thresholds import (
    Count,
    ThemeThresholds,
    Thresholds,
    TriggerThresholds,
    Words,
)
from shared.platform.policy import Pack
from shared.platform.telemetry import log
from shared.platform.work import Work


def thresholds_of(work: Work, partnership: str) -> Thresholds:
    """What the policy in force has; processes that it does not have are left out, and logged."""
    if (Thresholds, partnership) not in work.ahead:
        work.ahead[Thresholds, partnership] = _thresholds(work, partnership)
    found: Thresholds = work.ahead[Thresholds, partnership]
    return found


def _thresholds(work: Work, partnership: str) -> Thresholds:
    pack = work.policies.on(partnership, work.today)
    for process in ("triggers", "themes"):
        if not pack.has("assessment", process):
            log.info("policy.process_skipped", pack=pack.name, process=process)
    return Thresholds(
        triggers=trigger_thresholds(pack) if pack.has("assessment", "triggers") else None,
        themes=_theme_thresholds(pack) if pack.has("assessment", "themes") else None,
    )


def trigger_thresholds(pack: Pack) -> TriggerThresholds:
    """Thresholds of the triggers. Raises Refused where the policy has none."""
    rating = pack.value("assessment", "triggers", "special_measures_rating")
    return TriggerThresholds(
        abuse_statuses=_words(pack, "organisational_abuse"),
        enquiries=_count(pack, "triggers", "enquiry_with_wider_concern"),
        leaders=_words(pack, "leadership_implicated"),
        leadership_holders=_words(pack, "leadership_holders"),
        special_measures_rating=Words((rating.text,), rating.clause),
        high_activity=_count(pack, "triggers", "high_activity"),
        window_days=_count(pack, "triggers", "window_days"),
        contract_reviews=_count(pack, "triggers", "consecutive_contract_reviews"),
        clinical_risk_returns=_count(pack, "triggers", "clinical_risk"),
    )


def _theme_thresholds(pack: Pack) -> ThemeThresholds:
    return ThemeThresholds(_count(pack, "themes", "count"), _count(pack, "themes", "window_days"))


def _count(pack: Pack, process: str, name: str) -> Count:
    cited = pack.value("assessment", process, name)
    return Count(cited.number, cited.clause)


def _words(pack: Pack, name: str) -> Words:
    cited = pack.value("assessment", "triggers", name)
    return Words(cited.texts, cited.clause)
