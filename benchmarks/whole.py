"""(d) Our four services end to end: from agencies' inbound topics to their feeds and the mails."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.feeds import Feed, OrderFeed, ReceiptFeed, Receipts
from benchmarks.ground import Sql
from benchmarks.load import CONCERN, TELLERS, Days, Load
from benchmarks.meters import Meter, quantiles
from benchmarks.places import Places
from benchmarks.rest import Rest
from deploy.local.mail_pages import arrived_at, kept_names, read_message
from deploy.local.stack import Stack

REFERENCE = re.compile(r"\bCC-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
SLOWEST_PER_SECOND = 20.0
"""A run that is slower than this is given up."""
_COUNTS = """
SELECT (SELECT count(*) FROM assessment.crossing WHERE rule <> 'theme') AS triggers,
       (SELECT count(*) FROM meetings.trigger) AS at_meetings,
       (SELECT count(*) FROM meetings.consideration) AS candidates,
       (SELECT count(*) FROM notifications.disclosed) AS records,
       (SELECT count(*) FROM notifications.message WHERE state = 'sent') AS mails
"""


@dataclass
class Bench:
    """The installation and all that measures it."""

    stack: Stack
    places: Places
    rest: Rest
    meter: Meter
    sql: Sql
    seeds: int = 0

    def load(self, units: int, *, span: int = 60, times: bool = True) -> Load:
        """A load unlike any before."""
        self.seeds += 1
        days = Days(units, span)
        return Load(self.stack, self.places, days, seed=self.seeds, times=times)

    def counts(self) -> dict[str, int]:
        """What there is of triggers, candidates, feed records and mails."""
        return dict(self.sql.rows(_COUNTS)[0])

    def close(self) -> None:
        for one in (self.rest, self.meter, self.sql):
            one.close()


@contextmanager
def reading(
    bench: Bench, *, times: bool = True, order: bool = True
) -> Iterator[tuple[Receipts, OrderFeed | None]]:
    """Readers of the feeds of all who publish, and of one that may know of everything."""
    receipts = Receipts()
    feeds: list[Feed] = [ReceiptFeed(bench.stack, a, receipts, times=times) for a in TELLERS]
    checked = OrderFeed(bench.stack) if order else None
    feeds += [checked] if checked else []
    for feed in feeds:
        feed.start()
    try:
        yield receipts, checked
    finally:
        for feed in feeds:
            feed.stop()


def back_fill(bench: Bench, units: int) -> dict[str, Any]:
    """Units per second when all of them lie there at once, until everything is at rest."""
    load, before = bench.load(units), bench.counts()
    with reading(bench) as (receipts, order):
        bench.meter.start()
        started = time.perf_counter()
        for _ in range(units):
            load.one()
        load.flush()
        until(lambda: _all_answered(load, receipts), units / SLOWEST_PER_SECOND + 60)
        answered = time.perf_counter() - started
        seconds = bench.rest.wait(units / SLOWEST_PER_SECOND + 60) - started
        costs = bench.meter.stop(units)
        with contextlib.suppress(TimeoutError):  # what is missing then shows in the figures
            until(lambda: order is None or order.concerns >= load.kinds[CONCERN], 15)
    load.close()
    after = bench.counts()
    return {
        "units": units,
        "seconds": seconds,
        "per_second": units / seconds,
        "receipts_per_second": units / answered,
        "refused": units - receipts.statuses["accepted"],
        "not_on_the_feed_of_all": load.kinds[CONCERN] - order.concerns if order else 0,
        "out_of_order": order.out_of_order if order else 0,
        "per_unit": {name: (after[name] - count) / units for name, count in before.items()},
        **costs,
    }


def _all_answered(load: Load, receipts: Receipts) -> bool:
    return all(receipts.seen[agency].count >= count for agency, count in load.acknowledged.items())


def steady(bench: Bench, rate: float, seconds: float) -> dict[str, Any]:
    """From publication to the receipt on the feed, and to the mail server's taking the mail."""
    load = bench.load(int(rate * seconds))
    begun = time.time()
    with reading(bench, order=False) as (receipts, _):
        bench.meter.start()
        publish_steadily(load, rate, int(rate * seconds))
        load.flush()
        until(lambda: _all_answered(load, receipts), 120)
        bench.rest.wait(120)
        costs = bench.meter.stop(load.count)
    load.close()
    arrived = mails_by_reference(bench.stack.mail_directory, begun)
    waits, mails = [], []
    for place, at in load.published.items():
        receipt = receipts.kept[place]
        waits.append(receipt.at - at)
        if receipt.reference in arrived:
            mails.append(arrived[receipt.reference] - at)
    return {
        "rate": rate,
        "units": load.count,
        "publish_to_receipt": quantiles(waits),
        "publish_to_mail": quantiles(mails),
        "share_with_mail": len(mails) / load.count,
        **costs,
    }


def publish_steadily(load: Load, rate: float, units: int) -> None:
    """So many units a second, by the clock and not by what became of those before."""
    begin = time.perf_counter()
    for n in range(units):
        time.sleep(max(0.0, begin + n / rate - time.perf_counter()))
        load.one()


def mails_by_reference(directory: Path, since: float) -> dict[str, float]:
    """When the first mail that names each of our references was taken by the mail server."""
    found: dict[str, float] = {}
    for name in kept_names(directory):
        at = arrived_at(name).timestamp()
        if at < since:
            continue
        text = " ".join(read_message(directory, name).text)
        for reference in REFERENCE.findall(text):
            found[reference] = min(at, found.get(reference, at))
    return found


def until(arrived: Callable[[], bool], seconds: float) -> None:
    """Return when it is so. Raises TimeoutError."""
    deadline = time.perf_counter() + seconds
    while not arrived():
        if time.perf_counter() > deadline:
            raise TimeoutError("not everything arrived in time")
        time.sleep(0.02)
