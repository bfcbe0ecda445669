"""What a service reads from its environment: variables `PQ_…`, secrets also from files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """How to reach the database; all that a migration needs.

    Secrets may lie in files named as the variable, in the directory that `PQ_SECRETS_DIR` names.
    """

    model_config = SettingsConfigDict(env_prefix="PQ_", extra="ignore", hide_input_in_errors=True)

    database_host: str = "127.0.0.1"
    database_port: int = 5432
    database_name: str = "provider_quality"
    database_user: str
    database_password: SecretStr
    database_ssl_ca: Path | None = None


class Settings(DatabaseSettings):
    """Settings that every service has."""

    database_pool: int = 10

    kafka_bootstrap: str
    kafka_user: str
    kafka_password: SecretStr
    kafka_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256"] = "SCRAM-SHA-512"
    """A second password, for the time of a change, is for the other one."""
    kafka_ssl_ca: Path | None = None

    oidc_issuer: str
    oidc_audience: str = "provider-quality"

    policy_directory: Path = Path("deploy/policy")
    http_host: str = "127.0.0.1"
    http_port: int = 8080

    trace_file: Path | None = None
    metrics_file: Path | None = None
    otlp_endpoint: str | None = None
    log_level: str = "INFO"

    consumer_session_timeout_ms: int = Field(default=10_000, ge=6_000)
    consumer_pace_seconds: float = Field(default=0.02, ge=0)
    """From batch to batch. What comes meanwhile shares the next transaction, which costs little
    more for two records than for one: on a busy machine all are answered sooner. What comes alone
    does not wait (docs/performance.md)."""
    consumer_stuck_seconds: float = Field(default=60.0, gt=0)
    """A consumer that has work and does none for so long ends its process."""
    outbox_retention_days: int = Field(default=14, ge=1)
    drain_seconds: float = 10.0

    idempotency_hours: float = Field(default=24, gt=0)
    """How long the answer to a POST with an Idempotency-Key is kept, to be given again."""
    rate_limit_people: float = Field(default=50, ge=1)
    """Requests a second of one sign-in, in each process; ten times as many at once."""
    rate_limit_portal: float = Field(default=500, ge=1)
    """The same for the citizens' portal, which asks for many people with one sign-in."""

    @property
    def database_session_timeout_ms(self) -> int:
        """Below the consumer group's session timeout, so that a stopped process frees its locks."""
        return self.consumer_session_timeout_ms // 2


S = TypeVar("S", bound=DatabaseSettings)


def load(cls: type[S]) -> S:
    """Settings of a service from the environment and, where given, the secrets directory."""
    directory = os.environ.get("PQ_SECRETS_DIR")
    return cls(_secrets_dir=directory) if directory else cls()
