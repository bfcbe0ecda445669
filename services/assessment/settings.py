"""Assessment's settings: none beyond what every service has."""

from shared.platform.settings import Settings


class AssessmentSettings(Settings):
    """What assessment reads from its environment."""
