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
