"""Who starts in the local stack has the login that the operator's commands have left."""

from __future__ import annotations

from pathlib import Path

from deploy.kafka.credentials import Credentials
from deploy.local.partner import hand_over
from deploy.local.service import LocalService

BROKER = "127.0.0.1:9092"


def login_of(directory: Path, passwords: Credentials) -> tuple[str, str]:
    """The mechanism and the password with which intake starts now."""
    service = LocalService("intake", directory)
    service.log_in(BROKER, passwords)
    environment = service.environment()
    password = Path(environment["PQ_SECRETS_DIR"]) / "pq_kafka_password"
    return environment["PQ_KAFKA_MECHANISM"], password.read_text()


def test_a_service_starts_with_the_newest_password_for_its_mechanism(tmp_path: Path) -> None:
    passwords = Credentials(tmp_path / "kafka")
    assert login_of(tmp_path, passwords) == ("SCRAM-SHA-512", passwords.password("intake"))
    following = passwords.draw_next("intake")
    assert login_of(tmp_path, passwords) == ("SCRAM-SHA-256", following)
    passwords.take_next("intake")
    assert login_of(tmp_path, passwords) == ("SCRAM-SHA-256", following)


def test_a_shell_learns_what_a_services_commands_need_and_no_secret(tmp_path: Path) -> None:
    service = LocalService("intake", tmp_path)
    service.log_in(BROKER, Credentials(tmp_path / "kafka"))
    service.keep_environment(tmp_path / "intake.env")
    lines = (tmp_path / "intake.env").read_text().splitlines()
    assert f"export PQ_KAFKA_BOOTSTRAP={BROKER}" in lines
    assert f"export PQ_SECRETS_DIR={tmp_path / 'secrets' / 'intake'}" in lines
    assert {line.split("_")[0] for line in lines} == {"export PQ"}
    assert Credentials(tmp_path / "kafka").password("intake") not in "".join(lines)


def test_a_suspended_agency_is_handed_no_login_and_none_is_drawn_for_it(tmp_path: Path) -> None:
    passwords = Credentials(tmp_path / "kafka")
    passwords.suspend("partner-icb")
    files = {agency: tmp_path / f"{agency}.properties" for agency in ("icb", "cqc")}
    hand_over(files, BROKER, passwords)
    assert not passwords.has("partner-icb") and not files["icb"].exists()
    assert f"sasl.password={passwords.password('partner-cqc')}" in files["cqc"].read_text()
