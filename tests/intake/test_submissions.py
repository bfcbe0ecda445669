"""Bulk submission: each row is taken as the Kafka door takes a message, and answered for itself."""

from __future__ import annotations

import asyncio
import csv
import io
import threading
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from services.intake.files.sheets import Rows, read_sheet
from services.intake.handlers import agencies, submission_templates, submissions
from shared.contracts.agencies import Agency
from shared.contracts.inbound import inbound_messages
from shared.contracts.inbound_examples import GOOD
from shared.contracts.intake import ConcernReceived, ConcernRedirected, ReceiptIssued
from shared.contracts.words import AgencyFunction, HeldFunction, Role
from shared.platform.spreadsheets import csv_lines
from shared.platform.workbooks import xlsx_of
from tests.intake.conftest import Intake, concern
from tests.intake.test_readers import TRIAGE, concern_ids
from tests.intake.test_triage import decide
from tests.intake.test_triage_queue import ANNA
from tests.stage import CLAUSE, NOON, person

CONCERN = "partner.concern.raised.v1"
COMPLAINT = "partner.complaint.received.v1"
ACKNOWLEDGED = "partner.handover.acknowledged.v1"
ALL = "everything"
LIAISON = person(Role.AGENCY_LIAISON, agency=ALL, subject="liaison")
STAFF = person(Role.PRACTITIONER, subject="practitioner")
BAD = {
    CONCERN: ("occurred_on", "last week"),
    "partner.safeguarding_enquiry.updated.v1": ("status", "perhaps"),
    "partner.cqc_rating.published.v1": ("rating", "Poor"),
    COMPLAINT: ("theme", "astrology"),
    "partner.quality_return.submitted.v1": ("quarter", "Q3 2026"),
    "partner.contract_review.completed.v1": ("unmet_actions", "A-1, A-4"),
    "partner.complaint_outcome.recorded.v1": ("outcome", "justified"),
    "partner.ombudsman_outcome.published.v1": ("improvement_needed", "perhaps"),
    "partner.cqc_inspection.published.v1": ("inspected_on", "2026-02-30"),
    "partner.cqc_enforcement.taken.v1": ("kind", ""),
    "partner.public_feedback.received.v1": ("received_on", "2031-01-01"),
    "partner.compliment.received.v1": ("text", ""),
    "partner.capacity.reported.v1": ("vacancies", "-1"),
    "partner.police_matter.held.v1": ("owner_role", "the_boss"),
    "partner.other_assessment.reported.v1": ("authority", "Cheshire West"),
    ACKNOWLEDGED: ("location", ""),
    "partner.request.made.v1": ("request_type", "Information, please"),
}
"""Of each type, a column and what does not fit there."""

Form = Callable[[Sequence[Sequence[str]]], bytes]


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    return csv_lines(rows).encode()


def as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    return xlsx_of({"rows": rows})


def rows_of(type_: str, *changes: dict[str, str]) -> list[list[str]]:
    """The heading of a template, and its example with changes, a row for each."""
    names, [_, *others] = submission_templates._rows(type_)
    plain = dict(zip(names, [GOOD[type_]["location"], *others], strict=True))
    return [names, *([*{**plain, **changed}.values()] for changed in changes or ({},))]


@pytest.fixture
async def everything(intake: Intake) -> Intake:
    """Intake with an agency that holds every function."""
    held = tuple(HeldFunction(f, NOON.date().replace(year=2020)) for f in AgencyFunction)
    async with intake.world.works.begin() as work:
        await agencies.register_agency(work, Agency(ALL, ALL, "combined", held, "1"))
    return intake


async def upload(
    intake: Intake, type_: str, content: bytes, who: Any = LIAISON, **query: str
) -> httpx.Response:
    headers = {"Idempotency-Key": key} if (key := query.pop("key", "")) else {}
    async with intake.world.http(who) as client:
        return await client.post(
            f"/submissions/{type_}", content=content, params=query, headers=headers
        )


async def handed_over(intake: Intake) -> str:
    """The reference of a concern that waits for safeguarding."""
    record = intake.message("council-quality", CONCERN, concern(immediate_danger=True))
    return str((await intake.receive(record))[0].reference)


