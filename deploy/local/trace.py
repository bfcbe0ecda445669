"""Draws a trace as a tree, from the span files of a stack, across the acts of people by links.

python -m deploy.local.trace DIRECTORY [TRACE]     (make trace)

A person's act, perhaps days later, is a trace of its own with a link to what caused it; here it
stands under its cause. TRACE is the beginning of a trace id; without one, the longest story.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

_OF_THE_FRAMEWORK = "fastapi."
_HEALTH = "/health/"
_SHOWN = (
    "agency.ids",
    "mail.kind",
    "delivery.state",
    "refusal.rule",
    "http.response.status_code",
    "error.type",
)


class Place(NamedTuple):
    """Where a span is: trace id and span id."""

    trace: str
    span: str


@dataclass(frozen=True)
class Span:
    """A recorded span; times in nanoseconds since 1970."""

    place: Place
    parent: Place | None
    links: tuple[Place, ...]
    service: str
    name: str
    start: int
    end: int
    error: bool
    attributes: dict[str, object]


@dataclass(frozen=True)
class Drawn:
    """A span in the tree; `linked` where it is an act of its own that its parent caused."""

    span: Span
    below: tuple[Drawn, ...]
    linked: bool = False

    def walk(self) -> Iterator[Drawn]:
        """This span and all that follow from it."""
        yield self
        for child in self.below:
            yield from child.walk()


class Traces:
    """All spans of a stack, and what follows from what."""

    def __init__(self, spans: Iterable[Span]) -> None:
        kept = [span for span in spans if _HEALTH not in span.name]
        self._by_place = {span.place: span for span in kept}
        self._by_trace: dict[str, list[Span]] = defaultdict(list)
        self._below: dict[Place, list[Span]] = defaultdict(list)
        for span in sorted(kept, key=lambda one: one.start):
            self._by_trace[span.place.trace].append(span)
            if span.parent in self._by_place:
                self._below[span.parent].append(span)
        self._caused: dict[Place, list[str]] = defaultdict(list)
        for trace in self._by_trace:
            cause = self._cause(trace)
            if cause is not None:
                self._caused[cause].append(trace)

    def ids(self) -> tuple[str, ...]:
        """The ids of all traces, the oldest first."""
        return tuple(sorted(self._by_trace, key=lambda trace: self._by_trace[trace][0].start))

    def of(self, trace: str) -> tuple[Span, ...]:
        """The spans of one trace, without what follows from it."""
        return tuple(self._by_trace.get(trace, ()))

    def answering(self, foreign: str) -> tuple[str, ...]:
        """The traces that are linked to somebody else's trace, such as a partner's own."""
        return tuple(
            trace
            for trace in self.ids()
            if any(link.trace == foreign for span in self._by_trace[trace] for link in span.links)
        )

    def origin(self, trace: str) -> str:
        """The trace with which the story of this one began."""
        seen = {trace}
        while (cause := self._cause(trace)) is not None and cause.trace not in seen:
            trace = cause.trace
            seen.add(trace)
        return trace

    def story(self, trace: str) -> tuple[Drawn, ...]:
        """The whole story that a trace belongs to, as trees. Raises LookupError for no trace."""
        if trace not in self._by_trace:
            raise LookupError("there is no such trace")
        return self._trees(self.origin(trace), frozenset())

    def longest(self) -> str:
        """The trace whose story takes the most lines. Raises LookupError where there is none."""
        origins = dict.fromkeys(self.origin(trace) for trace in self.ids())
        if not origins:
            raise LookupError("there are no traces")
        return max(origins, key=lambda origin: len(draw(self.story(origin))))

    def _cause(self, trace: str) -> Place | None:
        """The span of another trace that this one is linked to; the first, where there are more."""
        for span in self._by_trace[trace]:
            for link in span.links:
                if link.trace != trace and link in self._by_place:
                    return link
        return None

    def _trees(self, trace: str, drawn: frozenset[str]) -> tuple[Drawn, ...]:
        drawn |= {trace}
        roots = [one for one in self._by_trace[trace] if one.parent not in self._by_place]
        return tuple(tree for root in roots for tree in self._drawn(root, drawn))

    def _drawn(self, span: Span, drawn: frozenset[str]) -> tuple[Drawn, ...]:
        below = [tree for child in self._below[span.place] for tree in self._drawn(child, drawn)]
        for trace in self._caused[span.place]:
            if trace not in drawn:
                later = self._trees(trace, drawn)
                below += [Drawn(tree.span, tree.below, linked=True) for tree in later]
        if self._says_nothing(span):
            return tuple(below)
        return (Drawn(span, tuple(sorted(below, key=lambda tree: tree.span.start))),)

    def _says_nothing(self, span: Span) -> bool:
        """The web framework's own spans, and its second one for the same request."""
        above = self._by_place.get(span.parent) if span.parent else None
        return span.name.startswith(_OF_THE_FRAMEWORK) or (
            above is not None and (above.service, above.name) == (span.service, span.name)
        )


