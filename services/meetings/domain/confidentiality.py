"""Papers are for who follows the procedures on confidentiality, and has said so (L8a)."""

from __future__ import annotations

from collections.abc import Collection

from shared.contracts.words import refused


def check_accepted(in_force: str, accepted: Collection[str], clause: str) -> None:
    """Who opens papers has accepted the version in force. Raises Refused."""
    if in_force not in accepted:
        raise refused(
            "L8a",
            "You have not accepted the procedures on confidentiality that are in force.",
            "Read them and accept them at intake (GET /confidentiality, then POST "
            "/confidentiality/acceptances); the papers open as soon as it has been told here.",
            clause=clause,
        )
