"""What every test may ask for."""

import gc
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

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
