"""The whole system on one machine: broker, database, mail, identity and the four services.

Everything listens on loopback, on free ports. `Stack(directory)` keeps its data in the directory;
a later start finds them again.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import SecretStr

from deploy import kafka as catalogue_on_kafka
from deploy.kafka.cluster import connect
from deploy.kafka.credentials import Credentials
from deploy.local.database import DATABASE, new_passwords, owner_of, prepare
from deploy.local.identity import AUDIENCE
from deploy.local.kafka import KafkaServer
from deploy.local.lock import hold
from deploy.local.partner import hand_over
from deploy.local.ports import LOOPBACK, answers, free_port
from deploy.local.postgres import PostgresServer
from deploy.local.private import write_private
from deploy.local.process import START_SECONDS, ServerError, ServerProcess, plain_environment
from deploy.local.service import ROOT, LocalService
from shared.contracts import agencies as installation
from shared.contracts.catalogue import INTAKE, NOTIFICATIONS, SERVICES, principal_of_agency
from shared.platform import migrate
from shared.platform.settings import DatabaseSettings

AGENCIES = ROOT / "deploy" / "agencies" / "demo.toml"
_TRIES = 3
_SETTLE_SECONDS = 0.3
"""How long a server must go on running after its port answers: the answer may be another's."""

Say = Callable[[str], None]


