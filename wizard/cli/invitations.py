"""`perron invitations`: send the mails with which people begin, and look after what was sent."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from wizard.cli import output
from wizard.cli.output import json_option, shown
from wizard.services import invitations as services
from wizard.services import invitees, sendings
from wizard.services.import_rows import REQUIRED
from wizard.services.sendings import Standing


@click.group()
def invitations() -> None:
    """Invitations and announcements: what is sent to those who are to begin."""


@invitations.command()
@click.argument("names", nargs=-1, metavar="[NAME…]")
@click.option("--kind", type=click.Choice(list(invitees.JOURNEYS)), default=invitees.INVITATION, show_default=True)
@click.option("--journey", type=click.Choice(list(REQUIRED)), help="Only people of this journey.")
@click.option("--limit", type=click.IntRange(min=1), help="Send no more than this many.")
@click.option(
    "--per-minute", type=click.IntRange(min=1, max=100_000), help="Let no more than this many fall due in a minute."
)
@click.option("--again", is_flag=True, help="Send to those too who had one already; an older invitation ends.")
@json_option
@with_appcontext
def send(
    names: tuple[str, ...],
    *,
    kind: invitees.Kind,
    journey: str | None,
    limit: int | None,
    per_minute: int | None,
    again: bool,
    as_json: bool,
) -> None:
    """Write to everybody who waits for an invitation, or to the people named.

    People of first-connection get user name, temporary password and button, people of migrated-account the button alone. An announcement
    goes to people of migrated-account before their invitation: it says which mail will come and carries no secret.

    Exit status 3 when somebody named gets none. Stopped and run again, it sends nothing twice. When too many mails of a sending are
    refused it pauses by itself: `perron invitations status`.
    """
    total = services.count(names, again=again, kind=kind, journey=journey)
    with output.progress("Writing", min(total, limit or total)) as tell:
        summary = services.send(
            names, again=again, limit=limit, kind=kind, journey=journey, per_minute=per_minute, advance=tell
        )
    if as_json:
        output.print_json(asdict(summary))
    else:
        _print_summary(summary, kind)
    if summary.refused:
        sys.exit(output.SOME_REFUSED)


def _print_summary(summary: services.Summary, kind: invitees.Kind) -> None:
    what = "Announcements" if kind == invitees.ANNOUNCEMENT else "Invitations"
    click.echo(f"{what} written to the outbox: {summary.sent}.")
    if summary.sending:
        click.echo(f"Sending: {summary.sending}")
    for reason, number in summary.passed_over.items():
        click.echo(f"Passed over: {number}, because {services.REASONS[reason]}.")
    if summary.more:
        click.echo("More people wait. At this pace their invitations would end too soon: send again in a few days.")
    for refused in summary.refused:
        click.echo(f"{refused.name}: {services.REASONS[refused.reason]}.", err=True)


@invitations.command()
@json_option
@with_appcontext
def status(*, as_json: bool) -> None:
    """List the sendings, the newest first, with what became of their mails."""
    found = list(sendings.standings())
    if as_json:
        output.print_json_list(asdict(each) for each in found)
        return
    for each in found:
        click.echo(_line(each))


def _line(each: Standing) -> str:
    counts = f"waiting {each.waiting}, handed over {each.handed_over}, refused {each.refused}, given up {each.given_up}"
    line = f"{each.id}  {each.kind}, {shown(each.created_at)}: {counts}"
    if each.paused_at is None:
        return line
    return (
        f"{line}. Paused {shown(each.paused_at)}: too many were refused. `perron invitations resume {each.id}` goes on"
    )


@invitations.command()
@click.argument("sending")
@with_appcontext
def resume(sending: str) -> None:
    """Let the waiting mails of a paused sending go on, as a new sending. Mend the addresses first."""
    try:
        resumed = sendings.resume(sending)
    except sendings.UnknownSending:
        raise click.ClickException("There is no such sending. `perron invitations status` lists them.") from None
    except sendings.NotPaused:
        raise click.ClickException("This sending is not paused, or nothing of it waits.") from None
    click.echo(f"Mails that go on: {resumed.mails}. Given up, because their invitation has ended: {resumed.given_up}.")
    click.echo(f"Sending: {resumed.sending_id}")
