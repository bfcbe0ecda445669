"""Load CQC's ratings of locations that the register knows."""

from __future__ import annotations

from collections.abc import Iterable

from services.intake.cqc_files.latest_ratings import OVERALL, PublishedRating
from services.intake.domain.register import Source
from services.intake.handlers.register import Loaded
from services.intake.store import register as store
from services.intake.tables import LocationRow, RatingRow
from shared.contracts.intake import CqcRatingChanged
from shared.platform.work import Work


async def load_ratings(
    work: Work, partnership: str, published: Iterable[PublishedRating], source: Source
) -> Loaded:
    """Take CQC's ratings of known locations; the raw text is kept beside what it means."""
    loaded = Loaded()
    locations = await store.locations_by_reference(work, partnership)
    known = {
        (row.location_id, row.service_group, row.key_question, row.published_on)
        for row in await store.ratings(work, [row.id for row in locations.values()])
    }
    for rating in published:
        location = locations.get(rating.location_id or "")
        if location is None:
            loaded.add("ratings of others")
            continue
        key = (location.id, rating.service_group, rating.domain, rating.published)
        if key in known:
            loaded.add("ratings unchanged")
            continue
        known.add(key)
        loaded.add("ratings new")
        _take_rating(work, location, rating, source)
    return loaded


def _take_rating(
    work: Work, location: LocationRow, rating: PublishedRating, source: Source
) -> None:
    row = RatingRow(
        id=work.new_id(),
        partnership=location.partnership,
        location_id=location.id,
        service_group=rating.service_group,
        key_question=rating.domain,
        raw=rating.rating_text,
        rating=rating.rating.value if rating.rating else None,
        inherited=bool(rating.inherited),
        published_on=rating.published,
        source=source.name,
    )
    work.session.add(row)
    # Only the ratings of the whole location travel; those of its services stay in the register.
    if rating.service_group == OVERALL and rating.published is not None:
        work.announce(
            CqcRatingChanged(
                partnership=location.partnership,
                location_id=location.id,
                signal_id=row.id,
                key_question=rating.domain.lower().replace("-", "_"),
                rating=rating.rating,
                published_on=rating.published,
                inherited=row.inherited,
            )
        )
