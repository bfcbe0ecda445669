"""What makes the assessment service."""

from services.assessment.handlers.crossings import WINDOW
from services.assessment.handlers.refusals import say_refused
from services.assessment.handlers.windows import on_window_due
from services.assessment.routes import router
from services.assessment.settings import AssessmentSettings
from services.assessment.subscribers import subscribers
from services.assessment.tables import platform
from shared.platform.app import Service

SERVICE = Service(
    name="assessment",
    tables=platform,
    subscribers=subscribers,
    routers=[router],
    settings=AssessmentSettings,
    clocks={WINDOW: on_window_due},
    on_refusal=say_refused,
)
