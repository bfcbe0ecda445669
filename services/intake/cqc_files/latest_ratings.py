"""Reader of CQC's monthly file of latest ratings (ODS, some 320,000 rows)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.intake.cqc_files.ods import read_rows
from services.intake.cqc_files.packed import MAX_UNCOMPRESSED_BYTES, Progress, unwatched
from services.intake.cqc_files.problems import RowProblem
from services.intake.cqc_files.records import Record, Table
from shared.contracts.words import CqcRating

LOCATIONS = "Locations"
PROVIDERS = "Providers"
OVERALL = "Overall"
LONGEST_RATING = 120
"""Of a rating's text; what is longer is none that we know, and is reported as such."""

_RATING_COLUMNS = (
    "Service / Population Group",
    "Domain",
    "Latest Rating",
    "Publication Date",
    "Report Type",
    "Inherited Rating (Y/N)",
)
LOCATION_COLUMNS = ("Location ID", "Provider ID", *_RATING_COLUMNS)
PROVIDER_COLUMNS = ("Provider ID", *_RATING_COLUMNS)
_SYNONYMS = {"Key Question": "Domain"}  # the heading of earlier releases

DOMAINS = ("Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led")
"""CQC's key questions, and the rating of them all together, as CQC writes them."""
_DOMAIN_BY_KEY = {name.casefold().replace("-", " "): name for name in DOMAINS}


@dataclass(frozen=True, slots=True)
class PublishedRating:
    """One rating that CQC published: of a location or provider, for a service and a domain."""

    location_id: str | None
    """None for a rating of the provider as a whole (sheet Providers)."""
    provider_id: str
    service_group: str
    """``Overall``, or one of several services or population groups."""
    domain: str
    """``Overall``, one of the five key questions, or as published (NHS bodies have others)."""
    rating_text: str
    """Exactly as published, ``""`` for a blank."""
    rating: CqcRating | None
    """None where the text says that there is no rating."""
    published: date | None
    report_type: str | None
    inherited: bool | None

    @property
    def is_own(self) -> bool:
        """Whether this is the rating of the whole, and not of a service or a key question."""
        return self.service_group == OVERALL and self.domain == OVERALL


def read_latest_ratings(
    path: Path,
    problems: list[RowProblem],
    *,
    listed: set[str] | None = None,
    max_uncompressed: int = MAX_UNCOMPRESSED_BYTES,
    progress: Progress = unwatched,
) -> Iterator[PublishedRating]:
    """Streams the ratings of sheet Locations and then of sheet Providers; memory stays flat.

    Odd rows are added to `problems` while reading, and to `listed` whose rating is refused for
    something else. `records.date_in_name` dates the file.

    Raises `FileRefused`, at the first row or later, when the file is no ODS or lacks a sheet or
    a needed column.
    """
    tables = {
        sheet: Table(sheet, columns, synonyms=_SYNONYMS, problems=problems, listed=listed)
        for sheet, columns in ((LOCATIONS, LOCATION_COLUMNS), (PROVIDERS, PROVIDER_COLUMNS))
    }
    for row in read_rows(
        path,
        tuple(tables),
        max_uncompressed=max_uncompressed,
        wanted=lambda sheet: tables[sheet].wanted,
        progress=progress,
    ):
        record = tables[row.sheet].record(row.number, row.cells)
        rating = None if record is None else _rating(record, of_location=row.sheet == LOCATIONS)
        if rating is not None:
            yield rating
    for table in tables.values():
        table.finish()


def own_ratings(ratings: Iterable[PublishedRating]) -> tuple[PublishedRating, ...]:
    """The newest rating of the whole among the ratings of one location or provider.

    CQC publishes none for some and two of the same date for others; where these two differ it
    is for a person to say which one holds.
    """
    own = [rating for rating in ratings if rating.is_own]
    newest = max((rating.published or date.min for rating in own), default=date.min)
    return tuple(dict.fromkeys(r for r in own if (r.published or date.min) == newest))


def _rating(record: Record, *, of_location: bool) -> PublishedRating | None:
    location_id = record.identifier("Location ID") if of_location else None
    provider_id = record.identifier("Provider ID")
    group = record.needed_text("Service / Population Group", longest=200)
    domain = record.needed_text("Domain", longest=60)
    if not (provider_id and group and domain) or (of_location and location_id is None):
        record.refuse(location_id if of_location else provider_id)
        return None
    return PublishedRating(
        location_id=location_id,
        provider_id=provider_id,
        service_group=OVERALL if group.casefold() == OVERALL.casefold() else group,
        domain=_DOMAIN_BY_KEY.get(domain.casefold().replace("-", " "), domain),
        rating_text=record.raw("Latest Rating")[:LONGEST_RATING],
        rating=record.rating("Latest Rating"),
        published=record.day("Publication Date"),
        report_type=record.text("Report Type"),
        inherited=record.flag("Inherited Rating (Y/N)"),
    )
