"""What another account may reach, and copies made for it."""

import os
from pathlib import Path

import pytest

from deploy.local.unprivileged import Account, can_reach, copy_once, open_room, own_directory

STRANGER = Account(uid=os.getuid() + 12_345, gid=os.getgid() + 12_345)
OURSELVES = Account(uid=os.getuid(), gid=os.getgid())


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A directory below one that only we may enter."""
    inner = tmp_path / "closed" / "open"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    inner.chmod(0o755)
    return inner


def test_one_closed_directory_on_the_way_keeps_a_stranger_out(closed: Path) -> None:
    assert not can_reach(closed, STRANGER)
    assert can_reach(closed, OURSELVES)


def test_a_stranger_reaches_what_everybody_may() -> None:
    assert can_reach(Path("/"), STRANGER)


def test_a_copy_can_be_read_by_everybody_and_is_made_once(closed: Path, tmp_path: Path) -> None:
    program = closed / "bin" / "program"
    program.parent.mkdir()
    program.write_text("first")
    program.chmod(0o700)
    copy = copy_once(closed, tmp_path / "copy", ["bin"])
    assert (copy / "bin" / "program").stat().st_mode & 0o777 == 0o755

    program.write_text("second")
    assert (copy_once(closed, copy, ["bin"]) / "bin" / "program").read_text() == "first"


def test_a_failed_copy_leaves_nothing_behind(closed: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        copy_once(closed, tmp_path / "copy", ["absent"])
    assert [entry.name for entry in tmp_path.iterdir()] == ["closed"]


def test_a_directory_that_others_may_write_in_is_not_taken_for_ours(tmp_path: Path) -> None:
    trap = tmp_path / "known-name"
    trap.mkdir()
    trap.chmod(0o777)
    with pytest.raises(PermissionError, match="not a directory of ours alone"):
        own_directory(trap)


def test_a_link_is_not_taken_for_a_directory_of_ours(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "known-name").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermissionError, match="not a directory of ours alone"):
        own_directory(tmp_path / "known-name")


def test_a_room_is_cleared_once_its_temporary_home_is_gone(tmp_path: Path) -> None:
    homes = [tmp_path / "first", tmp_path / "second"]
    rooms = [tmp_path / "provider-quality-data-1", tmp_path / "provider-quality-data-2"]
    for home in homes:
        home.mkdir()
    open_room(rooms[0], homes[0])
    open_room(rooms[1], homes[1])
    assert rooms[0].exists()

    homes[0].rmdir()
    open_room(rooms[1], homes[1])
    assert [room.exists() for room in rooms] == [False, True]
