"""Migrations: Alembic per service, run as the owner role of the service's schema."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.platform.database import ssl_of, url_of
from shared.platform.settings import DatabaseSettings

KEEP_OUTBOX_DAYS = """
CREATE OR REPLACE FUNCTION {schema}.keep_outbox_days(retention integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $body$
DECLARE
    day date := (now() AT TIME ZONE 'UTC')::date;
    child record;
BEGIN
    FOR ahead IN 0..2 LOOP
        BEGIN
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS {schema}.%I PARTITION OF {schema}.outbox '
                'FOR VALUES FROM (%L) TO (%L)',
                'outbox_' || to_char(day + ahead, 'YYYYMMDD'), day + ahead, day + ahead + 1);
        EXCEPTION WHEN check_violation THEN
            -- A clock that was days fast has put rows of this day into the rest: they stay there.
            NULL;
        END;
    END LOOP;
    DELETE FROM {schema}.outbox_rest AS r
        WHERE r.sent_at < now() - make_interval(days => retention);
    FOR child IN
        SELECT inhrelid::regclass AS name, right(inhrelid::regclass::text, 8) AS stamp
        FROM pg_inherits WHERE inhparent = '{schema}.outbox'::regclass
    LOOP
        IF child.stamp ~ '^[0-9]{{8}}$' AND to_date(child.stamp, 'YYYYMMDD') < day - retention THEN
            EXECUTE format('DELETE FROM %s WHERE sent_at IS NOT NULL', child.name);
            EXECUTE format(
                'DO $do$ BEGIN IF NOT EXISTS (SELECT 1 FROM %1$s) THEN DROP TABLE %1$s; '
                'END IF; END $do$', child.name);
        END IF;
    END LOOP;
END $body$;
"""
"""Lets the app role keep the day partitions without the right to create or drop tables.

A day that still holds unsent rows is never dropped.
"""


def outbox_of_wrong_clocks(schema: str) -> list[str]:
    """What brings an installation of before to the newest form of the function."""
    return [KEEP_OUTBOX_DAYS.format(schema=schema)]


def outbox_functions(schema: str) -> list[str]:
    """What a service's first migration runs after creating the outbox."""
    return [
        f"CREATE TABLE {schema}.outbox_rest PARTITION OF {schema}.outbox DEFAULT",
        KEEP_OUTBOX_DAYS.format(schema=schema),
        f"SELECT {schema}.keep_outbox_days(14)",
    ]


def upgrade(service: str, settings: DatabaseSettings) -> None:
    """Bring a service's schema to the newest version."""
    command.upgrade(_config(service, settings), "head")


def differences(service: str, settings: DatabaseSettings) -> None:
    """Raises where the tables in code and the migrated schema differ."""
    command.check(_config(service, settings))


def revision(service: str, settings: DatabaseSettings, message: str) -> None:
    """Write a new migration from the difference between code and schema."""
    config = _config(service, settings)
    done = len(list(Path(config.get_main_option("script_location") or "").glob("versions/*.py")))
    command.revision(config, message=message, autogenerate=True, rev_id=f"{done + 1:04d}")


def _config(service: str, settings: DatabaseSettings) -> Config:
    root = Path(__file__).resolve().parents[2]
    config = Config()
    config.set_main_option("script_location", str(root / "services" / service / "migrations"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["settings"] = settings
    return config


def run(metadata: MetaData) -> None:
    """What every service's `migrations/env.py` calls."""
    settings: DatabaseSettings = context.config.attributes["settings"]
    asyncio.run(_run(metadata, settings))


async def _run(metadata: MetaData, settings: DatabaseSettings) -> None:
    engine = create_async_engine(
        url_of(settings), poolclass=NullPool, connect_args={"ssl": ssl_of(settings)}
    )
    async with engine.connect() as connection:
        await connection.run_sync(_migrate, metadata)
        await connection.commit()
    await engine.dispose()


def _migrate(connection: Connection, metadata: MetaData) -> None:
    schema = metadata.schema
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=schema,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == schema,
        include_object=lambda *found: _ours(schema, *found),
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _ours(
    schema: str | None, found: Any, name: str | None, kind: str, reflected: bool, other: Any
) -> bool:
    """Only tables of the service's own schema, without the outbox's partitions."""
    if kind != "table":
        return True
    return bool(found.schema == schema and not (reflected and str(name).startswith("outbox_")))
