"""How long a load of CQC's files of real size takes, and how much memory: first, and again.

python -m benchmarks.register

Each load is its own process, as an operator starts it, on a database that only it uses.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import psutil
import typer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmarks import published, published_lists
from deploy.local.database import DATABASE, new_passwords, owner_of, prepare
from deploy.local.postgres import PostgresServer
from shared.platform import migrate
from shared.platform.settings import DatabaseSettings

POLICIES = Path(__file__).resolve().parents[1] / "deploy" / "policy"
MOST_SECONDS, MOST_MB = 60.0, 300.0
"""What a load may take (time to compare on one machine only, memory on any)."""


@dataclass(frozen=True)
class Cost:
    """What one load took."""

    what: str
    seconds: float
    cpu_seconds: float
    """Of its own process: what stays the same on a busy machine."""
    peak_mb: float
    told: str


def main(
    locations: Annotated[int, typer.Option(help="rows of active locations")] = 120_000,
    adult: Annotated[int, typer.Option(help="how many of them are adult social care")] = 30_000,
    ratings: Annotated[int, typer.Option(help="rows of ratings")] = 320_000,
    ended: Annotated[int, typer.Option(help="rows of deactivated locations")] = 60_000,
) -> None:
    """Write the files, load them twice, and say what that took."""
    with tempfile.TemporaryDirectory(prefix="pq-register-") as directory:
        Path(directory).chmod(0o711)
        server = PostgresServer(Path(directory) / "postgres")
        server.start()
        try:
            costs = measure(server, Path(directory), locations, adult, ratings, ended)
        finally:
            server.stop()
    Console().print(_table(costs))


def measure(
    server: PostgresServer, directory: Path, locations: int, adult: int, ratings: int, ended: int
) -> list[Cost]:
    """The costs of the loads, on an empty database of this server."""
    environment = _prepared(server)
    files = (
        ("load-locations", published.active_locations(directory, locations, adult)),
        ("load-directory", published_lists.directory(directory, locations, adult)),
        ("load-deactivated", published_lists.deactivated(directory, ended, first=locations)),
        ("load-ratings", published.latest_ratings(directory, ratings)),
    )
    rounds = (("first", ()), ("again", ()), ("dry run", ("--dry-run",)))
    return [
        _load(f"{command}, {name}", environment, (command, str(file), *options))
        for name, options in rounds
        for command, file in files
    ]


def _prepared(server: PostgresServer) -> dict[str, str]:
    """A database with intake's schema; gives the environment of its commands."""
    roles = new_passwords()
    asyncio.run(
        prepare(
            host=server.host,
            port=server.port,
            superuser=server.superuser,
            password=server.password,
            roles=roles,
        )
    )
    owner = owner_of("intake")
    migrate.upgrade(
        "intake",
        DatabaseSettings(
            database_host=server.host,
            database_port=server.port,
            database_name=DATABASE,
            database_user=owner,
            database_password=SecretStr(roles[owner]),
        ),
    )
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PQ_")},
        "PQ_DATABASE_HOST": server.host,
        "PQ_DATABASE_PORT": str(server.port),
        "PQ_DATABASE_NAME": DATABASE,
        "PQ_DATABASE_USER": "intake",
        "PQ_DATABASE_PASSWORD": roles["intake"],
        "PQ_KAFKA_BOOTSTRAP": "127.0.0.1:1",  # a load speaks to the database only
        "PQ_KAFKA_USER": "intake",
        "PQ_KAFKA_PASSWORD": "-",
        "PQ_OIDC_ISSUER": "http://127.0.0.1:1",
        "PQ_POLICY_DIRECTORY": str(POLICIES),
    }


def _load(what: str, environment: Mapping[str, str], arguments: tuple[str, ...]) -> Cost:
    command = [sys.executable, "-m", "services.intake", *arguments, "--partnership", "combined"]
    began, peak, cpu = time.perf_counter(), 0, 0.0
    with tempfile.TemporaryFile("w+") as out:
        process = subprocess.Popen(command, env=dict(environment), stdout=out)
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
                cpu = sum(watched.cpu_times()[:2])
            except psutil.NoSuchProcess:
                break
            time.sleep(0.02)
        if process.wait() != 0:
            raise RuntimeError(f"{what} failed")
        seconds = time.perf_counter() - began
        out.seek(0)
        told = [line.strip() for line in out if not line.startswith(("location ", "provider "))]
    counts = ", ".join(line for line in told if not line.startswith("rating of "))
    return Cost(what, seconds, cpu, peak / 1e6, counts)


def _table(costs: list[Cost]) -> Table:
    table = Table(title="Loads of the register")
    for name in ("load", "seconds", "CPU seconds", "peak MB", "told"):
        table.add_column(name, justify="left" if name in ("load", "told") else "right")
    for cost in costs:
        table.add_row(
            cost.what,
            f"{cost.seconds:.1f}",
            f"{cost.cpu_seconds:.1f}",
            f"{cost.peak_mb:.0f}",
            cost.told,
        )
    return table


if __name__ == "__main__":
    typer.run(main)
