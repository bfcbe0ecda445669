"""Messages against a real SMTP server: accepted, put off, refused, cut off in the middle."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from icalendar import Calendar
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deploy.local.ports import LOOPBACK, free_port
from services.notifications import senders
from services.notifications.channels.smtp import MailServer
from services.notifications.handlers import deliveries
from services.notifications.senders import MailSender, Watch
from services.notifications.settings import NotificationsSettings
from services.notifications.tables import MessageRow
from shared.contracts.notifications import DisclosureMade, MessageFailed, MessageSent
from shared.platform.exporters import ALLOWED_ATTRIBUTES
from shared.platform.work import Work
from tests.notifications import facts
from tests.notifications.conftest import Scene


@dataclass
class Post:
    """A mail server that answers DATA as it is told, then accepts."""

    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    received: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    sessions: set[Any] = field(default_factory=set)
    begun: threading.Event = field(default_factory=threading.Event)
    """Set once the content of a mail has come; the server runs in a thread of its own."""
    takes: float = 0.0
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names the SMTP command
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd names the SMTP command
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.sessions.add(session.peer)
        self.begun.set()
        await asyncio.sleep(self.takes)
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250") or answer == "cut":
            mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            self.received.append((envelope.rcpt_tos, mail))
        if answer == "cut" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return answer


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server on a free port."""
    found = Post()
    controller = Controller(found, hostname=LOOPBACK, port=free_port())
    controller.start()
    found.port = controller.port
    yield found
    controller.stop()


@dataclass
class Office:
    """The scene with a sender whose mail server is the test's own."""

    scene: Scene
    post: Post
    sender: MailSender

    async def send_all(self) -> None:
        """Send all that is due now."""
        while await self.sender.send_next():
            pass

    async def message(self, kind: str = "provider_contacted") -> MessageRow:
        """The only message of a kind."""
        [found] = await self.scene.messages(kind)
        return found

    def later(self, minutes: float) -> None:
        """Let time pass."""
        self.scene.world.clock.forward(minutes=minutes)


def settings_for(scene: Scene, port: int) -> NotificationsSettings:
    """The scene's settings with this mail server."""
    settings = scene.world.runtime.settings
    assert isinstance(settings, NotificationsSettings)
    changed = {"smtp_port": port, "smtp_tls": "none", "smtp_timeout_seconds": 5.0}
    return settings.model_copy(update=changed)


@pytest.fixture
async def office(scene: Scene, post: Post) -> AsyncIterator[Office]:
    """The service with a mail server."""
    server = MailServer(settings_for(scene, post.port))
    yield Office(scene, post, MailSender(scene.world.works, server, Watch()))
    await server.close()


async def test_a_mail_is_sent_once_and_all_of_it_is_recorded_together(office: Office) -> None:
    await office.scene.hear(facts.contacted())
    await office.send_all()
    await office.send_all()
    [(recipients, mail)] = office.post.received
    assert recipients == ["manager@larchfield.example"]
    message = await office.message()
    assert (message.state, message.smtp_code, message.attempts) == ("sent", 250, 1)
    [sent] = await office.scene.world.said(MessageSent)
    assert (sent.message_id, sent.cause_id) == (message.id, message.cause_id)
    [made] = await office.scene.world.said(DisclosureMade)
    [row] = [r for r in await office.scene.ledger("disclosure") if "person" in r.audience]
    assert made.disclosure_id == row.id
    assert (row.event_id, row.label, row.under) == (
        message.cause_id,
        "PROVIDER",
        "the provider of the location",
    )
    assert row.digest == message.digest != ""
    assert mail["Message-ID"] == message.header_id


@pytest.mark.requirement("WR1")
async def test_a_mail_arrives_in_one_piece_and_answers_go_to_the_policys_mailbox(
    office: Office,
) -> None:
    await office.scene.hear(facts.scheduled())
    await office.send_all()
    by_address = {recipients[0]: mail for recipients, mail in office.post.received}
    mail = by_address["manager@larchfield.example"]
    assert mail["From"] == "quality@combined-council.example"
    assert mail["To"] == "manager@larchfield.example"
    assert mail["Cc"] is None
    assert mail["Reply-To"] == "quality-team@combined-council.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body(("plain",))
    assert body is not None
    message = await office.message("provider_invited")
    assert body.get_content().replace("\r\n", "\n") == message.text
    [attachment] = mail.iter_attachments()
    assert attachment.get_content_type() == "text/calendar"
    assert attachment.get_param("method") == "REQUEST"
    assert attachment.get_filename() == "invitation.ics"
    calendar = Calendar.from_ical(attachment.get_payload(decode=True))  # type: ignore[arg-type]  # bytes, as it is encoded
    assert len(calendar.walk("VEVENT")) == 1


