"""Who is asking: OIDC bearer tokens checked against the issuer's keys, and roles on every route."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

import httpx
from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.contracts.words import Role, derived_id
from shared.platform.problems import Problem
from shared.platform.rate_limit import RateLimits
from shared.platform.settings import Settings

_ALGORITHMS = ["RS256", "ES256"]
_REFRESH_SECONDS = 300.0
_REFRESH_AT_MOST_EVERY = 5.0
_LEEWAY = 30
_CHECKED_AT_MOST = 1_000
_LONGEST_SUBJECT = 120


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, as the token says it."""

    subject: str
    roles: frozenset[Role]
    partnerships: frozenset[str]
    agency: str | None = None
    """Set for an agency's liaison: sees that agency's own things only."""
    provider: str | None = None
    """Set for a provider's people: CQC's provider id."""

    @property
    def ref(self) -> UUID:
        """How events name who is signed in: it follows from the sign-in, and does not tell it."""
        return derived_id("signed-in", self.subject, "")

    def has(self, *roles: Role) -> bool:
        """True where the person holds one of the roles."""
        return bool(self.roles & set(roles))


@dataclass
class Identity:
    """Checks tokens of one issuer. Keys are cached, and fetched again for an unknown key id."""

    settings: Settings
    _keys: KeySet | None = None
    _fetched_at: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _checked: dict[bytes, jwt.Token] = field(default_factory=dict)
    """Tokens whose signature is that of a key we hold, by their digests."""

    async def person_of(self, token: str) -> Person:
        """The person of a token. Raises Problem 401 without saying what was wrong with it."""
        try:
            decoded = await self._decode(token)
            _claims_registry(self.settings).validate(decoded.claims)
            return _person(decoded.claims)
        except (JoseError, ValueError, KeyError, TypeError):
            raise _unauthenticated("The token is not valid.") from None

    async def _decode(self, token: str) -> jwt.Token:
        keys = await self._current_keys(force=False)
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._checked.get(digest)) is not None:
            return known
        try:
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # Perhaps the issuer has rotated its keys: look once more, not more often than allowed.
            keys = await self._current_keys(force=True)
            decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
        if len(self._checked) >= _CHECKED_AT_MOST:
            self._checked.clear()
        self._checked[digest] = decoded
        return decoded

    async def _current_keys(self, *, force: bool) -> KeySet:
        async with self._lock:
            age = time.monotonic() - self._fetched_at
            stale = self._keys is None or age > _REFRESH_SECONDS
            if stale or (force and age > _REFRESH_AT_MOST_EVERY):
                await self._fetch()
            if self._keys is None:
                raise Problem(503, "identity-unavailable", "The identity provider is away.")
            return self._keys

    async def _fetch(self) -> None:
        issuer = self.settings.oidc_issuer.rstrip("/")
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                found = (await client.get(f"{issuer}/.well-known/openid-configuration")).json()
                jwks = (await client.get(found["jwks_uri"])).json()
        except (httpx.HTTPError, ValueError, KeyError):
            return  # old keys serve on; without any the caller answers 503
        self._keys = KeySet.import_key_set(jwks)
        self._checked.clear()
        self._fetched_at = time.monotonic()


def _claims_registry(settings: Settings) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        leeway=_LEEWAY,
        iss={"essential": True, "value": settings.oidc_issuer.rstrip("/")},
        aud={"essential": True, "value": settings.oidc_audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _person(claims: dict[str, Any]) -> Person:
    known = {role.value for role in Role}
    return Person(
        subject=_subject(str(claims["sub"])),
        roles=frozenset(Role(r) for r in claims.get("roles", []) if r in known),
        partnerships=frozenset(str(p) for p in claims.get("partnerships", [])),
        agency=claims.get("agency"),
        provider=claims.get("provider"),
    )


def _subject(claim: str) -> str:
    """The sign-in as it is kept. One that is too long is told from others by all of it.

    Two that only begin alike would share drafts, claims and keys.
    """
    if len(claim) <= _LONGEST_SUBJECT:
        return claim
    digest = hashlib.sha256(claim.encode()).hexdigest()
    return f"{claim[: _LONGEST_SUBJECT - len(digest) - 1]}~{digest}"


def _unauthenticated(detail: str) -> Problem:
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": "Bearer"})


_bearer = HTTPBearer(auto_error=False, description="An ID token of the installation's issuer.")
"""Puts the sign-in into the API's document; the check itself is below."""


async def person_of_request(
    request: Request, _: Annotated[object, Depends(_bearer)] = None
) -> Person:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _unauthenticated("A bearer token is needed.")
    identity: Identity = request.app.state.runtime.identity
    return await identity.person_of(token)


class Requires:
    """A route's dependency: the person must hold one of the roles. Every route has one."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    async def __call__(
        self, request: Request, person: Annotated[Person, Depends(person_of_request)]
    ) -> Person:
        request.state.person = person
        rates: RateLimits = request.app.state.runtime.rates
        rates.check(person.subject, portal=person.has(Role.PORTAL))
        if not person.has(*self.roles):
            raise Problem(
                403,
                "role-needed",
                "Your roles do not allow this.",
                extra={"instead": "docs/roles.md says which role does; ask who holds it."},
            )
        return person


def requires(*roles: Role) -> Callable[[Person], Awaitable[Person]]:
    """Shorthand for `Depends(Requires(...))`, typed for route signatures."""
    return Depends(Requires(*roles))  # type: ignore[no-any-return]  # Depends is typed as Any
