"""The checker finds what left wrongly: events, records on feeds, ledger rows, mails."""

from __future__ import annotations

import importlib
import json
from collections.abc import Collection, Sequence
from typing import Any

import pytest

from shared.contracts.catalogue import SERVICES, outbound_topic
from tests.chaos.campaign import Happened
from tests.chaos.checker import disclosure, mails, natural, publication
from tests.chaos.checker.verdict import Verdict
from tests.chaos.logs import Entry


def entry(offset: int, id_: str, key: str = "key", **data: Any) -> Entry:
    type_ = "feed.intake.concern.received.v1"
    headers = {"ce_id": id_, "ce_type": type_}
    return Entry(0, offset, key, headers, json.dumps(data).encode())


SAID = [{"topic": "intake.v1", "key": "key", "id": id_} for id_ in ("a", "b", "c")]


def published(
    topic: Sequence[Entry], mark: int = 0, said: Any = SAID, again: Collection[str] = ()
) -> list[str]:
    verdict = Verdict()
    marks = {"intake.v1": {0: mark}}
    publication.judge(verdict, "intake", said, {"intake.v1": list(topic)}, marks, again)
    return verdict.sentences


def test_events_in_the_order_of_saying_are_right_also_when_they_come_again() -> None:
    assert published([entry(0, "a"), entry(1, "b"), entry(2, "a"), entry(3, "c")]) == []


def test_a_swapped_pair_is_found() -> None:
    assert published([entry(0, "a"), entry(1, "c"), entry(2, "b")]) == [
        "keys out of order on intake.v1: 1"
    ]


def test_what_came_before_a_backup_was_restored_may_lie_in_another_order() -> None:
    assert published([entry(0, "b"), entry(1, "a"), entry(2, "c")], mark=2) == []


def test_an_event_that_is_not_on_its_topic_is_lost_and_one_unsaid_is_found() -> None:
    assert "events on intake.v1: 1 lost" in published([entry(0, "a"), entry(1, "b")])
    topic = [entry(0, "a"), entry(1, "b"), entry(2, "c"), entry(3, "x", "other")]
    assert "events on intake.v1: found, though nobody published it: 1" in published(topic)


def test_an_answer_to_a_record_that_is_gone_may_lie_on_the_topic_where_it_was_given_again() -> None:
    topic = [entry(0, "x"), entry(1, "a"), entry(2, "b"), entry(3, "c")]
    assert published(topic, again={"x"}) == []
    assert published(topic, again={"y"}) != []


def test_an_event_that_was_said_twice_is_found_though_it_has_one_id() -> None:
    verdict = Verdict()
    natural.judge(verdict, "intake", set(), {"outbox": 1})
    assert verdict.sentences == ["rows of intake.outbox: 1 doubled"]


def test_a_topic_of_the_outbox_that_nobody_read_is_found() -> None:
    elsewhere = [{"topic": "partner.cqc.out.v1", "key": "key", "id": "a"}]
    assert published([], said=elsewhere) == ["nobody has read partner.cqc.out.v1: 1"]


DISCLOSED = {"agency": "icb", "event": "e", "id": "f", "digest": "d"}
SENT = {"agency": "icb", "id": "f"}
LEDGER = {"kind": "disclosure", "agency": "icb", "event": "e", "digest": "d"}


def disclosed(entered: Any = (DISCLOSED,), said: Any = (SENT,), ledger: Any = (LEDGER,)) -> Any:
    verdict = Verdict()
    rows = {"disclosed": entered, "feeds said": said, "ledger": ledger}
    disclosure.judge(verdict, rows)
    return verdict.sentences


