"""Running a server as somebody less than root, who can reach only what everybody may.

PostgreSQL refuses to run as root, as one is in many containers. Directories of the user are not
opened up for it: what the other account cannot reach is copied, or kept, where it can.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_ACCOUNTS = ("postgres", "nobody")
_ROOM = "provider-quality-data-"
_HOME = "home"
"""A file in a room: the directory that it belongs to."""
_LASTING = Path("/var/tmp")  # noqa: S108 - unlike /tmp it outlives a restart of the machine


@dataclass(frozen=True)
class Account:
    """An account of the operating system."""

    uid: int
    gid: int


def account_for_servers() -> Account | None:
    """Whom a server runs as that refuses root: nobody special when we are not root ourselves.

    Raises LookupError when we are root and the machine knows none of the usual accounts.
    """
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LookupError(f"none of the accounts {', '.join(_ACCOUNTS)} exists on this machine")


def can_reach(path: Path, account: Account) -> bool:
    """Whether that account may pass through every directory down to `path` and into it."""
    path = path.resolve()
    return all(_may_pass(d.stat(), account) for d in (path, *path.parents) if d.exists())


def _may_pass(directory: os.stat_result, account: Account) -> bool:
    if directory.st_uid == account.uid:
        bit = stat.S_IXUSR
    elif directory.st_gid == account.gid:
        bit = stat.S_IXGRP
    else:
        bit = stat.S_IXOTH
    return bool(directory.st_mode & bit)


def lasting_directory() -> Path:
    """Where every account may go and files outlive a restart of the machine."""
    return _LASTING if _LASTING.is_dir() else Path(tempfile.gettempdir())


def own_directory(path: Path) -> Path:
    """Make a directory of ours that others may pass through, or take the one that is there.

    Raises PermissionError when somebody else made it, or may write in it: in a directory for
    everybody, a known name may be a trap.
    """
    if not path.exists():
        path.mkdir()
        path.chmod(0o711)
    found = path.lstat()
    foreign = not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid()
    if foreign or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(f"{path} is not a directory of ours alone")
    return path


def room_for(home: Path) -> Path:
    """Where the files of `home` lie that an account needs which cannot reach `home`."""
    digest = hashlib.sha256(bytes(home)).hexdigest()[:16]
    return lasting_directory() / f"{_ROOM}{digest}"


def open_room(room: Path, home: Path) -> None:
    """Make the room of `home`, and clear those whose temporary home is gone: nobody else would."""
    own_directory(room)
    (room / _HOME).write_text(str(home))
    for other in room.parent.glob(f"{_ROOM}*"):
        if _is_abandoned(other):
            shutil.rmtree(other, ignore_errors=True)


def _is_abandoned(room: Path) -> bool:
    note = room / _HOME
    if room.lstat().st_uid != os.geteuid() or not note.exists():
        return False
    home = Path(note.read_text())
    return home.is_relative_to(tempfile.gettempdir()) and not home.exists()


def _open_to_all(entry: Path) -> None:
    mode = entry.stat().st_mode
    passable = entry.is_dir() or mode & stat.S_IXUSR
    entry.chmod(stat.S_IMODE(mode) | (0o555 if passable else 0o444))


def copy_once(source: Path, target: Path, names: Iterable[str]) -> Path:
    """Copy these entries of `source` to `target` unless a whole copy of ours is there already.

    It appears under its name when it is complete, so several copies of the stack may do this at
    once. Raises PermissionError when what is there is not ours.
    """
    if not target.exists():
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-"))
        try:
            for name in names:
                shutil.copytree(source / name, draft / name, symlinks=True)
            for entry in (draft, *draft.rglob("*")):
                _open_to_all(entry)
            draft.rename(target)
        except OSError:
            if not target.exists():
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return own_directory(target)