async def test_one_connection_serves_many_mails(office: Office) -> None:
    await office.scene.hear(facts.contacted(), facts.scheduled(), facts.appointed())
    await office.send_all()
    assert len(office.post.received) == 4
    assert len(office.post.sessions) == 1


async def test_what_is_put_off_is_tried_again_and_then_sent(office: Office) -> None:
    office.post.answers = ["451 not now", "451 not now"]
    await office.scene.hear(facts.contacted())
    for minutes in (0, 1, 2):
        office.later(minutes)
        await office.send_all()
    message = await office.message()
    assert (message.state, message.attempts) == ("sent", 3)
    assert not message.perhaps_sent
    assert len(office.post.received) == 1


async def test_a_mail_waits_for_its_pause(office: Office) -> None:
    office.post.answers = ["451 not now"]
    await office.scene.hear(facts.contacted())
    await office.send_all()
    office.later(0.9)
    assert not await office.sender.send_next()
    message = await office.message()
    assert (message.state, message.smtp_code) == ("queued", 451)


@pytest.mark.parametrize("where", ["recipient", "content"])
async def test_what_is_refused_for_good_has_failed_and_its_owner_is_told(
    office: Office, where: str
) -> None:
    if where == "recipient":
        office.post.refused = {"manager@larchfield.example"}
    else:
        office.post.answers = ["554 not wanted"]
    await office.scene.hear(facts.contacted())
    await office.send_all()
    message = await office.message()
    assert (message.state, message.rule) == ("failed", "refused-by-server")
    [event] = await office.scene.world.said(MessageFailed)
    assert event.rule == "refused-by-server"
    [(recipients, note)] = office.post.received
    assert recipients == ["quality-team@combined-council.example"]
    assert str(message.id) in str(note.get_content())
    assert "manager" not in str(note)


async def test_a_note_to_the_owner_that_fails_makes_no_other(office: Office) -> None:
    office.post.answers = ["554 no", "554 no"]
    await office.scene.hear(facts.contacted())
    await office.send_all()
    assert [message.state for message in await office.scene.messages()] == ["failed", "failed"]
    assert len(await office.scene.world.said(MessageFailed)) == 2


async def test_a_mail_cut_off_in_the_middle_is_perhaps_sent_and_sent_again_under_its_id(
    office: Office,
) -> None:
    office.post.answers = ["cut"]
    await office.scene.hear(facts.contacted())
    await office.send_all()
    message = await office.message()
    assert (message.state, message.perhaps_sent) == ("queued", True)
    office.later(1)
    await office.send_all()
    assert (await office.message()).state == "sent"
    first, second = (mail for _, mail in office.post.received)
    assert first["Message-ID"] == second["Message-ID"]
    assert len(await office.scene.world.said(MessageSent)) == 1


async def test_a_connection_that_the_server_has_closed_is_opened_again(office: Office) -> None:
    await office.scene.hear(facts.contacted())
    office.post.answers = ["cut"]
    await office.send_all()
    await office.scene.hear(facts.appointed())
    await office.send_all()
    assert (await office.message("chair_appointed")).state == "sent"


async def test_without_a_server_a_mail_waits_and_fails_after_its_tries(scene: Scene) -> None:
    server = MailServer(settings_for(scene, free_port()))
    sender = MailSender(scene.world.works, server, Watch())
    await scene.hear(facts.contacted())
    for _ in range(8):
        await sender.send_next()
        scene.world.clock.forward(hours=3)
    [message] = await scene.messages("provider_contacted")
    assert (message.state, message.attempts) == ("failed", 8)
    assert (message.rule, message.perhaps_sent) == ("no-answer-in-time", False)


async def test_what_a_process_left_behind_is_sent_again_and_flagged(office: Office) -> None:
    await office.scene.hear(facts.contacted())
    async with office.scene.world.works.begin() as work:
        assert await deliveries.take_next(work) is not None
    assert not await office.sender.send_next()
    office.later(3)
    await office.send_all()
    message = await office.message()
    assert (message.state, message.perhaps_sent, message.attempts) == ("sent", True, 2)


async def test_two_senders_send_no_mail_twice(office: Office) -> None:
    server = MailServer(settings_for(office.scene, office.post.port))
    other = MailSender(office.scene.world.works, server, Watch())
    await office.scene.hear(facts.contacted(), facts.scheduled(), facts.appointed())
    for _ in range(4):
        await asyncio.gather(office.sender.send_next(), other.send_next())
    await server.close()
    ids = [mail["Message-ID"] for _, mail in office.post.received]
    assert len(ids) == len(set(ids)) == 4


@asynccontextmanager
async def all_senders(office: Office) -> AsyncIterator[None]:
    """The service's senders at work; on leaving each finishes what it has in hand."""
    runtime = office.scene.world.runtime
    settings = runtime.settings
    runtime.settings = settings_for(office.scene, office.post.port)
    task = senders.start_mail_sender(runtime)
    await asyncio.sleep(0.1)
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    runtime.settings = settings


