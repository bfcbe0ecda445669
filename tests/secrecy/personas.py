"""Everybody who knocks at a door: each role, at home and elsewhere, and those without a right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from shared.contracts.words import Role
from tests.stage import World

HOME, ELSEWHERE = "combined", "lancashire"
OUR_PROVIDER, OTHER_PROVIDER = "1-100000001", "1-100000009"
OUR_AGENCY, OTHER_AGENCY, SUSPENDED_AGENCY = "icb", "healthwatch", "cqc"
PROVIDER_PEOPLE = frozenset({Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL})


@dataclass(frozen=True)
class Persona:
    """Somebody with a token, or without one that holds."""

    name: str
    roles: frozenset[Role] = frozenset()
    partnership: str = HOME
    agency: str | None = None
    provider: str | None = None
    token: str = "sound"
    """`sound`, or what is wrong with it."""

    @property
    def of_provider(self) -> bool:
        return bool(self.roles & PROVIDER_PEOPLE)


def at_home(role: Role) -> Persona:
    """Somebody with a role whose own things the objects of the matrix are."""
    return Persona(
        name=role.value,
        roles=frozenset({role}),
        agency=OUR_AGENCY if role is Role.AGENCY_LIAISON else None,
        provider=OUR_PROVIDER if role in PROVIDER_PEOPLE else None,
    )


def everybody() -> Iterator[Persona]:
    """All personas of the matrix."""
    for role in Role:
        yield at_home(role)
        away = at_home(role)
        yield replace(away, name=f"{role.value} of another partnership", partnership=ELSEWHERE)
    for role in sorted(PROVIDER_PEOPLE):
        own = at_home(role)
        yield replace(own, name=f"{role.value} of another provider", provider=OTHER_PROVIDER)
        yield replace(own, name=f"{role.value} of no provider", provider=None)
    liaison = at_home(Role.AGENCY_LIAISON)
    yield replace(liaison, name="liaison of another agency", agency=OTHER_AGENCY)
    yield replace(liaison, name="liaison of a suspended member", agency=SUSPENDED_AGENCY)
    yield replace(liaison, name="liaison of no agency", agency=None)
    yield Persona("no role")
    yield Persona("no token", token="none")
    for wrong in ("no token at all", "expired", "for another audience", "of another issuer"):
        yield Persona(f"token {wrong}", roles=frozenset(Role), token=wrong)
    yield Persona("token signed by somebody else", frozenset(Role), token="self-signed")


class Issuer:
    """Signs tokens with a key that the service takes for its identity provider's."""

    def __init__(self, world: World) -> None:
        self._settings = world.runtime.settings
        self._key = ECKey.generate_key("P-256", {"kid": "issuer"})
        self._own_key = ECKey.generate_key("P-256", {"kid": "issuer"})
        identity = world.runtime.identity
        identity._keys = KeySet([self._key])
        identity._fetched_at = time.monotonic()

    def header_for(self, who: Persona) -> dict[str, str]:
        """The Authorization header with which somebody comes."""
        if who.token == "none":
            return {}
        if who.token == "no token at all":
            return {"Authorization": "Bearer nothing.of.that"}
        return {"Authorization": f"Bearer {self._signed(who)}"}

    def _signed(self, who: Persona) -> str:
        expired, audience = who.token == "expired", self._settings.oidc_audience
        claims = {
            "iss": self._settings.oidc_issuer + ("/else" if "issuer" in who.token else ""),
            "aud": "another" if "audience" in who.token else audience,
            "sub": who.name,
            "exp": int(time.time()) + (-600 if expired else 600),
            "roles": sorted(who.roles),
            "partnerships": [who.partnership],
            "agency": who.agency,
            "provider": who.provider,
        }
        key = self._own_key if who.token == "self-signed" else self._key
        return jwt.encode({"alg": "ES256", "kid": "issuer"}, claims, key)
