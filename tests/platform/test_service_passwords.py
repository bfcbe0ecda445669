"""A service's passwords change on the broker and in the database while it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr
from sqlalchemy import text
from typer.testing import CliRunner

from deploy.kafka import drift, finish_rotation, rotate
from deploy.kafka.cluster import MECHANISMS, connect
from deploy.kafka.credentials import Credentials
from deploy.local.database import DATABASE
from deploy.local.private import write_private
from deploy.postgres import logins
from deploy.postgres.__main__ import app
from services.intake.main import SERVICE
from shared.platform.app import Runtime
from shared.platform.settings import Settings
from tests.platform.conftest import AGENCIES, Cluster, running
from tests.platform.test_running_service import message, receipts, register
from tests.stage import Stage, World

IDS = [agency.id for agency in AGENCIES]


@pytest.fixture
async def superuser(stage: Stage) -> AsyncIterator[logins.Connection]:
    """The database's superuser; afterwards intake has the password of this run again."""
    server = stage.postgres
    connection = await asyncpg.connect(
        host=server.host, port=server.port, user=server.superuser, password=server.password,
        database=DATABASE,
    )  # fmt: skip
    yield connection
    await connection.execute(f"ALTER ROLE intake PASSWORD '{stage.roles['intake']}'")
    await connection.execute("DROP ROLE IF EXISTS intake_2")
    await connection.close()


@pytest.fixture
def roles(stage: Stage, tmp_path: Path) -> Path:
    """The directory with the passwords of the database's roles."""
    credentials = Credentials(tmp_path / "roles")
    write_private(credentials.path("intake"), stage.roles["intake"])
    return tmp_path / "roles"


@pytest.fixture
def admin(cluster: Cluster) -> AdminClient:
    kafka = cluster.kafka
    return connect(kafka.bootstrap_servers, kafka.admin_username, kafka.admin_password)


def with_newest(settings: Settings, cluster: Cluster, roles: Path) -> Settings:
    """What a process is given that starts now."""
    database, second_login = Credentials(roles).newest("intake")
    kafka, second_mechanism = cluster.credentials.newest("intake")
    return running(settings, cluster).model_copy(
        update={
            "database_user": logins.logins_of("intake")[second_login],
            "database_password": SecretStr(database),
            "kafka_password": SecretStr(kafka),
            "kafka_mechanism": MECHANISMS[second_mechanism],
        }
    )


async def test_processes_change_over_one_after_the_other_and_nothing_waits_or_is_lost(
    stage: Stage,
    cluster: Cluster,
    admin: AdminClient,
    superuser: logins.Connection,
    roles: Path,
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    await stage_for("intake")
    given = with_newest(stage.settings("intake"), cluster, roles)
    first = Runtime(SERVICE, given)
    await first.start()
    await register(first, "council-contracts")
    await cluster.publish(
        "council-contracts", *(message(n, "council-contracts") for n in range(20))
    )

    directory = Path(cluster.credentials.path("intake")).parent
    rotate(admin, "intake", directory)
    assert (await logins.rotate(superuser, "intake", roles))[0] == "intake_2"
    assert await logins.rotate(superuser, "intake", roles) == (
        "intake_2", Credentials(roles).next_path("intake"),
    )  # fmt: skip
    await first.database.engine.dispose()  # whose old password opens new connections as well
    second = Runtime(SERVICE, with_newest(stage.settings("intake"), cluster, roles))
    await second.start()
    await cluster.publish(
        "council-contracts", *(message(n, "council-contracts") for n in range(20, 40))
    )
    await first.stop()

    finish_rotation(admin, "intake", directory)
    await logins.finish_rotation(superuser, "intake", roles)
    await second.database.engine.dispose()
    await cluster.publish(
        "council-contracts", *(message(n, "council-contracts") for n in range(40, 60))
    )
    found = await receipts(cluster, "council-contracts", 60)
    assert [offset for offset, _ in found] == list(range(60))
    async with second.works.begin() as work:
        speaking = await work.session.execute(text("SELECT session_user, current_user"))
        assert tuple(speaking.one()) == ("intake_2", "intake")
    await second.stop()
    assert drift(admin, IDS, directory) == []
    with pytest.raises(asyncpg.InvalidPasswordError):
        await _log_in(stage, "intake", given.database_password.get_secret_value())


async def test_the_change_after_it_goes_back_to_the_first_login(
    stage: Stage, superuser: logins.Connection, roles: Path
) -> None:
    for login, other in (("intake_2", "intake"), ("intake", "intake_2")):
        before = Credentials(roles).password("intake")
        assert (await logins.rotate(superuser, "intake", roles))[0] == login
        await _log_in(stage, other, before)
        await logins.finish_rotation(superuser, "intake", roles)
        await _log_in(stage, login, Credentials(roles).password("intake"))
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _log_in(stage, other, before)


async def test_after_a_leak_the_old_password_ends_with_all_that_it_has_open(
    stage: Stage, superuser: logins.Connection, roles: Path
) -> None:
    leaked = Credentials(roles).password("intake")
    login, path = await logins.rotate(superuser, "intake", roles)
    told = path.read_text("utf-8")
    intruder = await _connect(stage, "intake", leaked)
    assert await logins.rotate_at_once(superuser, "intake", roles) == "intake"
    with pytest.raises(_ENDED):
        await intruder.fetchval("SELECT 1")
    for user, password in (("intake", leaked), (login, told)):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await _log_in(stage, user, password)
    await _log_in(stage, "intake", Credentials(roles).password("intake"))


def test_the_command_says_what_it_did_and_what_is_missing(
    stage: Stage, superuser: logins.Connection, roles: Path
) -> None:
    server = stage.postgres
    options = ["--host", server.host, "--port", str(server.port), "--credentials", str(roles)]
    environment = {"POSTGRES_PASSWORD": server.password}

    def say(service: str, *more: str) -> str:
        return CliRunner().invoke(app, ["rotate", service, *options, *more], env=environment).output

    assert "rotate comes first" in say("intake", "--finish")
    assert "intake has a second password, as intake_2" in say("intake")
    assert "the old password of intake has ended" in say("intake", "--finish")
    assert "as intake_2; what was open is closed" in say("intake", "--at-once")
    assert "meetings has no password in this directory" in say("meetings")
    assert "there is no service nobody" in say("nobody")


_ENDED = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection says that was ended from outside: which of them, depends on how much of the
server's farewell it has read when it is used."""


async def _connect(stage: Stage, user: str, password: str) -> logins.Connection:
    server = stage.postgres
    return await asyncpg.connect(
        host=server.host, port=server.port, user=user, password=password, database=DATABASE
    )


async def _log_in(stage: Stage, user: str, password: str) -> None:
    connection = await _connect(stage, user, password)
    await connection.close()
