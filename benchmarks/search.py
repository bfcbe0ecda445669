"""What the search for personal data costs a concern at the door, in processor time.

python -m benchmarks.search
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date

from benchmarks.load import concern
from services.intake.domain.personal_data.judging import judge
from services.intake.handlers.personal_data import texts_of
from shared.contracts.inbound import ConcernRaised

_TIMES = 2_000
_ROUNDS = 7
_DAY = date(2026, 11, 18)


def main() -> None:
    """Print the microseconds of a concern of the load: to read it, and to search it."""
    body = {"location": "1-200000001", **concern("B-1", str(_DAY), "falls")}
    message = ConcernRaised.model_validate(body)
    texts: Mapping[str, str] = texts_of(message)
    letters = sum(map(len, texts.values()))
    read = _microseconds(lambda: ConcernRaised.model_validate(body))
    searched = _microseconds(lambda: judge(texts, {}, _DAY))
    print(f"a concern with {letters} letters in {len(texts)} texts")
    print(f"read and held against its schema: {read:.0f} microseconds")
    print(f"searched for personal data: {searched:.0f} microseconds")


def _microseconds(act: Callable[[], object]) -> float:
    """The best of some rounds: what else the machine does makes the others longer."""
    return min(_round(act) for _ in range(_ROUNDS))


def _round(act: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(_TIMES):
        act()
    return 1e6 * (time.process_time() - began) / _TIMES


if __name__ == "__main__":
    main()
