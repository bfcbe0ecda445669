"""The mail server: one connection, used again, and how each attempt ended."""

from __future__ import annotations

import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from services.notifications.domain.deliveries import Answer, Attempt
from services.notifications.settings import NotificationsSettings
from services.notifications.tables import MessageRow
from shared.platform.telemetry import log

_POLICY = SMTP_POLICY.clone(cte_type="7bit")


def mail_of(message: MessageRow, at: datetime) -> bytes:
    """A message in the form in which it is sent."""
    mail = EmailMessage(_POLICY)
    mail["From"] = message.sender
    mail["To"] = message.address
    mail["Reply-To"] = message.reply_to
    mail["Subject"] = message.subject
    mail["Date"] = at
    mail["Message-ID"] = message.header_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="quoted-printable")
    if message.calendar is not None:
        mail.add_attachment(
            message.calendar,
            maintype="text",
            subtype="calendar",
            filename="invitation.ics",
            params={"method": "REQUEST", "charset": "utf-8"},
        )
    return mail.as_bytes()


class MailServer:
    """Sends messages one after the other over one connection."""

    def __init__(self, settings: NotificationsSettings) -> None:
        self._settings = settings
        self._connection: SMTP | None = None

    async def send(self, message: MessageRow, at: datetime) -> Attempt:
        """Try to send a message; never raises for what the server or the network does."""
        content = mail_of(message, at)
        try:
            connection = await self._connected()
            await connection.mail(message.sender)
            await connection.rcpt(message.address or "")
        except SMTPResponseException as refused:
            return await self._refused(refused.code)
        except (SMTPException, OSError) as error:
            return self._lost(error, Answer.NOT_NOW)
        try:
            answer = await connection.data(content)
        except SMTPResponseException as refused:
            return await self._refused(refused.code)
        except (SMTPException, OSError) as error:
            return self._lost(error, Answer.UNKNOWN)
        return Attempt(Answer.ACCEPTED, answer.code)

    async def close(self) -> None:
        """Say goodbye to the server."""
        if self._connection is not None and self._connection.is_connected:
            try:
                await self._connection.quit()
            except (SMTPException, OSError):
                self._connection.close()
        self._connection = None

    async def _connected(self) -> SMTP:
        if self._connection is None or not self._connection.is_connected:
            settings = self._settings
            password = settings.smtp_password
            connection = SMTP(
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                timeout=settings.smtp_timeout_seconds,
                use_tls=settings.smtp_tls == "implicit",
                start_tls=settings.smtp_tls == "starttls",
                tls_context=_tls_of(settings),
                username=settings.smtp_username,
                password=password.get_secret_value() if password else None,
            )
            await connection.connect()
            self._connection = connection
        return self._connection

    async def _refused(self, code: int) -> Attempt:
        try:
            if self._connection is not None:
                await self._connection.rset()
        except (SMTPException, OSError):
            self._forget()
        return Attempt(Answer.NEVER if code >= 500 else Answer.NOT_NOW, code)

    def _lost(self, error: Exception, answer: Answer) -> Attempt:
        log.warning("mail.connection_lost", exc_info=error)
        self._forget()
        return Attempt(answer)

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _tls_of(settings: NotificationsSettings) -> ssl.SSLContext | None:
    if settings.smtp_tls == "none":
        return None
    return ssl.create_default_context(cafile=str(settings.smtp_ca) if settings.smtp_ca else None)
