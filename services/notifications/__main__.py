"""The command line of notifications: `python -m services.notifications …`."""

from services.notifications.main import SERVICE
from shared.platform.command import command_line

command_line(SERVICE)()
