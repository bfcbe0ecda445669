"""A trace is drawn as the story it is: children below, acts of people under what caused them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.local.trace import Traces, draw, read_spans

PARTNER, DECISION, MEETING, OTHER = ("1" * 32, "2" * 32, "3" * 32, "9" * 32)


def line(trace: str, span: str, parent: str | None = None, **more: Any) -> dict[str, Any]:
    start = more.pop("start", int(span, 16))
    facts: dict[str, Any] = {"trace": trace, "span": span, "parent": parent}
    said = {"links": [], "service": "meetings", "name": f"span {span}", "attributes": {}}
    times = {"start": start * 10**9, "end": start * 10**9 + 2_000_000, "error": False}
    return {**facts, **said, **times, **more}


def write(directory: Path, name: str, *lines: dict[str, Any]) -> None:
    (directory / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))


@pytest.fixture
def spans(tmp_path: Path) -> Path:
    """A message, the decision that it led to, and a meeting that the decision led to."""
    write(
        tmp_path,
        "intake",
        line(PARTNER, "01", service="intake", links=[["f" * 32, "f" * 16]]),
    )
    write(
        tmp_path,
        "meetings",
        line(PARTNER, "02", "01"),
        line(DECISION, "03", name="POST /decision"),
        line(DECISION, "04", "03", links=[[PARTNER, "02"]]),
        line(MEETING, "05", name="POST /meetings"),
        line(MEETING, "06", "05", links=[[DECISION, "04"]]),
        line(MEETING, "07", "06", service="notifications", attributes={"mail.kind": "invited"}),
    )
    write(tmp_path, "notifications", line(OTHER, "08", name="GET /health/ready"))
    return tmp_path


def drawn(directory: Path, trace: str) -> list[str]:
    return [text.split(" s  ")[1] for text in draw(Traces(read_spans(directory)).story(trace))]


def test_an_act_stands_under_what_caused_it_and_is_marked_as_one(spans: Path) -> None:
    assert drawn(spans, PARTNER) == [
        "intake: span 01 2.0 ms",
        "└─ meetings: span 02 2.0 ms",
        "   └─ ↪ meetings: POST /decision 2.0 ms",
        "      └─ meetings: span 04 2.0 ms",
        "         └─ ↪ meetings: POST /meetings 2.0 ms",
        "            └─ meetings: span 06 2.0 ms",
        "               └─ notifications: span 07 [invited] 2.0 ms",
    ]


@pytest.mark.parametrize("trace", [DECISION, MEETING])
def test_the_story_is_the_same_from_whichever_of_its_traces_it_is_asked(
    spans: Path, trace: str
) -> None:
    assert drawn(spans, trace) == drawn(spans, PARTNER)


def test_agencies_are_named_one_after_the_other_and_none_leaves_no_brackets(tmp_path: Path) -> None:
    told, untold = ({"agency.ids": ids} for ids in (["cqc", "icb"], []))
    write(
        tmp_path,
        "notifications",
        line(PARTNER, "01", attributes=told),
        line(PARTNER, "02", "01", attributes=untold),
    )
    assert drawn(tmp_path, PARTNER) == [
        "meetings: span 01 [cqc, icb] 2.0 ms",
        "└─ meetings: span 02 2.0 ms",
    ]


def test_times_count_from_the_beginning_of_the_story(spans: Path) -> None:
    lines = draw(Traces(read_spans(spans)).story(MEETING))
    assert [text.split(" s  ")[0].strip() for text in lines][:3] == ["0.000", "1.000", "2.000"]


def test_the_longest_story_is_found_and_health_checks_are_none(spans: Path) -> None:
    traces = Traces(read_spans(spans))
    assert traces.longest() == PARTNER
    assert OTHER not in traces.ids()


def test_a_partner_finds_what_became_of_its_message_by_its_own_trace(spans: Path) -> None:
    assert Traces(read_spans(spans)).answering("f" * 32) == (PARTNER,)


def test_the_spans_of_the_web_framework_are_left_out_and_what_is_below_them_stays(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        "intake",
        line(PARTNER, "01", name="POST /concerns"),
        line(PARTNER, "02", "01", name="POST /concerns"),
        line(PARTNER, "03", "02", name="fastapi.endpoint"),
        line(PARTNER, "04", "03", name="take concern"),
        line(DECISION, "05", name="GET /concerns", links=[[PARTNER, "03"]]),
    )
    assert drawn(tmp_path, PARTNER) == [
        "meetings: POST /concerns 2.0 ms",
        "├─ meetings: take concern 2.0 ms",
        "└─ ↪ meetings: GET /concerns 2.0 ms",
    ]


def test_traces_that_link_to_each_other_are_drawn_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        "meetings",
        line(PARTNER, "01", links=[[DECISION, "02"]]),
        line(DECISION, "02", links=[[PARTNER, "01"]]),
    )
    assert drawn(tmp_path, PARTNER) == [
        "meetings: span 02 2.0 ms",
        "└─ ↪ meetings: span 01 2.0 ms",
    ]


def test_many_records_that_say_the_same_are_one_line(tmp_path: Path) -> None:
    feeds = [line(PARTNER, f"0{n}", "01", name="feed partner.icb.out.v1") for n in range(2, 6)]
    write(tmp_path, "notifications", line(PARTNER, "01"), *feeds)
    assert drawn(tmp_path, PARTNER) == [
        "meetings: span 01 2.0 ms",
        "└─ meetings: feed partner.icb.out.v1 × 4",
    ]


def test_a_span_whose_parent_was_lost_is_drawn_at_the_top(tmp_path: Path) -> None:
    write(tmp_path, "intake", line(PARTNER, "01"), line(PARTNER, "02", "0a"))
    assert drawn(tmp_path, PARTNER) == ["meetings: span 01 2.0 ms", "meetings: span 02 2.0 ms"]


def test_a_failure_is_shown(tmp_path: Path) -> None:
    write(tmp_path, "intake", line(PARTNER, "01", error=True, attributes={"error.type": "OSError"}))
    assert drawn(tmp_path, PARTNER) == ["meetings: span 01 [OSError] 2.0 ms FAILED"]


def test_a_line_that_is_still_being_written_is_left(tmp_path: Path) -> None:
    write(tmp_path, "intake", line(PARTNER, "01"))
    with (tmp_path / "intake.jsonl").open("a") as file:
        file.write('{"trace": "33')
    assert len(read_spans(tmp_path)) == 1


def test_a_trace_that_is_not_there_is_an_error(spans: Path) -> None:
    with pytest.raises(LookupError):
        Traces(read_spans(spans)).story("0" * 32)
