"""`python -m services.notifications`: run, migrate, look after dead letters."""

from services.notifications.main import SERVICE
from shared.platform.command import command_line

command_line(SERVICE)()
