"""Intake's HTTP door: translate and hand over. A file for each noun."""

from fastapi import APIRouter

from services.intake.routes import agencies, concerns, handovers, quarantine, register

_ROOMS = (concerns, handovers, register, quarantine, agencies)

router = APIRouter(routes=[route for room in _ROOMS for route in room.router.routes])
"""Flat, so that whoever lists the doors finds every one."""
