"""The passwords of the cluster's principals: one file each, readable by its owner only.

A service or an agency is handed its file; the files are kept, so a later run changes nothing.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from deploy.local.private import write_private


class Credentials:
    """A directory with `<principal>.password` for each login, `<principal>.suspended` for a cut."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory

    def path(self, principal: str) -> Path:
        """Where the password of a principal lies."""
        return self._directory / f"{principal}.password"

    def has(self, principal: str) -> bool:
        return self.path(principal).exists()

    def password(self, principal: str) -> str:
        """The password of a principal, drawn now if there is none yet."""
        return (
            self.path(principal).read_text("utf-8") if self.has(principal) else self.draw(principal)
        )

    def draw(self, principal: str) -> str:
        """A new password, in the file before the cluster knows it: a run cut short goes on."""
        password = secrets.token_urlsafe(24)
        write_private(self.path(principal), password)
        return password

    def suspended(self) -> frozenset[str]:
        """The principals that a person has cut; applying the catalogue does not let them in."""
        return frozenset(path.stem for path in self._directory.glob("*.suspended"))

    def suspend(self, principal: str) -> None:
        """Note the cut and forget the password."""
        self._mark(principal).touch(mode=0o600)
        self.path(principal).unlink(missing_ok=True)

    def resume(self, principal: str) -> None:
        """Forget the cut; the next run draws a new password."""
        self._mark(principal).unlink(missing_ok=True)

    def _mark(self, principal: str) -> Path:
        return self._directory / f"{principal}.suspended"