class Stack:
    """The local installation in a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.directory.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._lock = hold(self.directory / "running")
        self.kafka = KafkaServer(self.directory / "kafka")
        self.postgres = PostgresServer(self.directory / "postgres")
        self.services = {name: LocalService(name, self.directory) for name in SERVICES}
        self.agencies = installation.load(AGENCIES)
        self._mail_ports = free_port(), free_port()
        self._identity_port = free_port()
        logs = self.directory / "logs"
        self._mail = ServerProcess("mail", logs / "mail.log")
        self._identity = ServerProcess("identity", logs / "identity.log")

    @property
    def issuer(self) -> str:
        """Where personas get their tokens."""
        return f"http://{LOOPBACK}:{self._identity_port}"

    @property
    def mail_page(self) -> str:
        """Where the e-mails are shown."""
        return f"http://{LOOPBACK}:{self._mail_ports[1]}"

    @property
    def mail_directory(self) -> Path:
        """Where each e-mail lies as a file."""
        return self.directory / "mail"

    @property
    def spans(self) -> Path:
        """Where the services write their spans."""
        return self.directory / "spans"

    def partner(self, agency: str) -> Path:
        """The one file that an agency is handed: where to log in, and as whom."""
        return self.directory / "partners" / f"{agency}.properties"

    def start(self, say: Say = lambda _: None) -> None:
        """Return when every service is ready and the register is loaded.

        Raises ServerError, with the end of its log, for a part that does not start; what had
        started is stopped.
        """
        try:
            self._start(say)
        except BaseException:
            self.stop()
            raise

    def _start(self, say: Say) -> None:
        self._draw_passwords()
        with ThreadPoolExecutor(max_workers=8) as pool:
            say("starting Kafka, PostgreSQL, mail and identity")
            broker = pool.submit(self._start_kafka)
            small = [pool.submit(self._start_mail), pool.submit(self._start_identity)]
            self._start_postgres()
            say("schemas are up to date; loading the register")
            for part in small:
                part.result()  # their ports are settled only now
            self._configure_services()
            register = pool.submit(self._load_register)
            broker.result()
            say("Kafka has its topics, logins and rights; starting the services")
            for service in self.services.values():
                service.start()
            ready = [pool.submit(service.wait) for service in self.services.values()]
            for part in (register, *ready):
                part.result()
        say("everything is ready")

    def stop(self) -> None:
        """End everything in good order: first who asks, then who answers."""
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(lambda service: service.stop(), self.services.values()))
            servers = (self._identity, self._mail, self.kafka, self.postgres)
            list(pool.map(lambda server: server.stop(), servers))
        self._lock.close()

    def ended(self) -> list[str]:
        """The parts that do not run, though nobody stopped them."""
        running = {
            "Kafka": self.kafka.running,
            "PostgreSQL": self.postgres.running,
            "mail": self._mail.running,
            "identity": self._identity.running,
            **{name: service.running for name, service in self.services.items()},
        }
        return [name for name, runs in running.items() if not runs]

    def _start_kafka(self) -> None:
        self.kafka.start()
        kafka = self.kafka
        admin = connect(kafka.bootstrap_servers, kafka.admin_username, kafka.admin_password)
        ids = [agency.id for agency in self.agencies]
        catalogue_on_kafka.apply(admin, ids, self._kafka_passwords)

    def _draw_passwords(self) -> None:
        """Before two threads ask for them at once: each would draw another."""
        passwords = Credentials(self._kafka_passwords)
        agencies = {principal_of_agency(agency.id) for agency in self.agencies}
        for principal in {*self.services, *agencies} - passwords.suspended():
            passwords.password(principal)

    @property
    def _kafka_passwords(self) -> Path:
        return self.directory / "secrets" / "kafka"

    def _start_postgres(self) -> None:
        self.postgres.start()
        self._roles = new_passwords()
        asyncio.run(
            prepare(
                host=self.postgres.host,
                port=self.postgres.port,
                superuser=self.postgres.superuser,
                password=self.postgres.password,
                roles=self._roles,
            )
        )
        for name in SERVICES:
            migrate.upgrade(name, self._owner(name))

    def _owner(self, service: str) -> DatabaseSettings:
        role = owner_of(service)
        return DatabaseSettings(
            database_host=self.postgres.host,
            database_port=self.postgres.port,
            database_name=DATABASE,
            database_user=role,
            database_password=SecretStr(self._roles[role]),
        )

    def _start_mail(self) -> None:
        for tries in range(_TRIES, 0, -1):
            smtp, page = self._mail_ports = free_port(), free_port()
            ports = ["--smtp-port", str(smtp), "--http-port", str(page)]
            directory = ["--directory", str(self.mail_directory)]
            self._start_module(self._mail, "deploy.local.mail", *directory, *ports)
            if self._came_up(self._mail, (smtp, page), last=tries == 1):
                return

    def _start_identity(self) -> None:
        for tries in range(_TRIES, 0, -1):
            port = self._identity_port = free_port()
            self._start_module(self._identity, "deploy.local.identity", "--port", str(port))
            if self._came_up(self._identity, (port,), last=tries == 1):
                return

    def _came_up(self, process: ServerProcess, ports: tuple[int, ...], *, last: bool) -> bool:
        """False where another program has taken a port meanwhile, and there is a try left."""
        try:
            process.wait_until(lambda: all(map(answers, ports)), START_SECONDS)
            process.settle(_SETTLE_SECONDS)
        except ServerError:
            process.kill()
            if last:
                raise
            return False
        return True

    def _start_module(self, process: ServerProcess, module: str, *arguments: str) -> None:
        argv = [sys.executable, "-m", module, *arguments]
        process.start(argv, environment=plain_environment(), directory=ROOT)

    def _configure_services(self) -> None:
        """Write what services and partners are handed; the broker learns the same passwords."""
        passwords = Credentials(self._kafka_passwords)
        for name, service in self.services.items():
            settings = {
                "database_host": self.postgres.host,
                "database_port": str(self.postgres.port),
                "database_name": DATABASE,
                "database_user": name,
                "oidc_issuer": self.issuer,
                "oidc_audience": AUDIENCE,
            }
            service.configure(settings, {"database_password": self._roles[name]})
            service.log_in(self.kafka.bootstrap_servers, passwords)
        mail = {"smtp_host": LOOPBACK, "smtp_port": str(self._mail_ports[0]), "smtp_tls": "none"}
        self.services[NOTIFICATIONS].configure(mail, {"feed_secret": self._feed_secret()})
        for name, service in self.services.items():
            service.keep_environment(self.directory / f"{name}.env")
        files = {agency.id: self.partner(agency.id) for agency in self.agencies}
        hand_over(files, self.kafka.bootstrap_servers, passwords)

    def _load_register(self) -> None:
        room = self.directory / "register"
        room.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "deploy.demo.load", str(room), str(AGENCIES)],
            env=self.services[INTAKE].environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        (self.directory / "logs" / "register.log").write_text(done.stdout + done.stderr)
        if done.returncode != 0:
            raise ServerError(f"the register could not be loaded:\n{done.stderr[-2000:]}")

    def _feed_secret(self) -> str:
        """Kept, because with another secret agencies would know everything by another id."""
        kept = self.directory / "secrets" / "feed"
        if not kept.exists():
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(kept, secrets.token_urlsafe(32))
        return kept.read_text()
