"""Which offsets were seen, in as little room as their order allows."""

from __future__ import annotations

from bisect import bisect_right


class Offsets:
    """A set of numbers kept as ranges: one range where they come in order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        """One past the last of each range."""
        self.count = 0

    def add(self, number: int) -> bool:
        """Enter a number; False where it was there already."""
        after = bisect_right(self._starts, number)
        before = after - 1
        if before >= 0 and number < self._ends[before]:
            return False
        self.count += 1
        joins_before = before >= 0 and self._ends[before] == number
        joins_after = after < len(self._starts) and self._starts[after] == number + 1
        if joins_before and joins_after:
            self._ends[before] = self._ends.pop(after)
            del self._starts[after]
        elif joins_before:
            self._ends[before] = number + 1
        elif joins_after:
            self._starts[after] = number
        else:
            self._starts.insert(after, number)
            self._ends.insert(after, number + 1)
        return True

    def __contains__(self, number: int) -> bool:
        before = bisect_right(self._starts, number) - 1
        return before >= 0 and number < self._ends[before]

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """The ranges in order, each with one past its last number."""
        return list(zip(self._starts, self._ends, strict=True))