@pytest.mark.parametrize("form", [as_csv, as_xlsx])
async def test_a_good_row_of_every_type_is_taken_and_one_that_does_not_fit_is_named(
    everything: Intake, form: Form
) -> None:
    for type_ in inbound_messages():
        good = {"reference": await handed_over(everything)} if type_ == ACKNOWLEDGED else {}
        answer = await upload(everything, type_, form(rows_of(type_, good)))
        assert answer.status_code == 200, answer.text
        [line] = answer.json()["rows"]
        assert (line["row"], line["status"]) == (2, "accepted"), type_
        assert line["reference"]


@pytest.mark.parametrize("form", [as_csv, as_xlsx])
async def test_a_row_of_any_type_that_does_not_fit_is_named_with_its_column_and_no_value(
    everything: Intake, form: Form
) -> None:
    for type_, (column, text) in BAD.items():
        answer = await upload(everything, type_, form(rows_of(type_, {column: text})))
        assert answer.status_code == 422
        [line] = answer.json()["rows"]
        assert (line["row"], line["status"], line["column"]) == (2, "refused", column), type_
        assert line["rule"] and CLAUSE.fullmatch(line["clause"]) and line["instead"]
        assert not text or text not in answer.text.replace("combined@2026-11", "")


def test_every_type_that_partners_send_has_a_row_that_does_not_fit() -> None:
    assert set(BAD) == set(inbound_messages())


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_a_template_explains_its_columns_and_sends_nothing_as_it_is(
    everything: Intake, ending: str
) -> None:
    for type_ in inbound_messages():
        async with everything.world.http(LIAISON) as client:
            answer = await client.get(f"/submissions/templates/{type_}.{ending}")
        assert answer.status_code == 200
        sent = await upload(everything, type_, answer.content)
        assert (sent.status_code, sent.json()["rule"]) == (422, "submission.file")
        for column in submission_templates.columns(type_):
            explained = f"# {column.name}: " if ending == "csv" else f">{column.name}<"
            assert explained in _explanation(answer.content, ending)


def _explanation(content: bytes, ending: str) -> str:
    if ending == "csv":
        return content.decode()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return archive.read("xl/worksheets/sheet2.xml").decode()


async def test_all_or_nothing_takes_nothing_where_one_row_does_not_fit(everything: Intake) -> None:
    rows = rows_of(COMPLAINT, {"complaint_reference": "C-1"}, {"theme": "x"}, {"received_on": "?"})
    before = len(await everything.world.said())
    answer = await upload(everything, COMPLAINT, as_csv(rows))
    assert answer.status_code == 422
    told = answer.json()
    assert (told["rule"], told["accepted"], told["refused"], told["not_taken"]) == (
        *("submission.rows", 0, 2, 1),
    )
    assert [line["status"] for line in told["rows"]] == ["not_taken", "refused", "refused"]
    assert len(await everything.world.said()) == before
    taken = await upload(everything, COMPLAINT, as_csv(rows), mode="rows")
    assert [line["status"] for line in taken.json()["rows"]] == ["accepted", "refused", "refused"]


async def test_a_second_upload_repeats_the_first_references_and_nothing_takes_effect_twice(
    everything: Intake,
) -> None:
    rows = rows_of(COMPLAINT, {"complaint_reference": "C-1"}, {"complaint_reference": "C-2"})
    first = (await upload(everything, COMPLAINT, as_csv(rows))).json()["rows"]
    said = len(await everything.world.said())
    mended = [*rows, *rows_of(COMPLAINT, {"complaint_reference": "C-3"})[1:], rows[1]]
    for form, before in ((as_csv, 3), (as_xlsx, 4)):
        again = (await upload(everything, COMPLAINT, form(mended))).json()
        assert [line["reference"] for line in again["rows"][:2]] == [r["reference"] for r in first]
        assert again["duplicates"] == before
    assert len(await everything.world.said()) == said + 1
    assert await everything.world.said(ReceiptIssued) == []


