"""Take what a partner without Kafka uploads: each row as the Kafka door takes a message.

Every row is read before any is taken. What speaks of danger or of significant harm is taken first,
by itself, whatever becomes of the rest of the file (L1.2i).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from services.intake.cqc_files.problems import FileRefused
from services.intake.domain import door
from services.intake.domain import submissions as rules
from services.intake.domain.held_content import speaks_of_danger, speaks_of_harm
from services.intake.files.sheets import read_sheet
from services.intake.handlers import (
    arrivals,
    emergencies,
    harm,
    messages,
    quarantine,
    submission_templates,
    where_to_turn,
)
from services.intake.handlers.receipts import Outcome
from services.intake.store import agencies, submissions
from shared.contracts import inbound
from shared.contracts.envelope import CloudEvent
from shared.contracts.inbound import InboundMessage
from shared.contracts.words import Refused, Role
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import count_refusal
from shared.platform.work import Work, Works

Mode = Literal["all", "rows"]
Status = Literal["accepted", "duplicate", "refused", "not_taken"]

_OWN_WORD = (inbound.PoliceMatterHeld, inbound.HandoverAcknowledgedBySafeguarding)
"""What nobody else says for an agency."""
_PLACE = "POST /submissions/{kind}"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody uploads, of which type, how it is to be taken, and for which agency."""

    type: str
    content: bytes
    mode: Mode
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """What became of a row; `row` counts as the spreadsheet shows it."""

    row: int
    status: Status
    outcome: Outcome
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file."""

    rows: tuple[RowAnswer, ...]
    nothing_taken: bool
    """All or nothing was asked for, and a row does not fit: but for what is urgent."""

    @property
    def emergency_route(self) -> str | None:
        """Where to turn first, where a row speaks of danger."""
        routes = [one.outcome.emergency_route for one in self.rows if one.outcome.emergency_route]
        return routes[0] if routes else None

    def count(self, status: Status) -> int:
        return sum(one.status == status for one in self.rows)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    event: CloudEvent
    data: dict[str, Any]
    message: InboundMessage | None
    refused: Refused | None

    @property
    def is_urgent(self) -> bool:
        harm = getattr(self.message, "significant_harm", False)
        return bool(harm) or speaks_of_danger(self.data)


class _NothingTaken(Exception):  # noqa: N818 - it only undoes
    """Undoes the rows that were taken before one that does not fit."""


async def submit(works: Works, work: Work, person: Person, upload: Upload) -> Report:
    """Take a file. `work` holds its uploader's key; rows take effect in work of their own.

    Raises Refused for a file that is none, and Problem 404 for a type or agency that is not there.
    """
    columns = submission_templates.columns(upload.type)
    publisher = await _publisher(work, person, upload)
    await submissions.hold(work, publisher.id)
    # Beside the loop: what is slow to unpack holds up its own sender, and nobody else.
    rows = await asyncio.to_thread(_read, publisher, upload, columns)
    urgent = [row for row in rows if row.is_urgent]
    plain = [row for row in rows if not row.is_urgent]
    answers = [await _take_urgent(works, publisher, row) for row in urgent]
    nothing_taken = False
    if upload.mode == "rows":
        answers += [await _take_alone(works, publisher, row) for row in plain]
    else:
        taken, nothing_taken = await _take_together(works, publisher, plain)
        answers += taken
    answers = _reporting_harm(work, publisher, rows, answers)
    for one in answers:
        if one.refused is not None:
            count_refusal(one.refused.refusal.rule)
    work.audit(
        person.subject,
        "submission.uploaded",
        publisher.id,
        partnership=publisher.partnership,
        why=f"{upload.type}, {len(rows)} rows, mode {upload.mode}",
    )
    return Report(tuple(sorted(answers, key=lambda one: one.row)), nothing_taken)


def _reporting_harm(
    work: Work, publisher: door.Agency, rows: Sequence[_Row], answers: Sequence[RowAnswer]
) -> list[RowAnswer]:
    """A row that tells of significant harm and cannot be taken says where to report it (WCC1b)."""
    harmed = {row.number for row in rows if speaks_of_harm(row.data)}
    route = where_to_turn.harm(work, publisher.partnership).text
    return [
        replace(one, refused=harm.reporting(one.refused, route))
        if one.refused is not None and one.row in harmed and not one.outcome.emergency_route
        else one
        for one in answers
    ]


async def _publisher(work: Work, person: Person, upload: Upload) -> door.Agency:
    """The agency that speaks: a liaison's own, or the one that staff name. Raises Refused."""
    liaison = person.agency is not None or person.has(Role.AGENCY_LIAISON)
    if liaison and upload.agency not in {None, person.agency}:
        raise not_found()
    wanted = (person.agency if liaison else upload.agency) or ""
    found = (await agencies.agencies(work, {wanted})).get(wanted)
    if found is None or found.partnership not in person.partnerships:
        raise not_found()
    cls = inbound.inbound_messages()[upload.type]
    # Each row says what it asks: of a suspended agency's those under the law are taken.
    by_law = cls is inbound.PartnerRequestMade
    door.may_speak(found, door.source_of_agency(found.id), cls.spec.functions, by_law=by_law)
    if not liaison and issubclass(cls, _OWN_WORD):
        raise rules.not_on_behalf()
    return found if liaison else replace(found, uploader=str(person.ref))


