"""What a partner agency is handed: one file with its login, of use to any Kafka client."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from deploy.kafka.credentials import Credentials
from deploy.local.private import write_private
from shared.contracts.catalogue import principal_of_agency


def hand_over(files: Mapping[str, Path], bootstrap_servers: str, passwords: Credentials) -> None:
    """Write the login of each agency that is not suspended into its file."""
    for agency, path in files.items():
        if principal_of_agency(agency) not in passwords.suspended():
            _write(path, agency, bootstrap_servers, passwords)


def _write(path: Path, agency: str, bootstrap_servers: str, passwords: Credentials) -> None:
    """An agency's login in librdkafka's words. What else it needs its guide tells it."""
    principal = principal_of_agency(agency)
    lines = {
        "bootstrap.servers": bootstrap_servers,
        "security.protocol": "SASL_PLAINTEXT",  # loopback; everywhere else SASL_SSL
        "sasl.mechanism": passwords.mechanism(principal),
        "sasl.username": principal,
        "sasl.password": passwords.password(principal),
    }
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, "".join(f"{name}={value}\n" for name, value in lines.items()))
