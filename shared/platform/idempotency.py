"""`Idempotency-Key` on every POST: sent again, it takes effect once and gets the same answer again.

The answer is kept in the transaction of its effect. It may hold what somebody told in confidence,
so it lies there sealed with a key that follows from the caller and the `Idempotency-Key`: nobody
can open it but who sends the same key again, and not we either. The row's id and the digest of
what was asked are keyed likewise, so that they can be compared with nothing.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlalchemy import Select, and_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.platform.problems import Problem
from shared.platform.security import Person
from shared.platform.telemetry import log
from shared.platform.work import Work, Works

HEADER = "Idempotency-Key"
PATTERN = r'^"?[A-Za-z0-9._:+/=-]{16,128}"?$'
_KEY = re.compile(PATTERN)
_FORGET_SECONDS = 600.0
_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Sent again with the same key and body, it takes effect once and answers alike.",
    "schema": {"type": "string", "pattern": PATTERN},
}


class AnsweredBefore(Exception):  # noqa: N818 - an answer, not an error
    """The same request was answered before; this is its answer."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Idempotency:
    """ASGI middleware: holds the answer to a POST with a key back until both are committed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key_of(scope)
        if key is None:
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        attempt = Attempt(key, scope["path"].encode(), scope["query_string"], body)
        scope.setdefault("state", {})["attempt"] = attempt
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        try:
            await self._app(scope, _again(body, receive), hold)
            await attempt.settle(held)
        except BaseException as error:
            await attempt.undo(error)
            raise
        for message in held:
            await send(message)


@dataclass
class _Sealer:
    """What follows from caller and key: the row's id, and how digests and answers are locked."""

    id: bytes
    digest_key: bytes
    answer_key: bytes

    def digest(self, parts: Sequence[bytes]) -> bytes:
        told = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
        return hmac.digest(self.digest_key, told, "sha256")

    def seal(self, response: Response) -> bytes:
        headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in response.raw_headers]
        body = base64.b64encode(response.body).decode()
        plain = json.dumps([response.status_code, headers, body]).encode()
        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self.answer_key).encrypt(nonce, plain, self.id)

    def open(self, sealed: bytes) -> Response:
        plain = AESGCM(self.answer_key).decrypt(sealed[:12], sealed[12:], self.id)
        status, headers, body = json.loads(plain)
        response = Response(base64.b64decode(body), status)
        response.raw_headers = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in headers]
        response.headers["Idempotency-Replayed"] = "true"
        return response


class Attempt:
    """One POST with a key, and the transaction in which it takes effect."""

    def __init__(self, key: str, path: bytes, query: bytes, body: bytes) -> None:
        self._key = key
        self._asked = (path, query, body)
        self._sealer: _Sealer | None = None
        self._digest = b""
        self._unit: AbstractAsyncContextManager[Work] | None = None
        self._work: Work | None = None

    @asynccontextmanager
    async def begin(self, works: Works, person: Person) -> AsyncIterator[Work]:
        """A unit of work that stays open until the answer is known; an exception undoes it.

        Raises AnsweredBefore, or Problem: 409 while the first is under way, 422 for a key that
        came with another request.
        """
        if self._work is not None:  # a route's second look at its own work
            yield self._work
            return
        unit = works.begin()
        work = await unit.__aenter__()
        try:
            await self._claim(work, person)
            yield work
        except BaseException as error:
            await unit.__aexit__(type(error), error, error.__traceback__)
            raise
        self._unit, self._work = unit, work

    async def _claim(self, work: Work, person: Person) -> None:
        self._sealer = sealer = _sealer_of(work.tables.schema, person.subject, self._key)
        # Who has other rights by now is not shown what was answered under the earlier ones.
        rights = [sorted(person.partnerships), sorted(person.roles), person.agency, person.provider]
        self._digest = sealer.digest([json.dumps(rights).encode(), *self._asked])
        found = (await work.session.execute(_claiming(work, sealer.id))).one()
        if not found.mine:
            raise _in_flight()
        if found.digest is None:
            return
        if not hmac.compare_digest(found.digest, self._digest):
            raise Problem(
                422,
                "idempotency-key-reused",
                "This Idempotency-Key came before with another request.",
                extra={"instead": "Send the first request unchanged, or a new key."},
            )
        raise AnsweredBefore(sealer.open(found.answer))

    async def keep(self, work: Work, response: Response) -> None:
        """Keep an answer in the transaction of its effect."""
        if self._sealer is None:
            raise LookupError("an answer is kept that nobody has claimed")
        values = {"digest": self._digest, "answer": self._sealer.seal(response), "at": work.now}
        kept = await work.session.execute(_keeping(work, self._sealer.id, values))
        if kept.first() is None:
            raise _in_flight()

    async def settle(self, held: Sequence[Message]) -> None:
        """The answer is known: commit it with its effect. One that is no success undoes it."""
        if self._unit is None or self._work is None:
            return
        response = _response_of(held)
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            await self.undo(_NoSuccess())
            return
        await self.keep(self._work, response)
        unit, self._unit = self._unit, None
        await unit.__aexit__(None, None, None)

    async def undo(self, error: BaseException) -> None:
        """Nothing of it took effect."""
        unit, self._unit = self._unit, None
        if unit is not None:
            await unit.__aexit__(type(error), error, error.__traceback__)


