"""The procedures on confidentiality, as who accepts them sees them."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from shared.platform.forms import Form


class AcceptanceForm(Form):
    """Accept the procedures of a partnership, in the version that you have read."""

    partnership: str = Field(max_length=60)
    version: str = Field(max_length=20)


class ProceduresView(BaseModel):
    """The procedures in force, where to read them, and when the asker accepted them."""

    partnership: str
    version: str
    procedures_link: str
    clause: str
    accepted_at: datetime | None
