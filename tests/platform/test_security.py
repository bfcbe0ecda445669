"""Tokens are checked against a real identity provider's keys."""

from __future__ import annotations

import time

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from pydantic import SecretStr

from deploy.local.identity import fetch_token
from deploy.local.ports import free_port
from shared.contracts.words import Role
from shared.platform import security
from shared.platform.problems import Problem
from shared.platform.security import Identity
from shared.platform.settings import Settings


def identity(issuer: str, audience: str = "provider-quality") -> Identity:
    return Identity(
        Settings(
            database_user="-",
            database_password=SecretStr("-"),
            kafka_bootstrap="-",
            kafka_user="-",
            kafka_password=SecretStr("-"),
            oidc_issuer=issuer,
            oidc_audience=audience,
        )
    )


async def test_a_token_of_the_issuer_gives_the_persons_roles(issuer: str) -> None:
    person = await identity(issuer).person_of(fetch_token(issuer, "team-manager"))
    assert person.subject == "team-manager"
    assert person.roles == {Role.TEAM_MANAGER}
    assert person.partnerships == {"combined"}


async def test_a_token_for_another_audience_is_refused(issuer: str) -> None:
    token = fetch_token(issuer, "team-manager", audience="another-system")
    assert await refused(identity(issuer), token)


async def test_a_token_of_another_issuer_is_refused(issuer: str) -> None:
    checker = identity(issuer)
    checker.settings = checker.settings.model_copy(update={"oidc_issuer": issuer + "/other"})
    checker._keys, checker._fetched_at = await keys_of(issuer), time.monotonic()
    assert await refused(checker, fetch_token(issuer, "team-manager"))


async def test_a_changed_an_unsigned_and_a_self_signed_token_are_refused(issuer: str) -> None:
    checker = identity(issuer)
    token = fetch_token(issuer, "portal")
    header, payload, signature = token.split(".")
    assert await refused(checker, f"{header}.{payload}.{signature[:-4]}AAAA")
    claims = {
        "iss": issuer,
        "aud": "provider-quality",
        "sub": "sly",
        "roles": ["admin"],
        "exp": int(time.time()) + 600,
    }
    own = RSAKey.generate_key(2048)
    assert await refused(checker, jwt.encode({"alg": "RS256"}, claims, own))
    import base64
    import json

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    assert await refused(checker, f"{part({'alg': 'none'})}.{part(claims)}.")
    assert await refused(checker, "no token at all")


async def test_a_token_that_was_good_is_refused_when_its_time_is_over(
    issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checker, token = with_own_key(issuer)
    assert (await checker.person_of(token)).subject == "known"
    after = time.time() + 700
    monkeypatch.setattr(time, "time", lambda: after)
    assert await refused(checker, token)


async def test_a_token_that_was_good_is_refused_when_the_issuer_has_withdrawn_its_key(
    issuer: str,
) -> None:
    checker, token = with_own_key(issuer)
    assert (await checker.person_of(token)).subject == "known"
    checker._fetched_at = time.monotonic() - 301
    assert await refused(checker, token)


async def test_tokens_that_were_good_are_not_remembered_without_end(
    issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(security, "_CHECKED_AT_MOST", 3)
    checker = identity(issuer)
    for name in ("portal", "team-manager", "practitioner", "operations"):
        await checker.person_of(fetch_token(issuer, name))
    assert len(checker._checked) == 1


def with_own_key(issuer: str) -> tuple[Identity, str]:
    """A checker that holds a key of the test's, and a token under it."""
    checker = identity(issuer)
    key = ECKey.generate_key("P-256", {"kid": "own"})
    checker._keys, checker._fetched_at = KeySet([key]), time.monotonic()
    claims = {"iss": issuer, "aud": "provider-quality", "exp": int(time.time()) + 600}
    return checker, jwt.encode({"alg": "ES256", "kid": "own"}, {**claims, "sub": "known"}, key)


async def test_two_whose_long_sign_ins_begin_alike_are_two_people(issuer: str) -> None:
    checker = identity(issuer)
    key = ECKey.generate_key("P-256", {"kid": "issuer"})
    checker._keys, checker._fetched_at = KeySet([key]), time.monotonic()
    claims = {"iss": issuer, "aud": "provider-quality", "exp": int(time.time()) + 600}
    header = {"alg": "ES256", "kid": "issuer"}
    found = [
        (await checker.person_of(jwt.encode(header, {**claims, "sub": name}, key))).subject
        for name in ("s" * 120, "s" * 121, "s" * 254 + "a", "s" * 254 + "b")
    ]
    assert found[0] == "s" * 120
    assert len(set(found)) == 4
    assert {len(name) for name in found} == {120}


async def test_without_the_identity_provider_nobody_is_let_in(issuer: str) -> None:
    token = fetch_token(issuer, "portal")
    checker = identity(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Problem) as caught:
        await checker.person_of(token)
    assert (caught.value.status, caught.value.type) == (503, "identity-unavailable")


async def keys_of(issuer: str) -> KeySet:
    async with httpx.AsyncClient() as client:
        return KeySet.import_key_set((await client.get(f"{issuer}/jwks")).json())


async def refused(checker: Identity, token: str) -> bool:
    with pytest.raises(Problem) as caught:
        await checker.person_of(token)
    return (caught.value.status, caught.value.type) == (401, "unauthenticated")
