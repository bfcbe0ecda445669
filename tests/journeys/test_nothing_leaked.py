"""Canaries on the running stack: hostile clients at its doors, then everything that it writes."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from confluent_kafka import Message, Producer

from deploy.demo.clients import Partner, read_mails
from deploy.demo.evidence import eventually
from deploy.demo.run import Told
from deploy.local.identity import fetch_token
from shared.contracts.catalogue import SERVICES
from tests.secrecy.canaries import door_word, found_in, found_in_text
from tests.stage import ROOT

AGENCY = "mental-health-trust"
_CONCERN = b"partner.concern.raised.v1"


Headers = list[tuple[str, str | bytes | None]]


def hostile_records() -> Iterator[tuple[bytes, Headers, bytes]]:
    """Key, headers and value of what no door can take, markers in every part."""
    sound: dict[str, str | bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": b"m-1",
        "ce_source": f"urn:agency:{AGENCY}".encode(),
        "ce_type": _CONCERN,
    }
    for name in (*sound, "traceparent", "content-type", door_word(), f"ce_{door_word()}"):
        for tail in (b"", b"\xff"):
            headers = sound | {name: door_word().encode() + tail}
            yield door_word().encode(), list(headers.items()), b"{}"
    for body in (f'{{"{door_word()}": ', f'{{"{door_word()}": "{door_word()}"}}', door_word()):
        yield door_word().encode(), list(sound.items()), body.encode()


def send(told: Told) -> int:
    """Publish the hostile records with a client that lets everything through."""
    lines = told.stack.partner(AGENCY).read_text().splitlines()
    producer = Producer({**dict(line.split("=", 1) for line in lines), "log_level": "0"})
    taken: list[Message] = []
    for key, headers, value in hostile_records():
        producer.produce(
            f"partner.{AGENCY}.in.v1",
            value,
            key=key,
            headers=headers,
            on_delivery=lambda _, message: taken.append(message),
        )
    producer.flush(15)
    producer.close()
    return len(taken)


def knock(told: Told) -> dict[str, str]:
    """Hostile requests at every service; gives the answers."""
    answers = {}
    mark = door_word()
    for name, service in told.stack.services.items():
        for path in (f"/{mark}", f"/concerns/{mark}?{mark}={mark}", "/docs", "/health/ready"):
            for method in ("GET", mark.upper()):
                answer = httpx.request(
                    method,
                    f"{service.url}{path}",
                    headers={"authorization": f"Bearer {mark}", mark: mark, "traceparent": mark},
                    content=f'{{"{mark}": "{mark}"}}',
                    trust_env=False,
                )
                answers[f"{name} {method} {path}"] = f"{answer.headers} {answer.text}"
    return answers


def commands(told: Told, *arguments: str, services: tuple[str, ...] = SERVICES) -> dict[str, str]:
    """What a command says at each service of the stack."""
    said = {}
    for name in services:
        done = subprocess.run(
            [sys.executable, "-m", f"services.{name}", *arguments],
            env=told.stack.services[name].environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name} {arguments[0]}: exit {done.returncode}"
        said[f"{name} {' '.join(arguments)}"] = done.stdout + done.stderr
    return said


@pytest.fixture(scope="module")
def records(told: Told) -> dict[str, list[Any]]:
    """Every agency's feed, once the hostile records have their receipts."""
    own = Partner(AGENCY, told.stack.partner(AGENCY), group=f"partner.{AGENCY}.{uuid.uuid4()}")
    try:
        sent = send(told)
        assert sent > 15
        eventually(lambda: len([r for r in own.read() if refused(r.data)]) >= sent)
        assert len([r for r in own.read() if refused(r.data)]) >= sent
        feeds = {agency: partner.read() for agency, partner in told.evidence.partners.items()}
        return {**feeds, AGENCY: own.read()}
    finally:
        own.close()


def refused(data: dict[str, Any]) -> bool:
    return data.get("status") == "refused"


def test_no_error_answer_of_the_stack_repeats_what_was_sent(told: Told) -> None:
    answers = knock(told)
    assert len(answers) == 32
    assert found_in_text(answers) == []


def test_no_feed_holds_what_a_hostile_partner_sent(records: dict[str, list[Any]]) -> None:
    assert sum(map(len, records.values())) > 50
    for agency, feed in records.items():
        # A partner's own id comes back to it, so that it can tell which message it was.
        data = [{**record.data, "message_id": ""} for record in feed]
        assert found_in_text({agency: f"{[record.headers for record in feed]} {data}"}) == []


def test_nothing_that_was_sent_lies_in_what_operators_read(
    told: Told, records: dict[str, list[Any]], tmp_path: Path
) -> None:
    """Logs, spans, metrics, mails, listings and commands of the whole story, and of this."""
    assert records
    knock(told)
    token = tmp_path / "token"
    token.write_text(fetch_token(told.stack.issuer, "operations"))
    signed = ("--token", str(token))
    said = commands(told, "dead-letters", "list", *signed)
    said |= commands(told, "outbox", "list", *signed)
    said |= commands(told, "recompute", services=("assessment",))
    assert found_in_text(said) == []
    mails = read_mails(told.stack.mail_page, told.stack.mail_directory)
    assert mails and found_in_text({mail.subject: mail.text for mail in mails}) == []
    directory = told.stack.directory
    rooms = [directory / name for name in ("logs", "spans", "metrics", "mail")]
    eventually(lambda: all(any(room.iterdir()) for room in rooms))
    assert all(any(room.iterdir()) for room in rooms)
    assert found_in(rooms) == []
