"""What the deployment's tests share."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.containers.layout import lay_out


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The containers' volumes of secrets, as the job makes them."""
    root = tmp_path_factory.mktemp("volumes")
    lay_out(root, lambda path, user: None, datetime.now(UTC))
    return root
