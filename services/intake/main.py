"""What makes the intake service."""

from services.intake.handlers.concerns import UNACKNOWLEDGED, escalate_handover
from services.intake.handlers.refusals import say_refused
from services.intake.routes import router
from services.intake.settings import IntakeSettings
from services.intake.subscribers import door, subscribers
from services.intake.tables import platform
from shared.platform.app import Service

SERVICE = Service(
    name="intake",
    tables=platform,
    subscribers=subscribers,
    more_consumers=door,
    routers=[router],
    settings=IntakeSettings,
    clocks={UNACKNOWLEDGED: escalate_handover},
    on_refusal=say_refused,
)
