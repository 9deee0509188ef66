"""`perron invitations`: send the mails with which people begin."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from wizard.cli import output
from wizard.services import invitations as services


@click.group()
def invitations() -> None:
    """Invitations: user name, temporary password and button, sent to those who are to begin."""


@invitations.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("--kind", type=click.Choice(["invitation", "announcement"]), default="invitation", show_default=True)
@click.option("--limit", type=click.IntRange(min=1), help="Send no more than this many.")
@click.option("--again", is_flag=True, help="Send to those too who have an invitation already; the older one ends.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@with_appcontext
def send(names: tuple[str, ...], *, kind: str, limit: int | None, again: bool, as_json: bool) -> None:
    """Invite everybody of first-connection who has no invitation yet, or the people named.

    Exit status 3 when somebody named cannot be invited. Stopped and run again, it sends nothing twice.
    """
    if kind == "announcement":
        raise click.UsageError(
            "An announcement goes to accounts that were moved from an old system. "
            "People of first-connection get an invitation: use --kind invitation."
        )
    total = services.count(names, again=again)
    with output.progress("Inviting", min(total, limit or total)) as tell:
        summary = services.send(names, again=again, limit=limit, advance=tell)
    if as_json:
        output.print_json(asdict(summary))
    else:
        click.echo(f"Invitations written to the outbox: {summary.sent}.")
        for refused in summary.refused:
            click.echo(f"{refused.name}: {services.REASONS[refused.reason]}.", err=True)
    if summary.refused:
        sys.exit(output.SOME_REFUSED)
