"""What stands in a cell of a spreadsheet of either form."""

from __future__ import annotations

from services.intake.cqc_files.problems import FileRefused

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384


def whole(value: str) -> str:
    """A whole number without its decimal point (``12.0`` is 12 beds), anything else as it is."""
    try:
        number = float(value)
    except ValueError:
        return value.strip()
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else value.strip()


def count(value: str | None, name: str) -> int:
    """How often something repeats, once where nothing is said. Raises `FileRefused`."""
    if value is None:
        return 1
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and int(value) > 0):
        raise FileRefused(f"{name} is not a count")
    return int(value)
