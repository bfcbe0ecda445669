"""What makes the intake service."""

from services.intake.commands import COMMANDS
from services.intake.handlers import policy_reviews, statutory, triage_reminders
from services.intake.handlers.emergencies import UNPLACED, escalate_unplaced
from services.intake.handlers.handovers import UNACKNOWLEDGED, escalate_handover
from services.intake.handlers.quarantine import ERASURE, erase_item
from services.intake.handlers.returns import MISSING, tell_missing
from services.intake.indexing import start_indexing
from services.intake.reviewing import start_reviewing
from services.intake.routes import router
from services.intake.routes.files import LARGE
from services.intake.scanning import start_scanning, start_sweeping
from services.intake.settings import IntakeSettings
from services.intake.subscribers import door, subscribers
from services.intake.tables import platform
from shared.contracts.intake import IntakeRequestRefused
from shared.platform.app import Service

SERVICE = Service(
    name="intake",
    tables=platform,
    subscribers=subscribers,
    more_consumers=door,
    routers=[router],
    settings=IntakeSettings,
    refusal=IntakeRequestRefused,
    commands=COMMANDS,
    large_bodies=LARGE,
    background=[start_scanning, start_sweeping, start_indexing, start_reviewing],
    clocks={
        UNACKNOWLEDGED: escalate_handover,
        UNPLACED: escalate_unplaced,
        ERASURE: erase_item,
        statutory.NEAR: statutory.remind,
        statutory.OVER: statutory.say_overdue,
        MISSING: tell_missing,
        policy_reviews.REVIEW: policy_reviews.say_due,
        triage_reminders.REMINDER: triage_reminders.remind,
    },
)