def read_spans(directory: Path) -> list[Span]:
    """The spans of all files of a directory; a last line that is still being written is left."""
    spans = []
    for path in sorted(directory.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            try:
                spans.append(_span(json.loads(line)))
            except json.JSONDecodeError:
                continue
    return spans


def _span(line: dict[str, object]) -> Span:
    entry: dict[str, object] = line
    trace = str(entry["trace"])
    links = entry["links"] if isinstance(entry["links"], list) else []
    attributes = entry["attributes"] if isinstance(entry["attributes"], dict) else {}
    return Span(
        place=Place(trace, str(entry["span"])),
        parent=Place(trace, str(entry["parent"])) if entry["parent"] else None,
        links=tuple(Place(str(link[0]), str(link[1])) for link in links),
        service=str(entry["service"]),
        name=str(entry["name"]),
        start=int(str(entry["start"])),
        end=int(str(entry["end"])),
        error=bool(entry["error"]),
        attributes=attributes,
    )


def draw(story: Iterable[Drawn]) -> list[str]:
    """The lines of a story: seconds since it began, service, span, how long it took.

    Of spans in a row that say the same, one is drawn, with their number.
    """
    trees = list(story)
    began = min((tree.span.start for tree in trees), default=0)
    return [line for tree in trees for line in _lines(tree, 1, began, "", "")]


def _lines(tree: Drawn, count: int, began: int, first: str, rest: str) -> Iterator[str]:
    yield _line(tree, count, began, first)
    groups = [list(group) for _, group in groupby(tree.below, key=_sameness)]
    for number, group in enumerate(groups, start=1):
        last = number == len(groups)
        branch, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _lines(group[0], len(group), began, rest + branch, rest + stem)


def _sameness(tree: Drawn) -> object:
    return tree.span.place if tree.below or tree.linked else _said(tree.span)


def _said(span: Span) -> str:
    details = [told for name in _SHOWN if (told := _told(span.attributes.get(name, [])))]
    words = f"{span.service}: {span.name}"
    return f"{words} [{', '.join(details)}]" if details else words


def _told(value: object) -> str:
    """A value for people to read; nothing of a list that is empty."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _line(tree: Drawn, count: int, began: int, indent: str) -> str:
    span = tree.span
    offset, took = (span.start - began) / 1e9, (span.end - span.start) / 1e6
    words = [f"{offset:8.3f} s  {indent}{'↪ ' if tree.linked else ''}{_said(span)}"]
    words += [f"× {count}"] if count > 1 else [f"{took:.1f} ms"]
    words += ["FAILED"] if span.error else []
    return " ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw a trace as a tree.")
    parser.add_argument("directory", type=Path, help="where the span files lie")
    parser.add_argument("trace", nargs="?", default="", help="the beginning of a trace id")
    options = parser.parse_args()
    traces = Traces(read_spans(options.directory))
    found = [trace for trace in traces.ids() if trace.startswith(options.trace)]
    if not found:
        parser.exit(1, f"{options.directory} has no such trace\n")
    trace = found[0] if options.trace else traces.longest()
    print(f"trace {traces.origin(trace)}    ↪ an act of somebody's, linked to its cause")
    for line in draw(traces.story(trace)):
        print(line)


if __name__ == "__main__":
    main()
