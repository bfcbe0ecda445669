"""Pages lose and repeat nothing while rows come and go, and their cursors tell nothing new."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.paging import after, cursor_of, page_of
from shared.platform.problems import Problem

WANTED = {"state": "received", "sort": "received_at"}
KINDS = (datetime, UUID)
ROW = (datetime(2026, 11, 20, 12, tzinfo=UTC), UUID(int=7))


def test_a_cursor_says_after_which_row_to_go_on() -> None:
    assert after(cursor_of(ROW, WANTED), KINDS, WANTED) == ROW
    assert after(None, KINDS, WANTED) is None
    day = (date(2026, 11, 20), "falls", UUID(int=8))
    assert after(cursor_of(day, {}), (date, str, UUID), {}) == day


def forged(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


DIGEST = json.loads(base64.urlsafe_b64decode(cursor_of(ROW, WANTED) + "=="))[0]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "*" * 40,
        "é",
        forged(),
        forged(DIGEST),
        forged(DIGEST, "2026-11-20", str(ROW[1])),
        forged(DIGEST, "2026-11-20T12:00:00", str(ROW[1])),
        forged(DIGEST, {"a": 1}, None),
        forged(DIGEST, ROW[0].isoformat(), "Mrs-Canary"),
        forged("0" * 12, ROW[0].isoformat(), str(ROW[1])),
        forged(DIGEST, "0001-01-01T00:00:00+14:00", str(ROW[1])),
        forged(DIGEST, "9999-12-31T23:59:59-14:00", str(ROW[1])),
    ],
)
def test_what_is_no_cursor_of_this_list_is_refused_without_being_repeated(cursor: str) -> None:
    with pytest.raises(Problem) as found:
        after(cursor, KINDS, WANTED)
    assert found.value.status == 422
    assert "Canary" not in str(found.value.extra)


def test_a_cursor_that_holds_half_a_character_is_none() -> None:
    with pytest.raises(Problem):
        after(forged(DIGEST, "\ud800", str(ROW[1])), (str, UUID), WANTED)


def test_a_cursor_is_for_its_own_filter_and_order_only() -> None:
    with pytest.raises(Problem):
        after(cursor_of(ROW, WANTED), KINDS, {**WANTED, "state": "triaged"})


@given(
    there=st.sets(st.integers(0, 200), min_size=1),
    arriving=st.lists(st.integers(0, 200)),
    leaving=st.lists(st.integers(0, 200)),
    limit=st.integers(1, 7),
)
def test_what_was_there_is_shown_once_whatever_comes_and_goes(
    there: set[int], arriving: list[int], leaving: list[int], limit: int
) -> None:
    rows, shown, stayed = set(there), list[int](), there - set(leaving)
    cursor: str | None = None
    while True:
        begin = after(cursor, (str,), WANTED)
        wanted = sorted(f"{n:03}" for n in rows if begin is None or f"{n:03}" > begin[0])
        page = page_of(wanted[: limit + 1], limit, lambda row: (row,), WANTED)
        shown += map(int, page.items)
        rows |= {arriving.pop()} if arriving else set()
        rows -= {leaving.pop()} if leaving else set()
        cursor = page.next
        if cursor is None:
            break
    assert len(shown) == len(set(shown))
    assert set(shown) >= stayed
