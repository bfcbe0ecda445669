"""The account of a run of the story, for people to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from deploy.demo import cast
from deploy.demo.clients import Mail
from deploy.demo.evidence import Evidence
from deploy.demo.run import Told
from deploy.demo.timings import since_cause, to_mail, to_receipt

WORDS = {
    "receipt": "receipts for what it sent",
    "intake.cqc_rating.changed": "published CQC ratings",
    "intake.concern.received": "concerns received",
    "intake.concern.triaged": "care concerns below the safeguarding threshold",
    "intake.concern.redirected_to_safeguarding": "handovers to safeguarding",
    "intake.handover.acknowledged": "acknowledged handovers",
    "intake.safeguarding_outcome.recorded": "safeguarding enquiries",
    "intake.complaint.recorded": "complaints",
    "intake.quality_return.recorded": "quality returns",
    "intake.contract_review.recorded": "contract reviews",
    "intake.public_feedback.recorded": "feedback of the public",
    "intake.quarantine.settled": "what became of a message that was held back",
    "assessment.trigger.raised": "triggers that look met",
    "assessment.trigger.met": "triggers that are met",
    "meetings.qip.considered": "providers up for consideration",
    "meetings.qip.opened": "QIPs opened",
    "meetings.qip.declined": "QIPs declined",
    "meetings.member.joined": "members who joined a QIP",
    "meetings.chair.appointed": "chairs appointed",
    "meetings.provider.contacted": "contacts with providers",
    "meetings.meeting.scheduled": "meetings scheduled",
}
ACTS = {
    "concern-incomplete": "the registered manager tells a concern without the action taken",
    "concern-elsewhere": "the registered manager tells a concern for another provider's service",
    "confirm-without-liaison": "special measures, without the word of CQC's liaison",
    "not-their-role": "a practitioner decides for the intelligence meeting",
    "without-benefit": "a QIP is opened without saying what good it does",
    "chair-outsider": "a chair from the police",
    "qip-before-contact": "the provider asks for the case before it was contacted",
    "meeting-too-early": "a meeting is set before the provider was contacted",
    "feed-of-others": "an agency asks for another's feed",
}
"""The people's requests that have to be refused."""


WORDS_OF = {
    "L1.2a": "an organisational abuse enquiry stands and little has improved",
    "L1.2b": "an enquiry found wider concerns about quality",
    "L1.2c": "a leader is implicated",
    "L1.2d": "CQC's special measures",
    "L1.2e": "high levels of complaints or safeguarding activity",
    "L1.2f": "actions of a contract improvement plan stay unmet",
    "L1.2g": "a quality return indicates clinical risk",
}
"""The factors of the terms of reference, 1.2, in short."""


