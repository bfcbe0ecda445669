"""Where the local stack's e-mail ends: an SMTP server that keeps all and delivers nothing.

python -m deploy.local.mail --directory DIR --smtp-port P --http-port Q

Each message becomes an `.eml` file in DIR; `deploy.local.mail_pages` shows them at
http://127.0.0.1:Q/. A recipient `refuse-451@…` is refused with 451, and so on for 400 to 599.

While DIR holds a file `misbehave`, its word says what the server does to every message: a code
(`451`, `554`) refuses it after its content came, `drop` closes the connection in the middle of its
content (behind the first line of its text), `mute` keeps it and closes the connection before the
answer.
"""

import argparse
import asyncio
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.mail_pages import serve_pages
from deploy.local.ports import LOOPBACK

_REFUSE = re.compile(r"refuse-([45]\d\d)@")
MISBEHAVE = "misbehave"
"""The file that tells the server to misbehave."""


class Sink:
    """Keeps each message it accepts; aiosmtpd calls the `handle_*` methods."""

    def __init__(self, directory: Path, now: Callable[[], datetime]) -> None:
        self._directory = directory
        self._now = now
        self._lock = threading.Lock()
        self._sequence = len(list(directory.glob("*.eml")))

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names the SMTP command
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or refuse it with the code that its local part asks for."""
        if asked := _REFUSE.match(address):
            return f"{asked[1]} refused, as the recipient's name asks"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd names the SMTP command
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message, or do what the control file says."""
        asked = self.asked()
        if asked.isdigit():
            return f"{asked} refused, as the control file asks"
        name = self.keep(
            envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b""
        )
        if asked == "mute":
            _hang_up(server)
        return f"250 kept as {name}"

    def asked(self) -> str:
        """How the control file asks to misbehave; empty without one."""
        try:
            return (self._directory / MISBEHAVE).read_text().strip()
        except FileNotFoundError:
            return ""

    def keep(self, sender: str, recipients: list[str], content: bytes) -> str:
        """Write the message with its envelope on top, whole or not at all; return the name."""
        with self._lock:
            self._sequence += 1
            name = f"{self._now():%Y%m%dT%H%M%S.%fZ}-{self._sequence:06d}.eml"
            lines = [f"X-Envelope-From: {sender}", *(f"X-Envelope-To: {to}" for to in recipients)]
            draft = self._directory / f".{name}.draft"
            draft.write_bytes("".join(f"{line}\r\n" for line in lines).encode() + content)
            draft.replace(self._directory / name)
        return name


def _hang_up(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


class _Server(SMTP):
    """Closes the connection in the middle of a message's content where it is asked to."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd names the SMTP command
        if self.event_handler.asked() == "drop":
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            await self._read_half()
            _hang_up(self)
            await self._reader.read()  # what has come already is no command
            return
        await super().smtp_DATA(arg)

    async def _read_half(self) -> None:
        """Read the head of a message and the first line of its text."""
        while (await self._reader.readline()).strip():
            pass
        await self._reader.readline()


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


def main() -> None:
    parser = argparse.ArgumentParser(description="An SMTP server that keeps all mail in files.")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    options = parser.parse_args()
    options.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    sink = Sink(options.directory, lambda: datetime.now(UTC))
    _Controller(sink, hostname=LOOPBACK, port=options.smtp_port, enable_SMTPUTF8=True).start()
    serve_pages(options.directory, options.http_port)


if __name__ == "__main__":
    main()
