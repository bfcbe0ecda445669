"""Loads the invented borough by intake's own commands, all in one process.

python -m deploy.demo.load DIRECTORY AGENCIES

Starting Python five times would take longer than the loading does.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from deploy.demo.people import write_contacts
from deploy.demo.register import write_register
from services.intake import commands
from shared.platform.dates import london_date

PARTNERSHIP = "combined"


def load(directory: Path, agencies: Path) -> None:
    """Write the files of the day as CQC and the council would, and load them."""
    files = write_register(directory, london_date(datetime.now(UTC)))
    commands.load_agencies(agencies)
    commands.load_locations(files.active_locations, PARTNERSHIP)
    commands.load_services(files.council_services, PARTNERSHIP)
    commands.load_ratings(files.latest_ratings, PARTNERSHIP)
    commands.load_contacts(write_contacts(directory), PARTNERSHIP)


if __name__ == "__main__":
    load(Path(sys.argv[1]), Path(sys.argv[2]))
