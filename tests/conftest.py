"""What every test may ask for."""

import gc
import importlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local.identity import fetch_token
from deploy.local.ports import free_port
from deploy.local.process import ServerProcess
from tests.commands import Operate, command
from tests.servers import Kafka, Postgres, choose, running_kafka, running_postgres
from tests.stage import Stage, World, set_stage


def pytest_report_header() -> str:
    """Say which servers this run uses."""
    return f"Kafka and PostgreSQL: {choose()}"


def pytest_collection_finish() -> None:
    """The collector need not look at thousands of tests again and again, with all loops waiting."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[Kafka]:
    """A Kafka for the whole run; a test makes topics, users and ACLs of its own in it."""
    with running_kafka() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL for the whole run; a test makes a database of its own in it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def stage(postgres_server: Postgres) -> Iterator[Stage]:
    """A database with the schemas of all services."""
    yield from set_stage(postgres_server)


@pytest.fixture
async def stage_for(stage: Stage) -> AsyncIterator[Callable[[str], Awaitable[World]]]:
    """Makes a service on the stage, empty: `world = await stage_for("intake")`."""
    worlds: list[World] = []

    async def make(service: str) -> World:
        await stage.empty(service)
        module = importlib.import_module(f"services.{service}.main")
        worlds.append(World(module.SERVICE, stage.settings(service)))
        return worlds[-1]

    yield make
    for world in worlds:
        await world.close()


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An identity provider with the personas of the local stack."""
    port = free_port()
    directory: Path = tmp_path_factory.mktemp("identity")
    server = ServerProcess("identity", directory / "log")
    server.start([sys.executable, "-m", "deploy.local.identity", "--port", str(port)])
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/jwks").status_code == 200
        except httpx.HTTPError:
            return False

    server.wait_until(answers, 20)
    yield address
    server.stop()


@pytest.fixture(scope="session")
def token(tmp_path_factory: pytest.TempPathFactory, issuer: str) -> Callable[[str], str]:
    """Signs a persona in; gives the file that holds the token."""
    directory = tmp_path_factory.mktemp("tokens")

    def write(subject: str) -> str:
        file = directory / subject
        file.write_text(fetch_token(issuer, subject))
        return str(file)

    return write


@pytest.fixture
def operate(stage: Stage, issuer: str, token: Callable[[str], str]) -> Operate:
    """Gives a command on what was set aside, signed in as who operates, or as `by`."""

    async def give(service: str, *arguments: str, by: str = "operations") -> tuple[int, str]:
        signed = ("--token", token(by))
        return await command(stage, service, *arguments, *signed, oidc_issuer=issuer)

    return give
