"""Intake's HTTP door: translate and hand over. A file for each noun."""

from fastapi import APIRouter

from services.intake.routes import (
    agencies,
    concerns,
    confidentiality,
    duplicates,
    feedback,
    files,
    handovers,
    holds,
    lists,
    place_lists,
    quarantine,
    register,
    request_lists,
    requests,
    retention,
    returns,
    signals,
    submissions,
    timeline,
    told,
    triage_queue,
)

_ROOMS = (
    lists,
    request_lists,
    place_lists,
    signals,
    returns,
    concerns,
    files,
    told,
    feedback,
    duplicates,
    requests,
    handovers,
    triage_queue,
    register,
    timeline,
    quarantine,
    holds,
    retention,
    agencies,
    confidentiality,
    submissions,
)

router = APIRouter(routes=[route for room in _ROOMS for route in room.router.routes])
"""Flat, so that whoever lists the doors finds every one."""
