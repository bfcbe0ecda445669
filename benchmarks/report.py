"""Results as a Markdown table, so that docs/performance.md says what was measured and no more."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks.targets import judged

Row = tuple[str, str]
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def machine() -> str:
    """The machine that this runs on, in a line."""
    model = "an unnamed processor"
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = [n for n in cpus.read_text().splitlines() if n.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}"
    )


def markdown(results: dict[str, Any]) -> str:
    """All that was measured; what was not is left out."""
    targets = judged(results)
    parts = [f"{what.capitalize()}: {results[what]}.\n" for what in ("machine",) if what in results]
    if targets:
        lines = "".join(f"| {' | '.join(row)} |\n" for row in targets)
        parts.append(f"### Targets\n\n| what | bound | measured |\n| --- | --- | --- |\n{lines}")
    for title, rows in (
        ("In one run", _run(results)),
        ("What a unit costs, in the back-fill", _costs(results.get("back_fill"))),
        ("England's year", _year(results.get("year"))),
        ("Ten thousand held against a million", _growth(results.get("growth"))),
    ):
        found = list(rows)
        if found:
            parts.append(f"### {title}\n\n| what | |\n| --- | ---: |\n" + _lines(found))
    return "\n".join(parts)


def into(document: str, results: dict[str, Any]) -> str:
    """The document with the results between its two marks. Raises ValueError without them."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{after}"


def _lines(rows: list[Row]) -> str:
    return "".join(f"| {name} | {value} |\n" for name, value in rows)


def _run(results: dict[str, Any]) -> Iterator[Row]:
    for name, value in results.get("per_second", {}).items():
        yield f"{name}, per second", f"{value:,.0f}"
    for ratio, least in (("d/b", "0.5"), ("d/c", "50")):
        if ratio in results:
            yield f"{ratio} (at least {least})", f"{results[ratio]:.2f}"
    yield from _waits(results)
    if triage := results.get("triage"):
        for name, title in (
            ("answer", "its answer"),
            ("to_feed", "the record on the feed"),
            ("to_theme_on_feed", "the theme on the feed"),
            ("to_mail", "the mail to safeguarding"),
        ):
            yield f"triage decision over HTTP → {title}", _ms(triage[name])
    for name, value in results.get("memory_mb", {}).items():
        yield f"memory of {name}", f"{value:,.0f} MB"
    if skew := results.get("skew"):
        yield (
            f"share of the units at a tenth of {skew['locations']:,} locations",
            (f"{skew['share_of_units']:.0%}"),
        )
        yield "load average of the machine before the run", f"{results['load_average_before']:.1f}"
    if "memory_mb" in results:
        yield "memory together (≤ 600 MB)", f"{sum(results['memory_mb'].values()):,.0f} MB"


def _waits(results: dict[str, Any]) -> Iterator[Row]:
    """Of the load that the targets name, and then of the calm one."""
    if steady := results.get("steady"):
        at = f"at {steady['rate']:.0f} units a second"
        yield f"publish → receipt on the feed, {at}", _ms(steady["publish_to_receipt"])
        yield f"publish → mail taken by the server, {at}", _ms(steady["publish_to_mail"])
        yield f"share of these units that make a mail, {at}", f"{steady['share_with_mail']:.1%}"
    for name in ("doors", "doors_beside_few_units"):
        if doors := results.get(name):
            yield from _doors(doors)
    if "calm" in results:
        yield from _waits(results["calm"])


def _doors(doors: dict[str, Any]) -> Iterator[Row]:
    at = f"{doors['rate']:.0f} a second beside {doors['units_a_second']:.0f} units"
    yield f"HTTP, {at}", _ms(doors["all"])
    for kind, times in doors["by_kind"].items():
        yield f"HTTP: `{kind}`, {at}", _ms(times)
    yield (
        "HTTP: share of writes; requests that failed",
        (f"{doors['share_of_writes']:.0%}; {doors['failed']} of {doors['requests']}"),
    )
    yield "concern over HTTP → acknowledgement mail", _ms(doors["told_to_acknowledgement_mail"])


def _costs(filled: dict[str, Any] | None) -> Iterator[Row]:
    if not filled:
        return
    yield (
        "units; units a second until everything was at rest, and until all had receipts",
        (f"{filled['units']:,}; {filled['per_second']:,.0f}; {filled['receipts_per_second']:,.0f}"),
    )
    for name, share in filled["share"].items():
        spent = filled["cpu_ms_per_unit"][name]
        idle = filled["idle_share_of_a_core"][name]
        yield (
            f"processor time of {name}; standing idle",
            (f"{spent:.2f} ms, {share:.0%} of all; {idle:.1%} of a core"),
        )
    for name, trips in filled["round_trips_per_unit"].items():
        whose = "all" if name == "together" else name
        yield f"database round trips of {whose}", f"{trips:.2f}"
    each = filled["per_unit"]
    yield "share of units that raise or meet a trigger", f"{each['triggers']:.1%}"
    yield "share of units that make a candidate at meetings", f"{each['candidates']:.1%}"
    yield "feed records (receipts among them)", f"{each['records']:.2f}"
    yield "mails", f"{each['mails']:.3f}"
    yield (
        "refused; out of order on the feed that may know all; missing there",
        (f"{filled['refused']}; {filled['out_of_order']}; {filled['not_on_the_feed_of_all']}"),
    )


def _year(year: dict[str, Any] | None) -> Iterator[Row]:
    if not year:
        return
    yield "units; locations", f"{year['units']:,}; {year['locations']:,}"
    yield (
        "seconds until all had receipts; units a second",
        f"{year['seconds']:,.0f}; {year['per_second']:,.0f}",
    )
    pace = year["pace"]
    yield (
        "units a second in the first and in the last tenth",
        (f"{pace['first_tenth']:,.0f}; {pace['last_tenth']:,.0f}"),
    )
    yield "disk per unit, in the database", f"{year['database_bytes_per_unit'] / 1000:,.1f} kB"
    waiting = "; ".join(f"{count} {what}" for what, count in year["still_waiting"].items())
    yield "what waited after at most ten minutes more, counted to a hundred", waiting
    yield "units lost; receipts twice", f"{year['lost']}; {year['receipts_twice']}"
    yield (
        "concerns on a feed that may know all; out of order",
        (
            f"{year['concerns_on_the_feed']:,} of {year['concerns_published']:,}; "
            f"{year['out_of_order']}"
        ),
    )
    for name, memory in year["memory"].items():
        yield (
            f"memory of {name}: first tenth, last tenth, most",
            (
                f"{memory['first_tenth_mb']:,.0f}, {memory['last_tenth_mb']:,.0f}, "
                f"{memory['most_mb']:,.0f} MB"
            ),
        )


def _growth(growth: dict[str, Any] | None) -> Iterator[Row]:
    if not growth:
        return
    held = f"{growth['held_before']:,} and {growth['held_after']:,} held"
    pace = (growth[when]["per_second"] for when in ("before", "after"))
    yield f"units a second with {held}", "; ".join(f"{each:,.0f}" for each in pace)
    shares = (growth[when]["per_unit"]["triggers"] for when in ("before", "after"))
    yield "share of units that raise or meet a trigger", "; ".join(f"{s:.1%}" for s in shares)
    for name, ratio in growth["ratios"].items():
        yield f"cost per unit, times: {name} (≤ 1.25)", f"{ratio:.2f}"


def _ms(times: dict[str, float]) -> str:
    if not times.get("count"):
        return "none"
    return f"p50 {times['p50_ms']:,.0f} ms, p99 {times['p99_ms']:,.0f} ms (of {times['count']:,})"
