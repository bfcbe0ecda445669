"""Who and what the story is about, as its actors know it: references, names, addresses."""

from __future__ import annotations

LARCHFIELD = "1-200000001"
"""Meets L1.2a, f and g. Its manager tells a concern, and a QIP is opened here."""
TIDEWELL = "1-200000006"
"""Meets L1.2b; the intelligence meeting declines a QIP."""
HOLLOWBECK = "1-200000020"
"""Meets L1.2c: its leadership is implicated, and most agencies must learn nothing."""
SALTMARSH = "1-200000023"
"""Meets L1.2d, once the team manager confirms it."""
MISTLETHORPE = "1-200000033"
"""Meets L1.2e, once the team manager confirms it."""
FOXHOLT = "1-200000008"
"""Somebody is in danger here."""
DUNNOCKFIELD = "1-200000026"
"""Somebody was significantly harmed here."""
ELMSCAR = "1-200000028"
"""A care concern like many, which staff triage."""

NAMES = {
    LARCHFIELD: "Larchfield Example Care Home",
    TIDEWELL: "Tidewell Example House",
    HOLLOWBECK: "Hollowbeck Example Manor",
    SALTMARSH: "Saltmarsh Example House",
    MISTLETHORPE: "Mistlethorpe Sample Hall",
    FOXHOLT: "Foxholt Sample Grange",
    DUNNOCKFIELD: "Dunnockfield Sample Villa",
    ELMSCAR: "Elmscar Example Nursing Home",
}

TRIGGERS = {
    "L1.2a": LARCHFIELD,
    "L1.2b": TIDEWELL,
    "L1.2c": HOLLOWBECK,
    "L1.2d": SALTMARSH,
    "L1.2e": MISTLETHORPE,
    "L1.2f": LARCHFIELD,
    "L1.2g": LARCHFIELD,
}
"""Where each trigger is to be met."""

AGENCIES = (
    "council-quality",
    "council-contracts",
    "council-safeguarding",
    "council-complaints",
    "icb",
    "csu",
    "cqc",
    "police",
    "mental-health-trust",
    "healthwatch",
)
MEMBERS = ("council-quality", "council-contracts", "council-safeguarding", "icb", "csu", "cqc")
"""Who is in the case before a QIP and a member of it afterwards, by the policy pack."""
OUTSIDE = ("council-complaints", "police", "mental-health-trust", "healthwatch")
"""Who tells things, and learns of none that is not public."""

MANAGER = "fenella.cobblewood@larchfield.example"
NOMINATED = "ambrose.thackerlane@larchfield.example"
CHAIR = "sabeen.willowcroft@combined-council.example"
CHAIR_NAME = "Sabeen Willowcroft"
QUALITY_TEAM = "quality-team@combined-council.example"
SAFEGUARDING_DESK = "safeguarding-duty@combined-council.example"

RESIDENT = "Marigold Pemberlake"
"""Somebody invented whom the narratives name: neither she nor they may leave by any channel."""
TELLTALE = "kingfisher"
"""A word that every narrative holds, and nothing that leaves may."""

PARTNERS_TRACE = "00-5eed0000000000000000000000c0ffee-00000000000d0e50-01"
"""The trace that council safeguarding's own system has running when it publishes."""
