"""Numbers that belong to one person, telephone numbers and postcodes.

Each pattern begins with a digit (or what a telephone number begins with), so that the search leaps
from digit to digit; what has to stand before it is looked at then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Place = tuple[int, int]

_NOT_BEFORE = frozenset(".,/+-_")
_NHS = re.compile(r"[1-9]\d{2}([ \u00a0-]?)\d{3}\1\d{4}(?![\w/-]|[.,]\d)")
"""Three, three and four digits, parted alike; what starts with 0 is a telephone number."""

_NATIONAL_INSURANCE = re.compile(r"\d{2}([ \u00a0-]?)\d{2}\1\d{2}\1[A-Da-d](?!\w)")
_NI_PREFIX = re.compile(
    r"(?<!\w)(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]([ \u00a0-]?)",
    re.IGNORECASE,
)
"""HMRC's rule of prefixes (National Insurance Manual, NIM39110)."""

_TELEPHONE = re.compile(
    r"(?:(?:\+|00)[1-9]\d{0,2}(?:[ \u00a0.-]?\(0\))?|\(?0[127]\d{1,4}\)?)"
    r"(?:[ \u00a0.-]{0,2}\d){5,12}(?![\w/-]|[.,]\d)"
)
"""Ofcom's numbers of places and mobiles (01, 02, 07), and any number with a country's code.
03, 08 and 09 belong to organisations."""
_UK_LENGTHS = (10, 11)
_WORLD_LENGTHS = range(9, 16)
_WORLD_LENGTHS_WITH_00 = range(12, 18)

_INWARD = re.compile(r"\d([ABD-HJLNP-UW-Z]{2}|[abd-hjlnp-uw-z]{2})(?![\w-])")
_OUTWARD = re.compile(
    r"(?<![\w-])([A-Z]{1,2}\d(?:\d|[A-HJKMNP-Y])?|[a-z]{1,2}\d(?:\d|[a-hjkmnp-y])?)[ \u00a0]{0,2}$"
)
"""Both halves are written alike: "E1 2nd floor" is no postcode."""
_AREAS = frozenset(
    area
    for areas in (
        "AB AL B BA BB BD BF BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN",
        "DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L",
        "LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA",
        "SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS",
        "WV YO ZE",
    )
    for area in areas.split()
)
"""Royal Mail's postcode areas."""
_LONGEST_OUTWARD = 7


def nhs_numbers(text: str) -> Iterator[Place]:
    """Ten digits with a sound check digit."""
    for match in _NHS.finditer(text):
        if _begins(text, match.start()) and is_nhs_number(re.sub(r"\D", "", match[0])):
            yield match.span()


def is_nhs_number(digits: str) -> bool:
    """Ten digits of which the last is the check digit (modulus 11, NHS Data Dictionary)."""
    if len(set(digits)) == 1:
        return False
    weighted = sum(int(digit) * (10 - place) for place, digit in enumerate(digits[:9]))
    return (11 - weighted % 11) % 11 == int(digits[9])


def national_insurance_numbers(text: str) -> Iterator[Place]:
    """Two letters, six digits in pairs and a letter from A to D."""
    for match in _NATIONAL_INSURANCE.finditer(text):
        prefix = _NI_PREFIX.search(text, max(0, match.start() - 4), match.start())
        if prefix is not None and prefix.end() == match.start() and prefix[1] == match[1]:
            yield prefix.start(), match.end()


def telephone_numbers(text: str) -> Iterator[Place]:
    """Numbers that ring at a person's: of the length that Ofcom gives."""
    for match in _TELEPHONE.finditer(text):
        if _begins(text, match.start()) and _is_telephone(match[0]):
            yield match.span()


def _is_telephone(written: str) -> bool:
    digits = len(re.sub(r"\D", "", written))
    if written.startswith("+"):
        return digits in _WORLD_LENGTHS
    return digits in (_WORLD_LENGTHS_WITH_00 if written.startswith("00") else _UK_LENGTHS)


def postcodes(text: str) -> Iterator[Place]:
    """Whole postcodes; the half before the space alone names thousands of people."""
    for match in _INWARD.finditer(text):
        outward = _OUTWARD.search(text, max(0, match.start() - _LONGEST_OUTWARD), match.start())
        if outward is None or outward[1].isupper() != match[1].isupper():
            continue
        if re.split(r"\d", outward[1])[0].upper() in _AREAS:
            yield outward.start(), match.end()


def _begins(text: str, start: int) -> bool:
    """Not in the middle of a longer word or number."""
    before = text[start - 1] if start else " "
    return not before.isalnum() and before not in _NOT_BEFORE
