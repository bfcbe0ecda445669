"""The local stack keeps its promises while it runs: loopback, secrets in files, closed topics."""

from __future__ import annotations

from pathlib import Path

import httpx
import psutil
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer

from deploy.demo import cast
from deploy.demo.messages import CONCERN, care_concern
from deploy.demo.run import Told
from deploy.local.lock import hold
from deploy.local.process import ServerError
from tests.journeys.client import chosen_client


def login_of(told: Told, agency: str) -> dict[str, str]:
    lines = told.stack.partner(agency).read_text().splitlines()
    return {**dict(line.split("=", 1) for line in lines), "log_level": "0"}


def secrets_of(told: Told) -> list[str]:
    room = told.stack.directory / "secrets"
    found = [path.read_text() for path in room.rglob("*") if path.is_file()]
    assert len(found) > 15
    return found


def test_a_partners_program_in_another_language_publishes_and_reads_its_receipt(
    told: Told,
) -> None:
    concern = care_concern(cast.ELMSCAR, told.evidence.today, "records")
    login = told.stack.partner("mental-health-trust")
    receipt = chosen_client().publish_and_read_receipt(
        "mental-health-trust", login, CONCERN, concern
    )
    assert receipt["status"] == "accepted"
    assert receipt["reference"].startswith("CC-")


def test_no_secret_is_in_the_environment_or_on_the_command_line_of_a_service(told: Told) -> None:
    for service in told.stack.services.values():
        process = psutil.Process(service.pid)
        visible = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [secret for secret in secrets_of(told) if secret in visible]


def test_secrets_tokens_and_logins_are_readable_by_their_owner_only(told: Told) -> None:
    for part in ("secrets", "tokens", "partners"):
        for path in (told.stack.directory / part).rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path.name


def test_everything_listens_on_loopback_only(told: Told) -> None:
    pids = [told.stack.kafka.pid, told.stack.postgres.pid]
    pids += [service.pid for service in told.stack.services.values()]
    listening = [
        connection.laddr.ip
        for pid in pids
        for connection in psutil.Process(pid).net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= len(pids)
    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_an_agency_cannot_read_anothers_feed_or_a_topic_of_ours(told: Told) -> None:
    consumer = Consumer({**login_of(told, "icb"), "group.id": "partner.icb.curious"})
    try:
        for topic in ("partner.police.out.v1", "intake.v1", "partner.icb.in.v1"):
            consumer.subscribe([topic])
            error = _first_error(consumer)
            assert error is not None and error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
    finally:
        consumer.close()


def test_an_agency_cannot_write_to_anothers_door(told: Told) -> None:
    answers: list[KafkaError | None] = []

    def note(error: KafkaError | None, _: Message) -> None:
        answers.append(error)

    producer = Producer(login_of(told, "icb"))
    producer.produce("partner.police.in.v1", b"{}", on_delivery=note)
    producer.flush(10)
    producer.close()
    refused = [error.code() for error in answers if error is not None]
    assert refused == [KafkaError.TOPIC_AUTHORIZATION_FAILED]


def test_a_wrong_password_does_not_get_in(told: Told) -> None:
    login = {**login_of(told, "icb"), "sasl.password": "not-this-one"}
    consumer = Consumer({**login, "group.id": "partner.icb.guess"})
    with pytest.raises(KafkaException):
        consumer.list_topics(timeout=3)
    consumer.close()


def test_every_service_shows_its_api_without_loading_anything_from_elsewhere(told: Told) -> None:
    for service in told.stack.services.values():
        page = httpx.get(f"{service.url}/docs", trust_env=False)
        assert page.status_code == 200
        assert "https://" not in page.text


def test_a_second_stack_does_not_start_in_the_same_directory(told: Told, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="is running"):
        hold(told.stack.directory / "running")
    hold(tmp_path / "running").close()


def _first_error(consumer: Consumer) -> KafkaError | None:
    for _ in range(100):
        message = consumer.poll(0.1)
        if message is not None and message.error() is not None:
            return message.error()
    return None
