"""The command line of intake: `python -m services.intake …`."""

from services.intake.main import SERVICE
from shared.platform.command import command_line

command_line(SERVICE)()
