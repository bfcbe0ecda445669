"""`python -m services.assessment …`."""

from services.assessment import commands
from services.assessment.main import SERVICE
from shared.platform.command import command_line

app = command_line(SERVICE)
commands.add_to(app)
app()
