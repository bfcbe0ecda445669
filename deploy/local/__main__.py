"""The local stack from the command line: python -m deploy.local up [DIRECTORY]   (make up)"""

from __future__ import annotations

import argparse
import json
import signal
import threading
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from deploy.local.identity import personas
from deploy.local.process import ServerError
from deploy.local.service import ROOT
from deploy.local.sign_in import write_tokens
from deploy.local.stack import Stack

LOOK_EVERY_SECONDS = 1.0
screen = Console(soft_wrap=True)


def up(directory: Path) -> int:
    """Run the stack until somebody ends it; 1 where a part of it ended by itself."""
    told_to_end = threading.Event()
    stack = Stack(directory)
    with screen.status("starting …") as status:
        stack.start(lambda sentence: status.update(f"{sentence} …"))
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_number, lambda *_: told_to_end.set())
    try:
        write_tokens(stack.issuer, stack.directory / "tokens")
        show(stack)
        while not told_to_end.wait(LOOK_EVERY_SECONDS):
            if ended := stack.ended():
                screen.print(f"[red]ended by itself: {', '.join(ended)}[/red]")
                return 1
        return 0
    finally:
        with screen.status("stopping in good order …"):
            stack.stop()


_CONCERN = {
    "location": "1-200000001",
    "reference": "MY-FIRST-1",
    "occurred_on": "2026-11-01",
    "category": "medication",
    "description": "A dose was given two hours late.",
    "action_taken": "The round was moved and staff were briefed.",
    "measures": "Two members of staff now check the round.",
}


def show(stack: Stack) -> None:
    """Where everything is, and how to speak to it."""
    addresses = _table("Addresses", "what", "where")
    for name, service in stack.services.items():
        addresses.add_row(name, f"{service.url}/docs")
    addresses.add_row("e-mail", stack.mail_page)
    addresses.add_row("identity (OIDC issuer)", stack.issuer)
    addresses.add_row("Kafka (SASL_PLAINTEXT, SCRAM-SHA-512)", stack.kafka.bootstrap_servers)
    addresses.add_row("spans", f"{_near(stack.spans)}   (make trace SPANS={_near(stack.spans)})")
    screen.print(addresses)
    partners = _table("Partners", "agency", "login")
    for agency in stack.agencies:
        partners.add_row(agency.id, _near(stack.partner(agency.id)))
    screen.print(partners)
    screen.print("An agency writes partner.<agency>.in.v1 and reads partner.<agency>.out.v1.\n")
    people = _table("Personas", "persona", "roles")
    tokens = stack.directory / "tokens"
    for persona in personas():
        people.add_row(persona.subject, ", ".join(role.value for role in persona.roles))
    screen.print(people)
    screen.print(f"Their tokens: {_near(tokens)}/<persona>.jwt\n", highlight=False)
    token = _near(tokens / "practitioner.jwt")
    screen.print("Try:", style="bold")
    screen.print(
        f'  curl -s -H "Authorization: Bearer $(cat {token})" '
        f"{stack.services['intake'].url}/locations",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    screen.print("Tell a concern as the manager of a home, and see the mail on the page above:")
    manager = _near(tokens / "registered-manager.jwt")
    screen.print(
        f'  curl -s -H "Authorization: Bearer $(cat {manager})" '
        f"-H 'Content-Type: application/json' {stack.services['intake'].url}/concerns "
        f"-d '{json.dumps(_CONCERN)}'",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    intake, operations = _near(stack.directory / "intake.env"), _near(tokens / "operations.jwt")
    screen.print("Operate it (docs/running.md):")
    screen.print(
        f"  (. {intake} && .venv/bin/python -m services.intake dead-letters list"
        f" --token {operations})",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    screen.print("Tokens last a day. What each role may do: docs/roles.md.")
    screen.print("Ctrl-C ends it; the data stay in", _near(stack.directory))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _near(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.local")
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("up", help="start the stack and keep it running until Ctrl-C")
    run.add_argument("directory", nargs="?", type=Path, default=ROOT / "var" / "stack")
    options = parser.parse_args()
    try:
        return up(options.directory)
    except ServerError as error:
        screen.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
