"""What a person does to a cluster: apply the catalogue, show drift, rotate, suspend, resume."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from confluent_kafka.admin import AdminClient

from deploy.kafka import cluster
from deploy.kafka.credentials import Credentials
from deploy.kafka.state import Difference, State, compare, in_words, wanted
from shared.contracts.catalogue import principal_of_agency

SETTLE_SECONDS = 15.0
"""How long brokers may take until they act on what they were told."""


def apply(
    admin: AdminClient, agencies: Iterable[str], credentials_dir: Path, *, prune: bool = False
) -> list[str]:
    """Give the cluster what the catalogue says, and return what that changed, in words.

    A second run changes nothing. `prune` takes away ACLs, logins and settings of ours that the
    catalogue does not have; topics are never deleted. Raises KafkaException when the cluster
    refuses.
    """
    credentials = Credentials(credentials_dir)
    want = wanted(agencies, credentials.suspended())
    found = compare(want, cluster.read(admin))
    done = [*_add_topics(admin, found), *_let_in(admin, want, found, credentials)]
    cluster.create_acls(admin, found.missing_acls)
    done += [f"granted {in_words(acl)}" for acl in found.missing_acls]
    if prune:
        done += _prune(admin, found)
    if done:
        _settle(admin, want)
    return sorted(done)


def drift(admin: AdminClient, agencies: Iterable[str], credentials_dir: Path) -> list[str]:
    """Where the cluster differs from the catalogue, in words; empty where it does not."""
    want = wanted(agencies, Credentials(credentials_dir).suspended())
    return compare(want, cluster.read(admin)).lines()


def rotate(admin: AdminClient, principal: str, credentials_dir: Path) -> Path:
    """Give a principal a second password, for the other mechanism; gives its file.

    Both are valid until `finish_rotation`, so its clients, or a service's processes, change over
    one after the other and nothing that they send is lost. A second time changes nothing. Raises
    LookupError for who has no password here, such as somebody suspended.
    """
    credentials = _with_password(principal, credentials_dir)
    mechanism = credentials.next_mechanism(principal)
    cluster.set_passwords(admin, {principal: credentials.draw_next(principal)}, mechanism)
    return credentials.next_path(principal)


def finish_rotation(admin: AdminClient, principal: str, credentials_dir: Path) -> None:
    """The second password is the only one now. Raises LookupError where there is none.

    Open connections stay; the old password opens no new one.
    """
    credentials = _with_password(principal, credentials_dir)
    if not credentials.next_path(principal).exists():
        raise LookupError(f"{principal} has no second password: rotate comes first")
    cluster.delete_logins(admin, [principal], [credentials.mechanism(principal)])
    credentials.take_next(principal)


def rotate_at_once(admin: AdminClient, principal: str, credentials_dir: Path) -> None:
    """Give a principal a new password in place of its old one, after a leak.

    The old one opens no new connection from now on; open ones stay. Raises LookupError.
    """
    credentials = _with_password(principal, credentials_dir)
    mechanism = credentials.mechanism(principal)
    cluster.set_passwords(admin, {principal: credentials.draw(principal)}, mechanism)
    if credentials.next_path(principal).exists():
        credentials.next_path(principal).unlink()
        cluster.delete_logins(admin, [principal], [credentials.next_mechanism(principal)])


def _with_password(principal: str, credentials_dir: Path) -> Credentials:
    credentials = Credentials(credentials_dir)
    if not credentials.has(principal):
        raise LookupError(f"{principal} has no password in this directory")
    return credentials


def suspend(admin: AdminClient, agency: str, credentials_dir: Path) -> list[str]:
    """Cut an agency off: its rights first, which ends open connections' use, then its login.

    It stays cut when the catalogue is applied again, until `resume`. What lies on its topics stays.
    """
    principal = principal_of_agency(agency)
    Credentials(credentials_dir).suspend(principal)
    found = cluster.read(admin)
    rights = [acl for acl in found.acls if acl.principal == f"User:{principal}"]
    cluster.delete_acls(admin, rights)
    if principal in found.principals:
        cluster.delete_logins(admin, [principal])
    return sorted(f"revoked {in_words(acl)}" for acl in rights)


def resume(
    admin: AdminClient, agency: str, agencies: Iterable[str], credentials_dir: Path
) -> list[str]:
    """Let a suspended agency in again, with a new password."""
    Credentials(credentials_dir).resume(principal_of_agency(agency))
    return apply(admin, agencies, credentials_dir)


def _add_topics(admin: AdminClient, found: Difference) -> list[str]:
    cluster.create_topics(admin, found.missing_topics)
    cluster.write_settings(admin, found.settings)
    return [f"created topic {name}" for name in found.missing_topics] + [
        f"set {key} of topic {name}" for name, keys in found.settings.items() for key in keys
    ]


def _let_in(
    admin: AdminClient, want: State, found: Difference, credentials: Credentials
) -> list[str]:
    unknown = {name for name in want.principals if not credentials.has(name)}
    names = sorted(unknown | found.missing_principals)
    for mechanism in cluster.MECHANISMS:
        these = [name for name in names if credentials.mechanism(name) == mechanism]
        cluster.set_passwords(
            admin, {name: credentials.password(name) for name in these}, mechanism
        )
    return [f"set the password of {name}" for name in names]


def _prune(admin: AdminClient, found: Difference) -> list[str]:
    cluster.delete_acls(admin, found.extra_acls)
    cluster.delete_logins(admin, found.extra_principals)
    cluster.remove_settings(admin, found.extra_settings)
    return [
        *(f"revoked {in_words(acl)}" for acl in found.extra_acls),
        *(f"removed the login of {name}" for name in found.extra_principals),
        *(f"unset {key} of topic {n}" for n, keys in found.extra_settings.items() for key in keys),
    ]


def _settle(admin: AdminClient, want: State) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    while not compare(want, cluster.read(admin)).complete and time.monotonic() < deadline:
        time.sleep(0.1)
