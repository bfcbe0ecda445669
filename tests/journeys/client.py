"""With what a partner of the journeys publishes: Node where it is there, else confluent-kafka."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from deploy.demo.clients import Partner
from deploy.demo.evidence import eventually

PROGRAM = Path(__file__).with_name("node_partner")
SECONDS = 60.0


class Client(Protocol):
    """A client of an agency's, in whatever language."""

    @property
    def name(self) -> str: ...

    def publish_and_read_receipt(
        self, agency: str, login: Path, type_: str, data: dict[str, Any]
    ) -> dict[str, Any]:
        """Publish one message, and give what the receipt on the agency's feed says."""
        ...


@dataclass(frozen=True)
class NodeClient:
    """A program of our own invention in another language: kafkajs on Node."""

    modules: Path

    @property
    def name(self) -> str:
        version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
        return f"kafkajs on Node {version.stdout.strip()}"

    def publish_and_read_receipt(
        self, agency: str, login: Path, type_: str, data: dict[str, Any]
    ) -> dict[str, Any]:
        done = subprocess.run(
            ["node", str(self.modules / "publish.js"), agency, str(login), type_],
            input=json.dumps(data),
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        receipt: dict[str, Any] = json.loads(done.stdout)
        return receipt


@dataclass(frozen=True)
class PythonClient:
    """librdkafka, by confluent-kafka."""

    reason: str

    @property
    def name(self) -> str:
        return f"confluent-kafka ({self.reason})"

    def publish_and_read_receipt(
        self, agency: str, login: Path, type_: str, data: dict[str, Any]
    ) -> dict[str, Any]:
        partner = Partner(agency, login, group=f"partner.{agency}.journey-{uuid.uuid4()}")
        try:
            sent = partner.publish("a message of the journey", type_, data)
            eventually(lambda: bool(partner.receipts_of(sent)))
            return partner.receipts_of(sent)[0].data
        finally:
            partner.close()


@cache
def chosen_client() -> Client:
    """Node if it and its one package can be had; the same journey is made either way."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return PythonClient("Node is not there")
    cached = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "provider-quality"
    modules = cached / "node-partner"
    modules.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "publish.js"):
        shutil.copyfile(PROGRAM / name, modules / name)
    if (modules / "node_modules" / "kafkajs" / "package.json").exists():
        return NodeClient(modules)
    # The lock file holds the package's hash, which npm checks; it runs none of its scripts.
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(
            [npm, *arguments], cwd=modules, capture_output=True, check=True, timeout=SECONDS
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return PythonClient("Node is there, but its client cannot be fetched")
    return NodeClient(modules)
