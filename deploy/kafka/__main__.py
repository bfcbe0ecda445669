"""The command line: `python -m deploy.kafka apply|drift|rotate|suspend|resume`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from deploy.kafka import changes
from deploy.kafka.cluster import connect
from deploy.kafka.credentials import Credentials
from shared.contracts import agencies as installation

Agencies = Annotated[Path, typer.Option(help="the file that names the partner agencies")]
Bootstrap = Annotated[str, typer.Option(help="host:port of a broker")]
AdminUser = Annotated[str, typer.Option(help="a super user of the cluster")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="its password; without it, KAFKA_ADMIN_PASSWORD or a question")
]
Ca = Annotated[Path | None, typer.Option(help="the CA of the brokers; without it, no TLS")]
Directory = Annotated[Path, typer.Option(help="where each principal's password lies")]
Password = Annotated[str, typer.Option(envvar="KAFKA_ADMIN_PASSWORD", hidden=True)]

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)


@app.command()
def apply(
    agencies: Agencies,
    bootstrap: Bootstrap,
    admin_user: AdminUser,
    credentials: Directory,
    admin_password_file: PasswordFile = None,
    ca: Ca = None,
    password: Password = "",
    prune: Annotated[bool, typer.Option(help="take away what the catalogue does not have")] = False,
) -> None:
    """Make topics, logins and rights as the catalogue says. A second run changes nothing."""
    admin = _client(bootstrap, admin_user, admin_password_file, ca, password)
    done = changes.apply(admin, _ids(agencies), credentials, prune=prune)
    _print(done, "nothing to change")
    _print(
        [f"remains: {line}" for line in changes.drift(admin, _ids(agencies), credentials)],
        "the cluster is as the catalogue says",
    )


@app.command()
def drift(
    agencies: Agencies,
    bootstrap: Bootstrap,
    admin_user: AdminUser,
    credentials: Directory,
    admin_password_file: PasswordFile = None,
    ca: Ca = None,
    password: Password = "",
) -> None:
    """Show where the cluster differs from the catalogue; exit 1 where it does."""
    admin = _client(bootstrap, admin_user, admin_password_file, ca, password)
    lines = changes.drift(admin, _ids(agencies), credentials)
    _print(lines, "the cluster is as the catalogue says")
    raise typer.Exit(1 if lines else 0)


@app.command()
def rotate(
    principal: str,
    bootstrap: Bootstrap,
    admin_user: AdminUser,
    credentials: Directory,
    admin_password_file: PasswordFile = None,
    ca: Ca = None,
    password: Password = "",
    finish: Annotated[bool, typer.Option(help="the second password is the only one now")] = False,
    at_once: Annotated[bool, typer.Option(help="replace it, after a leak")] = False,
) -> None:
    """Give an agency or a service a second password; with --finish the first one ends."""
    admin = _client(bootstrap, admin_user, admin_password_file, ca, password)
    try:
        if at_once:
            changes.rotate_at_once(admin, principal, credentials)
            typer.echo(f"{principal} has a new password")
        elif finish:
            changes.finish_rotation(admin, principal, credentials)
            typer.echo(f"the old password of {principal} has ended")
        else:
            path = changes.rotate(admin, principal, credentials)
            mechanism = Credentials(credentials).next_mechanism(principal)
            typer.echo(f"{principal} has a second password, for {mechanism}: {path}")
    except LookupError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def suspend(
    agency: str,
    agencies: Agencies,
    bootstrap: Bootstrap,
    admin_user: AdminUser,
    credentials: Directory,
    admin_password_file: PasswordFile = None,
    ca: Ca = None,
    password: Password = "",
) -> None:
    """Cut an agency off, at once, until it is resumed."""
    _known(agency, agencies)
    admin = _client(bootstrap, admin_user, admin_password_file, ca, password)
    _print(changes.suspend(admin, agency, credentials), f"{agency} had no rights")


@app.command()
def resume(
    agency: str,
    agencies: Agencies,
    bootstrap: Bootstrap,
    admin_user: AdminUser,
    credentials: Directory,
    admin_password_file: PasswordFile = None,
    ca: Ca = None,
    password: Password = "",
) -> None:
    """Let a suspended agency in again, with a new password."""
    _known(agency, agencies)
    admin = _client(bootstrap, admin_user, admin_password_file, ca, password)
    _print(changes.resume(admin, agency, _ids(agencies), credentials), "nothing to change")


def _client(
    bootstrap: str, user: str, file: Path | None, ca: Path | None, password: str
) -> AdminClient:
    if file is not None:
        password = file.read_text("utf-8").strip()
    return connect(bootstrap, user, password or typer.prompt("Password", hide_input=True), ca)


def _ids(agencies: Path) -> list[str]:
    return [agency.id for agency in installation.load(agencies)]


def _known(agency: str, agencies: Path) -> None:
    if agency not in _ids(agencies):
        raise typer.BadParameter(f"{agencies} names no agency {agency}")


def _print(lines: list[str], otherwise: str) -> None:
    for line in lines or [otherwise]:
        typer.echo(line)


if __name__ == "__main__":
    try:
        app()
    except KafkaException as error:
        typer.echo(f"Kafka: {error.args[0].str()}", err=True)
        raise SystemExit(2) from None
