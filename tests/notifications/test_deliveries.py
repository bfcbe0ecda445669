"""What follows from an attempt to send a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.notifications.domain.deliveries import Answer, Attempt, Retrying, Step, next_step
from shared.contracts.words import DeliveryState

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PATIENT = Retrying(tries=8, first_pause=timedelta(minutes=1))


def test_what_the_server_accepted_is_sent() -> None:
    assert next_step(Attempt(Answer.ACCEPTED, 250), 1, NOW, PATIENT) == Step(DeliveryState.SENT)


def test_what_the_server_refuses_for_good_has_failed_at_once() -> None:
    step = next_step(Attempt(Answer.NEVER, 550), 1, NOW, PATIENT)
    assert step == Step(DeliveryState.FAILED, rule="refused-by-server")


def test_pauses_double_and_eight_tries_take_about_two_hours() -> None:
    for answer in (Answer.NOT_NOW, Answer.UNKNOWN):
        waited = timedelta()
        for attempts in range(1, 8):
            step = next_step(Attempt(answer), attempts, NOW, PATIENT)
            assert step.state is DeliveryState.QUEUED
            assert step.next_try_at is not None
            waited += step.next_try_at - NOW
        assert waited == timedelta(minutes=127)


def test_after_the_last_try_it_has_failed() -> None:
    step = next_step(Attempt(Answer.NOT_NOW), 8, NOW, PATIENT)
    assert step == Step(DeliveryState.FAILED, rule="no-answer-in-time")
