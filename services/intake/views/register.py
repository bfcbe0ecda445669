"""What the register's doors take and give: shapes only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.contracts.words import CqcRating, ServiceCategory
from shared.platform.forms import Form

_NO_NUL = r"^[^\x00]*$"
Name = Annotated[str, Field(min_length=1, max_length=300, pattern=_NO_NUL)]
Person = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_NUL)]
Body = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_NUL)]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9/_-]{1,39}$")]
Area = Annotated[str, Field(min_length=1, max_length=120, pattern=_NO_NUL)]
PostalCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ]{5,10}$", to_upper=True)]
SourceName = Annotated[str, Field(min_length=3, max_length=120, pattern=_NO_NUL)]


class FactView(BaseModel):
    """A fact with where it comes from (WS1)."""

    name: str
    value: Any
    source: str
    source_date: date


class PastFactView(FactView):
    """A fact that held from its source's date until another one came."""

    until: date
    until_source: str


class PredecessorView(BaseModel):
    """A registration that went before."""

    reference: str
    name: str | None
    since: date | None
    """When the later registration began."""
    source: str | None
    """Where it is known from (WS1); None of what was taken before that was kept."""
    source_date: date | None


class ProviderView(BaseModel):
    """A provider with its facts, its brand, its locations and what went before it."""

    provider_id: UUID
    reference: str
    name: str
    cqc_registered: bool
    brand: str | None
    brand_id: str | None
    proprietor: str | None
    nominated_individual: str | None
    partnership: str
    commissioned: bool
    """Whether the partnership's authority commissions any of its services. Its source among the
    facts is that of the newest fact of a location that it follows from."""
    facts: list[FactView]
    locations: list[str]
    predecessors: list[PredecessorView]


class ProviderLine(BaseModel):
    """A provider in a list."""

    provider_id: UUID
    reference: str
    name: str
    brand: str | None
    brand_id: str | None


class HistoryView(BaseModel):
    """What held of a location or provider before, the newest first."""

    facts: list[PastFactView]


class ImportView(BaseModel):
    """A file that was taken into the register."""

    partnership: str
    source: str
    source_date: date
    imported_at: datetime
    counts: dict[str, int]
    odd: int
    refused: int


class RatingView(BaseModel):
    """One of CQC's ratings, with when it was published and which source told of it (W4.4)."""

    model_config = ConfigDict(from_attributes=True)

    service_group: str
    key_question: str
    raw: str
    rating: CqcRating | None
    inherited: bool | None
    published_on: date | None
    source: str
    source_date: date
    gone_on: date | None


class PlacePosition(BaseModel):
    """A location's ratings as of a day."""

    location_id: UUID
    reference: str
    name: str
    active: bool
    ratings: list[RatingView]


class ProviderPosition(BaseModel):
    """A provider's ratings, and those of its locations, as of a day."""

    provider_id: UUID
    reference: str
    name: str
    as_of: date
    ratings: list[RatingView]
    locations: list[PlacePosition]


class _Sourced(Form):
    source: SourceName
    """Where it is known from, for example the contract."""
    as_of: date


class PlaceForm(_Sourced):
    """A service and its provider, by hand (W1.7)."""

    partnership: Annotated[str, Field(max_length=60)]
    reference: Reference
    name: Name
    category: ServiceCategory = ServiceCategory.OTHER
    cqc_registered: bool = False
    local_authority: Area
    postal_code: PostalCode | None = None
    commissioned: bool = False
    commissioned_by: Body | None = None
    beds: Annotated[int, Field(ge=0, le=99_999)] | None = None
    registered_manager: Person | None = None
    provider_reference: Reference
    provider_name: Name
    proprietor: Name | None = None
    nominated_individual: Person | None = None


class _FactsForm(_Sourced):
    never_blank: ClassVar[tuple[str, ...]] = ("name",)
    """Facts that are always known: they are told, or left out."""

    @model_validator(mode="after")
    def _says_what_is_always_known(self) -> Self:
        for name in self.never_blank:
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be blank")
        return self


class LocationFactsForm(_FactsForm):
    """Facts of a location that are different from a day on; what is left out stays."""

    never_blank = (
        *("name", "category", "cqc_registered", "commissioned"),
        *("local_authority", "provider_reference"),
    )

    name: Name | None = None
    category: ServiceCategory | None = None
    cqc_registered: bool | None = None
    commissioned: bool | None = None
    commissioned_by: Body | None = None
    beds: Annotated[int, Field(ge=0, le=99_999)] | None = None
    registered_manager: Person | None = None
    ended_on: date | None = None
    local_authority: Area | None = None
    postal_code: PostalCode | None = None
    provider_reference: Reference | None = None
    """Who runs it: a provider that is in the register."""


class PredecessorForm(_Sourced):
    """A registration that went before one of a provider's services."""

    location: Reference
    """The service of the provider that was registered anew."""
    reference: Reference
    """The registration that went before."""
    name: Name | None = None
    since: date | None = None
    """When the later registration began."""


class WithdrawalForm(_Sourced):
    """A predecessor that was stated in error; `source` and `as_of` are those of the correction."""

    location: Reference
    """The service of the provider that was said to be registered anew."""
    reference: Reference
    """The registration that was said to have gone before."""
    reason: Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]
    """Kept in the provider's history, with who withdrew it."""


class ProviderFactsForm(_FactsForm):
    """Facts of a provider that are different from a day on; what is left out stays."""

    name: Name | None = None
    brand: Name | None = None
    proprietor: Name | None = None
    nominated_individual: Person | None = None
