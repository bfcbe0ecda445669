"""An answer says no more than it must: no value, no fault's text, no hint of what is hidden."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Annotated, Literal
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI, Query
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.words import Role
from shared.platform import http, problems, telemetry
from shared.platform.problems import not_found
from shared.platform.rate_limit import RateLimits
from shared.platform.security import Person, person_of_request, requires
from tests.stage import person

CANARY = "Mrs-Canary-of-1-Example-Street"
HERE = UUID(int=7)


class Form(BaseModel):
    """A form like those of the services."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    count: int
    word: Annotated[str, Field(max_length=5)] = ""


def app_for(who: Person) -> FastAPI:
    """Doors of every kind behind what stands before all of ours."""
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False})
    app.add_middleware(http.Door)
    problems.install(app)

    @app.post("/forms")
    async def take(form: Form) -> None:
        del form

    @app.get("/faults")
    async def fail() -> None:
        raise RuntimeError(CANARY)

    @app.get("/things/{thing_id}")
    async def thing(thing_id: UUID) -> None:
        del thing_id
        raise not_found()

    @app.get("/few")
    async def chosen(word: Literal["yes", "no", "do not know"]) -> None:
        del word

    @app.get("/many")
    async def many(words: Annotated[list[Literal["yes", "no"]], Query()]) -> None:
        del words

    @app.get("/list")
    async def listed(state: Role | Literal["any"] = "any") -> None:
        del state

    @app.get("/guarded")
    async def guarded(person: Annotated[Person, requires(Role.TEAM_MANAGER)]) -> str:
        return person.subject

    app.state.runtime = SimpleNamespace(rates=RateLimits(people=1000, portal=1000))
    app.dependency_overrides[person_of_request] = lambda: who
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_for(person(Role.PORTAL)), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as found:
        yield found


@pytest.mark.parametrize(
    "form",
    [
        {"count": CANARY},
        {"count": 1, "word": CANARY},
        {"count": 1, CANARY: "x"},
        {"count": {CANARY: CANARY}},
        [CANARY],
        CANARY,
    ],
)
async def test_a_value_that_does_not_fit_is_not_repeated(
    client: httpx.AsyncClient, form: object
) -> None:
    answer = await client.post("/forms", json=form)
    assert answer.status_code == 422
    assert CANARY not in answer.text


async def test_a_fault_leaves_without_its_text(client: httpx.AsyncClient) -> None:
    answer = await client.get("/faults")
    assert answer.status_code == 500
    assert CANARY not in answer.text


async def test_what_is_hidden_and_what_is_not_there_answer_alike(client: httpx.AsyncClient) -> None:
    hidden = await client.get(f"/things/{uuid4()}")
    absent = await client.get("/no-such-address")
    assert (hidden.status_code, hidden.headers, hidden.content) == (
        404,
        absent.headers,
        absent.content,
    )


async def test_a_role_that_the_route_does_not_name_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/guarded")).status_code == 403
    manager = httpx.ASGITransport(app_for(person(Role.TEAM_MANAGER)))
    async with httpx.AsyncClient(transport=manager, base_url="http://service") as let_in:
        assert (await let_in.get("/guarded")).status_code == 200


class Kept(SpanExporter):
    """Keeps spans as they were written."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


async def test_an_address_stays_out_of_spans(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, provider = Kept(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    await client.get(f"/things/{HERE}?who={CANARY}")
    await client.get(f"/{CANARY}")
    written = "".join(span.to_json() for span in kept.spans)
    assert "/things/{thing_id}" in written
    assert CANARY not in written
    assert str(HERE) not in written


async def test_a_field_that_may_be_one_of_several_is_named_once_and_as_it_was_sent(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/list", params={"state": CANARY})
    assert [one["field"] for one in answer.json()["fields"]] == ["query.state"]
    [told] = answer.json()["fields"]
    assert told["reason"].startswith(
        "The value is not one of those that the field knows. It knows: "
    )
    assert "team_manager" in told["reason"] and told["reason"].endswith("more, see the schema.")


async def test_of_a_field_that_knows_few_words_all_are_named_and_the_value_is_not(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/few", params={"word": CANARY})
    [told] = answer.json()["fields"]
    assert told["reason"].endswith("It knows: yes, no, do not know.")
    assert CANARY not in answer.text


async def test_a_list_of_unknown_words_is_not_answered_with_the_known_ones_for_each(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/many", params={"words": [CANARY] * 99})
    assert len(answer.json()["fields"]) == 99
    assert answer.text.count("It knows: yes, no.") == 10
