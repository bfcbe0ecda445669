"""The procedures on confidentiality and information sharing, which members follow (L8a)."""

from __future__ import annotations

from shared.contracts.words import refused


def check_version(version: str, in_force: str, clause: str) -> None:
    """What is accepted is what stands in the policy today. Raises Refused."""
    if version != in_force:
        raise refused(
            "L8a",
            "That is not the version of the procedures that is in force.",
            "GET /confidentiality says which one is and where to read it; accept that one.",
            clause=clause,
            field="version",
        )
