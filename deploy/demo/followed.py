"""The trace of the story: from council safeguarding's message to the mails and the feeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo import cast
from deploy.demo.evidence import eventually
from deploy.local.trace import Drawn, Traces, draw, read_spans

STEPS: tuple[tuple[str, str, str], ...] = (
    ("intake", "process partner.council-safeguarding.in.v1", ""),
    ("assessment", "process intake.safeguarding_outcome.recorded.v1", ""),
    ("meetings", "process assessment.trigger.met.v1", ""),
    ("meetings", "decide consideration", ""),
    ("meetings", "appoint chair", ""),
    ("meetings", "contact provider", ""),
    ("meetings", "schedule meeting", ""),
    ("notifications", "send mail", "chair_appointed"),
    ("notifications", "send mail", "provider_contacted"),
    ("notifications", "send mail", "provider_invited"),
    ("notifications", "send mail", "chair_invited"),
    *(("notifications", "review feed", agency) for agency in cast.MEMBERS),
)
"""Service, span and kind of mail or agency told: what the story's trace has to hold."""
OVER_HTTP = (
    ("intake", "POST /concerns", ""),
    ("notifications", "process intake.concern.acknowledged.v1", ""),
    ("notifications", "send mail", "concern_acknowledged"),
)
"""The same for the provider's concern over HTTP."""


@dataclass(frozen=True)
class Followed:
    """The story as the spans tell it."""

    story: tuple[Drawn, ...] = ()
    over_http: tuple[Drawn, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The story's trace as a tree."""
        return draw(self.story)

    @property
    def lines_over_http(self) -> list[str]:
        """The trace of the provider's concern as a tree."""
        return draw(self.over_http)

    def missing(self) -> list[str]:
        """The steps that the traces do not show."""
        return [*_absent(self.story, STEPS), *_absent(self.over_http, OVER_HTTP)]


def follow(directory: Path) -> Followed:
    """Read the spans until everything is in them, or the patience ends."""
    found = [Followed()]

    def whole() -> bool:
        found[0] = _read(directory)
        return not found[0].missing()

    eventually(whole, seconds=5.0)
    return found[0]


def _read(directory: Path) -> Followed:
    traces = Traces(read_spans(directory))
    partners = cast.PARTNERS_TRACE.split("-")[1]
    ours = traces.answering(partners)
    acknowledged = [
        trace
        for trace in traces.ids()
        if any(span.attributes.get("mail.kind") == OVER_HTTP[-1][2] for span in traces.of(trace))
    ]
    return Followed(
        traces.story(ours[0]) if ours else (),
        traces.story(acknowledged[0]) if acknowledged else (),
    )


def _details(attributes: Mapping[str, Any]) -> list[str]:
    named = (str(attributes.get(name, "")) for name in ("mail.kind", "agency.id"))
    return ["", *named, *attributes.get("agency.ids", ())]


def _absent(story: Sequence[Drawn], steps: Sequence[tuple[str, str, str]]) -> list[str]:
    there = {
        (drawn.span.service, drawn.span.name, detail)
        for tree in story
        for drawn in tree.walk()
        for detail in _details(drawn.span.attributes)
    }
    return [" ".join(step).strip() for step in steps if step not in there]