def test_what_is_on_a_feed_in_the_ledger_and_entered_is_right() -> None:
    assert disclosed() == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"said": ()}, "records said of what feeds have got: 1 lost"),
        ({"said": (SENT, SENT)}, "records said of what feeds have got: 1 doubled"),
        ({"ledger": ()}, "ledger rows of what feeds have got: 1 lost"),
        ({"ledger": (LEDGER, LEDGER)}, "ledger rows of what feeds have got: 1 doubled"),
        (
            {"entered": (), "ledger": ()},
            "records said of what feeds have got: found, though nobody published it: 1",
        ),
        (
            {"ledger": (LEDGER, {**LEDGER, "event": "other"})},
            "ledger rows of what feeds have got: found, though nobody published it: 1",
        ),
    ],
)
def test_a_disclosure_of_which_a_part_is_missing_or_twice_is_found(
    changed: dict[str, Any], sentence: str
) -> None:
    assert disclosed(**changed) == [sentence]


def test_a_disclosure_that_was_taken_back_before_it_left_stays_in_the_ledger() -> None:
    gone = {**LEDGER, "event": "gone"}
    assert disclosed(ledger=(LEDGER, gone, {**gone, "kind": "withdrawal"})) == []


def on_the_feed(*entries: Entry) -> list[str]:
    verdict = Verdict()
    told = {"location": "1-2", "category": "falls", "day": "2026-11-01", "danger": False}
    topics = {outbound_topic(disclosure.KNOWS_ALL): list(entries)}
    disclosure.judge_concerns(verdict, {"concerns": [told]}, topics)
    return verdict.sentences


def test_a_concern_that_is_missing_or_twice_on_a_feed_that_may_know_it_is_found() -> None:
    says: dict[str, Any] = {
        "location": {"reference": "1-2"},
        "category": "falls",
        "occurred_on": "2026-11-01",
    }
    once = entry(0, "a", **says)
    what = f"concerns on the feed of {disclosure.KNOWS_ALL}"
    assert on_the_feed(once, once) == []  # the same record again, under its id
    assert on_the_feed() == [f"{what}: 1 lost"]
    assert on_the_feed(once, entry(1, "b", **says)) == [f"{what}: 1 doubled"]


def message(**more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": "m",
        "cause": "c",
        "kind": "safeguarding_handover",
        "header_id": "<m>",
    }
    plain |= {"state": "sent", "audience": "mailbox:safeguarding", "smtp_code": 250}
    plain |= {"rule": None, "of_meetings": False, "written": True}
    return plain | {"perhaps_sent": False} | more


KILLED = Happened("kill -9 notifications", 100.0, 101.0, 105.0, 5.0, doubles_mail=True)


def arrived(row: dict[str, Any], *times: float, faults: Sequence[Happened] = ()) -> list[str]:
    verdict = Verdict()
    mails.judge(verdict, [row], {"<m>": times} if times else {}, faults)
    return verdict.sentences


def test_a_mail_that_came_once_is_right_and_one_that_never_came_is_lost() -> None:
    assert arrived(message(), 1.0) == []
    assert arrived(message()) == ["mails: 1 lost"]


def test_a_mail_that_came_twice_unmarked_is_doubled() -> None:
    assert arrived(message(), 99.0, 104.0, faults=[KILLED]) == ["mails, unmarked: 1 doubled"]


def test_a_marked_double_is_right_only_where_a_fault_lay_between() -> None:
    marked = message(perhaps_sent=True)
    assert arrived(marked, 99.0, 104.0, faults=[KILLED]) == []
    sentence = "mails, marked, though no fault lay between: 1 doubled"
    assert arrived(marked, 10.0, 20.0, faults=[KILLED]) == [sentence]
    assert arrived(marked, 200.0, 210.0, faults=[KILLED]) == [sentence]
    assert arrived(marked, 99.0, 104.0) == [sentence]


def test_a_mail_that_was_withheld_and_came_is_found() -> None:
    assert arrived(message(state="withheld"), 1.0) == ["mails that were withheld, and came: 1"]


def test_a_mail_given_up_without_a_refusal_is_found() -> None:
    assert arrived(message(state="failed", smtp_code=451)) == [
        "mails given up without a refusal: 1"
    ]
    assert arrived(message(state="failed", smtp_code=554)) == []


