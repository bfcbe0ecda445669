"""England's year, replayed in one run: nothing lost, in order, in memory that stays flat.

Nothing is kept per unit: receipts are held as ranges of offsets, and the order of the facts about a
place by where the last one stood.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.feeds import MAY_KNOW_ALL, RECEIVED, OrderFeed, Receipts
from benchmarks.ground import Say
from benchmarks.load import CONCERN, Load
from benchmarks.meters import MemoryOverTime
from benchmarks.rest import Waiting
from benchmarks.whole import Bench, reading, until

UNITS = 640_240
"""Safeguarding concerns in England, 2024-25."""
_SPAN_DAYS = 364
_SAY_SECONDS = 10.0
_SPANS_BYTES = 256 * 2**20
"""Spans are thrown away in files of this size, as a collector would have taken them."""
_STUCK_SECONDS = 180.0
_REST_SECONDS = 600.0
"""After the last receipt. Handovers that nobody acknowledges are told again for as long as the run
lasts, so that there may be no moment when nothing waits; what waits then is in the results."""
_READ_SECONDS = 60.0
"""How long a reader may still take when everything is at rest."""
_BYTES = "SELECT pg_database_size(current_database())"
TAKEN = """
SELECT (SELECT count(*) FROM intake.concern) + (SELECT count(*) FROM intake.signal)
     + (SELECT count(*) FROM intake.feedback) + (SELECT count(*) FROM intake.request)
"""

_DISCLOSED = f"""
SELECT count(*) FROM notifications.disclosed
WHERE agency_id = '{MAY_KNOW_ALL}' AND type = '{RECEIVED.removeprefix("feed.")}'
"""  # noqa: S608 - our own names


def replay(bench: Bench, units: int, say: Say) -> dict[str, Any]:
    """Publish all as fast as the broker takes them, and wait until everything is at rest."""
    before, counts = bench.sql.value(TAKEN), bench.counts()
    bytes_before, disclosed = bench.sql.value(_BYTES), bench.sql.value(_DISCLOSED)
    load = bench.load(units, span=_SPAN_DAYS, times=False)
    with reading(bench, times=False) as (receipts, order):
        memory = MemoryOverTime(bench.stack)
        bench.meter.start()
        started = time.perf_counter()
        watch = _Watch(bench, receipts, units, say)
        for n in range(units):
            load.one()
            if n % 500 == 0:
                watch.look()
        load.flush()
        published = time.perf_counter() - started
        watch.wait(lambda: sum(o.count for o in receipts.seen.values()) >= units)
        seconds = time.perf_counter() - started
        waiting = _rest(bench)
        with contextlib.suppress(TimeoutError):  # what is missing then shows in the figures
            until(lambda: order is None or order.concerns >= load.kinds[CONCERN], _READ_SECONDS)
        costs = bench.meter.stop(units)
        flat = memory.stop()
    load.close()
    after = bench.counts()
    return {
        "units": units,
        "locations": bench.places.count,
        "seconds": seconds,
        "seconds_to_publish": published,
        "per_second": units / seconds,
        "pace": watch.pace(),
        "still_waiting": asdict(waiting),
        "database_bytes_per_unit": (bench.sql.value(_BYTES) - bytes_before) / units,
        "lost": _lost(load, receipts) + max(0, units - (bench.sql.value(TAKEN) - before)),
        "receipts_twice": receipts.twice,
        "statuses": dict(receipts.statuses),
        "memory": flat,
        "per_unit": {name: (after[name] - count) / units for name, count in counts.items()},
        **_order(bench, order, load, disclosed),
        **costs,
    }


def _rest(bench: Bench) -> Waiting:
    """What waits in the end: nothing, where everything comes to rest."""
    with contextlib.suppress(TimeoutError):
        bench.rest.wait(_REST_SECONDS)
    return bench.rest.waiting()


def _lost(load: Load, receipts: Receipts) -> int:
    """Units without a receipt, by the offsets that the broker gave them."""
    lost = 0
    for agency, first in load.first.items():
        end = first + load.acknowledged[agency]
        seen = receipts.seen[agency].ranges
        held = sum(max(0, min(stop, end) - max(start, first)) for start, stop in seen)
        lost += end - first - held
    return lost


def _order(
    bench: Bench, order: OrderFeed | None, load: Load, disclosed_before: int
) -> dict[str, int]:
    if order is None:
        return {}
    return {
        "concerns_disclosed_to_its_agency": bench.sql.value(_DISCLOSED) - disclosed_before,
        "concerns_on_the_feed": order.concerns,
        "concerns_published": load.kinds[CONCERN],
        "out_of_order": order.out_of_order,
        "feed_records_twice": order.repeated,
    }


class _Watch:
    """Says how far it is, sees to the disk, and gives up on what stands still."""

    def __init__(self, bench: Bench, receipts: Receipts, units: int, say: Say) -> None:
        self._spans: Path = bench.stack.spans
        self._receipts, self._units, self._say = receipts, units, say
        self._said = self._moved = time.perf_counter()
        self._count = 0
        self._samples = [(self._said, 0)]

    def look(self) -> None:
        """Now and then. Raises TimeoutError where nothing moves."""
        at = time.perf_counter()
        if at < self._said + _SAY_SECONDS:
            return
        count = sum(offsets.count for offsets in self._receipts.seen.values())
        if count > self._count:
            self._moved = at
        if at > self._moved + _STUCK_SECONDS:
            raise TimeoutError(f"no receipt for {_STUCK_SECONDS:.0f} s, after {count}")
        pace = (count - self._count) / (at - self._said)
        self._say(f"{count:,} of {self._units:,} receipts; {pace:,.0f} a second")
        self._said, self._count = at, count
        self._samples.append((at, count))
        for file in self._spans.glob("*.jsonl"):
            if file.stat().st_size > _SPANS_BYTES:
                with file.open("r+b") as spans:
                    spans.truncate(0)

    def pace(self) -> dict[str, float]:
        """Units a second in the first and in the last tenth of the run, as far as was looked."""
        part = max(1, len(self._samples) // 10)
        first, last = self._samples[: part + 1], self._samples[-part - 1 :]
        return {"first_tenth": _pace(first), "last_tenth": _pace(last)}

    def wait(self, arrived: Callable[[], bool]) -> None:
        """Return when it is so."""
        while not arrived():
            self.look()
            time.sleep(0.1)


def _pace(samples: list[tuple[float, int]]) -> float:
    (began, first), (ended, last) = samples[0], samples[-1]
    return (last - first) / (ended - began) if ended > began else 0.0
