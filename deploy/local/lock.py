"""One stack at a time in a directory."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO

from deploy.local.process import ServerError


def hold(path: Path) -> TextIO:
    """Hold a lock until the file is closed or we end. Raises ServerError where another has it."""
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise ServerError(f"a stack is running in {path.parent} already") from None
    return file