async def until(done: Callable[[], bool]) -> None:
    """Wait until something is so, for no longer than a slow machine needs."""
    for _ in range(1_000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether a mail was found, at each look of a sender for one."""
    found: list[bool] = []
    take_next = deliveries.take_next

    async def counted(work: Work) -> MessageRow | None:
        message = await take_next(work)
        found.append(message is not None)
        return message

    monkeypatch.setattr(deliveries, "take_next", counted)
    return found


async def test_a_mail_leaves_within_a_moment_of_its_commit(office: Office) -> None:
    async with all_senders(office):
        await office.scene.hear(facts.acknowledged())
        committed = time.monotonic()
        await asyncio.to_thread(office.post.begun.wait, 3)
        took = time.monotonic() - committed
    assert (await office.message("concern_acknowledged")).state == "sent"
    assert took < 0.5  # the poll alone would take up to a second


async def test_a_mail_costs_one_look_where_no_other_waits(
    office: Office, looks: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "_POLL_SECONDS", 60)
    async with all_senders(office):
        await until(lambda: looks == [False])  # what waited before the start is looked for once
        await office.scene.hear(facts.contacted())
        await until(lambda: len(looks) == 2)
        await asyncio.sleep(0.2)
    assert looks == [False, True]
    assert (await office.message()).state == "sent"


async def test_many_mails_are_sent_by_all_senders_and_a_stop_finishes_each(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "_POLL_SECONDS", 60)
    office.post.takes = 1.0
    async with all_senders(office):
        await office.scene.hear(facts.contacted(), facts.scheduled(), facts.appointed())
        await until(lambda: len(office.post.sessions) == 4)
    assert [message.state for message in await office.scene.messages()] == ["sent"] * 4
    assert len(office.post.received) == 4


async def test_what_another_process_queued_and_what_is_tried_again_are_found_by_themselves(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "_POLL_SECONDS", 0.05)
    office.post.answers = ["451 not now"]
    async with all_senders(office):
        office.scene.world.works.after_queueing = lambda: None
        await office.scene.hear(facts.contacted())
        await until(lambda: not office.post.answers)
        async with asyncio.timeout(10):
            while (await office.message()).smtp_code is None:
                pass
        office.later(1)
        await until(lambda: len(office.post.received) == 1)
    assert (await office.message()).state == "sent"


async def test_one_sender_at_a_time_looks_by_itself(
    office: Office, looks: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(senders, "_POLL_SECONDS", 0.2)
    begun = time.monotonic()
    async with all_senders(office):
        await until(lambda: len(looks) == 6)
        took = time.monotonic() - begun
    assert took >= 0.9  # the first look is made at once, and each other one poll later


async def test_a_stop_finishes_the_mail_in_hand(office: Office) -> None:
    office.post.takes = 0.2
    await office.scene.hear(facts.contacted())
    task = asyncio.create_task(office.sender.run())
    assert await asyncio.to_thread(office.post.begun.wait, 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    message = await office.message()
    assert (message.state, message.perhaps_sent) == ("sent", False)


async def test_a_stop_is_not_lost_where_what_is_in_hand_fails(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def fails(self: MailSender) -> bool:
        begun.set()
        await asyncio.sleep(0.1)
        raise ConnectionResetError

    monkeypatch.setattr(MailSender, "send_next", fails)
    task = asyncio.create_task(office.sender.run())
    await asyncio.wait_for(begun.wait(), 3)
    task.cancel()
    await asyncio.wait([task], timeout=3)
    assert task.cancelled()


async def test_the_smtp_span_continues_the_trace_of_the_cause(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = provider.get_tracer("test")
    monkeypatch.setattr("shared.platform.telemetry._tracer", tracer)
    parent = f"00-{'c' * 32}-{'d' * 16}-01"
    record = office.scene.world.record(facts.contacted(), traceparent=parent)
    await office.scene.world.take([record])
    await office.send_all()
    named = {span.name: span for span in spans.get_finished_spans()}
    mail, feed = named["send mail"], named["process meetings.provider.contacted.v1"]
    assert "icb" in (feed.attributes or {})["agency.ids"]  # type: ignore[operator]  # a tuple
    for found in (mail, feed):
        assert trace.format_trace_id(found.context.trace_id) == "c" * 32
    assert dict(mail.attributes or {}) == {
        "mail.kind": "provider_contacted",
        "delivery.state": "accepted",
    }
    assert set(feed.attributes or {}) <= ALLOWED_ATTRIBUTES
    [sent] = [e for e in await office.scene.world.envelopes() if isinstance(e.event, MessageSent)]
    assert (sent.traceparent or "").split("-")[1] == "c" * 32
