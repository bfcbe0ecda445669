"""Every way by which something can leave, read from the code: a new one has to be covered."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter

from deploy.roles import name_of, routes_of
from shared.contracts.catalogue import SERVICES, topics
from shared.platform import exporters
from shared.platform.command import command_line
from shared.platform.http import open_routes
from shared.platform.problems import TITLES
from tests.stage import ROOT

_QUIET = frozenset(
    {
        *("__future__", "array", "asyncio", "base64", "binascii", "bisect", "calendar"),
        *(
            "collections",
            "contextlib",
            "csv",
            "dataclasses",
            "datetime",
            "email",
            "enum",
            "functools",
            "gc",
        ),
        *("hashlib", "hmac", "html", "http.HTTPStatus", "importlib.resources", "io", "itertools"),
        *("json", "logging", "math", "os", "pathlib", "re", "secrets", "ssl", "struct", "sys"),
        *(
            "threading",
            "getpass",
            "time",
            "tomllib",
            "types",
            "typing",
            "unicodedata",
            "urllib.parse",
            "uuid",
            "zipfile",
        ),
        *("zlib", "zoneinfo"),
        # What comes in, and what is written to our own database.
        *("alembic", "asyncpg", "fastapi", "pydantic", "pydantic_core", "pydantic_settings"),
        *("sqlalchemy", "sqlmodel", "starlette", "typer"),
        # What only reckons.
        *(
            "cryptography",
            "icalendar",
            "jinja2",
            "joserfc",
            "lxml",
            "opentelemetry.context",
            "orjson",
        ),
        *("opentelemetry.metrics", "opentelemetry.sdk", "opentelemetry.trace", "structlog"),
        "uuid_utils",
        # What only reads from the broker.
        *("aiokafka.AIOKafkaConsumer", "aiokafka.ConsumerRecord", "aiokafka.TopicPartition"),
        *("aiokafka.abc", "aiokafka.consumer", "aiokafka.errors", "aiokafka.record"),
        *("faststream.AckPolicy", "faststream.security"),
        *("services", "shared"),
    }
)
"""What may be imported without being a way out, whole or by name. Exporters, log outlets, routes,
commands and writers are found by themselves; everything else that is imported is a channel."""
_CONNECTING = frozenset(
    {
        *("create_connection", "create_datagram_endpoint", "create_server", "open_connection"),
        *("create_subprocess_exec", "create_subprocess_shell", "create_unix_connection"),
        *("open_unix_connection", "start_server", "start_unix_server"),
        *("execv", "execve", "popen", "posix_spawn", "spawnv", "startfile", "system"),
        *("import_module", "__import__"),
    }
)
"""Calls of quiet libraries that open a way out, or start or load something that may."""
_WRITING = frozenset({"write_text", "write_bytes", "print", "echo", "secho", "write"})
"""Calls that put something where people read it: files and screens."""


def channels() -> set[str]:
    """The name of every channel."""
    return {
        *_exporters(),
        *_log_outlets(),
        *_routes(),
        *(f"topic {topic.name}" for topic in topics(["<agency>"])),
        *_templates(),
        *_commands(),
        *(f"problem {kind}" for kind in TITLES),
        *modules_of(ROOT),
    }


def _exporters() -> Iterator[str]:
    """What telemetry hands spans and metrics to, and every exporter that there is to hand to."""
    tree = _tree(ROOT / "shared" / "platform" / "telemetry.py")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and "Exporter" in ast.unparse(node.func):
            yield f"exporter {ast.unparse(node.func).strip('_')}"
    for name, found in vars(exporters).items():
        ours = isinstance(found, type) and found.__module__ == exporters.__name__
        if ours and issubclass(found, (SpanExporter, MetricExporter)):
            yield f"exporter {name}"


def _log_outlets() -> Iterator[str]:
    for path, tree in _sources(ROOT):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                if name.endswith(("Handler", "LoggerFactory")):
                    yield f"log outlet {name} in {path}"


def _routes() -> Iterator[str]:
    for service in SERVICES:
        yield from (f"route {name_of(service, route)}" for route in routes_of(service))
    yield from (f"open route {getattr(route, 'path', '?')}" for route in open_routes.routes)
    for node in ast.walk(_tree(ROOT / "shared" / "platform" / "http.py")):
        if isinstance(node, ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if ast.unparse(decorator).startswith("app."):
                    yield f"open route {ast.unparse(decorator).split(chr(39))[1]}"


def _templates() -> Iterator[str]:
    room = ROOT / "services"
    for path in sorted(room.rglob("templates/*")):
        yield f"template {path.name}"


def _commands() -> Iterator[str]:
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.main")
        root = typer.main.get_command(command_line(module.SERVICE))
        own = {typer.main.get_command_name(c.__name__) for c in module.SERVICE.commands}
        for name in _leaves(root):
            yield f"command {service} {name}" if name in own else f"command {name}"


def _leaves(command: Any, prefix: str = "") -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield prefix.strip()
        return
    for name, below in inner.items():
        yield from _leaves(below, f"{prefix}{name} ")


def modules_of(root: Path) -> Iterator[str]:
    """Modules that talk to somebody else, or write to a file or a screen."""
    for path, tree in _sources(root):
        for node in ast.walk(tree):
            for name in _imported(node):
                if not _quiet(name):
                    yield f"client {name.partition('.')[0]} in {path}"
            if isinstance(node, ast.Call) and _called(node) in _CONNECTING:
                yield f"client {_called(node)} in {path}"
            if isinstance(node, ast.Call) and _writes(node):
                yield f"writer {path}"


def _imported(node: ast.AST) -> set[str]:
    """The full names that a statement imports."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {f"{node.module}.{alias.name}" for alias in node.names}
    return set()


def _quiet(name: str) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in _QUIET for length in range(1, len(parts) + 1))


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _writes(call: ast.Call) -> bool:
    name = _called(call)
    if name == "open":
        return any(
            isinstance(a, ast.Constant) and str(a.value)[:1] in {"a", "w", "x"} for a in call.args
        )
    return name in _WRITING


def _sources(root: Path) -> Iterator[tuple[str, ast.Module]]:
    for room in ("services", "shared"):
        for path in sorted((root / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(root)), _tree(path)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))