@pytest.mark.parametrize("mode", ["all", "rows"])
async def test_the_same_key_gets_the_same_answer(everything: Intake, mode: str) -> None:
    content, key = as_csv(rows_of(COMPLAINT)), "a-key-that-nobody-guesses"
    first = await upload(everything, COMPLAINT, content, key=key, mode=mode)
    again = await upload(everything, COMPLAINT, content, key=key, mode=mode)
    assert first.json()["accepted"] == 1
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_concern_goes_by_its_reference_as_at_the_other_doors(everything: Intake) -> None:
    first = await upload(everything, CONCERN, as_csv(rows_of(CONCERN)))
    record = everything.message(ALL, CONCERN, GOOD[CONCERN])
    (receipt,) = await everything.receive(record)
    assert (receipt.status, receipt.reference) == (
        *("duplicate", first.json()["rows"][0]["reference"]),
    )
    changed = await upload(everything, CONCERN, as_csv(rows_of(CONCERN, {"category": "falls"})))
    assert changed.json()["rows"][0]["rule"] == "door.id-reused"


@pytest.mark.requirement("L1.2j", "W1.8")
async def test_personal_data_is_named_by_row_and_column_and_taken_with_a_reason(
    everything: Intake,
) -> None:
    held = {"description": "NHS number 943 476 5919, born 01/02/1940."}
    answer = await upload(everything, CONCERN, as_csv(rows_of(CONCERN, held)), mode="rows")
    [line] = answer.json()["rows"]
    assert (line["rule"], line["column"]) == ("door.personal-data", "description")
    assert "943" not in answer.text and "1940" not in answer.text
    why = {**held, "personal_data_needed.description": "The nurse has to find the record."}
    answer = await upload(everything, CONCERN, as_csv(rows_of(CONCERN, why)))
    assert answer.json()["accepted"] == 1


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize("mode", ["all", "rows"])
async def test_who_is_in_danger_comes_first_whatever_becomes_of_the_file(
    everything: Intake, mode: str
) -> None:
    rows = rows_of(
        CONCERN,
        {"reference": "sound"},
        {"reference": "danger", "immediate_danger": "yes"},
        {"reference": "harm", "significant_harm": "yes"},
        {"reference": "torn", "immediate_danger": "YES", "occurred_on": "?"},
        {"reference": "bad", "category": "?"},
    )
    answer = await upload(everything, CONCERN, as_csv(rows), mode=mode)
    assert next(iter(answer.json())) == "emergency_route"
    statuses = [line["status"] for line in answer.json()["rows"]]
    sound = "not_taken" if mode == "all" else "accepted"
    assert statuses == [sound, "accepted", "accepted", "refused", "refused"]
    assert all(answer.json()["rows"][n]["emergency_route"] for n in (1, 3))
    assert len(await everything.world.said(ConcernRedirected)) == 3
    assert len(await everything.world.said(ConcernReceived)) == (1 if mode == "all" else 2)


@pytest.mark.requirement("WCC1b")
async def test_a_row_of_harm_that_does_not_fit_says_where_to_report_it(everything: Intake) -> None:
    rows = rows_of(
        CONCERN,
        {"reference": "harm", "significant_harm": "yes", "category": "?"},
        {"reference": "bad", "category": "?"},
    )
    harmed, plain = (await upload(everything, CONCERN, as_csv(rows))).json()["rows"]
    desk = "adult safeguarding duty desk"
    assert (desk in harmed["instead"], desk in plain["instead"]) == (True, False)


@pytest.mark.requirement("L1.2i")
async def test_an_emergency_is_seen_to_under_headings_that_do_not_fit(everything: Intake) -> None:
    names, row = rows_of(CONCERN, {"immediate_danger": "yes"})
    names[names.index("category")] = "what happened"
    answer = await upload(everything, CONCERN, as_csv([names, row]))
    [line] = answer.json()["rows"]
    assert (line["rule"], line["reference"][:2]) == ("submission.columns", "CC")
    assert line["column"] == "column D, category"
    assert "999" in answer.json()["emergency_route"]
    assert "what happened" not in answer.text


async def test_a_refused_request_is_recorded_and_may_be_lifted(everything: Intake) -> None:
    kind = "partner.request.made.v1"
    visit = {"request_type": "provider_visit", "risk_type": "clinical"}
    answer = await upload(everything, kind, as_csv(rows_of(kind, visit)))
    [line] = answer.json()["rows"]
    assert (answer.status_code, line["rule"], line["reference"][:2]) == (200, "WX4", "RQ")


