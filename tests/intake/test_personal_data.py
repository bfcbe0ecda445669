"""Personal data in what people write: found by kind, and never held against somebody in danger."""

from __future__ import annotations

import time
from datetime import date

import pytest

from services.intake.domain.personal_data.judging import judge
from services.intake.domain.personal_data.numbers import is_nhs_number
from services.intake.domain.personal_data.search import Kind, find, kinds, redacted
from services.intake.handlers.personal_data import texts_of
from shared.contracts.inbound import free_texts, inbound_messages
from shared.contracts.words import Refused
from tests.intake.personal_data.measure import SETS, TODAY, measure

FLOORS = {
    Kind.NHS_NUMBER: (0.85, 1.0),
    Kind.DATE_OF_BIRTH: (0.95, 0.95),
    Kind.NATIONAL_INSURANCE_NUMBER: (1.0, 1.0),
    Kind.TELEPHONE_NUMBER: (0.95, 0.95),
    Kind.EMAIL_ADDRESS: (1.0, 1.0),
    Kind.POSTCODE: (0.95, 0.95),
    Kind.NAME: (0.95, 0.85),
}
"""Precision and recall on each of the committed sets (docs/personal-data.md has the figures)."""


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", Kind)
def test_precision_and_recall_stay_above_their_floors(name: str, kind: Kind) -> None:
    measured = measure(name)
    precision, recall = FLOORS[kind]
    assert measured.precision([kind]) >= precision
    assert measured.recall([kind]) >= recall


@pytest.mark.parametrize(
    ("digits", "sound"),
    [("9434765919", True), ("9434765918", False), ("9990000019", False), ("1111111111", False)],
)
def test_an_nhs_number_is_known_by_its_check_digit(digits: str, sound: bool) -> None:
    assert is_nhs_number(digits) is sound
    assert (kinds(f"No. {digits}", TODAY) == (Kind.NHS_NUMBER,)) is sound


@pytest.mark.parametrize(
    "text",
    [
        "A dose was given two hours late on 12/11/2026.",
        "The home was registered on 1 April 1999.",
        "Our line is 0300 123 4567.",
        "Resident Safety Meeting on 2 November.",
        "Temperature 38.4, saturation 91%, 140/90.",
    ],
)
def test_what_an_incident_is_told_with_is_no_personal_data(text: str) -> None:
    assert find(text, TODAY) == []


def test_a_full_date_is_a_birthday_once_it_is_long_ago() -> None:
    assert kinds("Seen on 12/03/1941.", TODAY) == (Kind.DATE_OF_BIRTH,)
    assert kinds("Seen on 12/03/1941.", date(1941, 3, 20)) == ()


def test_redaction_leaves_the_kind_in_place_of_the_value() -> None:
    text = "Mrs Hartley (DOB 12/03/1941, NHS 943 476 5919) rang from 0151 496 0123."
    clean = redacted(text, TODAY)
    assert clean == (
        "Mrs [name] (DOB [date of birth], NHS [NHS number]) rang from [telephone number]."
    )
    assert kinds(clean, TODAY) == ()


def test_a_letter_that_grows_when_it_is_made_small_moves_no_place() -> None:
    text = "İİİ Mrs Hartley, DOB 12/03/1941"
    assert redacted(text, TODAY) == "İİİ Mrs [name], DOB [date of birth]"


@pytest.mark.requirement("L1.2j", "W1.8")
def test_a_refusal_names_field_and_kind_and_never_the_value() -> None:
    texts = {"description": "Mrs Hartley fell.", "measures": "Ring 0151 496 0123.", "x": "Fine."}
    with pytest.raises(Refused) as caught:
        judge(texts, {}, TODAY)
    refusal = caught.value.refusal
    assert (refusal.rule, refusal.field) == ("door.personal-data", "description, measures")
    assert "description (name); measures (telephone number)" in refusal.sentence
    assert "Hartley" not in str(refusal)
    assert "0123" not in str(refusal)


def test_a_reason_lets_its_own_field_pass_and_no_other() -> None:
    texts = {"description": "Mrs Hartley fell.", "measures": "Ring 0151 496 0123."}
    why = "The hospital asks for the patient by name."
    with pytest.raises(Refused) as caught:
        judge(texts, {"description": why}, TODAY)
    assert caught.value.refusal.field == "measures"
    [first, second] = judge(texts, {"description": why, "measures": why}, TODAY)
    assert (first.field, first.kinds, first.reason) == ("description", (Kind.NAME,), why)
    assert second.kinds == (Kind.TELEPHONE_NUMBER,)


def test_a_reason_itself_may_hold_no_personal_data() -> None:
    texts = {"description": "Mrs Hartley fell."}
    with pytest.raises(Refused) as caught:
        judge(texts, {"description": "Because Mrs Hartley said so."}, TODAY)
    assert caught.value.refusal.field == "personal_data_needed.description"


@pytest.mark.requirement("L1.2i")
def test_what_is_urgent_is_marked_and_never_refused() -> None:
    [mark] = judge({"description": "Mrs Hartley is in danger."}, {}, TODAY, urgent=True)
    assert (mark.kinds, mark.reason) == ((Kind.NAME,), None)


def test_every_text_that_a_partner_may_write_freely_is_searched() -> None:
    """A new field of text without a form of its own is searched without anybody's doing."""
    free = {type_: free_texts(cls) for type_, cls in inbound_messages().items()}
    assert free["partner.concern.raised.v1"] == (
        *("description", "action_taken", "action_none_reason", "measures"),
    )
    assert free["partner.safeguarding_enquiry.updated.v1"] == ("wider_concern_assessed_by",)
    for type_, cls in inbound_messages().items():
        schema = cls.model_json_schema()
        texts = {
            name
            for name, field in schema["properties"].items()
            for one in field.get("anyOf", [field])
            if one.get("type") == "string" and one.get("pattern") == r"^[^\x00]*$"
        }
        assert texts == set(free[type_]), type_


def test_texts_are_taken_from_a_message_by_field() -> None:
    cls = inbound_messages()["partner.safeguarding_enquiry.updated.v1"]
    message = cls.model_validate(
        {
            "location": "1-200000001",
            "enquiry_reference": "S42-1",
            "updated_on": "2026-11-10",
            "enquiry_type": "individual",
            "status": "ongoing",
            "improvements": "none",
        }
    )
    assert texts_of(message) == {}


@pytest.mark.parametrize(
    "hostile",
    [
        *("Mr " * 6_600, "0" * 20_000, "07 " * 6_600, "name: A a " * 2_000, "a.b@" * 5_000),
        *("1/1/1900 " * 2_000, "born on the " + "on " * 6_000 + "1", "Mr" + " " * 19_990),
        *("Mr Aa" + "a'" * 9_900, "Mr Ab" + "-Ab" * 6_600, "is A " * 4_000, "1-" * 10_000),
    ],
)
def test_no_text_makes_the_search_slow(hostile: str) -> None:
    """20,000 characters cost at most in proportion to 2,000, give or take."""

    def seconds(text: str) -> float:
        best = 9.0
        for _ in range(3):
            started = time.process_time()
            kinds(text, TODAY)
            best = min(best, time.process_time() - started)
        return best

    assert seconds(hostile) < 0.02 + 30 * seconds(hostile[: len(hostile) // 10])
