"""`python -m services.intake …`."""

from services.intake import commands
from services.intake.main import SERVICE
from shared.platform.command import command_line

app = command_line(SERVICE)
commands.add_to(app)
app()