async def test_a_formula_is_no_value_and_a_text_that_looks_like_one_is_text(
    everything: Intake,
) -> None:
    rows = rows_of(CONCERN, {"description": "=1+1 doses were given."})
    assert (await upload(everything, CONCERN, as_csv(rows))).json()["accepted"] == 1
    book = as_xlsx(rows_of(COMPLAINT, {"complaint_reference": "FORMULA"}))
    computed = edited(book, b't="inlineStr"><is><t xml:space="preserve">FORMULA</t></is>')
    answer = await upload(everything, COMPLAINT, computed)
    [line] = answer.json()["rows"]
    assert (line["rule"], line["column"]) == ("submission.cell", "complaint_reference")


def edited(book: bytes, cell: bytes) -> bytes:
    """A workbook with a formula in place of one cell's text."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(cell, b"><f>1+1</f><v>2</v>"))
    return out.getvalue()


async def test_dates_and_truths_are_read_as_people_here_write_them(everything: Intake) -> None:
    rows = rows_of(CONCERN, {"occurred_on": "8/11/2026", "significant_harm": "No"})
    assert (await upload(everything, CONCERN, as_csv(rows))).json()["accepted"] == 1
    (event,) = await everything.world.said(ConcernReceived)
    assert str(event.occurred_on) == "2026-11-08"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"location\n", "no row"),
        (b"location\n" + b"x\n" * 501, "more than 500 rows"),
        (b"a," * 500_000 + b"a\nx\n", "more than 100 columns"),
        (b"location\n" + b"x," * 100 + b"x\n", "more than 100 columns"),
        (b"location\n\xff\n", "not in UTF-8"),
        (b"PK\x03\x04no workbook", "damaged"),
        (xlsx_of({"Sheet1": [["location"]]}), "sheet rows is missing"),
    ],
)
async def test_a_file_that_is_none_is_refused_as_a_whole(
    everything: Intake, content: bytes, said: str
) -> None:
    answer = await upload(everything, CONCERN, content)
    assert (answer.status_code, answer.json()["rule"]) == (422, "submission.file")
    assert said in answer.json()["detail"]


async def test_a_file_over_the_limit_is_refused(everything: Intake) -> None:
    assert (await upload(everything, CONCERN, b"x" * (2**20 + 1))).status_code == 413
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 20 * 2**20)
    answer = await upload(everything, CONCERN, bomb.getvalue())
    assert "unpacks" in answer.json()["detail"]


async def test_empty_cells_at_the_end_of_a_row_are_no_columns(everything: Intake) -> None:
    rows = [[*row, *[""] * 300] for row in rows_of(COMPLAINT)]
    assert (await upload(everything, COMPLAINT, as_csv(rows))).json()["accepted"] == 1


async def test_a_file_is_read_beside_the_loop_that_answers_everybody(
    everything: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in: list[threading.Thread] = []

    def noted(content: bytes) -> Rows:
        read_in.append(threading.current_thread())
        return read_sheet(content)

    monkeypatch.setattr(submissions, "read_sheet", noted)
    await upload(everything, COMPLAINT, as_csv(rows_of(COMPLAINT)))
    assert read_in and threading.main_thread() not in read_in


async def test_many_uploads_at_once_leave_the_database_to_others(everything: Intake) -> None:
    content = as_csv(rows_of(COMPLAINT))
    uploads = [asyncio.create_task(upload(everything, COMPLAINT, content)) for _ in range(40)]
    await asyncio.sleep(0.2)
    async with asyncio.timeout(20):  # a connection is waited for 30 s
        async with everything.world.http(STAFF) as client:
            assert (await client.get("/concerns")).status_code == 200
        answers = [one.status_code for one in await asyncio.gather(*uploads)]
    assert set(answers) <= {200, 429}
    assert answers.count(200) >= 20


async def test_five_hundred_rows_are_taken(everything: Intake) -> None:
    rows = rows_of(COMPLAINT, *({"complaint_reference": f"C-{n}"} for n in range(500)))
    answer = await upload(everything, COMPLAINT, as_csv(rows))
    assert answer.json()["accepted"] == 500
    assert len({line["reference"] for line in answer.json()["rows"]}) == 500


async def test_an_agency_uploads_for_itself_and_within_its_functions(intake: Intake) -> None:
    content = as_csv(rows_of(COMPLAINT))
    police = person(Role.AGENCY_LIAISON, agency="police")
    assert (await upload(intake, COMPLAINT, content, police)).json()["rule"] == (
        "door.function-not-held"
    )
    foreign = await upload(intake, COMPLAINT, content, police, agency="council-complaints")
    assert foreign.status_code == 404
    nobody = person(Role.AGENCY_LIAISON)
    assert (await upload(intake, COMPLAINT, content, nobody)).status_code == 404
    async with intake.world.works.begin() as work:
        at_home = frozenset({"combined"})
        await agencies.suspend_agency(work, at_home, "police", "me", suspended=True, why="a test")
    content = as_csv(rows_of(CONCERN))
    assert (await upload(intake, CONCERN, content, police)).json()["rule"] == "door.suspended"


async def test_staff_upload_on_behalf_but_for_what_only_the_agency_can_say(
    intake: Intake,
) -> None:
    content = as_csv(rows_of(COMPLAINT))
    answer = await upload(intake, COMPLAINT, content, STAFF, agency="council-complaints")
    assert answer.json()["accepted"] == 1
    did = ("practitioner", "submission.uploaded", "council-complaints")
    assert did in await intake.world.audited()
    assert (await upload(intake, COMPLAINT, content, STAFF)).status_code == 404
    kind = "partner.police_matter.held.v1"
    held = await upload(intake, kind, as_csv(rows_of(kind)), STAFF, agency="police")
    assert held.json()["rule"] == "submission.on-behalf"
    abroad = person(Role.PRACTITIONER, partnerships=["wirral"])
    other = await upload(intake, COMPLAINT, content, abroad, agency="council-complaints")
    assert other.status_code == 404
    assert (await upload(intake, "partner.nothing.v1", content, STAFF)).status_code == 404


@pytest.mark.requirement("WCC1a")
async def test_who_uploads_a_concern_for_an_agency_leaves_it_to_a_colleague_to_decide(
    intake: Intake,
) -> None:
    await upload(intake, CONCERN, as_csv(rows_of(CONCERN)), STAFF, agency="csu")
    [concern_id] = await concern_ids(intake, STAFF)
    own = await decide(intake, concern_id, TRIAGE, STAFF)
    assert (own.status_code, own.json()["rule"]) == (422, "triage.own")
    assert (await decide(intake, concern_id, TRIAGE, ANNA)).json() == {"state": "triaged"}


@pytest.mark.requirement("WX0")
async def test_who_uploads_a_request_for_an_agency_cannot_lift_its_refusal(intake: Intake) -> None:
    uploader = person(Role.TEAM_MANAGER, subject="uploads")
    kind = "partner.request.made.v1"
    asked = {"request_type": "strategy_meeting", "request_reference": "R-1"}
    answer = await upload(intake, kind, as_csv(rows_of(kind, asked)), uploader, agency="csu")
    [line] = answer.json()["rows"]
    assert line["rule"] == "WX5"
    lift = {"reason": "emergency", "why": "No one else can."}
    path = f"/requests/{line['reference']}"
    async with intake.world.http(uploader) as client:
        refused = await client.post(f"{path}/override", json=lift)
        assert (refused.status_code, refused.json()["rule"]) == (409, "WX0.approver")
        assert "uploader" not in (await client.get(path)).json()["details"]
    async with intake.world.http(person(Role.TEAM_MANAGER, subject="another")) as client:
        assert (await client.post(f"{path}/override", json=lift)).status_code == 200


def test_a_template_as_csv_is_read_back_by_any_reader() -> None:
    text = submission_templates.as_csv(CONCERN)
    lines = list(csv.reader(io.StringIO(text)))
    heading = next(line for line in lines if not line[0].startswith("#"))
    assert heading[:3] == ["location", "reference", "occurred_on"]
    assert read_sheet(as_csv(rows_of(CONCERN)))[0][1][:3] == tuple(heading[:3])
