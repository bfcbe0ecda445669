"""What the doors about agencies take and give: shapes only."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from shared.contracts.words import AgencyFunction
from shared.platform.forms import Form

Reason = Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,20}$")]


class HeldView(BaseModel):
    """A function from a day to a day, both included."""

    function: AgencyFunction
    held_from: date
    held_to: date | None


class AgreementView(BaseModel):
    """A version of the confidentiality agreement that was signed (L1.1)."""

    version: str
    signed_on: date
    ended_on: date | None
    """The first day on which it binds no more."""


class AgencyView(BaseModel):
    """An agency with all that it held, signed and followed."""

    agency_id: str
    name: str
    partnership: str
    suspended: bool
    agreement_version: str | None
    """Without one it is told nothing above PUBLIC (L1.1)."""
    functions: list[HeldView]
    agreements: list[AgreementView]
    succeeds: list[str]


class AgencyLine(BaseModel):
    """An agency in a list, as it is today."""

    agency_id: str
    name: str
    partnership: str
    suspended: bool
    agreement_version: str | None
    functions: list[AgencyFunction]


class AgreementForm(Form):
    """A version that an agency has signed."""

    version: Version
    signed_on: date


class AgreementEndForm(Form):
    """Why an agreement binds no more."""

    why: Reason


class SuccessionForm(Form):
    """From a day on, another agency does what this one did."""

    successor: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")]
    on: Annotated[date, Field(ge=date(2000, 1, 1))]
    functions: list[AgencyFunction] = Field(default_factory=list, max_length=100)
    """Those that pass; without any, all that it holds."""
    agreement_passes: bool = False
    """True where the law that made the successor passes contracts on as well."""
    why: Reason
