"""Assessment's settings, beyond what every service has."""

from pydantic import Field

from shared.platform.settings import Settings


class AssessmentSettings(Settings):
    """What assessment reads from its environment."""

    consumer_pace_seconds: float = Field(default=0.15, ge=0)
    """Nobody waits here for a receipt or a mail: more records share a transaction."""
