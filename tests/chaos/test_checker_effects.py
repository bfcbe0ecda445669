"""The checker finds effects that are missing, twice, or other than they were told."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.chaos.checker import acts, clocks, effects, states, triggers
from tests.chaos.checker.reading import Rows
from tests.chaos.checker.verdict import Verdict
from tests.chaos.desk import Act
from tests.chaos.kinds import COMPLAINT, CONCERN, FEEDBACK, HANDOVER, KINDS, RATING, REQUEST
from tests.chaos.traffic import Told, Traffic

MESSAGES = {
    "plain": (CONCERN, "accepted", False, False),
    "harm": (CONCERN, "accepted", True, False),
    "danger": (CONCERN, "accepted", False, True),
    "signal": (COMPLAINT, "accepted", False, False),
    "rating": (RATING, "accepted", False, False),
    "praise": (FEEDBACK, "accepted", False, False),
    "asked": (REQUEST, "accepted", False, False),
    "taken": (HANDOVER, "accepted", False, False),
    "torn": (CONCERN, "refused", False, False),
    "held": (CONCERN, "quarantined", False, False),
}
REFERENCES = {
    ("icb", id_): f"R-{id_}" for id_, (_, fate, _, _) in MESSAGES.items() if fate == "accepted"
} | {("icb", "taken"): "R-harm"}
"""What is taken over is acknowledged under the reference of the concern."""
RECORDS = len(MESSAGES)
OTHERS = ("signal", "rating", "praise", "asked")


def traffic() -> Traffic:
    told = {
        ("icb", id_): Told("icb", id_, type_, id_, fate, harm, danger, (), b"{}")
        for id_, (type_, fate, harm, danger) in MESSAGES.items()
    }
    taken = {("icb", place): id_ for place, id_ in enumerate(MESSAGES)}
    return cast("Traffic", SimpleNamespace(told=told, taken=taken))


def concern(id_: str, **more: Any) -> dict[str, Any]:
    return line(id_) | {"harm": False, "danger": False} | more


def line(id_: str, type_: str = CONCERN, **more: Any) -> dict[str, Any]:
    return {"id": id_, "type": type_, "reference": f"R-{id_}", "theirs": id_} | more


def rows(**changes: Any) -> Rows:
    """What the tables hold where all is right."""
    held: dict[str, list[dict[str, Any]]] = {
        "concerns": [concern("plain"), concern("harm", harm=True), concern("danger", danger=True)],
        "signals": [line("signal", COMPLAINT), line("rating", RATING, theirs="")],
        "feedbacks": [line("praise", FEEDBACK)],
        "requests": [line("asked", REQUEST)],
        "acknowledgements": [line("harm", HANDOVER, theirs="")],
        "ratings of the register": [{"id": "published"}],
        "quarantined": [
            {"agency_id": "icb", "message_id": "torn", "rule": "door.not-json"},
            {"agency_id": "icb", "message_id": "held", "rule": "door.personal-data"},
        ],
        "receipts taken": [{"id": str(number)} for number in range(RECORDS)],
        "handovers": [{"id": "harm"}, {"id": "danger"}],
        "decisions": [],
        "facts": [
            *({"kind": "concern_received", "id": id_} for id_ in ("plain", "harm")),
            *({"kind": "concern_redirected", "id": id_} for id_ in ("harm", "danger")),
            {"kind": "complaint", "id": "signal"},
            {"kind": "cqc_rating", "id": "rating"},
            {"kind": "public_feedback", "id": "praise"},
            {"kind": "cqc_rating", "id": "published"},
        ],
        "heard": [
            *(heard("intake.concern.received.v1", id_) for id_ in ("plain", "harm")),
            *(
                heard("intake.concern.redirected_to_safeguarding.v1", id_)
                for id_ in ("harm", "danger")
            ),
            *(heard(KINDS[MESSAGES[id_][0]].said, id_) for id_ in OTHERS),
            heard("intake.handover.acknowledged.v1", "harm"),
            heard("intake.cqc_rating.changed.v1", "published"),
        ],
    }
    return held | {name.replace("_", " "): found for name, found in changes.items()}


def heard(type_: str, id_: str, escalation: int = 0) -> dict[str, Any]:
    return {"type": type_, "id": id_, "escalation": escalation, "event": f"{type_} {id_}"}


def judged(found: Rows, told: Sequence[Act] = ()) -> list[str]:
    verdict = Verdict(receipts=RECORDS)
    states.judge(verdict, REFERENCES, traffic(), found)
    effects.judge_at_the_door(verdict, found, REFERENCES, traffic(), told)
    effects.judge_facts(verdict, found)
    acts.judge(verdict, found, told)
    return verdict.sentences


def test_what_is_right_is_right_and_every_final_state_is_counted() -> None:
    assert judged(rows()) == []
    verdict = Verdict()
    states.judge(verdict, REFERENCES, traffic(), rows())
    assert verdict.states == {
        "concern": 1,
        "handed over": 1,
        "emergency handed over": 1,
        "signal": 2,
        "feedback": 1,
        "request": 1,
        "acknowledgement": 1,
        "refused": 1,
        "held back": 1,
    }


def test_a_message_without_a_final_state_is_found() -> None:
    found = judged(rows(quarantined=rows()["quarantined"][:1]))
    assert found == ["messages with 0 final states: 1"]


def test_a_message_in_two_final_states_is_found() -> None:
    twice = [
        *rows()["quarantined"],
        {"agency_id": "icb", "message_id": "plain", "rule": "door.not-json"},
    ]
    assert "messages with 2 final states: 1" in judged(rows(quarantined=twice))


def test_a_message_in_the_wrong_final_state_is_found() -> None:
    held, torn = rows()["quarantined"][::-1]
    wrong = [{**held, "rule": "door.not-json"}, torn]
    assert judged(rows(quarantined=wrong)) == ["messages that are refused, not held back: 1"]


def test_an_effect_that_is_missing_or_there_twice_is_found() -> None:
    whole = rows()["concerns"]
    assert "concerns: 1 lost" in judged(rows(concerns=whole[1:]))
    assert "concerns: 1 doubled" in judged(rows(concerns=[*whole, whole[0]]))


@pytest.mark.parametrize("name", ["signals", "feedbacks", "requests", "acknowledgements"])
def test_the_one_row_of_every_other_message_is_missed_and_counted_twice(name: str) -> None:
    whole = rows()[name]
    assert f"{name}: 1 lost" in judged(rows(**{name: whole[1:]}))
    assert f"{name}: 1 doubled" in judged(rows(**{name: [*whole, whole[0]]}))
    other = [{**whole[0], "type": COMPLAINT if name != "signals" else RATING}, *whole[1:]]
    assert f"{name}: 1 lost" in judged(rows(**{name: other}))


def test_a_fact_of_what_assessment_is_not_told_is_found() -> None:
    facts = [*rows()["facts"], {"kind": "police_matter", "id": "held"}]
    assert judged(rows(facts=facts)) == ["facts in assessment of what nobody tells: 1"]


def test_a_record_taken_without_a_receipt_is_found() -> None:
    assert judged(rows(receipts_taken=[{"id": str(n)} for n in range(RECORDS + 1)])) == [
        "records in intake's inbox against receipts: 1"
    ]


@pytest.mark.parametrize("place", range(7))
def test_a_fact_that_assessment_misses_or_has_twice_is_found(place: int) -> None:
    facts = list(rows()["facts"])
    assert [s for s in judged(rows(facts=facts[:place] + facts[place + 1 :])) if "1 lost" in s]
    assert [s for s in judged(rows(facts=[*facts, facts[place]])) if "1 doubled" in s]


@pytest.mark.parametrize("place", range(9))
def test_a_fact_that_notifications_misses_or_has_twice_is_found(place: int) -> None:
    told = list(rows()["heard"])
    assert [s for s in judged(rows(heard=told[:place] + told[place + 1 :])) if "1 lost" in s]
    assert [s for s in judged(rows(heard=[*told, told[place]])) if "1 doubled" in s]


def act(**more: Any) -> Act:
    made = Act("ACT-1", "1-2", "staff", False, "R-ACT-1", "act", triaged=True, answers={"R-ACT-1"})
    for name, value in more.items():
        setattr(made, name, value)
    return made


def with_act(**changes: Any) -> Rows:
    plain = rows()
    right = {
        "concerns": [*plain["concerns"], concern("act", reference="R-ACT-1", theirs="ACT-1")],
        "decisions": [{"id": "act", "text": "ACT-1"}],
        "facts": [
            *plain["facts"],
            {"kind": "concern_received", "id": "act"},
            {"kind": "concern_triaged", "id": "act"},
        ],
        "heard": [
            *plain["heard"],
            heard("intake.concern.received.v1", "act"),
            heard("intake.concern.triaged.v1", "act"),
        ],
    }
    return rows(**(right | changes))


def test_what_was_done_over_http_is_there_once() -> None:
    assert judged(with_act(), [act()]) == []


def test_an_act_that_took_effect_twice_is_found() -> None:
    decisions = with_act()["decisions"]
    assert judged(with_act(decisions=[*decisions, *decisions]), [act()]) == ["decisions: 1 doubled"]
    second = concern("act2", reference="R-9", theirs="ACT-1")
    twice = [*with_act()["concerns"], second]
    assert "concerns: found, though nobody published it: 1" in judged(
        with_act(concerns=twice), [act()]
    )


def test_an_act_that_was_answered_and_is_gone_is_found() -> None:
    assert "decisions: 1 lost" in judged(with_act(decisions=[]), [act()])


def test_an_act_that_was_answered_in_two_ways_is_found() -> None:
    assert judged(with_act(), [act(answers={"R-ACT-1", "R-9"})]) == ["acts answered in two ways: 1"]


def test_a_triage_to_safeguarding_without_a_handover_is_found() -> None:
    found = judged(with_act(), [act(to_safeguarding=True)])
    assert "handovers: 1 lost" in found


def test_a_clock_that_has_not_told_or_has_told_twice_is_found() -> None:
    def of(fired: list[dict[str, Any]], told: list[dict[str, Any]]) -> list[str]:
        verdict = Verdict()
        clocks.judge(verdict, fired, told)
        return verdict.sentences

    fired = [{"id": "harm", "times": 2}]
    told = [{"id": "harm", "number": 1}, {"id": "harm", "number": 2}]
    assert of(fired, told) == []
    assert of(fired, told[:1]) == ["escalations: 1 lost"]
    assert of(fired, [*told, told[1]]) == ["escalations: 1 doubled"]
    assert of([], told[:1]) == ["escalations: found, though nobody published it: 1"]


def test_a_trigger_that_meetings_misses_or_knows_otherwise_is_found() -> None:
    def of(found: list[dict[str, Any]]) -> list[str]:
        verdict = Verdict()
        crossings = [
            {"id": "a", "rule": "L1.2f", "state": "met"},
            {"id": "b", "rule": "L1.2e", "state": "candidate"},
            {"id": "theme", "rule": "W2.9", "state": "met"},
        ]
        triggers.judge(verdict, crossings, found)
        return verdict.sentences

    right = [{"id": "a", "state": "met"}, {"id": "b", "state": "raised"}]
    assert of(right) == []
    assert of(right[:1]) == ["triggers in meetings: 1 lost"]
    assert of([*right, right[0]]) == ["triggers in meetings: 1 doubled"]
    assert of([{"id": "a", "state": "ended"}, right[1]]) == [
        "triggers that are ended in meetings, not met: 1"
    ]
