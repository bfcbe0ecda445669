"""The tables of intake, and nothing else; whoever imports one has the whole metadata."""

from services.intake.tables.agencies import (
    AcceptanceRow,
    AgencyRow,
    AgencySuccessionRow,
    AgreementRow,
    FunctionRow,
)
from services.intake.tables.concerns import (
    ConcernEntryRow,
    ConcernRow,
    ConcernToIndexRow,
    ConcernWordsRow,
    DraftRow,
    DuplicateRow,
    HandoverRow,
    TriageClaimRow,
)
from services.intake.tables.files import FileRow
from services.intake.tables.messages import InboundRow, QuarantineRow
from services.intake.tables.register import (
    ContactRow,
    ImportRow,
    LocationRow,
    PastFactRow,
    ProviderRow,
    RatingRow,
    SuccessionRow,
)
from services.intake.tables.requests import RequestRow, VariationRow
from services.intake.tables.retention import LegalHoldRow, RetentionRunRow
from services.intake.tables.schema import IntakeTable, metadata, platform
from services.intake.tables.told import ExpectedReturnRow, FeedbackRow, SignalRow

__all__ = [
    "AcceptanceRow",
    "AgencyRow",
    "AgencySuccessionRow",
    "AgreementRow",
    "ConcernEntryRow",
    "ConcernRow",
    "ConcernToIndexRow",
    "ConcernWordsRow",
    "ContactRow",
    "DraftRow",
    "DuplicateRow",
    "ExpectedReturnRow",
    "FeedbackRow",
    "FileRow",
    "FunctionRow",
    "HandoverRow",
    "ImportRow",
    "InboundRow",
    "IntakeTable",
    "LegalHoldRow",
    "LocationRow",
    "PastFactRow",
    "ProviderRow",
    "QuarantineRow",
    "RatingRow",
    "RequestRow",
    "RetentionRunRow",
    "SignalRow",
    "SuccessionRow",
    "TriageClaimRow",
    "VariationRow",
    "metadata",
    "platform",
]