def test_a_mail_that_belongs_to_no_message_is_found() -> None:
    assert arrived(message(header_id="<other>", state="withheld"), 1.0) == [
        "mails of no message: 1"
    ]


HANDED = {"type": "intake.concern.redirected_to_safeguarding.v1", "event": "c"}


def written(*messages: dict[str, Any], ledger: int = 1) -> list[str]:
    verdict = Verdict()
    told = {"audience": "mailbox:safeguarding", "event": "c"}
    rows = {"heard": [HANDED], "messages": messages, "ledger of mails": [told] * ledger}
    mails.judge_causes(verdict, rows)
    return verdict.sentences


def test_a_handover_without_a_message_or_with_two_is_found() -> None:
    assert written(message()) == []
    assert "messages: safeguarding_handover: 1 lost" in written(ledger=0)
    assert "messages: safeguarding_handover: 1 doubled" in written(message(), message(id="n"))


def test_a_mail_that_the_ledger_misses_or_has_twice_is_found() -> None:
    assert written(message(), ledger=0) == ["ledger rows of mails: 1 lost"]
    assert written(message(), ledger=2) == ["ledger rows of mails: 1 doubled"]


def test_a_failure_of_which_the_owner_is_not_told_is_found() -> None:
    assert written(message(state="failed"), ledger=0) == [
        "notices to the owner of what failed: 1 lost"
    ]


WITHHELD = message(
    state="withheld", rule="not-for-this-provider", of_meetings=True, written=False, cause="wrong"
)
OWNED = {"id": "m", "state": "withheld", "rule": "not-for-this-provider"}


def withheld(*messages: dict[str, Any], settled: Any = (OWNED,)) -> list[str]:
    verdict = Verdict()
    rows = {"messages": messages, "settled": settled}
    mails.judge_withheld(verdict, rows, ["wrong"])
    return verdict.sentences


def test_a_mail_to_the_wrong_person_is_withheld_unwritten_and_meetings_hears_of_it() -> None:
    assert withheld(WITHHELD) == []


def test_a_mail_to_the_wrong_person_that_is_not_withheld_is_found() -> None:
    sent = {**WITHHELD, "state": "sent", "rule": None, "written": True}
    assert "mails to be withheld: 1 lost" in withheld(sent)


def test_a_mail_that_is_withheld_from_the_right_person_is_found() -> None:
    other = {**WITHHELD, "id": "n", "cause": "right", "of_meetings": False}
    sentence = "mails to be withheld: found, though nobody published it: 1"
    assert withheld(WITHHELD, other) == [sentence]


@pytest.mark.parametrize(
    ("changed", "settled", "sentence"),
    [
        ({"rule": None}, [{**OWNED, "rule": None}], "mails withheld without a rule: 1"),
        ({"written": True}, [OWNED], "mails withheld, and written: 1"),
        ({}, [], "outcomes of mails at meetings: 1 lost"),
    ],
)
def test_a_withheld_mail_without_its_mark_or_its_owner_is_found(
    changed: dict[str, Any], settled: list[dict[str, Any]], sentence: str
) -> None:
    assert withheld({**WITHHELD, **changed}, settled=settled) == [sentence]


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_has_a_natural_key_listed(service: str) -> None:
    metadata = importlib.import_module(f"services.{service}.tables").metadata
    tables = {table.name: set(table.columns.keys()) for table in metadata.tables.values()}
    listed = natural.keys_of(service)
    assert set(listed) == set(tables)
    for table, key in listed.items():
        assert set(key.split(", ")) <= tables[table], table


def test_a_table_without_a_natural_key_is_found() -> None:
    verdict = Verdict()
    natural.judge(verdict, "intake", {"concern", "novelty"}, {"concern": 0})
    assert verdict.sentences == ["intake.novelty has no natural key listed: 1"]
