"""`python -m services.assessment recompute`."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner

from services.assessment.main import SERVICE
from services.assessment.tables import CrossingRow
from shared.platform.command import command_line
from tests.assessment.told import LOCATION, location, quality_return
from tests.stage import NOON, Stage, World


@pytest.fixture
def app(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """The command line, in the environment of a service with one location and one trigger."""
    settings = stage.settings("assessment")
    monkeypatch.setenv("PQ_DATABASE_PASSWORD", settings.database_password.get_secret_value())
    monkeypatch.setenv("PQ_KAFKA_PASSWORD", "-")
    for name in ("database_host", "database_port", "database_user", "kafka_bootstrap"):
        monkeypatch.setenv(f"PQ_{name.upper()}", str(getattr(settings, name)))
    for name in ("kafka_user", "oidc_issuer", "policy_directory"):
        monkeypatch.setenv(f"PQ_{name.upper()}", str(getattr(settings, name)))
    asyncio.run(_fill(stage))
    return command_line(SERVICE)


async def _fill(stage: Stage) -> None:
    await stage.empty("assessment")
    world = World(SERVICE, stage.settings("assessment"))
    await world.hear(location(), quality_return())
    await world.close()


async def _add_a_crossing_without_facts(stage: Stage) -> None:
    world = World(SERVICE, stage.settings("assessment"))
    async with world.works.begin() as work:
        work.session.add(
            CrossingRow(
                id=uuid4(),
                partnership="combined",
                location_id=LOCATION,
                rule="L1.2f",
                series="reviews",
                name="first",
                state="met",
                evidence=[],
                threshold="-",
                clause="-",
                holders=[],
                began_at=NOON,
            )
        )
    await world.close()


def test_crossings_that_follow_from_the_facts_leave_no_difference(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["recompute"])
    assert (result.exit_code, result.output) == (0, "1 locations computed, 0 differences\n")


def test_a_crossing_that_does_not_follow_is_told_and_fails(app: typer.Typer, stage: Stage) -> None:
    asyncio.run(_add_a_crossing_without_facts(stage))
    result = CliRunner().invoke(app, ["recompute"])
    assert result.exit_code == 1
    assert "L1.2f" in result.output and "expected nothing" in result.output
