"""Which of CQC's published ratings stand on a day (W4.4). PAMMS ratings are another type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.contracts.words import CqcRating


@dataclass(frozen=True, slots=True)
class PublishedCqcRating:
    """A rating that CQC published, for a service group and a key question."""

    service_group: str
    key_question: str
    raw: str
    """Exactly as published."""
    rating: CqcRating | None
    """None where the text says that there is no rating."""
    inherited: bool | None
    """Given to an earlier registration of the service; None where CQC does not say."""
    published_on: date | None
    source: str
    source_date: date
    gone_on: date | None = None
    """The date of the first complete file that no longer lists it."""

    @property
    def day(self) -> date:
        """The day from which it counts: of its publication, else of the file that told of it."""
        return self.published_on or self.source_date


def standing(ratings: Iterable[PublishedCqcRating], day: date) -> tuple[PublishedCqcRating, ...]:
    """The newest rating of each service group and key question as of a day.

    Where CQC published two of one day that differ both are given: a person says which one holds.
    What CQC withdrew stands until the first file without it.
    """
    newest: dict[tuple[str, str], list[PublishedCqcRating]] = {}
    for rating in ratings:
        if rating.day > day or (rating.gone_on is not None and rating.gone_on <= day):
            continue
        best = newest.setdefault((rating.service_group, rating.key_question), [])
        if not best or rating.day > best[0].day:
            best[:] = [rating]
        elif rating.day == best[0].day and all(rating.raw != other.raw for other in best):
            best.append(rating)
    return tuple(
        rating for key in sorted(newest) for rating in sorted(newest[key], key=lambda r: r.raw)
    )


def is_news(day: date | None, known: Iterable[date | None]) -> bool:
    """Whether a rating of this day changes what is known: nothing newer was published."""
    return day is not None and all(day >= other for other in known if other is not None)
