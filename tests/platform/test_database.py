"""What a database error may say."""

from __future__ import annotations

from pydantic import SecretStr

from shared.platform.database import Database
from shared.platform.settings import Settings
from tests.stage import POLICIES


async def test_a_statement_that_fails_keeps_its_values_to_itself() -> None:
    """SQLAlchemy writes the parameters into the error's text unless it is told not to."""
    settings = Settings(
        database_password=SecretStr("-"),
        database_user="nobody",
        kafka_bootstrap="127.0.0.1:1",
        kafka_user="nobody",
        kafka_password=SecretStr("-"),
        oidc_issuer="http://127.0.0.1:1",
        policy_directory=POLICIES,
    )
    database = Database(settings)
    assert database.engine.sync_engine.hide_parameters
    await database.close()
