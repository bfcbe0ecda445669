"""The story, told once on a stack of its own: journeys look at it, or go on from where it ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.demo.run import Told, told_story
from tests.journeys.client import chosen_client
from tests.servers import room


def pytest_report_header() -> str:
    """Say what the partner of these journeys publishes with."""
    return f"partner's client: {chosen_client().name}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it at the end, too: not every run shows the header of this directory."""
    terminalreporter.write_line(f"partner's client: {chosen_client().name}")


@pytest.fixture(scope="session")
def told() -> Iterator[Told]:
    """The story, and the stack on which it was told, still running."""
    with room() as directory, told_story(directory) as story:
        yield story
