"""Every door has a guard, hears what the catalogue says, and has its page."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from deploy.roles import roles_of
from shared.contracts.catalogue import HEARS, INBOUND_PATTERN, SERVICES
from shared.platform.app import make_app
from shared.platform.problems import TITLES
from tests.stage import ROOT, Stage

OPEN = {"/health/live", "/health/ready", "/docs", "/openapi.json"}
"""The only addresses without a token: health and the API's documents."""


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest, stage: Stage) -> FastAPI:
    module = importlib.import_module(f"services.{request.param}.main")
    return make_app(module.SERVICE, stage.settings(request.param))


def test_every_route_but_health_and_documents_asks_for_a_role(app: FastAPI) -> None:
    runtime = app.state.runtime
    routes = [route for router in runtime.service.routers for route in router.routes]
    assert routes
    for route in routes:
        assert isinstance(route, APIRoute), route
        assert roles_of(route), route.path


def test_no_request_waits_for_a_thread(app: FastAPI) -> None:
    """A dependency that is no coroutine runs in a thread, and waits there for the interpreter."""
    for router in app.state.runtime.service.routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for called in _all_of(route.dependant):
                assert _awaited(called), (route.path, called)


def _all_of(dependant: Dependant) -> Iterator[Callable[..., object]]:
    if dependant.call is not None:
        yield dependant.call
    for one in dependant.dependencies:
        yield from _all_of(one)


def _awaited(called: Callable[..., object]) -> bool:
    return any(
        inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one)
        for one in (called, getattr(called, "__call__", None))  # noqa: B004 - an instance's own
    )


def test_nothing_else_is_open(app: FastAPI) -> None:
    paths = set(app.openapi()["paths"])
    guarded = {
        route.path
        for router in app.state.runtime.service.routers
        for route in router.routes
        if isinstance(route, APIRoute)
    }
    assert paths - guarded == {"/health/live", "/health/ready"}
    plain = {getattr(route, "path", None) for route in app.routes} - {None}
    assert plain <= OPEN


MANY = 100_000


def test_no_form_looks_at_very_many_elements_or_fields(app: FastAPI) -> None:
    for form in forms_of(app):
        elements: dict[Any, Any] = dict.fromkeys(form.model_fields, [[]] * MANY)
        for body in (elements, dict.fromkeys(range(MANY))):
            with pytest.raises(ValidationError) as refused:
                form.model_validate(body)
            assert refused.value.error_count() <= len(form.model_fields), form


def forms_of(app: FastAPI) -> set[type[BaseModel]]:
    """The forms that a service's doors take, and those within them."""
    found: set[type[BaseModel]] = {
        kind
        for router in app.state.runtime.service.routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.body_field is not None
        for kind in [route.body_field.field_info.annotation]
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    }
    assert found or app.state.runtime.service.name == "notifications"
    while within := {inner for form in found for inner in _forms_in(form)} - found:
        found |= within
    return found


def _forms_in(form: type[BaseModel]) -> Iterator[type[BaseModel]]:
    waiting = [field.annotation for field in form.model_fields.values()]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind
        waiting += get_args(kind)


def test_consumers_read_exactly_the_topics_of_the_catalogue(app: FastAPI) -> None:
    runtime = app.state.runtime
    internal, *others = runtime.consumers
    assert internal.topics == tuple(sorted(HEARS[runtime.service.name]))
    expected = [INBOUND_PATTERN] if runtime.service.name == "intake" else []
    assert [consumer.pattern for consumer in others] == expected


def test_the_api_document_can_be_made_and_repeats_no_secret(app: FastAPI) -> None:
    assert "for-tests-only" not in str(app.openapi())


@pytest.mark.parametrize("type_", TITLES)
def test_every_problem_type_has_a_page(type_: str) -> None:
    page = (ROOT / "docs" / "problems" / f"{type_}.md").read_text("utf-8")
    assert page.startswith(f"# {TITLES[type_]}\n")


def test_the_framework_exports_nothing_past_our_allow_list(app: FastAPI) -> None:
    assert app._telemetry["auto_configure"] is False
    assert not any(app._telemetry[kind] for kind in ("tracing", "metrics", "logs"))
