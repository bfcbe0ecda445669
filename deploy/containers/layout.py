"""Which secret lies in which volume, and whose it is: each container sees its own and no other.

Every volume is mounted as `/run/secrets`; a service reads its files as settings (`PQ_SECRETS_DIR`).
Running it again keeps every password and renews certificates that soon end.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.containers.broker import broker_properties
from deploy.containers.certificates import make_certificates
from deploy.kafka.cluster import MECHANISMS
from deploy.kafka.credentials import Credentials
from deploy.local.database import owner_of
from deploy.local.kafka_properties import KafkaNode, format_arguments
from deploy.local.private import write_private
from deploy.postgres.logins import logins_of
from shared.contracts.catalogue import SERVICES

MOUNTED = Path("/run/secrets")
KAFKA_DATA = "/var/lib/kafka/data"
KAFKA_PORT, KAFKA_OUTSIDE_PORT, KAFKA_CONTROLLER_PORT = 9092, 9094, 9093

SERVICE_USER, KAFKA_USER, POSTGRES_USER = 10001, 1000, 999
"""User ids in our images, in apache/kafka and in postgres."""

_SERVERS = ("kafka", "postgres", "mail")
VOLUMES = ("authority", "setup", *_SERVERS, *SERVICES)


@dataclass(frozen=True)
class Layout:
    """The volumes under `root`, and how a file gets its owner."""

    root: Path
    own: Callable[[Path, int], None]

    def put(self, volume: str, name: str, text: str, user: int) -> None:
        """Write a file that only `user` may read."""
        path = self.root / volume / name
        write_private(path, text)
        self.own(path, user)

    def text(self, volume: str, name: str) -> str:
        return (self.root / volume / name).read_text("utf-8")


def lay_out(root: Path, own: Callable[[Path, int], None], now: datetime) -> None:
    """Fill the volumes that are mounted under `root`; `own` gives a file to a user."""
    layout = Layout(root, own)
    for volume in VOLUMES:
        (root / volume).mkdir(exist_ok=True)
    make_certificates(root / "authority", _SERVERS, now)
    authority = layout.text("authority", "ca.crt")
    for volume in ("setup", *SERVICES):
        layout.put(volume, "ca.crt", authority, SERVICE_USER)
    _setup(layout)
    _server(layout, "postgres", POSTGRES_USER)
    password = layout.text("setup", "postgres.password")
    layout.put("postgres", "postgres.password", password, POSTGRES_USER)
    _server(layout, "mail", SERVICE_USER)
    _kafka(layout, authority)
    for service in SERVICES:
        _service(layout, service)


def give(path: Path, user: int) -> None:
    """Make a file that of a user and of the user's group."""
    os.chown(path, user, user)


def _setup(layout: Layout) -> None:
    """What the jobs need that make logins: the super users' passwords and everybody's."""
    directory = layout.root / "setup"
    own_passwords = Credentials(directory)
    for name in ("admin", "postgres", "controller", "feeds"):
        own_passwords.password(name)
    roles = Credentials(directory / "roles")
    credentials = Credentials(directory / "credentials")
    for service in SERVICES:
        roles.password(service)
        roles.password(owner_of(service))
        credentials.password(service)
    for path in (directory, *sorted(directory.rglob("*"))):
        layout.own(path, SERVICE_USER)


def _server(layout: Layout, name: str, user: int) -> None:
    """A server's certificate and key, in two files."""
    for suffix in ("crt", "key"):
        layout.put(name, f"server.{suffix}", layout.text("authority", f"{name}.{suffix}"), user)


def _kafka(layout: Layout, authority: str) -> None:
    node = KafkaNode(
        host="kafka",
        port=KAFKA_PORT,
        controller_port=KAFKA_CONTROLLER_PORT,
        log_dir=KAFKA_DATA,
        admin_password=layout.text("setup", "admin.password"),
        controller_password=layout.text("setup", "controller.password"),
        listen="0.0.0.0",  # noqa: S104 - inside the container
    )
    key = layout.text("authority", "kafka.key") + layout.text("authority", "kafka.crt")
    files = {
        "kafka.pem": key,
        "ca.crt": authority,
        "server.properties": broker_properties(node, MOUNTED, KAFKA_OUTSIDE_PORT),
        "format.arguments": format_arguments(node, str(MOUNTED / "server.properties")),
    }
    for name, text in files.items():
        layout.put("kafka", name, text, KAFKA_USER)


def _service(layout: Layout, service: str) -> None:
    """While a password changes: the one that is to follow; both are valid."""
    setup = layout.root / "setup"
    credentials = Credentials(setup / "credentials")
    password, second = Credentials(setup / "roles").newest(service)
    given = {
        "pq_database_user": logins_of(service)[second],
        "pq_database_password": password,
        "pq_kafka_password": credentials.newest(service)[0],
        "pq_kafka_mechanism": MECHANISMS[credentials.newest(service)[1]],
    }
    if service == "notifications":
        given["pq_feed_secret"] = layout.text("setup", "feeds.password")
    for name, text in given.items():
        layout.put(service, name, text, SERVICE_USER)
