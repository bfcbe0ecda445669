"""Intake's settings, beyond what every service has."""

from pathlib import Path

from pydantic import SecretStr

from shared.platform.settings import Settings


class IntakeSettings(Settings):
    """What intake reads from its environment."""

    cqc_api_url: str = "https://api.service.cqc.org.uk/public/v1"
    """CQC's public API; read only by the command that fetches."""
    cqc_api_key: SecretStr | None = None
    """The subscription key; without one nothing is fetched."""
    cqc_api_user_agent: str = "provider-quality/1 (council quality team)"
    """CQC demands one: say who asks."""

    file_directory: Path = Path("var/files")
    """The folder of attached files, where no bucket is named."""
    file_bucket: str | None = None
    """The S3 bucket of attached files."""
    file_endpoint: str | None = None
    """Of a store that is not AWS."""
    file_region: str = "eu-west-2"
    file_access_key: str = ""
    file_secret_key: SecretStr = SecretStr("")

    scanner_host: str | None = None
    """Where clamd listens; without one every file stays held back."""
    scanner_port: int = 3310
