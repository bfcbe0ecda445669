"""The local mail server keeps every message, delivers none, and shows them harmlessly."""

import smtplib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.local.mail import MISBEHAVE
from deploy.local.ports import answers, free_port
from deploy.local.process import ServerProcess


@dataclass(frozen=True)
class Sink:
    directory: Path
    smtp_port: int
    http_port: int

    def send(self, message: EmailMessage, *recipients: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.smtp_port) as client:
            client.send_message(message, "sender@example.org", list(recipients))

    def get(self, path: str, host: str = "127.0.0.1") -> httpx.Response:
        address = f"http://127.0.0.1:{self.http_port}{path}"
        return httpx.get(address, headers={"Host": host}, trust_env=False)


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sink]:
    room = tmp_path_factory.mktemp("mail")
    sink = Sink(room / "kept", free_port(), free_port())
    server = ServerProcess("mail", room / "log")
    ports = ("--smtp-port", str(sink.smtp_port), "--http-port", str(sink.http_port))
    module = (sys.executable, "-m", "deploy.local.mail", "--directory", str(sink.directory))
    server.start([*module, *ports])
    server.wait_until(lambda: answers(sink.smtp_port) and answers(sink.http_port), 20)
    yield sink
    server.stop()
    assert server.last_lines() == ""


def invitation(subject: str, text: str = "A meeting is called for Siân.\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Quality team <team@example.org>"
    message["To"] = "manager@example.org"
    message["Subject"] = subject
    message.set_content(text)
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    return message


def test_a_message_is_kept_whole_under_its_envelope(sink: Sink) -> None:
    sink.send(invitation("Kept whole"), "manager@example.org", "blind@example.org")
    kept = max(sink.directory.glob("*.eml")).read_text()
    assert kept.startswith(
        "X-Envelope-From: sender@example.org\n"
        "X-Envelope-To: manager@example.org\n"
        "X-Envelope-To: blind@example.org\n"
    )
    assert "Subject: Kept whole\n" in kept
    assert "plan.pdf" in kept


def test_programs_read_the_messages_newest_first(sink: Sink) -> None:
    sink.send(invitation("Earlier"), "manager@example.org")
    sink.send(invitation("Later"), "other@example.org")
    later, earlier = sink.get("/messages").json()[:2]
    assert (later["subject"], earlier["subject"]) == ("Later", "Earlier")
    assert later["envelope_to"] == ["other@example.org"]
    assert later["sender"] == "Quality team <team@example.org>"
    assert later["text"] == ["A meeting is called for Siân.\n"]
    assert later["attachments"] == ["plan.pdf"]
    assert later["time"].endswith("+00:00")


@pytest.mark.parametrize("code", [421, 451, 550, 552])
def test_a_recipient_is_refused_with_the_code_that_its_name_asks_for(sink: Sink, code: int) -> None:
    before = len(sink.get("/messages").json())
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        sink.send(invitation("Refused"), f"refuse-{code}@example.org")
    assert refused.value.recipients[f"refuse-{code}@example.org"][0] == code
    assert len(sink.get("/messages").json()) == before


def test_the_pages_show_markup_in_a_message_as_text(sink: Sink) -> None:
    message = invitation("<script>alert(1)</script>", "<img src=x onerror=alert(2)>")
    message.replace_header("From", '"<b>Bold</b>" <team@example.org>')
    sink.send(message, "manager@example.org")

    found = sink.get("/messages").json()[0]
    for page in (sink.get("/"), sink.get(f"/messages/{found['id']}")):
        assert page.headers["content-security-policy"] == "default-src 'none'"
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
        assert "<script" not in page.text
        assert "<b>" not in page.text
        assert "<img" not in page.text


def test_a_page_lists_time_sender_recipient_subject_and_leads_to_the_message(sink: Sink) -> None:
    sink.send(invitation("Plan due"), "blind@example.org")
    found = sink.get("/messages").json()[0]
    listed = sink.get("/").text
    assert f'<a href="/messages/{found["id"]}">Plan due</a>' in listed
    assert "blind@example.org" in listed
    detail = sink.get(f"/messages/{found['id']}").text
    assert "A meeting is called for Siân." in detail
    assert "<li>plan.pdf</li>" in detail


@pytest.mark.parametrize("path", ["/messages/../log", "/messages/none.eml", "/%2e%2e/log"])
def test_nothing_but_kept_messages_is_shown(sink: Sink, path: str) -> None:
    assert sink.get(path).status_code == 404


def test_a_page_elsewhere_cannot_read_the_mail_under_another_name(sink: Sink) -> None:
    assert sink.get("/messages", host="elsewhere.example.org").status_code == 421


def test_a_text_in_an_unknown_character_set_is_still_listed(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.smtp_port) as client:
        client.sendmail(
            "sender@example.org",
            ["manager@example.org"],
            b"Subject: Odd\r\nContent-Type: text/plain; charset=x-unheard-of\r\n\r\nplain enough",
        )
    assert sink.get("/messages").json()[0]["text"] == ["plain enough\n"]


@pytest.mark.parametrize(
    ("asked", "answer", "kept"),
    [("451", 451, 0), ("554", 554, 0), ("drop", None, 0), ("mute", None, 1)],
)
def test_it_misbehaves_as_long_as_the_control_file_says(
    sink: Sink, asked: str, answer: int | None, kept: int
) -> None:
    control = sink.directory / MISBEHAVE
    before = len(list(sink.directory.glob("*.eml")))
    control.write_text(asked)
    try:
        with pytest.raises((smtplib.SMTPDataError, smtplib.SMTPServerDisconnected)) as told:
            sink.send(invitation("Misbehaving"), "manager@example.org")
    finally:
        control.unlink()
    code = told.value.smtp_code if isinstance(told.value, smtplib.SMTPDataError) else None
    assert code == answer
    assert len(list(sink.directory.glob("*.eml"))) == before + kept
    sink.send(invitation("Behaving again"), "manager@example.org")
