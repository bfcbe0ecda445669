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

_TALKING = frozenset(
    {
        *("aiosmtplib", "boto3", "confluent_kafka", "ftplib", "grpc", "httpx"),
        *("requests", "smtplib", "socket", "urllib", "websockets"),
    }
)
"""Libraries by which a program talks to somebody else."""
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
            for library in _imported(node) & _TALKING:
                yield f"client {library} in {path}"
            for name in _senders_in(node):
                yield f"client {name} in {path}"
            if isinstance(node, ast.Call) and _writes(node):
                yield f"writer {path}"


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return {node.module.partition(".")[0]}
    return set()


def _senders_in(node: ast.AST) -> Iterator[str]:
    """What a module takes from the broker's libraries to send with."""
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name.endswith(("Producer", "Broker", "Publisher", "AdminClient")):
            yield name


def _writes(call: ast.Call) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
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
