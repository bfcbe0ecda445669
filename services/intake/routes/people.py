"""Who may knock: the roles that intake's routes ask for."""

from __future__ import annotations

from typing import Annotated

from shared.contracts.words import Role
from shared.platform.security import Person, requires

Submitter = Annotated[
    Person,
    requires(
        Role.PORTAL,
        Role.REGISTERED_MANAGER,
        Role.NOMINATED_INDIVIDUAL,
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
    ),
]
Triager = Annotated[
    Person,
    requires(Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.SAFEGUARDING, Role.TEAM_MANAGER),
]
Safeguarding = Annotated[Person, requires(Role.SAFEGUARDING)]
Staff = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.SAFEGUARDING,
        Role.TEAM_MANAGER,
        Role.OPERATIONS_LEAD,
        Role.INTELLIGENCE_CHAIR,
        Role.NOTE_TAKER,
        Role.QIP_CHAIR,
    ),
]
Convener = Annotated[
    Person,
    requires(Role.INTELLIGENCE_CHAIR, Role.QIP_CHAIR, Role.NOTE_TAKER, Role.TEAM_MANAGER),
]
Governance = Annotated[Person, requires(Role.INFORMATION_GOVERNANCE, Role.SENIOR_MANAGER)]
Registrar = Annotated[
    Person, requires(Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.TEAM_MANAGER, Role.ADMIN)
]
"""Who keeps the register by hand."""
Positioned = Annotated[
    Person,
    requires(
        Role.TEAM_MANAGER,
        Role.SENIOR_MANAGER,
        Role.ASSISTANT_DIRECTOR,
        Role.OPERATIONS_LEAD,
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
    ),
]
"""Who reports on how CQC rates the providers (W4.4)."""
Follower = Annotated[
    Person,
    requires(
        Role.PORTAL,
        Role.REGISTERED_MANAGER,
        Role.NOMINATED_INDIVIDUAL,
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.AGENCY_LIAISON,
    ),
]
Answerer = Annotated[Person, requires(Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.TEAM_MANAGER)]
ReturnReader = Annotated[
    Person, requires(Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.TEAM_MANAGER)
]
"""Who of the council is told that a return did not come (domain.handling.of_missing_return)."""
FeedbackReader = Annotated[
    Person,
    requires(Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.TEAM_MANAGER, Role.COMPLAINTS),
]
Asking = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.SAFEGUARDING,
        Role.TEAM_MANAGER,
        Role.SENIOR_MANAGER,
        Role.OPERATIONS_LEAD,
        Role.COMPLAINTS,
        Role.INFORMATION_GOVERNANCE,
        Role.AGENCY_LIAISON,
        Role.REGISTERED_MANAGER,
        Role.NOMINATED_INDIVIDUAL,
        Role.PORTAL,
    ),
]
RequestReader = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.SAFEGUARDING,
        Role.TEAM_MANAGER,
        Role.SENIOR_MANAGER,
        Role.OPERATIONS_LEAD,
        Role.COMPLAINTS,
        Role.INFORMATION_GOVERNANCE,
        Role.AGENCY_LIAISON,
        Role.REGISTERED_MANAGER,
        Role.NOMINATED_INDIVIDUAL,
        Role.PORTAL,
        Role.ASSISTANT_DIRECTOR,
    ),
]
Governor = Annotated[Person, requires(Role.INFORMATION_GOVERNANCE)]
Approver = Annotated[
    Person, requires(Role.TEAM_MANAGER, Role.SENIOR_MANAGER, Role.ASSISTANT_DIRECTOR)
]
Closer = Annotated[
    Person,
    requires(Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.TEAM_MANAGER, Role.OPERATIONS_LEAD),
]
LoadReader = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.SAFEGUARDING,
        Role.TEAM_MANAGER,
        Role.SENIOR_MANAGER,
        Role.OPERATIONS_LEAD,
        Role.COMPLAINTS,
        Role.AGENCY_LIAISON,
    ),
]
RefusalReader = Annotated[
    Person, requires(Role.TEAM_MANAGER, Role.SENIOR_MANAGER, Role.ASSISTANT_DIRECTOR)
]
SignalReader = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.SAFEGUARDING,
        Role.TEAM_MANAGER,
        Role.OPERATIONS_LEAD,
        Role.COMPLAINTS,
    ),
]
"""Who reads what agencies told beside concerns; the other bodies read what follows from it."""
AgencyReader = Annotated[
    Person,
    requires(
        Role.INFORMATION_GOVERNANCE,
        Role.SENIOR_MANAGER,
        Role.TEAM_MANAGER,
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
    ),
]
Manager = Annotated[Person, requires(Role.TEAM_MANAGER)]
TimelineReader = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.SAFEGUARDING,
        Role.TEAM_MANAGER,
        Role.OPERATIONS_LEAD,
        Role.REGISTERED_MANAGER,
        Role.NOMINATED_INDIVIDUAL,
    ),
]
"""Staff, and the provider's own people what is public or their own."""
RunAsker = Annotated[Person, requires(Role.ADMIN, Role.INFORMATION_GOVERNANCE, Role.SENIOR_MANAGER)]
"""Who asks for a retention run; one of `Governance`, and another person, approves it."""
HoldKeeper = Annotated[Person, requires(Role.INFORMATION_GOVERNANCE)]
"""Who sets and lifts legal holds."""
Uploader = Annotated[
    Person,
    requires(Role.AGENCY_LIAISON, Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.TEAM_MANAGER),
]
"""Who uploads files of rows: an agency's liaison for it, or staff on behalf of one."""
Member = Annotated[Person, requires(*(role for role in Role if role is not Role.PORTAL))]
"""Whoever may come to open papers at meetings; the portal speaks for the public, and is nobody."""
