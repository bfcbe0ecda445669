"""Ids and references that follow from a record, and those that are drawn."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from shared.platform.identifiers import Drawn, Following

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@given(st.uuids(), st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9000, 1, 1)))  # noqa: DTZ001 - made aware below
def test_the_same_record_makes_the_same_ids_again(cause: UUID, at: datetime) -> None:
    first, again = (Following(cause, at.replace(tzinfo=UTC)) for _ in range(2))
    assert [first.new_id() for _ in range(5)] == [again.new_id() for _ in range(5)]
    assert first.new_reference("CC") == again.new_reference("CC")


def test_what_one_record_makes_is_all_different_and_of_version_seven() -> None:
    ids = Following(uuid4(), AT)
    made = [ids.new_id() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert {id_.version for id_ in made} == {7}
    assert {id_.variant for id_ in made} == {"specified in RFC 4122"}


def test_different_records_make_different_ids_and_references() -> None:
    made = [Following(uuid4(), AT) for _ in range(200)]
    assert len({one.new_id() for one in made}) == 200
    assert len({one.new_reference("CC") for one in made}) == 200


def test_ids_come_in_the_order_of_their_records() -> None:
    made = [Following(uuid4(), AT + timedelta(milliseconds=n)).new_id() for n in range(50)]
    assert made == sorted(made)


def test_a_broker_without_a_time_does_no_harm() -> None:
    assert Following(uuid4(), datetime.fromtimestamp(0, UTC)).new_id().version == 7
    assert Following(uuid4(), datetime(1969, 1, 1, tzinfo=UTC)).new_id().version == 7


def test_a_reference_can_be_read_out_on_the_telephone() -> None:
    for ids in (Drawn(), Following(uuid4(), AT)):
        reference = ids.new_reference("CC")
        assert len(reference) == len("CC-7K3M-9QXD")
        assert not set(reference[3:]) & set("ILOU")
