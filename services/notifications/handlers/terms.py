"""What policy and settings say, as the plain values that rules take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.notifications.domain.composing import MailTerms
from services.notifications.domain.deliveries import Retrying
from services.notifications.domain.projection import secret_of
from services.notifications.domain.rights import Terms
from services.notifications.settings import NotificationsSettings
from shared.contracts.words import Refused
from shared.platform.policy import Pack
from shared.platform.telemetry import log
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Post:
    """From where mails come and where answers go, with the texts that they quote (WR1)."""

    from_address: str
    reply_to: str
    safeguarding_mailbox: str
    safeguarding_clause: str
    owner_mailbox: str
    governance_mailbox: str
    secure_domains: frozenset[str]
    quoted: MailTerms


def case_terms(work: Work, partnership: str) -> Terms | None:
    """Who is in the case; None where the policy has no such section: then nobody is."""
    pack = _pack(work, partnership)
    if pack is None or not pack.has("notifications", "case"):
        log.info("policy.no_case", partnership=partnership)
        return None
    seats = pack.value("notifications", "case", "seats")
    shared_with = pack.value("notifications", "case", "concerns_shared_with")
    themes = pack.value("notifications", "case", "themes_shared_with")
    return Terms(
        seats=frozenset(seats.texts),
        seats_clause=seats.clause,
        concerns_shared_with=frozenset(shared_with.texts),
        concerns_clause=shared_with.clause,
        agreement_version=pack.value("notifications", "case", "agreement_version").text,
        themes_shared_with=frozenset(themes.texts),
        themes_clause=themes.clause,
    )


def post_of(work: Work, partnership: str) -> Post | None:
    """How this partnership writes to people; None where its policy has no mail."""
    pack = _pack(work, partnership)
    if pack is None or not pack.has("notifications", "mail"):
        log.info("policy.no_mail", partnership=partnership)
        return None
    safeguarding = pack.value("notifications", "mail", "safeguarding_mailbox")
    secure = pack.value("notifications", "secure_domains", "domains")
    return Post(
        from_address=pack.value("notifications", "mail", "from_address").text,
        reply_to=pack.value("notifications", "mail", "reply_to").text,
        safeguarding_mailbox=safeguarding.text,
        safeguarding_clause=safeguarding.clause,
        owner_mailbox=pack.value("notifications", "mail", "owner_mailbox").text,
        governance_mailbox=pack.value("notifications", "mail", "governance_mailbox").text,
        secure_domains=frozenset(domain.lower() for domain in secure.texts),
        quoted=_quoted(pack),
    )


def _quoted(pack: Pack) -> MailTerms:
    takes_concerns = pack.has("intake", "concerns")
    # A partnership without QIPs has no terms of reference, and writes no mail that quotes them.
    has_qips = pack.has("meetings", "qip")
    return MailTerms(
        terms_link=pack.value("notifications", "mail", "terms_of_reference_link").text
        if has_qips
        else "",
        emergency_route=pack.value("intake", "concerns", "emergency_route").text
        if takes_concerns
        else "Call 999 now if anybody is in danger.",
        safeguarding_route=pack.value("intake", "concerns", "safeguarding_route").text
        if takes_concerns
        else "Report it to the adult safeguarding duty desk.",
    )


def _pack(work: Work, partnership: str) -> Pack | None:
    try:
        return work.policies.on(partnership, work.today)
    except Refused:
        log.warning("policy.no_pack", partnership=partnership)
        return None


def secret_for(work: Work, audience: str) -> bytes:
    """The secret from which all ids derive that one audience sees."""
    master = _settings(work).feed_secret.get_secret_value()
    return secret_of(master.encode(), audience)


def retrying(work: Work) -> Retrying:
    """How patiently a message is tried."""
    settings = _settings(work)
    return Retrying(settings.mail_tries, timedelta(seconds=settings.mail_first_pause_seconds))


def sending_lease(work: Work) -> timedelta:
    """After which time a message in sending has certainly been left behind by its process."""
    return timedelta(seconds=_settings(work).smtp_timeout_seconds * 6)


def longest_wait(work: Work) -> timedelta:
    """Further ahead than this no clock that goes right sets the next try of a message."""
    terms = retrying(work)
    return max(sending_lease(work), terms.first_pause * (1 << terms.tries))


def _settings(work: Work) -> NotificationsSettings:
    if not isinstance(work.settings, NotificationsSettings):
        raise TypeError("notifications works with its own settings only")
    return work.settings