class _NoSuccess(Exception):  # noqa: N818 - it only undoes
    """The route answered with an error after its unit of work."""


def install(app: FastAPI) -> None:
    """Give an app's POSTs their keys, in its document as well."""
    app.add_middleware(Idempotency)
    app.add_exception_handler(AnsweredBefore, _on_answered)
    plain = app.openapi

    def with_keys() -> dict[str, Any]:
        document = plain()
        for operations in document["paths"].values():
            parameters = operations.get("post", {}).setdefault("parameters", [])
            if "post" in operations and _PARAMETER not in parameters:
                parameters.append(_PARAMETER)
        return document

    app.openapi = with_keys  # type: ignore[method-assign]  # FastAPI's documented way


async def _on_answered(_: Request, error: Exception) -> Response:
    assert isinstance(error, AnsweredBefore)  # noqa: S101 - Starlette types all handlers alike
    return error.response


async def forget_old(works: Works) -> None:
    """Drop what was kept for its time, for ever."""
    while True:
        await asyncio.sleep(_FORGET_SECONDS)
        try:
            async with works.begin() as work:
                table = work.tables.idempotency
                await work.session.execute(delete(table).where(table.c.at < work.now - _kept(work)))
        except Exception as error:
            log.warning("idempotency.forget_later", exc_info=error)


def _kept(work: Work) -> timedelta:
    return timedelta(hours=work.settings.idempotency_hours if work.settings else 24)


def _sealer_of(service: str, subject: str, key: str) -> _Sealer:
    info = json.dumps([service, subject]).encode()
    drawn = HKDF(SHA256(), 96, salt=b"provider-quality idempotency", info=info).derive(key.encode())
    return _Sealer(hashlib.sha256(drawn[:32]).digest(), drawn[32:64], drawn[64:])


def _claiming(work: Work, id_: bytes) -> Select[Any]:
    """Lock the key until this work ends, without waiting, and read what was answered."""
    table = work.tables.idempotency
    lock = func.pg_try_advisory_xact_lock(int.from_bytes(id_[:8], "big", signed=True))
    known = and_(table.c.id == id_, table.c.at >= work.now - _kept(work))
    one = select(literal(1).label("one")).subquery()
    return select(lock.label("mine"), table.c.digest, table.c.answer).select_from(
        one.outerjoin(table, known)
    )


def _keeping(work: Work, id_: bytes, values: Mapping[str, Any]) -> ReturningInsert[Any]:
    """No row comes back where another request has kept its answer meanwhile."""
    table = work.tables.idempotency
    return (
        insert(table)
        .values(id=id_, **values)
        .on_conflict_do_update(
            index_elements=[table.c.id],
            set_=dict(values),
            where=table.c.at < work.now - _kept(work),
        )
        .returning(table.c.id)
    )


def _key_of(scope: Scope) -> str | None:
    """The key of a POST. Raises Problem 422 for one that is too short to be a secret, or odd."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return None
    given = [v for n, v in scope["headers"] if n == HEADER.lower().encode()]
    if not given:
        return None
    key: str = given[0].decode("latin-1")
    if len(given) > 1 or not _KEY.fullmatch(key):
        reason = "One key of 16 to 128 letters, digits and . _ : + / = -, such as a random UUID."
        fields = [{"field": f"header.{HEADER}", "reason": reason}]
        raise Problem(
            422, "invalid-request", "Fields are missing or do not fit.", extra={"fields": fields}
        )
    return key.strip('"')


async def _whole(receive: Receive) -> bytes:
    """The body; the door before us has limited its size."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _response_of(held: Sequence[Message]) -> Response:
    """The answer that a route has given, from the messages that make it up."""
    start = next(one for one in held if one["type"] == "http.response.start")
    body = b"".join(one.get("body", b"") for one in held if one["type"] == "http.response.body")
    response = Response(body, start["status"])
    response.raw_headers = list(start["headers"])
    return response


def _in_flight() -> Problem:
    return Problem(
        409,
        "idempotency-in-flight",
        "The same request is still under way.",
        headers={"Retry-After": "1"},
        extra={"instead": "Wait a moment, then send it again with the same key."},
    )
