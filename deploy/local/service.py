"""One of the four services as a child process: its environment, its secrets, its health."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import TypeVar

import httpx

from deploy.kafka.cluster import MECHANISMS
from deploy.kafka.credentials import Credentials
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.private import write_private
from deploy.local.process import START_SECONDS, ServerProcess, plain_environment

L = TypeVar("L", bound="LocalService")

ROOT = Path(__file__).resolve().parents[2]


class LocalService:
    """`python -m services.<name> run`, on a free port of the loopback interface.

    Nothing secret is in its environment or on its command line: passwords lie in a directory of
    files that only we may read, named in `PQ_SECRETS_DIR`.
    """

    def __init__(self, name: str, directory: Path) -> None:
        """`directory` takes the secrets, the log, the spans and the metrics of all services."""
        self.name = name
        self._secrets = directory / "secrets" / name
        self._port = free_port()
        self._settings = {
            "http_port": str(self._port),
            "trace_file": str(directory / "spans" / f"{name}.jsonl"),
            "metrics_file": str(directory / "metrics" / f"{name}.json"),
            "policy_directory": str(ROOT / "deploy" / "policy"),
        }
        logs = directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._process = ServerProcess(name, logs / f"{name}.log")

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def running(self) -> bool:
        return self._process.running

    @property
    def exit_code(self) -> int | None:
        """With what it ended by itself; None else."""
        return self._process.exit_code

    @property
    def log_path(self) -> Path:
        return self._process.log_path

    @property
    def pid(self) -> int:
        """The process id. Raises ServerError when the service is not running."""
        return self._process.pid

    def configure(self, settings: Mapping[str, str], secrets: Mapping[str, str]) -> None:
        """Set what the service reads when it starts; names as in its settings class."""
        self._settings.update(settings)
        self._secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, value in secrets.items():
            write_private(self._secrets / f"pq_{name}", value)

    def log_in(self, bootstrap_servers: str, passwords: Credentials) -> None:
        """Set where the broker is and, while a password changes too, the newest login there."""
        password, second = passwords.newest(self.name)
        named = {"kafka_bootstrap": bootstrap_servers, "kafka_user": self.name}
        self.configure(
            {**named, "kafka_mechanism": MECHANISMS[second]}, {"kafka_password": password}
        )

    def another(self) -> LocalService:
        """A second process of the same service, on a port of its own, with the same settings."""
        return self.like(LocalService(self.name, self._secrets.parents[1]))

    def like(self, twin: L) -> L:
        """The same with the settings of this one, on a port of its own."""
        twin._settings = {**self._settings, "http_port": twin._settings["http_port"]}
        return twin

    def environment(self) -> dict[str, str]:
        """The environment of the service and of its commands."""
        named = {f"PQ_{name.upper()}": value for name, value in self._settings.items()}
        return {**plain_environment(), **named, "PQ_SECRETS_DIR": str(self._secrets)}

    def keep_environment(self, path: Path) -> None:
        """Write what its commands need into a file for a shell; no secret is in it."""
        named = {k: v for k, v in self.environment().items() if k.startswith("PQ_")}
        write_private(path, "".join(f"export {k}={quote(v)}\n" for k, v in named.items()))

    def start(self) -> None:
        """Start the process; `wait` returns when it works."""
        argv = [sys.executable, *self.arguments()]
        self._process.start(argv, environment=self.environment(), directory=ROOT)

    def arguments(self) -> list[str]:
        """What Python is told to run."""
        return ["-m", f"services.{self.name}", "run"]

    def wait(self) -> None:
        """Return once the service says that it is ready. Raises ServerError if it never does."""
        with httpx.Client(trust_env=False, timeout=5.0) as client:
            self._process.wait_until(lambda: self._is_ready(client), START_SECONDS)

    def stop(self) -> None:
        """End the service in good order: it finishes what it has in hand."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL, as a machine that lost its power would do it."""
        self._process.kill()

    def _is_ready(self, client: httpx.Client) -> bool:
        try:
            return client.get(f"{self.url}/health/ready").status_code == 200
        except httpx.TransportError:
            return False
