"""Mails of what becomes of a concern or a statutory request, read as their recipients read them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.contracts.event import Event
from shared.contracts.intake import (
    CorrectionDecided,
    HandoverAddedTo,
    HandoverUnanswered,
    PolicyReviewDue,
    QuarantineWaiting,
    RedirectionTold,
    RefusalLifted,
    StatutoryRequestDue,
    StatutoryRequestHandedOver,
    StatutoryRequestOverdue,
    TriageOverdue,
)
from shared.contracts.words import Handling, Label
from tests.notifications.conftest import AGENCIES, HOME, MANAGER, Scene, id_of
from tests.notifications.facts import asked_by_law
from tests.notifications.test_mails import one_mail

LIFTED = "feed.intake.refusal.lifted.v1"
REFERENCE = "CC-7K3M-9QXD"
GOVERNANCE = "information-governance@combined-council.example"
ABOUT: dict[str, Any] = {
    "partnership": "combined",
    "location_id": HOME,
    "concern_id": id_of("concern"),
    "reference": REFERENCE,
}
TO_THE_MANAGER: dict[str, Any] = {
    "handling": Handling(Label.NAMED, (f"person:{MANAGER}",)),
    "reporter_ref": MANAGER,
}


@pytest.mark.requirement("WCC1b")
async def test_who_reported_it_is_told_where_to_report_what_is_for_safeguarding(
    scene: Scene,
) -> None:
    mail = await one_mail(scene, RedirectionTold(**ABOUT, **TO_THE_MANAGER), "concern_redirected")
    assert mail.address == "manager@larchfield.example"
    assert mail.subject == f"Where to report next: your message, {REFERENCE}"
    assert "Report it to the adult safeguarding duty desk." in mail.text
    assert "ring 999 first" in mail.text


@pytest.mark.parametrize(
    ("outcome", "says"),
    [("accepted", "It has been corrected."), ("declined", "We have not changed it.")],
)
async def test_who_asked_for_a_correction_is_told_what_became_of_it(
    scene: Scene, outcome: Any, says: str
) -> None:
    event = CorrectionDecided(**ABOUT, **TO_THE_MANAGER, outcome=outcome)
    mail = await one_mail(scene, event, "correction_decided")
    assert mail.subject == f"The correction that you asked for, {REFERENCE}"
    assert says in mail.text


@pytest.mark.requirement("WCC1b")
async def test_safeguarding_is_told_that_there_is_more_to_read(scene: Scene) -> None:
    handling = Handling(Label.NAMED, ("council_safeguarding",))
    event = HandoverAddedTo(**ABOUT, handling=handling)
    mail = await one_mail(scene, event, "handover_added_to")
    assert mail.address == "safeguarding-duty@combined-council.example"
    assert mail.subject == f"More to read on a handover: {REFERENCE}"


@pytest.mark.requirement("WCC1b", "L1.2i")
async def test_the_team_is_told_to_ring_where_safeguarding_does_not_answer(scene: Scene) -> None:
    event = HandoverUnanswered(
        partnership="combined",
        handling=Handling(Label.NAMED, ("council_quality",)),
        concern_id=id_of("concern"),
        reference=REFERENCE,
        emergency=True,
        escalation=3,
        clause="combined@2026-11 WCC1b",
    )
    mail = await one_mail(scene, event, "handover_unanswered")
    assert mail.address == "quality-team@combined-council.example"
    assert mail.subject == f"Emergency handover without an answer, please ring: {REFERENCE}"
    assert "reminded them 3 times" in mail.text
    assert not [a for a in AGENCIES if "unanswered" in " ".join(await scene.types(a))]


@pytest.mark.requirement("WX0")
@pytest.mark.parametrize(
    ("cls", "kind", "says"),
    [
        (StatutoryRequestHandedOver, "statutory_handed_over", "is handed to you"),
        (StatutoryRequestDue, "statutory_due", "is due soon"),
        (StatutoryRequestOverdue, "statutory_overdue", "deadline is over"),
    ],
)
async def test_information_governance_is_told_by_reference_what_it_has_to_answer(
    scene: Scene, cls: type[Event], kind: str, says: str
) -> None:
    event = cls.model_validate(
        {
            "partnership": "combined",
            "handling": Handling(Label.NAMED, ("role:information_governance",)),
            "request_id": id_of("request"),
            "reference": "RQ-7K3M-9QXD",
            "request_type": "subject_access",
            "due_on": date(2026, 12, 20),
            "due_clause": "combined@2026-11 UK GDPR Art. 12(3)",
        }
    )
    mail = await one_mail(scene, event, kind)
    assert mail.address == GOVERNANCE
    assert "RQ-7K3M-9QXD" in mail.subject
    assert says in mail.text
    assert '"subject access"' in mail.text
    assert "by Sunday 20 December 2026 (combined@2026-11 UK GDPR Art. 12(3))" in mail.text
    assert "suspended" not in mail.text


@pytest.mark.requirement("WX0")
async def test_information_governance_is_told_where_nothing_reaches_who_asked(scene: Scene) -> None:
    event = asked_by_law().model_copy(update={"asker_suspended": True})
    mail = await one_mail(scene, event, "statutory_handed_over")
    assert "is suspended and gets nothing on its feed: answer it by your own means" in mail.text


@pytest.mark.requirement("WX0")
async def test_an_agency_reads_on_its_own_feed_that_its_refusal_is_lifted(scene: Scene) -> None:
    await scene.hear(
        RefusalLifted(
            partnership="combined",
            handling=Handling(Label.NAMED, ("agency:icb",)),
            agency_id="icb",
            reference="RQ-7K3M-9QXD",
            rule="WX5",
            clause="combined@2026-11 WX5",
            reason="emergency",
        )
    )
    [record] = [one for one in await scene.feed("icb") if one.type == LIFTED]
    assert record.data["reference"] == "RQ-7K3M-9QXD"
    assert LIFTED not in await scene.types("council-contracts")


async def test_the_team_is_told_of_what_waits_in_quarantine_before_it_is_erased(
    scene: Scene,
) -> None:
    event = QuarantineWaiting(
        partnership="combined",
        handling=Handling(Label.NAMED, ("council_quality",)),
        item_id=id_of("item"),
        erased_on=date(2026, 12, 20),
        clause="combined@2026-11 pack: retention of quarantine",
    )
    mail = await one_mail(scene, event, "quarantine_waiting")
    assert mail.address == "quality-team@combined-council.example"
    assert "erased on Sunday 20 December 2026 (combined@2026-11 pack" in mail.text
    assert str(id_of("item")) not in mail.text


@pytest.mark.requirement("WR2")
async def test_the_team_is_reminded_of_the_review_of_its_policy(scene: Scene) -> None:
    await scene.hear(
        PolicyReviewDue(
            partnership="combined",
            handling=Handling(Label.NAMED, ("council_quality",)),
            review_id=id_of("review"),
            pack="combined@2026-11",
            review_on=date(2027, 11, 1),
        )
    )
    (mail,) = await scene.messages("policy_review_due")
    assert mail.address == "quality-team@combined-council.example"
    assert mail.subject == "The policy combined@2026-11 is to be reviewed"
    assert "1 November 2027" in mail.text
    assert not [a for a in AGENCIES if "review_due" in " ".join(await scene.types(a))]


@pytest.mark.requirement("WS2")
async def test_the_team_is_told_how_many_are_overdue_for_triage_and_nothing_of_them(
    scene: Scene,
) -> None:
    event = TriageOverdue(
        partnership="combined",
        handling=Handling(Label.NAMED, ("council_quality",)),
        reminder_id=id_of("reminder"),
        overdue=3,
        oldest_due_on=date(2026, 11, 20),
        due_clause="combined@2026-11 pack: triage",
        reminder_clause="combined@2026-11 pack: triage",
    )
    mail = await one_mail(scene, event, "triage_overdue")
    assert mail.address == "quality-team@combined-council.example"
    assert mail.subject == "Overdue for triage: 3"
    assert "by Friday 20 November 2026" in mail.text
    assert "(combined@2026-11 pack: triage)" in mail.text
    assert not [a for a in AGENCIES if "triage.overdue" in " ".join(await scene.types(a))]