def _read(publisher: door.Agency, upload: Upload, columns: Sequence[rules.Column]) -> list[_Row]:
    """Every row as a message, or with its refusal. Raises Refused where there are none."""
    try:
        (_, headings), *rows = read_sheet(upload.content)
    except FileRefused as error:
        raise rules.unreadable(str(error)) from None
    odd: Refused | None = None
    try:
        heading = rules.read_heading(headings, columns)
    except Refused as refused:
        # Each row is told so: one may speak of danger, and is seen to all the same.
        odd = refused
        known = {column.name: column for column in columns}
        heading = tuple(known.get(name.strip()) for name in headings)
    return [_row(publisher, upload.type, number, heading, cells, odd) for number, cells in rows]


def _row(
    publisher: door.Agency,
    type_: str,
    number: int,
    heading: Sequence[rules.Column | None],
    cells: Sequence[str],
    odd: Refused | None,
) -> _Row:
    data, refused = rules.message_of(heading, cells)
    body = json.dumps(data).encode()
    event = CloudEvent(rules.row_id(type_, data), door.source_of_agency(publisher.id), type_, body)
    refused = odd or refused
    message = None
    if refused is None:
        try:
            message = arrivals.parse(publisher, event)
        except Refused as unfit:
            refused = unfit
    return _Row(number, event, data, message, refused)


async def _take_urgent(works: Works, publisher: door.Agency, row: _Row) -> RowAnswer:
    """An emergency is handed over though its row cannot be taken; it lies in quarantine then."""
    answer = await _take_alone(works, publisher, row)
    if answer.refused is None or answer.outcome.reference is not None:
        return answer
    async with works.begin() as work:
        place = (_PLACE, 0, row.number)
        sender = quarantine.Sender.of(publisher)
        item = quarantine.item_of(work, sender, place, row.event.data, answer.refused)
        item.message_id, item.message_source = row.event.id, row.event.source
        item.message_type = row.event.type
        told = row.data if speaks_of_danger(row.data) else None
        seen_to = await emergencies.see_to(work, messages.teller(publisher), told, item)
        if seen_to is None:
            return answer
        await quarantine.hold(work, item)
    outcome = replace(
        answer.outcome, reference=seen_to.reference, emergency_route=seen_to.emergency_route
    )
    return replace(answer, outcome=outcome, refused=seen_to.refused or answer.refused)


async def _take_alone(works: Works, publisher: door.Agency, row: _Row) -> RowAnswer:
    """A row in work of its own: a refusal undoes it and no other."""
    if row.message is None:
        return _refused(row, row.refused)
    try:
        async with works.begin() as work:
            outcome = await messages.take_again(work, publisher, row.event, row.message)
    except Refused as refused:
        return _refused(row, refused)
    return _answer(row, outcome)


async def _take_together(
    works: Works, publisher: door.Agency, rows: Sequence[_Row]
) -> tuple[list[RowAnswer], bool]:
    """All rows in one work, or none of them; those that fit are tried all the same."""
    answers: list[RowAnswer] = []
    try:
        async with works.begin() as work:
            await messages.read_ahead(
                work, [(publisher, row.event, row.message) for row in rows if row.message]
            )
            answers += [await _try(work, publisher, row) for row in rows]
            if any(_does_not_fit(one) for one in answers):
                raise _NothingTaken
    except _NothingTaken:
        return [_undone(one) for one in answers], True
    return answers, False


async def _try(work: Work, publisher: door.Agency, row: _Row) -> RowAnswer:
    if row.message is None:
        return _refused(row, row.refused)
    try:
        return _answer(row, await messages.take(work, publisher, row.event, row.message))
    except Refused as refused:
        return _refused(row, refused)


def _refused(row: _Row, refused: Refused | None) -> RowAnswer:
    return RowAnswer(row.number, "refused", Outcome("refused"), refused)


def _answer(row: _Row, outcome: Outcome) -> RowAnswer:
    status: Status = "duplicate" if outcome.status == "duplicate" else "accepted"
    return RowAnswer(row.number, "refused" if outcome.refused else status, outcome, outcome.refused)


def _does_not_fit(one: RowAnswer) -> bool:
    """A request that is refused under a rule of the sources is recorded: that is its answer."""
    return one.refused is not None and one.outcome.reference is None


def _undone(one: RowAnswer) -> RowAnswer:
    """What would have been taken was not; where it came before, it stays a duplicate."""
    if _does_not_fit(one) or one.status == "duplicate":
        return one
    return RowAnswer(one.row, "not_taken", Outcome("refused"))
