"""Intake's settings: none beyond what every service has."""

from shared.platform.settings import Settings


class IntakeSettings(Settings):
    """What intake reads from its environment."""
