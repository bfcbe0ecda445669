"""What the door requires of signals other than concerns."""

from __future__ import annotations

from shared.contracts.words import refused


def check_wider_concern(*, found: bool, assessed_by: str | None) -> None:
    """A wider concern comes with the assessor who found it (L1.2b). Raises Refused."""
    if found and not assessed_by:
        raise refused(
            "L1.2b",
            "A wider concern needs the assessor who found it.",
            "Name the assessor's role.",
            field="wider_concern_assessed_by",
        )
