"""What makes the notifications service."""

from services.notifications.handlers.deliveries import mark_perhaps_sent
from services.notifications.handlers.register import RIGHTS_CHANGE, rights_change
from services.notifications.routes import router
from services.notifications.senders import start_mail_sender, start_sealer
from services.notifications.settings import NotificationsSettings
from services.notifications.subscribers import subscribers
from services.notifications.tables import platform
from shared.contracts.notifications import NotificationsRequestRefused
from shared.platform.app import Service

SERVICE = Service(
    name="notifications",
    tables=platform,
    subscribers=subscribers,
    routers=[router],
    settings=NotificationsSettings,
    refusal=NotificationsRequestRefused,
    clocks={RIGHTS_CHANGE: rights_change},
    background=[start_mail_sender, start_sealer],
    after_restore=mark_perhaps_sent,
)
