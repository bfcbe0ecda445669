"""A person's triage decision over HTTP: how soon the theme, the feeds and the mail follow it.

At places that no other load touches, three concerns of a category are told and then decided on one
after the other. Below the safeguarding threshold the third makes a theme; a fourth, above it, goes
to safeguarding by mail.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx

from benchmarks.feeds import Feed
from benchmarks.load import CATEGORIES
from benchmarks.meters import quantiles
from benchmarks.whole import Bench, mails_by_reference, until
from deploy.local.identity import fetch_token
from shared.contracts.catalogue import INTAKE

TRIAGED = "feed.intake.concern.triaged.v1"
THEME = "feed.assessment.theme.detected.v1"
_FOR_A_THEME = 3
_YES, _NO = "yes", "no"
_LIMBS = ("care_and_support_needs", "abuse_or_neglect", "cannot_protect_themselves")
_CONCERNS = """
SELECT c.id, c.reference, c.category, l.reference AS place FROM intake.concern c
JOIN intake.location l ON l.id = c.location_id
WHERE l.reference = ANY($1) AND c.state = 'received' ORDER BY c.id
"""


class CaseFeed(Feed):
    """An agency in the case: when it was told of decisions and themes, by place and category."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench.stack, "council-quality")
        self.told: dict[tuple[str, str, str], list[float]] = {}

    def take(self, type_: str, headers: dict[str, bytes], message: Any) -> None:
        if type_ in (TRIAGED, THEME):
            body = json.loads(message.value() or b"")
            what = (type_, body["location"]["reference"], body["category"])
            self.told.setdefault(what, []).append(message.timestamp()[1] / 1000)


def triage(bench: Bench, themes: int) -> dict[str, Any]:
    """Milliseconds from a decision's request to its answer, feed record, theme and mail."""
    cases = list(_cases(bench, themes))
    load = bench.load(len(cases) * (_FOR_A_THEME + 1))
    for place, category in cases:
        for _ in range(_FOR_A_THEME + 1):
            load.one(place, category)
    load.flush()
    load.close()
    bench.rest.wait(120)
    feed, begun = CaseFeed(bench), time.time()
    feed.start()
    asked, answers, handed_over = _decide(bench, cases)
    until(lambda: all((THEME, *case) in feed.told for case in asked), 60)
    bench.rest.wait(60)
    feed.stop()
    arrived = mails_by_reference(bench.stack.mail_directory, begun)
    told = [
        at - asked_at
        for case, times in asked.items()
        for at, asked_at in zip(sorted(feed.told[TRIAGED, *case]), times, strict=True)
    ]
    return {
        "decisions": len(answers),
        "answer": quantiles(answers),
        "to_feed": quantiles(told),
        "to_theme_on_feed": quantiles([feed.told[THEME, *c][0] - t[-1] for c, t in asked.items()]),
        "to_mail": quantiles([arrived[ref] - at for ref, at in handed_over.items()]),
    }


def _cases(bench: Bench, count: int) -> Iterator[tuple[str, str]]:
    """Places and categories of their own, without a theme yet."""
    taken = bench.seeds
    for n in range(count):
        place = bench.places.apart[n % len(bench.places.apart)]
        yield place, CATEGORIES[(taken + n // len(bench.places.apart)) % len(CATEGORIES)]


def _decide(
    bench: Bench, cases: list[tuple[str, str]]
) -> tuple[dict[tuple[str, str], list[float]], list[float], dict[str, float]]:
    """Decide on all; gives when each was asked, how long answers took, and what went by mail."""
    token = fetch_token(bench.stack.issuer, "practitioner")
    waiting: dict[tuple[str, str], list[Any]] = {case: [] for case in cases}
    for row in bench.sql.rows(_CONCERNS, [place for place, _ in cases]):
        if (row["place"], row["category"]) in waiting:
            waiting[row["place"], row["category"]].append(row)
    asked: dict[tuple[str, str], list[float]] = {}
    answers: list[float] = []
    handed_over: dict[str, float] = {}
    with httpx.Client(
        base_url=bench.stack.services[INTAKE].url,
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=30,
    ) as client:
        for case, rows in waiting.items():
            for n, row in enumerate(rows):
                above = n >= _FOR_A_THEME
                at = time.time()
                answer = client.post(f"/concerns/{row['id']}/triage", json=form(above=above))
                answers.append(time.time() - at)
                answer.raise_for_status()
                if above:
                    handed_over[row["reference"]] = at
                else:
                    asked.setdefault(case, []).append(at)
    return asked, answers, handed_over


def form(*, above: bool) -> dict[str, str]:
    """A decision with the three limbs of section 42, all met or the first one not."""
    decision = "safeguarding" if above else "care_concern"
    limbs = dict.fromkeys(_LIMBS, _YES) if above else dict.fromkeys(_LIMBS, _NO)
    return {"decision": decision, "reason": "As the limbs say.", **limbs}