def account_of(told: Told, seconds: float) -> str:
    """The whole account, in Markdown."""
    e = told.evidence
    parts = (
        _in_short(told, seconds),
        _what_came_in(e),
        _what_was_refused(e),
        _what_was_decided(e),
        _what_was_told(e),
        _mails(e),
        _times(e),
        _traces(told),
        _expectations(told),
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def _in_short(told: Told, seconds: float) -> Iterator[str]:
    met = len(told.expectations) - len(told.missing)
    yield f"# A concern travels the whole way, {told.evidence.today:%d %B %Y}\n"
    yield f"{met} of {len(told.expectations)} expectations are met; it took {seconds:.0f} s."
    if told.missing:
        yield "\n**Missing:**\n"
        for one in told.missing:
            yield f"- {one.name}" + (f" (there was: {one.found})" if one.found else "")


def _what_came_in(e: Evidence) -> Iterator[str]:
    yield "\n## What came in\n"
    rows = []
    for key, (message, sent) in e.published.items():
        receipt = e.receipt(key)
        answer = str(receipt.get("status", "no receipt"))
        about = receipt.get("rule") or receipt.get("reference") or ""
        rows.append((sent.agency, message.what, f"{answer}: {about}"))
    for act, what in (("concern", "a care concern, over HTTP"), ("concern-again", "it again")):
        answer = "duplicate" if e.body(act).get("duplicate") else "accepted"
        rows.append(("Larchfield's manager", what, f"{answer}: {e.body(act).get('reference')}"))
    yield from _table(("from", "what", "answer"), rows)
    route = e.receipt("emergency").get("emergency_route")
    yield f"\nThe emergency's receipt says first: *{route}*"


def _what_was_refused(e: Evidence) -> Iterator[str]:
    yield "\n## What was refused, and why\n"
    rows = []
    for key, (message, sent) in e.published.items():
        r = e.receipt(key)
        if r.get("status") == "refused":
            what = f"{sent.agency}: {message.what}"
            rows.append((what, r["rule"], r["clause"], r["sentence"], r["instead"]))
    for act, what in ACTS.items():
        b = e.body(act)
        rule = b.get("rule") or str(b.get("type", "")).rpartition(":")[2]
        rows.append((what, rule, b.get("clause", ""), b.get("detail", ""), b.get("instead", "")))
    yield from _table(("what", "rule", "clause", "because", "instead"), rows)


def _what_was_decided(e: Evidence) -> Iterator[str]:
    yield "\n## What was found and decided\n"
    yield (
        "Any of seven factors puts a provider up for consideration of a Quality Improvement "
        "Planning process (QIP). All seven were found:\n"
    )
    for trigger, place in cast.TRIGGERS.items():
        by_hand = " (confirmed by the team manager)" if trigger in ("L1.2d", "L1.2e") else ""
        yield f"- {WORDS_OF[trigger]} ({trigger}): met at {cast.NAMES[place]}{by_hand}."
    opened, meeting = e.body("open"), e.body("meeting")
    yield (
        f"- The intelligence meeting opened a QIP at {cast.NAMES[cast.LARCHFIELD]}, until "
        f"{opened.get('limit_on')} at the latest ({opened.get('clause')}), and declined one at "
        f"{cast.NAMES[cast.TIDEWELL]}."
    )
    yield f"- Members: {', '.join(opened.get('members', []))}. Chair: {cast.CHAIR_NAME}."
    yield (
        f"- First meeting on {e.meeting_on:%A %d %B %Y}; the provider's plan is due on "
        f"{meeting.get('plan_due_on')} ({meeting.get('clause')})."
    )


def _what_was_told(e: Evidence) -> Iterator[str]:
    yield "\n## What each audience was told, and what not\n"
    happened = {r.type for agency in cast.AGENCIES for r in e.feed(agency)}
    rows = []
    for agency in cast.AGENCIES:
        counted = Counter(record.type for record in e.feed(agency))
        told = [f"{_words(t)} ({counted[t]})" for t in sorted(counted, key=_in_order)]
        not_told = happened - set(counted) - {"feed.receipt.v1"}
        withheld = [_words(type_) for type_ in sorted(not_told, key=_in_order)]
        rows.append((agency, ", ".join(told), ", ".join(withheld) or "nothing"))
    yield from _table(("agency", "told on its feed", "not told"), rows)
    knowing = [a for a in cast.AGENCIES if _knows_of(e, a, cast.HOLLOWBECK)]
    yield (
        f"\n**The restricted case.** A concern implicates a leader of {_name(cast.HOLLOWBECK)}. "
        f"Of it know: {', '.join(knowing)} (icb, because it told it, and nothing more). For the "
        f"other {len(cast.AGENCIES) - len(knowing)} agencies nothing has happened there."
    )
    kinds = Counter(row["kind"] for row in e.ledger)
    yield (
        f"\n**The ledger** holds {kinds['disclosure']} disclosures (to "
        f"{len({row['audience'] for row in e.ledger if row['audience']})} audiences) and "
        f"{kinds['withholding']} events of which something was withheld."
    )
    yield (
        "\n**The provider** was told by mail: the reference of its own concern, the terms of "
        "reference, Part ii of the meeting and when its plan is due. It was not told of any "
        "trigger, of who told what, or when Part i begins."
    )


def _knows_of(e: Evidence, agency: str, place: str) -> bool:
    return any(r.type != "feed.intake.cqc_rating.changed.v1" for r in e.feed(agency, place=place))


def _mails(e: Evidence) -> Iterator[str]:
    yield "\n## The mails\n"
    rows = [(m.to, m.subject, _after(e, m), f"mails/{m.file.name}") for m in e.mails]
    yield from _table(("to", "subject", "after its cause", "file"), rows)


def _after(e: Evidence, mail: Mail) -> str:
    took = since_cause(e, mail)
    return "" if took is None else f"{1000 * took:.0f} ms"


def _times(e: Evidence) -> Iterator[str]:
    yield "\n## How long it took\n"
    yield f"- From publication to the receipt on the feed: {to_receipt(e)}."
    yield f"- From publication, or a person's request, to the mail: {to_mail(e)}."


def _traces(told: Told) -> Iterator[str]:
    for title, lines in (
        ("The trace, from council safeguarding's message to mails and feeds", told.followed.lines),
        ("The trace of the concern that came over HTTP", told.followed.lines_over_http),
    ):
        yield f"\n## {title}\n"
        yield "↪ is an act of a person's: a trace of its own, linked to what caused it.\n"
        yield from ("```text", *lines, "```")


def _expectations(told: Told) -> Iterator[str]:
    yield "\n## What had to happen\n"
    for one in told.expectations:
        rows = f" ({', '.join(one.requirements)})" if one.requirements else ""
        yield f"- {'✓' if one.met else '✗ **missing**'} {one.name}{rows}"


def _words(feed_type: str) -> str:
    return WORDS.get(_short(feed_type), feed_type)


def _in_order(feed_type: str) -> int:
    return list(WORDS).index(_short(feed_type)) if _short(feed_type) in WORDS else len(WORDS)


def _short(feed_type: str) -> str:
    return feed_type.removeprefix("feed.").removesuffix(".v1")


def _name(place: str) -> str:
    return cast.NAMES[place]


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for row in rows:
        yield f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |"
