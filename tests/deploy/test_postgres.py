"""The local PostgreSQL: nobody without the password, nothing lost by a kill."""

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local.postgres import PostgresServer
from tests.servers import room


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with room() as directory:
        server = PostgresServer(directory / "postgres")
        server.start()
        yield server
        server.stop()


async def ask(server: PostgresServer, *statements: str) -> object:
    """Run the statements as the superuser; the last one's first value."""
    connection = await asyncpg.connect(server.dsn())
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        return await connection.fetchval(statements[-1])
    finally:
        await connection.close()


async def test_a_login_with_a_wrong_password_fails(postgres: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host=postgres.host,
            port=postgres.port,
            user=postgres.superuser,
            password="wrong",
            database="postgres",
        )


async def test_it_listens_on_loopback_alone_and_writes_through_to_the_disk(
    postgres: PostgresServer,
) -> None:
    assert await ask(postgres, "SHOW listen_addresses") == "127.0.0.1"
    assert await ask(postgres, "SHOW unix_socket_directories") == ""
    assert await ask(postgres, "SHOW fsync") == "on"


def test_it_never_runs_as_root(postgres: PostgresServer) -> None:
    assert psutil.Process(postgres.pid).uids().real != 0


async def test_names_sort_and_fold_by_unicode_on_every_machine(postgres: PostgresServer) -> None:
    assert await ask(postgres, "SELECT lower('SIÂN') || upper('zoë')") == "siânZOË"


async def test_a_kill_loses_what_was_not_committed_and_nothing_else(
    postgres: PostgresServer,
) -> None:
    port, password = postgres.port, postgres.password
    await ask(postgres, "CREATE TABLE fact (id int)", "INSERT INTO fact VALUES (1) RETURNING id")
    open_connection = await asyncpg.connect(postgres.dsn())
    await open_connection.execute("BEGIN; INSERT INTO fact VALUES (2)")

    postgres.kill()
    open_connection.terminate()
    postgres.start()

    assert (postgres.port, postgres.password) == (port, password)
    assert await ask(postgres, "SELECT array_agg(id) FROM fact") == [1]


async def test_a_restart_keeps_port_password_and_data(postgres: PostgresServer) -> None:
    dsn, pid = postgres.dsn(), postgres.pid
    await ask(postgres, "CREATE TABLE kept ()", "SELECT 1")
    postgres.restart()
    assert postgres.pid != pid
    assert postgres.dsn() == dsn
    assert await ask(postgres, "SELECT count(*) FROM kept") == 0


async def test_the_log_repeats_no_value_of_a_statement_that_failed(
    postgres: PostgresServer,
) -> None:
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await ask(postgres, "SELECT 'Mrs-Invented-Resident'::uuid")
    with pytest.raises(asyncpg.UniqueViolationError):
        await ask(
            postgres,
            "CREATE TABLE person (name text PRIMARY KEY)",
            "INSERT INTO person VALUES ('Mrs-Invented-Resident'), ('Mrs-Invented-Resident')",
        )
    log = postgres.log_path.read_text()
    assert "ready to accept connections" in log
    assert "Invented" not in log


def test_the_password_is_in_one_private_file(postgres: PostgresServer) -> None:
    home = postgres.log_path.parent
    holders = [
        path
        for path in home.rglob("*")
        if path.is_file() and postgres.password.encode() in path.read_bytes()
    ]
    assert [path.name for path in holders] == ["cluster.json"]
    assert holders[0].stat().st_mode & 0o777 == 0o600


async def test_two_copies_run_side_by_side(postgres: PostgresServer) -> None:
    with room() as directory:
        second = PostgresServer(directory / "second")
        second.start()
        try:
            assert second.port != postgres.port
            assert await ask(second, "SELECT 1") == 1
        finally:
            second.stop()
    assert await ask(postgres, "SELECT 1") == 1


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A directory that only we may enter: nobody else, were we root."""
    tmp_path.chmod(0o700)
    return tmp_path


async def test_data_that_the_servers_account_cannot_reach_lies_where_it_can(
    closed: Path,
) -> None:
    server = PostgresServer(closed / "postgres")
    try:
        server.start()
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()
        server.remove_data()
