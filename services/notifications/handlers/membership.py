"""Follow the QIPs: from its opening a case is that of its members, who come and go (L1.2, L4)."""

from __future__ import annotations

from services.notifications.handlers import facts, feeds
from services.notifications.store import cases, locks, register
from services.notifications.tables import MemberRow, QipRow
from shared.contracts.envelope import Envelope
from shared.contracts.meetings import MemberJoined, MemberLeft, QipOpened
from shared.platform.work import Work


async def open_qip(work: Work, event: QipOpened, envelope: Envelope) -> None:
    """From now on the location's case is that of the QIP's members."""
    await locks.change_case(work, event.location_id)
    kept = await facts.keep(work, envelope)
    await cases.open_qip(
        work,
        QipRow(
            location_id=event.location_id,
            partnership=event.partnership,
            qip_id=event.qip_id,
            since=kept.seq,
        ),
    )
    await facts.tell(work, [kept])


async def join(work: Work, event: MemberJoined, envelope: Envelope) -> None:
    """An agency joins a QIP: what it may now know follows, in order, then that it joined."""
    await locks.change_case(work, event.location_id)
    kept = await facts.keep(work, envelope)
    await cases.join(
        work,
        MemberRow(
            qip_id=event.qip_id,
            agency_id=event.agency_id,
            partnership=event.partnership,
            location_id=event.location_id,
            function=event.function,
            joined_at=work.now,
        ),
    )
    await _review(work, event)
    await facts.tell(work, [kept])


async def leave(work: Work, event: MemberLeft, envelope: Envelope) -> None:
    """An agency leaves a QIP: what has not left for it yet does not leave."""
    await locks.change_case(work, event.location_id)
    kept = await facts.keep(work, envelope)
    await cases.leave(work, event.partnership, event.qip_id, event.agency_id, work.now)
    await _review(work, event)
    await facts.tell(work, [kept])


async def _review(work: Work, event: MemberJoined | MemberLeft) -> None:
    for agency in await register.agencies(work, event.partnership, only=event.agency_id):
        await feeds.review(work, event.partnership, agency, event.location_id)
