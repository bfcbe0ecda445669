"""What notifications reads from its environment beyond what every service has."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from shared.platform.settings import Settings


class NotificationsSettings(Settings):
    """The mail server, how patiently it is tried, and the secret behind all feeds' ids."""

    feed_secret: SecretStr
    """From it each feed's own secret derives; a change gives every record and id a new name."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int = 587
    smtp_tls: Literal["none", "starttls", "implicit"] = "starttls"
    """`none` is for loopback only."""
    smtp_ca: Path | None = None
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_timeout_seconds: float = Field(default=20.0, gt=0)

    mail_senders: int = Field(default=4, ge=1)
    """How many mails are on their way at once, each over a connection of its own."""
    mail_tries: int = Field(default=8, ge=1)
    mail_first_pause_seconds: float = Field(default=60.0, gt=0)
    """The pause after the first try; it doubles, so that eight tries take about two hours."""
    seal_seconds: float = Field(default=5.0, gt=0)
