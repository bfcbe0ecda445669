"""What makes the intake service."""

from services.intake.commands import COMMANDS
from services.intake.handlers.handovers import UNACKNOWLEDGED, escalate_handover
from services.intake.routes import router
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
    clocks={UNACKNOWLEDGED: escalate_handover},
)
