"""docker-compose.yml and the Dockerfile: hardened, pinned, and nothing typed that code knows."""

import importlib
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.containers.layout import MOUNTED, SERVICE_USER, VOLUMES
from deploy.kafka.cluster import MECHANISMS
from services.intake.routes.files import LARGE
from shared.contracts.agencies import load as load_agencies
from shared.contracts.catalogue import SERVICES, topics
from shared.platform.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
JOBS = {name for name, spec in CONTAINERS.items() if spec["restart"] == "no"}
SERVERS = sorted(CONTAINERS.keys() - JOBS)
DOCKERFILE = (ROOT / "deploy/images/Dockerfile").read_text("utf-8")
READ_BY_THE_PLATFORM = {"PQ_SECRETS_DIR"}
"""Read before the settings are."""


def settings_of(service: str) -> type[Settings]:
    module = importlib.import_module(f"services.{service}.settings")
    found: type[Settings] = getattr(module, f"{service.capitalize()}Settings")
    return found


def files_of(spec: dict[str, Any]) -> str:
    return str(spec.get("volumes", [])) + str(spec.get("command", ""))


@pytest.mark.parametrize("name", SERVERS)
def test_every_server_says_whether_it_is_healthy(name: str) -> None:
    assert CONTAINERS[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("job", sorted(JOBS - {"agencies"}))
def test_somebody_waits_until_a_job_has_succeeded(job: str) -> None:
    waiting = [
        spec["depends_on"][job]["condition"]
        for spec in CONTAINERS.values()
        if job in spec.get("depends_on", {})
    ]
    assert waiting
    assert set(waiting) == {"service_completed_successfully"}


@pytest.mark.parametrize("name", SERVERS)
def test_nobody_waits_for_a_server_that_is_merely_started(name: str) -> None:
    conditions = {
        spec["depends_on"][name]["condition"]
        for spec in CONTAINERS.values()
        if name in spec.get("depends_on", {})
    }
    assert conditions <= {"service_healthy"}


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_is_read_only_and_without_privileges(name: str) -> None:
    spec = CONTAINERS[name]
    assert spec["read_only"] is True
    assert spec["cap_drop"] == ["ALL"]
    assert spec["security_opt"] == ["no-new-privileges:true"]
    assert not spec.get("privileged")


def test_only_the_job_that_gives_files_away_is_root_and_it_has_no_network() -> None:
    roots = [name for name, spec in CONTAINERS.items() if spec["user"].startswith("0")]
    assert roots == ["certificates"]
    assert CONTAINERS["certificates"]["network_mode"] == "none"
    assert [name for name, spec in CONTAINERS.items() if "cap_add" in spec] == ["certificates"]


@pytest.mark.parametrize("name", CONTAINERS)
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    assert [p for p in CONTAINERS[name].get("ports", []) if not p.startswith("127.0.0.1:")] == []


def test_no_two_containers_want_one_port() -> None:
    taken = [port.split(":")[1] for s in CONTAINERS.values() for port in s.get("ports", [])]
    assert len(set(taken)) == len(taken)


def images() -> list[str]:
    from_compose = [spec["image"] for spec in CONTAINERS.values() if "build" not in spec]
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    return from_compose + [base for base in bases if base not in stages]


@pytest.mark.parametrize("image", images())
def test_every_image_of_others_is_pinned_to_a_version(image: str) -> None:
    assert re.fullmatch(r"[a-z./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)*", image)


def test_the_broker_is_the_one_that_the_tests_run_against() -> None:
    jars = (ROOT / "deploy/local/kafka_jars.sha256").read_text("utf-8")
    version = CONTAINERS["kafka"]["image"].removeprefix("apache/kafka:")
    assert f"org.apache.kafka:kafka_2.13:{version}" in jars


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_of_a_service_is_one_of_its_settings(service: str) -> None:
    known = {f"PQ_{name.upper()}" for name in settings_of(service).model_fields}
    given = set(CONTAINERS[service]["environment"])
    assert given - known == READ_BY_THE_PLATFORM


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_all_that_it_cannot_start_without(
    service: str, laid_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CONTAINERS[service]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = settings_of(service)(_secrets_dir=laid_out / service)
    drawn = laid_out / "setup/credentials" / f"{service}.password"
    assert settings.kafka_password.get_secret_value() == drawn.read_text()
    assert settings.database_user == settings.kafka_user == service
    assert settings.kafka_mechanism == MECHANISMS[0]
    assert settings.kafka_ssl_ca == settings.database_ssl_ca == MOUNTED / "ca.crt"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_sees_its_own_secrets_and_no_other(service: str) -> None:
    secrets, *others = CONTAINERS[service]["volumes"]
    assert secrets == f"{service}-secrets:{MOUNTED}:ro"
    files = "intake-files:/var/lib/provider-quality/files"
    assert others == ([files] if service == "intake" else [])
    assert CONTAINERS[service]["user"].split(":")[0] == str(SERVICE_USER)


def test_every_volume_of_secrets_is_filled_and_only_one_job_sees_the_authority_s_key() -> None:
    mounted = {v.split(":")[1] for v in CONTAINERS["certificates"]["volumes"]}
    assert mounted == {f"/volumes/{name}" for name in VOLUMES}
    seen = [name for name, spec in CONTAINERS.items() if "authority:" in files_of(spec)]
    assert seen == ["certificates"]


def test_no_password_is_written_in_the_file() -> None:
    variables = {
        name: value
        for spec in CONTAINERS.values()
        for name, value in spec.get("environment", {}).items()
    }
    secret = {n: v for n, v in variables.items() if re.search("PASSWORD|SECRET|TOKEN", n)}
    assert secret == {
        "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres.password",
        "PQ_SECRETS_DIR": "/run/secrets",
    }


def test_topics_principals_and_agencies_come_from_the_catalogue_and_are_not_typed_here() -> None:
    agencies = [agency.id for agency in load_agencies(ROOT / "deploy/agencies/demo.toml")]
    script = TEXT[TEXT.index("\nservices:") :]
    assert [topic.name for topic in topics(agencies) if topic.name in script] == []
    assert "partner" not in "".join(line for line in script.splitlines() if "#" not in line)
    command = CONTAINERS["topics"]["command"]
    assert command[:4] == ["python", "-m", "deploy.kafka", "apply"]
    assert "deploy/agencies/demo.toml" in command


def test_kafka_postgres_and_mail_are_reached_over_tls_only() -> None:
    postgres = CONTAINERS["postgres"]["command"]
    settings = [postgres[i + 1] for i, word in enumerate(postgres) if word == "-c"]
    assert "ssl=on" in settings
    hba = (ROOT / COMPOSE["configs"]["pg_hba"]["file"]).read_text("utf-8")
    rules = [line.split() for line in hba.splitlines() if line and not line.startswith("#")]
    assert {(rule[0], rule[-1]) for rule in rules} == {
        ("local", "scram-sha-256"),
        ("hostssl", "scram-sha-256"),
    }
    assert CONTAINERS["mail"]["environment"]["MP_SMTP_REQUIRE_STARTTLS"] == "true"
    assert CONTAINERS["notifications"]["environment"]["PQ_SMTP_TLS"] == "starttls"
    assert "--ca" in CONTAINERS["topics"]["command"]
    assert "--ca" in CONTAINERS["database"]["command"]


def test_attached_files_lie_on_a_volume_of_intakes_own_and_the_scanner_takes_the_largest() -> None:
    directory = CONTAINERS["intake"]["environment"]["PQ_FILE_DIRECTORY"]
    assert f"-o {SERVICE_USER} -g {SERVICE_USER} {directory}" in " ".join(stages()["service"])
    mounts = [v for spec in CONTAINERS.values() for v in spec.get("volumes", [])]
    assert [v for v in mounts if v.endswith(directory)] == [f"intake-files:{directory}"]
    scanner = CONTAINERS[CONTAINERS["intake"]["environment"]["PQ_SCANNER_HOST"]]
    assert "ports" not in scanner
    config = (ROOT / COMPOSE["configs"]["clamd"]["file"]).read_text("utf-8")
    told = dict(line.split() for line in config.splitlines() if not line.startswith("#"))
    assert int(told["TCPSocket"]) == settings_of("intake").model_fields["scanner_port"].default
    for limit in ("StreamMaxLength", "MaxFileSize", "MaxScanSize"):
        assert int(told[limit].removesuffix("M")) * 2**20 > max(LARGE.values())


def test_what_the_services_export_goes_through_the_collector_to_jaeger_and_prometheus() -> None:
    collector = yaml.safe_load((ROOT / "deploy/collector/config.yaml").read_text("utf-8"))
    port = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rsplit(":", 1)[1]
    endpoints = {CONTAINERS[s]["environment"]["PQ_OTLP_ENDPOINT"] for s in SERVICES}
    assert endpoints == {f"http://collector:{port}"}
    used = {n for p in collector["service"]["pipelines"].values() for n in p["exporters"]}
    assert used == set(collector["exporters"]) == {"otlp/jaeger", "prometheus"}
    exposed = collector["exporters"]["prometheus"]["endpoint"].rsplit(":", 1)[1]
    scraped = yaml.safe_load((ROOT / "deploy/collector/prometheus.yml").read_text("utf-8"))
    assert scraped["scrape_configs"][0]["static_configs"] == [{"targets": [f"collector:{exposed}"]}]


def stages() -> dict[str, list[str]]:
    """The lines of each stage of the Dockerfile, continuations joined."""
    found: dict[str, list[str]] = {}
    lines = DOCKERFILE.replace("\\\n", " ").splitlines()
    stage = ""
    for is_from, group in groupby(lines, key=lambda line: line.startswith("FROM ")):
        if is_from:
            stage = list(group)[-1].split()[-1]
        else:
            found[stage] = [line for line in group if line]
    return found


def copied(stage: str) -> list[str]:
    """What of the repository a stage takes."""
    copies = [line.split()[1:-1] for line in stages()[stage] if line.startswith("COPY ")]
    return [path for paths in copies if not paths[0].startswith("--from") for path in paths]


def test_a_service_s_image_holds_its_own_service_and_what_is_shared() -> None:
    assert copied("service") == [
        "shared",
        "deploy/policy",
        "services/__init__.py",
        "services/$SERVICE",
    ]
    for service in SERVICES:
        build = CONTAINERS[service]["build"]
        assert (build["target"], build["args"]) == ("service", {"SERVICE": service})


@pytest.mark.parametrize("stage", ["service", "tools", "identity", "collector"])
def test_every_image_of_ours_runs_as_nobody_in_particular(stage: str) -> None:
    assert f"USER {SERVICE_USER}:{SERVICE_USER}" in stages()[stage]


def test_dependencies_are_installed_by_hash_only() -> None:
    installs = [line for lines in stages().values() for line in lines if "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)
