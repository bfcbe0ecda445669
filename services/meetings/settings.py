"""Meetings' settings: none beyond what every service has."""

from shared.platform.settings import Settings


class MeetingsSettings(Settings):
    """What meetings reads from its environment."""
