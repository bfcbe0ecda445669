"""What intake says: the register, agencies, concerns, signals, refusals and receipts.

The order of the imports is the order in which the events are declared, and listed.
"""

from __future__ import annotations

# Sorted, they would be declared in another order.
# isort: off
from shared.contracts.intake.register import (
    ProviderUpdated,
    LocationUpdated,
    FunctionHeld,
    AgencyUpdated,
    ContactChanged,
    ContactRemoved,
    ConfidentialityAccepted,
)
from shared.contracts.intake.concerns import (
    ConcernReceived,
    ConcernAcknowledged,
    ConcernTriaged,
    TriageOverdue,
    ConcernRedirected,
    HandoverAcknowledged,
)
from shared.contracts.intake.quarantine import (
    EmergencyUnplaced,
    QuarantineWaiting,
    QuarantineSettled,
)
from shared.contracts.intake.signals import (
    SafeguardingOutcomeRecorded,
    CqcRatingChanged,
    ComplaintRecorded,
    QualityReturnRecorded,
    QualityReturnOverdue,
    ContractReviewRecorded,
)
from shared.contracts.intake.receipts import IntakeRequestRefused, ReceiptIssued
from shared.contracts.intake.followups import (
    ConcernAnswered,
    RedirectionTold,
    CorrectionDecided,
    HandoverAddedTo,
    HandoverUnanswered,
    ConcernWithdrawn,
    ConcernsMerged,
)
from shared.contracts.intake.outcomes import (
    ComplaintOutcomeRecorded,
    OmbudsmanOutcomeRecorded,
    CqcInspectionRecorded,
    CqcEnforcementRecorded,
)
from shared.contracts.intake.feedback import PublicFeedbackRecorded, ComplimentReceived
from shared.contracts.intake.circumstances import (
    CapacityRecorded,
    PoliceMatterRecorded,
    OtherAssessmentRecorded,
)
from shared.contracts.intake.requests import (
    RequestRecorded,
    RequestClosed,
    RequestRouted,
    StatutoryRequestRecorded,
    RefusalOverridden,
    StatutoryRequestHandedOver,
    StatutoryRequestDue,
    StatutoryRequestOverdue,
    RefusalLifted,
    PolicyReviewDue,
    PolicyVaried,
)

# isort: on

__all__ = [
    "AgencyUpdated",
    "CapacityRecorded",
    "ComplaintOutcomeRecorded",
    "ComplaintRecorded",
    "ComplimentReceived",
    "ConcernAcknowledged",
    "ConcernAnswered",
    "ConcernReceived",
    "ConcernRedirected",
    "ConcernTriaged",
    "ConcernWithdrawn",
    "ConcernsMerged",
    "ConfidentialityAccepted",
    "ContactChanged",
    "ContactRemoved",
    "ContractReviewRecorded",
    "CorrectionDecided",
    "CqcEnforcementRecorded",
    "CqcInspectionRecorded",
    "CqcRatingChanged",
    "EmergencyUnplaced",
    "FunctionHeld",
    "HandoverAcknowledged",
    "HandoverAddedTo",
    "HandoverUnanswered",
    "IntakeRequestRefused",
    "LocationUpdated",
    "OmbudsmanOutcomeRecorded",
    "OtherAssessmentRecorded",
    "PoliceMatterRecorded",
    "PolicyReviewDue",
    "PolicyVaried",
    "ProviderUpdated",
    "PublicFeedbackRecorded",
    "QualityReturnOverdue",
    "QualityReturnRecorded",
    "QuarantineSettled",
    "QuarantineWaiting",
    "ReceiptIssued",
    "RedirectionTold",
    "RefusalLifted",
    "RefusalOverridden",
    "RequestClosed",
    "RequestRecorded",
    "RequestRouted",
    "SafeguardingOutcomeRecorded",
    "StatutoryRequestDue",
    "StatutoryRequestHandedOver",
    "StatutoryRequestOverdue",
    "StatutoryRequestRecorded",
    "TriageOverdue",
]
