"""Personas sign in as people would, and get tokens that a service can check."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from deploy.local.identity import AUDIENCE, TOKEN_LIFE, Persona, fetch_token, personas
from deploy.local.ports import answers, free_port
from deploy.local.process import ServerProcess
from shared.contracts.words import Role


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("identity") / "log"


@pytest.fixture(scope="module")
def issuer(log: Path) -> Iterator[str]:
    port = free_port()
    server = ServerProcess("identity", log)
    server.start([sys.executable, "-m", "deploy.local.identity", "--port", str(port)])
    server.wait_until(lambda: answers(port), 20)
    yield f"http://127.0.0.1:{port}"
    server.stop()


def claims_of(token: str, issuer: str) -> dict[str, Any]:
    """What the token says, its signature checked against the published keys."""
    keys = KeySet.import_key_set(httpx.get(f"{issuer}/jwks", trust_env=False).json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


def test_every_role_has_somebody_who_plays_it() -> None:
    assert {role for persona in personas() for role in persona.roles} == set(Role)


def test_every_subject_is_one_persona() -> None:
    subjects = [persona.subject for persona in personas()]
    assert len(subjects) == len(set(subjects))


def test_a_liaison_speaks_for_an_agency_and_provider_people_for_a_provider() -> None:
    for persona in personas():
        provider_people = {Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL}
        assert (persona.agency is not None) == (Role.AGENCY_LIAISON in persona.roles)
        assert (persona.provider is not None) == bool(provider_people & set(persona.roles))


@pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona.subject)
def test_a_persona_gets_a_token_with_its_claims(issuer: str, persona: Persona) -> None:
    claims = claims_of(fetch_token(issuer, persona.subject), issuer)
    assert claims["sub"] == persona.subject
    assert {name: claims.get(name) for name in persona.claims()} == persona.claims()


def test_a_token_names_its_issuer_its_audience_and_its_end(issuer: str) -> None:
    claims = claims_of(fetch_token(issuer, "team-manager"), issuer)
    assert claims["iss"] == issuer
    assert claims["aud"] == [AUDIENCE]
    assert claims["exp"] - time.time() == pytest.approx(TOKEN_LIFE.total_seconds(), abs=60)


def test_the_issuer_is_the_same_however_the_host_is_spelled(issuer: str) -> None:
    spelled = issuer.replace("127.0.0.1", "localhost")
    assert claims_of(fetch_token(spelled, "admin"), issuer)["iss"] == issuer


def test_another_audience_is_named_where_it_is_asked_for(issuer: str) -> None:
    token = fetch_token(issuer, "portal", audience="another-service")
    assert claims_of(token, issuer)["aud"] == ["another-service"]


def test_a_token_altered_on_the_way_fails_the_check(issuer: str) -> None:
    header, claims, signature = fetch_token(issuer, "practitioner").split(".")
    _, others_claims, _ = fetch_token(issuer, "admin").split(".")
    assert claims != others_claims
    with pytest.raises(JoseError):
        claims_of(f"{header}.{others_claims}.{signature}", issuer)


def test_somebody_unknown_gets_no_token(issuer: str) -> None:
    with pytest.raises(LookupError, match="no persona"):
        fetch_token(issuer, "nobody-we-know")


def test_nobody_gives_themselves_a_role(issuer: str) -> None:
    answer = httpx.put(f"{issuer}/users/admin", json={"roles": ["admin"]}, trust_env=False)
    assert answer.status_code == 404


def test_the_log_stays_empty_whoever_signs_in(issuer: str, log: Path) -> None:
    fetch_token(issuer, "police")
    assert log.read_text() == ""
