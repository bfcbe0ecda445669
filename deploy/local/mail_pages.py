"""The kept e-mail for a browser at `/`, and for programs at `/messages` (JSON)."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern_policy
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from deploy.local.ports import LOOPBACK

_LONDON = ZoneInfo("Europe/London")
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-\d{6}\.eml")


@dataclass(frozen=True)
class KeptMessage:
    """One e-mail as it arrived, its text parts decoded."""

    id: str
    time: str
    """When it arrived: ISO 8601, UTC."""
    envelope_from: str
    envelope_to: tuple[str, ...]
    sender: str
    recipients: str
    subject: str
    text: tuple[str, ...]
    attachments: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]


def kept_names(directory: Path) -> list[str]:
    """The ids of all that was kept, newest first."""
    return sorted((p.name for p in directory.iterdir() if _NAME.fullmatch(p.name)), reverse=True)


def kept_messages(directory: Path) -> list[KeptMessage]:
    """All that was kept, newest first."""
    return [read_message(directory, name) for name in kept_names(directory)]


def arrived_at(message_id: str) -> datetime:
    """When the server had a message whole and kept it, just before it said so; UTC."""
    return datetime.strptime(message_id.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)


def read_message(directory: Path, name: str) -> KeptMessage:
    """One message by its id. Raises LookupError when there is none."""
    if not _NAME.fullmatch(name) or not (directory / name).exists():
        raise LookupError("no such message")
    content = (directory / name).read_bytes()
    message = message_from_bytes(content, policy=modern_policy)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return KeptMessage(
        id=name,
        time=arrived_at(name).isoformat(),
        envelope_from=str(message.get("X-Envelope-From", "")),
        envelope_to=tuple(str(to) for to in message.get_all("X-Envelope-To", [])),
        sender=str(message.get("From", "")),
        recipients=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        text=tuple(_text_of(p) for p in parts if _is_text(p)),
        attachments=tuple(
            p.get_filename() or p.get_content_type() for p in parts if not _is_text(p)
        ),
        headers=tuple((header, str(value)) for header, value in message.items()),
    )


def _text_of(part: EmailMessage) -> str:
    try:
        text = str(part.get_content())
    except LookupError:  # a character set that Python does not know
        text = bytes(part.get_payload(decode=True)).decode("ascii", "replace")
    return text.replace("\r\n", "\n")


def _is_text(part: EmailMessage) -> bool:
    return part.get_content_maintype() == "text" and part.get_filename() is None


def list_page(messages: Iterable[KeptMessage]) -> str:
    """All messages as a table."""
    rows = "".join(
        f"<tr><td>{_london(m)}</td><td>{escape(m.sender)}</td>"
        f"<td>{escape(', '.join(m.envelope_to))}</td>"
        f'<td><a href="/messages/{quote(m.id)}">{escape(m.subject) or "(no subject)"}</a></td></tr>'
        for m in messages
    )
    heads = "".join(f'<th scope="col">{h}</th>' for h in ("Time", "From", "To", "Subject"))
    return _page(
        "Kept e-mail", f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def detail_page(message: KeptMessage) -> str:
    """One message: headers, text parts, names of attachments."""
    headers = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in message.headers
    )
    texts = "".join(f"<pre>{escape(text)}</pre>" for text in message.text)
    names = "".join(f"<li>{escape(name)}</li>" for name in message.attachments) or "<li>none</li>"
    return _page(
        message.subject or "(no subject)",
        f'<p><a href="/">All messages</a></p><p>{_london(message)}</p>'
        f"<table><tbody>{headers}</tbody></table>{texts}<h2>Attachments</h2><ul>{names}</ul>",
    )


def _london(message: KeptMessage) -> str:
    local = datetime.fromisoformat(message.time).astimezone(_LONDON)
    return f"{local:%d %B %Y, %H:%M:%S}"


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"</head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


class _Pages(BaseHTTPRequestHandler):
    server: "_PageServer"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        # Another host's name that resolves to us is a page elsewhere reading our mail.
        if self.headers.get("Host", "").partition(":")[0] not in (LOOPBACK, "localhost"):
            self._answer(421, "text/plain", "ask for 127.0.0.1")
        elif path == "/":
            self._answer(200, "text/html", list_page(kept_messages(self.server.directory)))
        elif path == "/messages":
            found = [asdict(message) for message in kept_messages(self.server.directory)]
            self._answer(200, "application/json", json.dumps(found))
        else:
            self._answer_one(path)

    def _answer_one(self, path: str) -> None:
        try:
            message = read_message(self.server.directory, path.removeprefix("/messages/"))
        except LookupError:
            self._answer(404, "text/plain", "no such message")
        else:
            self._answer(200, "text/html", detail_page(message))

    def _answer(self, status: int, media_type: str, text: str) -> None:
        body = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _PageServer(ThreadingHTTPServer):
    def __init__(self, directory: Path, port: int) -> None:
        super().__init__((LOOPBACK, port), _Pages)
        self.directory = directory


def serve_pages(directory: Path, port: int) -> None:
    """Show the messages of `directory` until the process is ended."""
    _PageServer(directory, port).serve_forever()
