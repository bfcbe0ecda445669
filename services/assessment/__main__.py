"""The command line of assessment: `python -m services.assessment …`."""

from services.assessment.main import SERVICE
from shared.platform.command import command_line

command_line(SERVICE)()
