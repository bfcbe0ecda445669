"""The harness does not flatter: it notices what is lost, doubled or out of order."""

from __future__ import annotations

import json
import re
from importlib import import_module
from typing import Any

import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import doors, report
from benchmarks.feeds import RECEIPT, RECEIVED, OrderFeed, ReceiptFeed, Receipts
from benchmarks.load import CATEGORIES, SELDOM, _seldom
from benchmarks.load import MIX as UNITS
from benchmarks.meters import quantiles
from benchmarks.offsets import Offsets
from benchmarks.targets import judged
from deploy.local.stack import AGENCIES
from shared.contracts.agencies import load
from shared.contracts.catalogue import INTAKE, SERVICES
from shared.contracts.inbound import inbound_messages


class Told:
    """A record as a client hands it over."""

    def __init__(self, body: dict[str, Any], at: float = 1.0) -> None:
        self._body, self._at = body, at

    def value(self) -> bytes:
        return json.dumps(self._body).encode()

    def timestamp(self) -> tuple[int, int]:
        return 1, int(self._at * 1000)


def concern(place: str, turn: int, day: str = "2026-11-01") -> Told:
    category = CATEGORIES[turn % len(CATEGORIES)]
    return Told({"location": {"reference": place}, "category": category, "occurred_on": day})


def order_of(*told: Told) -> OrderFeed:
    feed = OrderFeed.__new__(OrderFeed)  # without the broker
    feed._turn, feed._day, feed.concerns, feed.out_of_order = {}, {}, 0, 0
    for one in told:
        feed.take(RECEIVED, {}, one)
    return feed


@given(st.lists(st.integers(0, 60)))
def test_offsets_are_known_as_a_set_would_know_them(numbers: list[int]) -> None:
    offsets, seen = Offsets(), set()
    for number in numbers:
        assert offsets.add(number) is (number not in seen)
        seen.add(number)
    assert offsets.count == len(seen)
    assert {n for start, end in offsets.ranges for n in range(start, end)} == seen
    assert all(n in offsets for n in seen)
    assert -1 not in offsets


def test_offsets_in_order_are_one_range() -> None:
    offsets = Offsets()
    for number in (3, 4, 6, 5):
        offsets.add(number)
    assert offsets.ranges == [(3, 7)]


def test_concerns_of_each_place_in_their_order_are_taken_as_such() -> None:
    feed = order_of(concern("A", 0), concern("B", 0), concern("A", 1), concern("B", 1))
    assert (feed.concerns, feed.out_of_order) == (4, 0)


def test_two_concerns_of_a_place_that_changed_places_are_out_of_order() -> None:
    assert order_of(concern("A", 1), concern("A", 0)).out_of_order > 0


def test_a_concern_that_is_missing_in_between_is_noticed() -> None:
    assert order_of(concern("A", 0), concern("A", 2)).out_of_order == 1


def test_a_concern_of_an_earlier_day_is_out_of_order() -> None:
    feed = order_of(concern("A", 0, "2026-11-02"), concern("A", 1, "2026-11-01"))
    assert feed.out_of_order == 1


def test_a_second_receipt_for_an_offset_is_counted() -> None:
    feed = ReceiptFeed.__new__(ReceiptFeed)  # without the broker
    feed.agency, feed._times = "icb", True
    feed._receipts, feed._offsets = Receipts(), Offsets()
    for _ in range(2):
        feed.take(RECEIPT, {}, Told({"offset": 7, "status": "accepted", "reference": "CC-1"}, 5.0))
    assert feed._receipts.twice == 1
    assert feed._offsets.count == 1
    assert feed._receipts.kept["icb", 7].at == 5.0


def test_a_quantile_is_one_of_the_times_that_were_measured() -> None:
    found = quantiles([0.001 * n for n in range(1, 101)])
    assert found == {"count": 100, "p50_ms": 50.5, "p99_ms": 100.0, "max_ms": 100.0}


def test_the_page_holds_what_was_measured_and_keeps_the_rest() -> None:
    page = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    found = report.into(page, {"machine": "a machine", "per_second": {"b": 1234.0}, "d/b": 0.5})
    assert "old" not in found
    assert found.startswith("before\n")
    assert found.endswith("after\n")
    assert "| b, per second | 1,234 |" in found
    assert "| d/b (at least 0.5) | 0.50 |" in found


def test_a_page_without_a_place_for_the_results_is_refused() -> None:
    with pytest.raises(ValueError, match="the document has no"):
        report.into("nothing", {})


def test_a_target_that_is_missed_is_said_to_be_missed() -> None:
    found = report.markdown({"d/b": 0.4, "d/c": 51.0})
    assert "| d/b | ≥ 0.5 | 0.4, **not met** |" in found
    assert "| d/c | ≥ 50 | 51, met |" in found
    assert "memory" not in found


def test_a_year_with_a_concern_missing_on_the_feed_is_not_without_loss() -> None:
    year = {"lost": 0, "receipts_twice": 0, "out_of_order": 0}
    counts = {
        "concerns_published": 10,
        "concerns_on_the_feed": 9,
        "memory": {"a": {"second_tenth_mb": 100.0, "last_tenth_mb": 120.0}},
    }
    judged_ = {what: said for what, _, said in judged({"year": {**year, **counts}})}
    assert judged_["year: units lost, doubled or out of order"] == "1, **not met**"
    assert judged_["year: memory of the last tenth, times that of the second"].endswith("not met**")


def test_every_unit_of_the_load_is_a_sound_message_of_who_may_tell_it() -> None:
    days, functions = ("2026-01-02", "2026-11-26"), {a.id: a.functions for a in load(AGENCIES)}
    for type_, told in SELDOM.items():
        cls = inbound_messages()[type_]
        assert cls.spec.functions & {held.function for held in functions[told.agency]}, type_
        for day in days:
            cls.model_validate({**_seldom(type_, "B-1", day), "location": "1-200000001"})


def test_the_load_holds_all_that_partners_may_tell() -> None:
    assert inbound_messages().keys() - UNITS.keys() == {"partner.handover.acknowledged.v1"}


@pytest.mark.parametrize("shares", [UNITS, doors.MIX])
def test_the_shares_of_a_mix_are_the_whole(shares: dict[str, float]) -> None:
    assert sum(shares.values()) == pytest.approx(1.0)


def test_every_request_of_the_mix_has_a_route() -> None:
    def shape(path: str) -> str:
        return re.sub(r"{[^}]*}", "{}", path.partition("?")[0])

    routes = {
        (service, f"{method} {shape(route.path)}")
        for service in SERVICES
        for route in import_module(f"services.{service}.routes").router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    for kind in doors.MIX:
        assert (doors._SERVICE.get(kind, INTAKE), shape(kind)) in routes, kind
