"""Vary a default of the policy for one provider: with a reason, on record (WG3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.intake.handlers import personal_data
from services.intake.store import register
from services.intake.store import requests as store
from services.intake.tables import VariationRow
from shared.contracts.intake import PolicyVaried
from shared.contracts.words import refused
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.policy import Cited
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


def cited(work: Work, partnership: str, provider_id: UUID, name: str) -> Cited:
    """A default as it is for a provider that was read ahead; a variation says so in its clause."""
    process, _, value = name.partition(".")
    default = work.policies.on(partnership, work.today).value("intake", process, value)
    varied = store.varied(work, provider_id, name)
    if varied is None:
        return default
    return replace(default, value=varied.value, clause=f"{default.clause}, varied (WG3)")


async def vary(
    work: Work, person: Person, provider_id: UUID, name: str, value: int, reason: str
) -> VariationRow:
    """The team manager varies a default for one provider. Raises Refused."""
    personal_data.check_staff(work, reason=reason)
    provider = await register.provider_within(work, person.partnerships, provider_id)
    if provider is None:
        raise not_found()
    pack = work.policies.on(provider.partnership, work.today)
    allowed = pack.value("intake", "variations", "names")
    if name not in allowed.texts:
        raise refused(
            "WG3",
            "The policy does not let this default be varied.",
            f"It may be one of: {', '.join(allowed.texts)}.",
            clause=allowed.clause,
            field="name",
        )
    process, _, default_name = name.partition(".")
    default = pack.value("intake", process, default_name)
    await store.read_ahead(work, {provider_id})
    earlier = store.varied(work, provider_id, name)
    if earlier is not None:
        earlier.ended_at = work.now
    row = VariationRow(
        id=work.new_id(),
        partnership=provider.partnership,
        provider_id=provider_id,
        name=name,
        value=value,
        default_value=default.number,
        clause=default.clause,
        reason=reason,
        varied_by=person.subject,
        at=work.now,
    )
    work.session.add(row)
    work.audit(person.subject, "policy.varied", row.id, partnership=row.partnership, why=reason)
    work.announce(
        PolicyVaried(
            partnership=row.partnership,
            provider_id=provider_id,
            variation_id=row.id,
            name=name,
            value=value,
            default_value=row.default_value,
            clause=row.clause,
        )
    )
    return row


async def of_provider(
    work: Work, person: Person, provider_id: UUID, turn: Turn
) -> Page[VariationRow]:
    """All that was ever varied for a provider, the newest first."""
    if await register.provider_within(work, person.partnerships, provider_id) is None:
        raise not_found()
    rows = await store.variations(work, person.partnerships, provider_id)
    wanted = {"provider": provider_id}
    kinds = (datetime, UUID)
    return paging.among(rows, turn, kinds, wanted, lambda one: (one.at, one.id), descending=True)
