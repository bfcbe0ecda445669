"""One run of all measurements, on the same broker and database; results as JSON and as a table."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import raw, stages, whole
from benchmarks.ground import ground_of
from deploy.local.stack import Stack

RESULTS = Path(__file__).resolve().parents[1] / "build" / "benchmarks" / "results.json"


def main(
    units: Annotated[int, typer.Option(help="units of the back-fill through our services")] = 2_000,
    seconds: Annotated[float, typer.Option(help="how long the steady load lasts")] = 20.0,
) -> None:
    """Measure raw limits, the bare and the textbook pipeline, and our four services."""
    with tempfile.TemporaryDirectory(prefix="pq-benchmark-") as directory:
        Path(directory).chmod(0o711)
        stack = Stack(Path(directory))
        stack.start(lambda text: Console(stderr=True).print(text))
        try:
            result = _measure(stack, units, seconds)
        finally:
            stack.stop()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    Console().print(_table(result))
    Console().print(f"written to {RESULTS}")


def _measure(stack: Stack, units: int, seconds: float) -> dict[str, Any]:
    async def yardsticks() -> dict[str, float]:
        ground = await ground_of(stack)
        return {
            "a: records produced": await raw.produce(ground, 50_000),
            "a: records consumed": await raw.consume(ground, 50_000),
            "a: row pairs inserted": await raw.insert(ground, 50_000),
            "b: bare pipeline": await stages.measure(ground, "bare", 20_000),
            "c: textbook pipeline": await stages.measure(ground, "textbook", 500),
        }

    per_second = asyncio.run(yardsticks())
    whole.back_fill(stack, 200)  # warm
    filled = whole.back_fill(stack, units)
    per_second["d: our four services"] = filled["per_second"]
    bare, textbook = per_second["b: bare pipeline"], per_second["c: textbook pipeline"]
    return {
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}",
        "per_second": per_second,
        "d/b": filled["per_second"] / bare,
        "d/c": filled["per_second"] / textbook,
        "publish to receipt": whole.steady(stack, 100, seconds),
        "memory_mb": whole.memory(stack),
    }


def _table(result: dict[str, Any]) -> Table:
    table = Table(title=result["machine"])
    table.add_column("what")
    table.add_column("", justify="right")
    for name, value in result["per_second"].items():
        table.add_row(f"{name}, per second", f"{value:,.0f}")
    for ratio in ("d/b", "d/c"):
        table.add_row(ratio, f"{result[ratio]:.2f}")
    for name, value in result["publish to receipt"].items():
        table.add_row(f"publish to receipt: {name}", f"{value:,.0f}")
    for name, value in result["memory_mb"].items():
        table.add_row(f"memory of {name}, MB", f"{value:,.0f}")
    table.add_row("memory together, MB", f"{sum(result['memory_mb'].values()):,.0f}")
    return table


typer.run(main)
