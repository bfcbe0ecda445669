"""What the tests of secrecy look through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secrecy.instruments import Instruments, installed


@pytest.fixture
def instruments(tmp_path: Path) -> Iterator[Instruments]:
    """Log, spans and metrics of this test."""
    with installed(tmp_path) as found:
        yield found
