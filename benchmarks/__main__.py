"""The measurements: all of an ordinary run by itself, the long ones by their names."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markdown import Markdown

from benchmarks import doors, people, raw, report, stages, whole
from benchmarks.ground import Sql, ground_of, installation
from benchmarks.growth import BEYOND_WINDOWS
from benchmarks.growth import growth as measure_growth
from benchmarks.meters import Meter, memory
from benchmarks.places import HOT_PLACES, HOT_SHARE, widen
from benchmarks.rest import Rest
from benchmarks.whole import Bench
from benchmarks.year import UNITS, replay
from deploy.local.stack import Stack

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "benchmarks" / "results.json"
DOCUMENT = ROOT / "docs" / "performance.md"
LOCATIONS = 29_000
"""Adult social care locations in England, about."""
_IDLE_SECONDS = 5.0

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_console = Console(stderr=True)
Locations = Annotated[int, typer.Option(help="how many locations the register holds")]
_WARM_SECONDS = 10.0
"""Doors are asked for so long first, as pipelines are filled: a service answers each kind for the
first time, on each of its connections, once in its life."""


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    units: Annotated[int, typer.Option(help="units of the back-fill")] = 10_000,
    seconds: Annotated[float, typer.Option(help="how long each steady load lasts")] = 60.0,
    rate: Annotated[float, typer.Option(help="units, and requests, a second")] = 100.0,
    calm: Annotated[float, typer.Option(help="the same where the machine is not full")] = 10.0,
    themes: Annotated[int, typer.Option(help="themes that decisions make")] = 40,
    yardstick: Annotated[int, typer.Option(help="units of the raw and the bare")] = 50_000,
    textbook: Annotated[int, typer.Option(help="units of the textbook's way")] = 500,
    locations: Locations = LOCATIONS,
) -> None:
    """Raw limits, the bare and the textbook way, and our four services: in about five minutes."""
    if context.invoked_subcommand is not None:
        return
    load_before = os.getloadavg()[0]
    with _bench(locations) as bench:
        found = asyncio.run(_yardsticks(bench.stack, yardstick, textbook))
        _say("(d) our four services")
        whole.back_fill(bench, max(500, units // 10))  # warm
        filled = whole.back_fill(bench, units)
        found["d: our four services"] = filled["per_second"]
        _say(f"steady: {rate:.0f} units a second")
        steady = whole.steady(bench, rate, seconds)
        _say("decisions")
        triage = people.triage(bench, themes)
        _say("HTTP doors")
        doors.mixed(bench, 3 * calm, _WARM_SECONDS, units=calm)
        asked = doors.mixed(bench, rate, seconds, units=rate)
        asked_beside_few = doors.mixed(bench, rate, seconds, units=calm)
        _say(f"calm: {calm:.0f} units a second, then as many requests beside them")
        calmly = {
            "steady": whole.steady(bench, calm, seconds),
            "doors": doors.mixed(bench, calm, seconds, units=calm),
        }
        used = memory(bench.stack)
    _keep(
        {
            "per_second": found,
            "d/b": found["d: our four services"] / found["b: bare pipeline"],
            "d/c": found["d: our four services"] / found["c: textbook pipeline"],
            "back_fill": filled,
            "steady": steady,
            "triage": triage,
            "doors": asked,
            "doors_beside_few_units": asked_beside_few,
            "calm": calmly,
            "memory_mb": used,
            "skew": {
                "locations": bench.places.count,
                "share_of_locations": HOT_PLACES,
                "share_of_units": HOT_SHARE,
            },
            "load_average_before": load_before,
        }
    )


@app.command()
def year(
    units: Annotated[int, typer.Option(help="units to replay")] = UNITS,
    locations: Locations = LOCATIONS,
) -> None:
    """Replay England's year: nothing lost, in order, in flat memory."""
    with _bench(locations) as bench:
        whole.back_fill(bench, 500)  # warm
        _keep({"year": replay(bench, units, _say)})


@app.command()
def growth(
    held: Annotated[int, typer.Option(help="units held at the end")] = 1_000_000,
    template: Annotated[int, typer.Option(help="units held at first")] = 10_000,
    units: Annotated[int, typer.Option(help="units measured, before and after")] = 5_000,
    back_days: Annotated[
        int, typer.Option(help="days by which copies lie further back; 0: inside windows")
    ] = BEYOND_WINDOWS,
    locations: Locations = 5_000,
) -> None:
    """What a unit costs with ten thousand held, and with a million."""
    with _bench(locations) as bench:
        whole.back_fill(bench, 500)  # warm
        _keep({"growth": measure_growth(bench, held, template, units, back_days, _say)})


@app.command()
def table(
    write: Annotated[bool, typer.Option(help="put it into docs/performance.md")] = False,
) -> None:
    """The results as a Markdown table."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    if write:
        text = report.into(DOCUMENT.read_text(encoding="utf-8"), results)
        DOCUMENT.write_text(text, encoding="utf-8")
    print(report.markdown(results))


@contextmanager
def _bench(locations: int) -> Iterator[Bench]:
    with installation(_say) as stack:
        sql, rest = Sql(stack), Rest(stack)
        rest.wait(60)  # all services know the register that is then copied in each
        bench = Bench(stack, widen(sql, locations), rest, Meter(stack), sql)
        bench.meter.stand_idle(_IDLE_SECONDS)
        _say(f"the register holds {bench.places.count:,} locations")
        try:
            yield bench
        finally:
            bench.close()


async def _yardsticks(stack: Stack, count: int, textbook: int) -> dict[str, float]:
    ground = await ground_of(stack)
    _say("(a) raw limits")
    found = {
        "a: records produced": await raw.produce(ground, count),
        "a: records consumed": await raw.consume(ground, count),
        "a: row pairs inserted": await raw.insert(ground, count),
    }
    _say("(b) the bare pipeline")
    found["b: bare pipeline"] = await stages.measure(ground, stages.BARE, count)
    _say("(c) the textbook's way")
    found["c: textbook pipeline"] = await stages.measure(ground, stages.TEXTBOOK, textbook)
    return found


def _keep(part: dict[str, Any]) -> None:
    """Put what was measured beside what was measured before, on the same machine."""
    kept: dict[str, Any] = {}
    if RESULTS.exists():
        kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    if kept.get("machine") != report.machine():
        kept = {}
    results = kept | {
        "machine": report.machine(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **part,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    Console().print(Markdown(report.markdown({"machine": results["machine"], **part})))
    _say(f"written to {RESULTS}")


def _say(text: str) -> None:
    _console.print(text)


if __name__ == "__main__":
    app()
