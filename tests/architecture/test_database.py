"""Each service has its own schema, and the code's tables are the migrated ones."""

from __future__ import annotations

import importlib

import asyncpg
import pytest

from deploy.local.database import DATABASE, owner_of
from shared.contracts.catalogue import SERVICES
from shared.platform import migrate
from tests.stage import Stage


@pytest.fixture(scope="module", autouse=True)
def all_schemas(stage: Stage) -> None:
    for service in SERVICES:
        stage.migrate(service)


async def connect(stage: Stage, role: str) -> asyncpg.Connection[asyncpg.Record]:
    return await asyncpg.connect(
        host=stage.postgres.host,
        port=stage.postgres.port,
        database=DATABASE,
        user=role,
        password=stage.roles[role],
    )


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("other", SERVICES)
async def test_a_service_reads_its_own_schema_and_no_other(
    stage: Stage, service: str, other: str
) -> None:
    connection = await connect(stage, service)
    try:
        if service == other:
            assert await connection.fetchval(f"SELECT count(*) FROM {other}.inbox") >= 0
        else:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetchval(f"SELECT count(*) FROM {other}.inbox")
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_cannot_change_the_shape_of_its_schema(stage: Stage, service: str) -> None:
    connection = await connect(stage, service)
    try:
        for statement in (
            f"CREATE TABLE {service}.sly (id int)",
            f"DROP TABLE {service}.inbox",
            f"ALTER TABLE {service}.outbox ADD COLUMN sly int",
            "CREATE TABLE public.sly (id int)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_make_exactly_the_tables_of_the_code(stage: Stage, service: str) -> None:
    migrate.differences(service, stage.settings(service, owner_of(service)))


@pytest.mark.parametrize("service", SERVICES)
async def test_the_outbox_has_a_partition_for_today_and_the_next_days(
    stage: Stage, service: str
) -> None:
    connection = await connect(stage, service)
    try:
        await connection.execute(f"SELECT {service}.keep_outbox_days(14)")
        names = await connection.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits "
            "WHERE inhparent = $1::regclass",
            f"{service}.outbox",
        )
        assert len([row for row in names if row["name"][-8:].isdigit()]) >= 3
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_of_the_domain_has_a_partnership(service: str) -> None:
    tables = importlib.import_module(f"services.{service}.tables").metadata.tables.values()
    lacking = {table.name for table in tables if "partnership" not in table.c}
    assert lacking <= PLUMBING


PLUMBING = {"outbox", "inbox", "consumed", "dead_letter", "idempotency", "ledger_seal"}
"""Tables of the service as a whole: their rows are of all partnerships, or of none."""
