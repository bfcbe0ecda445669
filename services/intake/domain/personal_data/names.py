"""Names that a title or a label gives away: `Mrs Hartley`, `Resident: Dorothy`, `her son Peter`.

A search goes from capital letter to capital letter and asks what stands before. A name that nothing
announces is not found: that would take a model of the language, and still be a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CAPITALS = "A-ZÀ-ÖØ-Þ"
_WORD = rf"[{_CAPITALS}][\w'’]*[^\W\d_][\w'’]*(?:-[{_CAPITALS}][\w'’]+)*"
_INITIALS = rf"(?:[{_CAPITALS}]\.? ?){{1,3}}(?= ?[{_CAPITALS}][\w'’])"
_PARTICLES = r"van der|van den|van|von|de la|de|del|al|el|bin|ap|st\.?"
_NAME = re.compile(
    rf"(?:{_INITIALS})?(?:(?:{_PARTICLES}) )?{_WORD}(?: (?:(?:{_PARTICLES}) )?{_WORD}){{0,3}}"
)
_SEPARATED = re.compile(rf"[\s:=(–—-][{_CAPITALS}]")

_PEOPLE = (
    r"resident|patient|client|service[ -]user|tenant|carer|relative|next of kin|nok|"
    r"daughter|mother|father|husband|wife|son|brother|sister|nephew|niece|partner|reporter|"
    r"manager|nurse|(?:staff|team) member|member of staff|(?:care|support) worker"
)
_TITLES = (
    r"mrs?|ms|mx|miss|dr|prof(?:essor)?|rev(?:d|erend)?|sir|dame|lady|lord|sister|nurse|father|"
    r"cllr|councillor|pc|sgt|dc"
)
_LEAD = re.compile(
    rf"(?<!\w)(?:(?P<title>(?:{_TITLES})\b\.?)\s*"
    rf"|(?P<label>(?:(?:full|first|last|given|family|preferred) )?(?:sur|fore)?names?"
    rf"(?: of (?:the )?(?:{_PEOPLE}))?|(?:{_PEOPLE})(?:['’]s)?(?: (?:full )?name)?|known as|"
    r"(?:reported|raised|completed|witnessed) by)"
    r"(?:\s*[:=]\s*|\s+(?:is|was)\s+|\s+[-–—]\s+)"
    rf"|(?P<beside>(?:{_PEOPLE}|called|named|known as)),?\s+"
    rf")(?:(?:{_PARTICLES}) )?$"
)
_LEAD_ENDS = (
    *("mr", "mrs", "ms", "mx", "miss", "dr", "prof", "professor", "rev", "revd", "reverend"),
    *("sir", "dame", "lady", "lord", "sister", "nurse", "father", "cllr", "councillor", "pc"),
    *("sgt", "dc", "name", "names", "forename", "surname", "by", "is", "was", "known as"),
    *("called", "named", "resident", "patient", "client", "user", "tenant", "carer", "relative"),
    *("kin", "nok", "daughter", "mother", "husband", "wife", "son", "brother", "nephew", "niece"),
    *("partner", "reporter", "manager", "member", "staff", "worker", "'s", "’s"),
    *("van", "der", "den", "von", "de", "la", "del", "al", "el", "bin", "ap", "st"),
)
"""What a lead ends with: asked before the pattern is tried."""
_LONGEST_LEAD = 48
_BETWEEN = " \t\r\n\u00a0.,:=-–—("
_ALONE = frozenset(("carer", "care worker", "support worker", "staff member", "team member"))
"""Written with a capital and beside one capital word, these still announce a name."""

_SMALL = re.compile(r"mrs?\b\.?[ \u00a0]+([^\W\d_]{3,}(?:['’-][^\W\d_]+)?)")
"""In small letters, for who writes `mr khan`."""

_NO_NAMES = frozenset(
    word
    for words in (
        "the a an and or of in on at to for by from with without no not all any both each who",
        "which was is are were had has have did does will would can could should may said says",
        "told asked call calls manager managers led on-call station bell report reports lead leads",
        "lane road street avenue house home lodge court hospital ward unit clinic surgery practice",
        "centre safety welfare survey surveys guide meeting meetings forum records record notes",
        "file files care plan plans planning policy policies handbook charter experience feedback",
        "group council involvement association committee liaison transport information registered",
        "deputy area general practitioner practitioners training trainer rounds round review",
        "reviews team teams consultant specialist specialists day night agency bank senior junior",
        "clinical district community i we he she they it his her their our this that these those",
        "there here then when while after before during since until if but so as also however",
        "today yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday january",
        "february march april may june july august september october november december cqc gp nhs",
        "dols mca mar ppe covid christmas easter unknown none n/a na not-known anonymous withheld",
        "redacted mr mrs ms miss dr staff present away aware unable happy upset left doctor nurse",
        "number unwell absent",
    )
    for word in words.split()
)
"""Words that follow a title or a label and are no name."""


def find(text: str, lower: str) -> Iterator[tuple[int, int]]:
    """Where names stand; `lower` is the text in small letters."""
    for capital in _SEPARATED.finditer(text):
        start = capital.end() - 1
        before = lower[max(0, start - _LONGEST_LEAD) : start]
        if before.rstrip(_BETWEEN).endswith(_LEAD_ENDS):
            lead = _LEAD.search(before)
            name = _NAME.match(text, start) if lead else None
            if lead and name and _announces(lead, text[start - len(before) : start], name[0]):
                yield name.span()
    if "mr" in lower:
        for small in _SMALL.finditer(lower):
            alone = small.start() == 0 or not lower[small.start() - 1].isalnum()
            if alone and small[1] not in _NO_NAMES:
                yield small.span(1)


def _announces(lead: re.Match[str], before: str, name: str) -> bool:
    words = [word.strip(".,'’").lower() for word in name.split()]
    if words[0] in _NO_NAMES:
        return False
    if lead["title"] is not None:
        return before[lead.start() : lead.start() + 1].isupper() or lead["title"].startswith("m")
    if lead["beside"] is None:
        return True
    # "Resident Safety" is a heading, "resident Mavis" and "Resident Mavis Pym" are people.
    small = before[lead.start("beside")].islower()
    return small or len(words) > 1 or lead["beside"] in _ALONE
