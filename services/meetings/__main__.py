"""The command line of meetings: `python -m services.meetings …`."""

from services.meetings.main import SERVICE
from shared.platform.command import command_line

command_line(SERVICE)()
