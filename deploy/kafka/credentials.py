"""The passwords of principals, and of the database's roles: one file each, for its owner only.

A service or an agency is handed its file; the files are kept, so a later run changes nothing.
While a password changes there are two: on Kafka each for a mechanism of its own, in PostgreSQL each
of a login of its own.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from deploy.kafka.cluster import MECHANISMS
from deploy.local.private import write_private


class Credentials:
    """A directory with a file for each login, and for each cut.

    `<principal>.password` is the one in force, `.next` the one that is to follow, `.second` says
    that the one in force is for the second mechanism, or login; `.suspended` is a cut.
    """

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

    def mechanism(self, principal: str) -> str:
        """The mechanism for which the password in force is."""
        return MECHANISMS[self.is_second(principal)]

    def next_mechanism(self, principal: str) -> str:
        """The mechanism for which the password is that is to follow."""
        return MECHANISMS[not self.is_second(principal)]

    def is_second(self, principal: str) -> bool:
        """Whether the password in force is for the second mechanism, or login."""
        return self._second(principal).exists()

    def newest(self, principal: str) -> tuple[str, bool]:
        """What whoever starts now is given: the one to follow where there is one; is it second?"""
        path, second = self.next_path(principal), self.is_second(principal)
        if path.exists():
            return path.read_text("utf-8"), not second
        return self.password(principal), second

    def next_path(self, principal: str) -> Path:
        """Where the password lies that is to follow."""
        return self._directory / f"{principal}.next"

    def draw_next(self, principal: str) -> str:
        """The password that is to follow; a second time gives the same."""
        path = self.next_path(principal)
        if not path.exists():
            write_private(path, secrets.token_urlsafe(24))
        return path.read_text("utf-8")

    def take_next(self, principal: str) -> None:
        """What was to follow is in force now."""
        second = self._second(principal)
        self.next_path(principal).replace(self.path(principal))
        if second.exists():
            second.unlink()
        else:
            second.touch(mode=0o600)

    def _second(self, principal: str) -> Path:
        return self._directory / f"{principal}.second"

    def suspended(self) -> frozenset[str]:
        """The principals that a person has cut; applying the catalogue does not let them in."""
        return frozenset(path.stem for path in self._directory.glob("*.suspended"))

    def suspend(self, principal: str) -> None:
        """Note the cut and forget the password."""
        self._mark(principal).touch(mode=0o600)
        for path in (self.path(principal), self.next_path(principal), self._second(principal)):
            path.unlink(missing_ok=True)

    def resume(self, principal: str) -> None:
        """Forget the cut; the next run draws a new password."""
        self._mark(principal).unlink(missing_ok=True)

    def _mark(self, principal: str) -> Path:
        return self._directory / f"{principal}.suspended"
