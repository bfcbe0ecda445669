"""The stack under test, with what a campaign needs of it: a supervisor, twins, plain clients."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import asyncpg
import httpx

from deploy.local.database import DATABASE
from deploy.local.mail import MISBEHAVE
from deploy.local.process import ServerError
from deploy.local.service import LocalService
from deploy.local.stack import Stack
from tests.chaos.desk import Desk
from tests.chaos.traffic import Traffic

L = TypeVar("L", bound=LocalService)

SESSION_TIMEOUT_MS = 6_000
_LOOK_EVERY = 0.25
_TRIES = 3
_UNHEARD_OF = (
    "SELECT (SELECT count(*) FROM intake.contact) - (SELECT count(*) FROM notifications.contact)"
)


@dataclass(frozen=True)
class Restart:
    """A service that had ended by itself and was started again."""

    at: float
    service: str
    last_line: str


@dataclass
class Installation:
    """A running stack. What ends by itself is started again, as a supervisor would do it."""

    directory: Path
    stack: Stack = field(init=False)
    traffic: Traffic = field(init=False)
    desk: Desk = field(init=False)
    marks: dict[str, dict[int, int]] = field(default_factory=dict)
    """Where topics ended when the database of their speaker was last restored from a backup."""
    held: set[str] = field(default_factory=set)
    """Services that a fault keeps down: the supervisor leaves them alone."""
    spoke_until: datetime | None = None
    """When intake, whose clocks speak by themselves, was ended for good."""
    restarts: list[Restart] = field(default_factory=list)
    _ending: threading.Event = field(default_factory=threading.Event)
    _twins: list[LocalService] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stack = Stack(self.directory)
        for service in self.stack.services.values():
            service.configure({"consumer_session_timeout_ms": str(SESSION_TIMEOUT_MS)}, {})
        # Pauses of a minute between tries are right for a mail server, and too long for a campaign.
        patience = {"mail_first_pause_seconds": "0.5", "smtp_timeout_seconds": "5"}
        self.stack.services["notifications"].configure(patience, {})
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor")

    @property
    def dsn(self) -> str:
        """The superuser's way into the database of all services."""
        return self.stack.postgres.dsn(DATABASE)

    def read_by_intake(self, topic: str) -> int:
        """How far intake has read a partner's topic."""
        query = "SELECT max(next_offset) FROM intake.consumed WHERE topic = $1"
        return asyncio.run(self._ask(query, topic)) or 0

    def everybody_is_known(self) -> bool:
        """Whether notifications has heard of all whom the register names."""
        return not asyncio.run(self._ask(_UNHEARD_OF))

    async def _ask(self, query: str, *values: str) -> int | None:
        connection = await asyncpg.connect(self.dsn)
        try:
            found: int | None = await connection.fetchval(query, *values)
            return found
        finally:
            await connection.close()

    @property
    def broker_login(self) -> dict[str, str]:
        """How the broker's own administrator logs in, in librdkafka's words."""
        kafka = self.stack.kafka
        return {
            "bootstrap.servers": kafka.bootstrap_servers,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": kafka.admin_username,
            "sasl.password": kafka.admin_password,
            "log_level": "0",
            "reconnect.backoff.max.ms": "500",
        }

    def agency_login(self, agency: str) -> dict[str, str]:
        """What the agency was handed."""
        lines = self.stack.partner(agency).read_text().splitlines()
        more = {"log_level": "0", "reconnect.backoff.max.ms": "500"}
        return dict(line.split("=", 1) for line in lines) | more

    def start(self) -> None:
        """Start everything, and the supervisor."""
        self.stack.start()
        self._supervisor.start()

    def end_speaking(self) -> None:
        """Stop intake in good order, whose clocks would go on speaking; nothing is restarted."""
        self._end_watching()
        self.spoke_until = datetime.now(UTC)
        self.stack.services["intake"].stop()

    def end_services(self) -> None:
        """Stop what is left of the services in good order; broker and database stay."""
        for service in self.stack.services.values():
            service.stop()

    def _end_watching(self) -> None:
        self._ending.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        self.misbehave(None)
        for twin in self._twins:
            twin.stop()

    def stop(self) -> None:
        """Stop everything that was started."""
        self._end_watching()
        self.stack.stop()

    def twin(self, service: str) -> LocalService:
        """A second process of a service, not started yet."""
        twin = self.stack.services[service].another()
        return self.add(twin)

    def add(self, process: L) -> L:
        """Let another process be stopped at the end."""
        self._twins.append(process)
        return process

    def misbehave(self, how: str | None) -> None:
        """Let the mail server misbehave, or behave again (None)."""
        control = self.stack.mail_directory / MISBEHAVE
        if how is None:
            control.unlink(missing_ok=True)
        else:
            control.write_text(how)

    def start_broker(self) -> None:
        """Start the broker on its data, as a supervisor would: again where it takes too long."""
        for _ in range(_TRIES - 1):
            with contextlib.suppress(ServerError):
                self.stack.kafka.start()
                return
        self.stack.kafka.start()

    def readiness(self, service: str) -> int | None:
        """The status that readiness answers; None where nobody answers."""
        url = f"{self.stack.services[service].url}/health/ready"
        try:
            return httpx.get(url, trust_env=False, timeout=5.0).status_code
        except httpx.HTTPError:
            return None

    def alarms(self, service: str) -> list[str]:
        """What readiness says that somebody has to look at."""
        url = f"{self.stack.services[service].url}/health/ready"
        try:
            found: list[str] = httpx.get(url, trust_env=False, timeout=5.0).json()["alarms"]
        except (httpx.HTTPError, ValueError):
            return []
        return found

    def _supervise(self) -> None:
        while not self._ending.wait(_LOOK_EVERY):
            for name, service in self.stack.services.items():
                if service.running or name in self.held:
                    continue
                lines = service.log_path.read_text(errors="replace").splitlines()
                self.restarts.append(Restart(time.time(), name, lines[-1] if lines else ""))
                service.stop()
                with contextlib.suppress(ServerError):  # a fault was quicker
                    service.start()


def wait_for(condition: Callable[[], bool], seconds: float, every: float = 0.1) -> bool:
    """Whether a condition came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
