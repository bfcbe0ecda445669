"""Who signs in to the local stack: an OpenID Connect provider with a persona for each role.

python -m deploy.local.identity --port P

It asks nobody for a password and is for invented people on loopback only.
"""

import argparse
import logging
import os
import secrets
import tomllib
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from werkzeug.serving import WSGIRequestHandler, make_server

from deploy.local.ports import LOOPBACK
from shared.contracts.words import Role

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PERSONAS = Path(__file__).with_name("personas.toml")
AUDIENCE = "provider-quality"
TOKEN_LIFE = timedelta(hours=24)
_RETURN_TO = "http://127.0.0.1/signed-in"
"""Never fetched: the code is read from the redirect to it."""


class SignInError(RuntimeError):
    """The provider did not let a persona sign in; the sentence names the step."""


@dataclass(frozen=True)
class Persona:
    """Somebody invented who can sign in."""

    subject: str
    name: str
    roles: tuple[Role, ...]
    partnerships: tuple[str, ...] = ("combined",)
    agency: str | None = None
    """The agency that this liaison speaks for."""
    provider: str | None = None
    """The CQC id of the provider that this person works for."""

    def claims(self) -> dict[str, object]:
        """What the ID token says of this persona, beside `sub`."""
        claims: dict[str, object] = {
            "name": self.name,
            "roles": [role.value for role in self.roles],
            "partnerships": list(self.partnerships),
        }
        if self.agency is not None:
            claims["agency"] = self.agency
        if self.provider is not None:
            claims["provider"] = self.provider
        return claims


@cache
def personas() -> tuple[Persona, ...]:
    """Everybody of `personas.toml`. Raises ValueError on a role that does not exist."""
    return tuple(_persona(entry) for entry in tomllib.loads(PERSONAS.read_text())["persona"])


def _persona(entry: dict[str, Any]) -> Persona:
    lists = {key: tuple(entry[key]) for key in ("partnerships",) if key in entry}
    return Persona(**entry | lists | {"roles": tuple(map(Role, entry["roles"]))})


def fetch_token(issuer: str, subject: str, audience: str = AUDIENCE) -> str:
    """Sign that persona in by the authorisation-code flow and return the ID token (a JWT).

    `issuer` is the provider's address without a slash at its end. Raises LookupError when there
    is no such persona, SignInError when the provider refuses, httpx.HTTPError when it is away.
    """
    if subject not in {persona.subject for persona in personas()}:
        raise LookupError(f"no persona has the subject {subject!r}")
    client_login = {"client_id": audience, "redirect_uri": _RETURN_TO}
    with httpx.Client(timeout=60.0, trust_env=False) as client:  # a busy machine takes its time
        found = _answer(client.get(f"{issuer}/.well-known/openid-configuration"), 200).json()
        state = secrets.token_urlsafe(16)
        request = {
            "response_type": "code",
            "scope": "openid profile",
            "state": state,
            "nonce": secrets.token_urlsafe(16),
        }
        redirect = _answer(
            client.post(
                found["authorization_endpoint"],
                params=client_login | request,
                data={"sub": subject},
            ),
            302,
        )
        answer = parse_qs(urlsplit(redirect.headers["location"]).query)
        if answer.get("state") != [state]:
            raise SignInError("the provider answered another request than ours")
        exchange = {"grant_type": "authorization_code", "code": answer["code"][0]}
        given = client.post(
            found["token_endpoint"],
            data=client_login | exchange | {"client_secret": "any"},
        )
        return str(_answer(given, 200).json()["id_token"])


def _answer(response: httpx.Response, expected: int) -> httpx.Response:
    if response.status_code != expected:
        path = response.request.url.path
        raise SignInError(f"the provider answered {response.status_code} at {path}")
    return response


class _SilentHandler(WSGIRequestHandler):
    """A request's address holds the authorisation code, so no request is logged."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


def _fixed(application: "WSGIApplication", host: str) -> "WSGIApplication":
    """One issuer, however the caller spells our host; and nobody gives themselves a role."""

    def call(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/users"):
            start("404 Not Found", [("Content-Length", "0")])
            return []
        return application(environ | {"HTTP_HOST": host}, start)

    return call


def serve(port: int, host: str = LOOPBACK, listen: str = LOOPBACK) -> None:
    """Run the provider until the process is ended. Its issuer is `http://{host}:{port}`."""
    warnings.simplefilter("ignore", DeprecationWarning)
    logging.getLogger("oidc_provider_mock").setLevel(logging.ERROR)
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback has no TLS
    with warnings.catch_warnings(record=True):  # authlib's, which insist on being shown
        import oidc_provider_mock  # here, because who fetches a token needs none of it

    application = oidc_provider_mock.app(
        access_token_max_age=TOKEN_LIFE,
        user_claims=[
            oidc_provider_mock.User(sub=persona.subject, claims=persona.claims())
            for persona in personas()
        ],
    )
    application.debug = False
    application.wsgi_app = application.wsgi_app.app  # without werkzeug's debugger around it
    fixed: Callable[..., Iterable[bytes]] = _fixed(application, f"{host}:{port}")
    make_server(listen, port, fixed, threaded=True, request_handler=_SilentHandler).serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description="An OpenID Connect provider for invented people.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default=LOOPBACK, help="the host in the issuer's address")
    parser.add_argument("--listen", default=LOOPBACK, help="the interface; loopback by default")
    parser.add_argument("--token", metavar="SUBJECT", help="print a persona's token instead")
    options = parser.parse_args()
    if options.token:
        print(fetch_token(f"http://{options.host}:{options.port}", options.token))
    else:
        serve(options.port, options.host, options.listen)


if __name__ == "__main__":
    main()
