"""What makes the assessment service."""

from services.assessment.commands import COMMANDS
from services.assessment.handlers.crossings import WINDOW
from services.assessment.handlers.windows import on_window_due
from services.assessment.routes import router
from services.assessment.settings import AssessmentSettings
from services.assessment.subscribers import subscribers
from services.assessment.tables import platform
from shared.contracts.assessment import AssessmentRequestRefused
from shared.platform.app import Service

SERVICE = Service(
    name="assessment",
    tables=platform,
    subscribers=subscribers,
    routers=[router],
    settings=AssessmentSettings,
    refusal=AssessmentRequestRefused,
    commands=COMMANDS,
    clocks={WINDOW: on_window_due},
)
