"""What people send over HTTP: the base of every form."""

from __future__ import annotations

from pydantic import ConfigDict

from shared.contracts.json_types import AsPublished


class Form(AsPublished):
    """What people send; unknown fields are refused, and no error repeats what was sent."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
