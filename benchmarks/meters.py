"""What a load costs each part: processor time, statements to the database, memory."""

from __future__ import annotations

import os
import threading
import time
from collections import defaultdict
from statistics import median
from typing import Any

import psutil

from benchmarks.ground import Sql
from deploy.local.stack import Stack

POSTGRES, KAFKA, HARNESS = "PostgreSQL", "Kafka", "the harness itself"
_SAMPLE_SECONDS = 1.0
_CALLS = """
SELECT r.rolname AS role, sum(s.calls)::bigint AS calls, sum(s.total_exec_time) AS ms
FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid GROUP BY r.rolname
"""


class Meter:
    """Between `start` and `stop`: what each part has spent.

    A statement that the server executed counts as one round trip, BEGIN and COMMIT among them;
    statements are prepared once per connection, and that round trip is not counted.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._sql = Sql(stack, "postgres")
        self._idle: dict[str, float] = defaultdict(float)

    def stand_idle(self, seconds: float) -> None:
        """Measure what each part spends where nothing is asked of it: polls, exports, beats."""
        before = self._processor()
        time.sleep(seconds)
        self._idle |= {n: (now - before[n]) / seconds for n, now in self._processor().items()}

    def close(self) -> None:
        self._sql.close()

    def start(self) -> None:
        """Count from here."""
        self._sql.value("SELECT pg_stat_statements_reset()::text")
        self._began, self._began_at = self._processor(), time.perf_counter()

    def stop(self, units: int) -> dict[str, Any]:
        """Milliseconds of processor time and statements per unit, by part.

        Of processor time what it costs to stand idle for so long is taken off.
        """
        elapsed = time.perf_counter() - self._began_at
        spent = {
            name: 1000 * max(0.0, now - self._began[name] - elapsed * self._idle[name]) / units
            for name, now in self._processor().items()
        }
        services = self._stack.services
        rows = [row for row in self._sql.rows(_CALLS) if row["role"] in services]
        trips = {row["role"]: row["calls"] / units for row in rows}
        whole = sum(ms for name, ms in spent.items() if name != HARNESS)
        return {
            "cpu_ms_per_unit": spent,
            "idle_share_of_a_core": dict(self._idle),
            "share": {name: ms / whole for name, ms in spent.items() if name != HARNESS},
            "round_trips_per_unit": trips | {"together": sum(trips.values())},
            "database_ms_per_unit": {row["role"]: row["ms"] / units for row in rows},
        }

    def statements(self) -> dict[int, dict[str, Any]]:
        """Each statement of the services since `start`: calls, milliseconds and its text."""
        found = self._sql.rows(
            "SELECT s.queryid, r.rolname AS role, s.query, s.calls, s.total_exec_time AS ms "
            "FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid"
        )
        return {r["queryid"]: dict(r) for r in found if r["role"] in self._stack.services}

    def _processor(self) -> dict[str, float]:
        """Seconds of processor time that each part has used so far."""
        found = {name: _seconds(service.pid) for name, service in self._stack.services.items()}
        found[POSTGRES] = _seconds(self._stack.postgres.pid, with_children=True)
        found[KAFKA] = _seconds(self._stack.kafka.pid)
        found[HARNESS] = _seconds(os.getpid())
        return found


def _seconds(pid: int, *, with_children: bool = False) -> float:
    process = psutil.Process(pid)
    times = process.cpu_times()
    total = times.user + times.system
    if with_children:  # those that have ended, and those that live
        total += times.children_user + times.children_system
        for child in process.children(recursive=True):
            try:
                own = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += own.user + own.system
    return float(total)


def memory(stack: Stack) -> dict[str, float]:
    """Resident megabytes of each service."""
    return {
        name: psutil.Process(service.pid).memory_info().rss / 2**20
        for name, service in stack.services.items()
    }


class MemoryOverTime:
    """Samples the memory of each service while a long run goes on."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._samples: dict[str, list[float]] = defaultdict(list)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def stop(self) -> dict[str, dict[str, float]]:
        """Of each service, the median megabytes in the first and in the last tenth, and the most.

        The second tenth is where caches have filled: what comes after it ought to be flat.
        """
        self._stop.set()
        self._thread.join()
        return {name: _tenths(samples) for name, samples in self._samples.items()}

    def _sample(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            for name, megabytes in memory(self._stack).items():
                self._samples[name].append(megabytes)


def _tenths(samples: list[float]) -> dict[str, float]:
    part = max(1, len(samples) // 10)
    return {
        "first_tenth_mb": median(samples[:part]),
        "second_tenth_mb": median(samples[part : 2 * part] or samples[:part]),
        "last_tenth_mb": median(samples[-part:]),
        "most_mb": max(samples),
        "samples": len(samples),
    }


def quantiles(seconds: list[float]) -> dict[str, float]:
    """Milliseconds: p50, p99, the longest, and of how many."""
    times = sorted(1000 * one for one in seconds)
    if not times:
        return {"count": 0}
    return {
        "count": len(times),
        "p50_ms": median(times),
        "p99_ms": times[min(len(times) - 1, int(len(times) * 0.99))],
        "max_ms": times[-1],
    }
