"""What makes the meetings service."""

from services.meetings.handlers.meetings import PLAN_DUE
from services.meetings.handlers.plans import mark_overdue
from services.meetings.handlers.register import SUCCESSION, pass_seats_today
from services.meetings.routes import router
from services.meetings.settings import MeetingsSettings
from services.meetings.subscribers import subscribers
from services.meetings.tables import platform
from shared.contracts.meetings import MeetingsRequestRefused
from shared.platform.app import Service

SERVICE = Service(
    name="meetings",
    tables=platform,
    subscribers=subscribers,
    routers=[router],
    settings=MeetingsSettings,
    refusal=MeetingsRequestRefused,
    clocks={PLAN_DUE: mark_overdue, SUCCESSION: pass_seats_today},
)
