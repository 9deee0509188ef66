"""What `perron people` prints: an import's summary, and one person, in lines for reading and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from wizard.cli import importing
from wizard.cli.output import shown
from wizard.services.import_reports import CONFLICT, REFUSED
from wizard.services.imports import Summary
from wizard.services.invitees import REASONS

_FACTS = (
    ("id", "Id"),
    ("username", "User name"),
    ("email", "Address"),
    ("given_name", "Given name"),
    ("family_name", "Family name"),
    ("display_name", "Display name"),
    ("language", "Language"),
    ("journey", "Journey"),
    ("created_at", "Added"),
    ("disabled_at", "Disabled"),
    ("announced_at", "Announced"),
    ("address_confirmed_at", "Address confirmed"),
    ("last_sign_in_at", "Last sign-in"),
    ("open_sessions", "Open sessions"),
)


def import_summary(summary: Summary, *, dry_run: bool) -> dict[str, Any]:
    """The summary for programs, with what only an import of people has."""
    return importing.values_of(summary, dry_run=dry_run) | {
        "organisations_added": summary.organisations,
        "offices_added": summary.offices,
        "addresses_to_confirm": summary.doubtful,
        "invited": summary.invited,
        "passed_over": summary.passed_over,
        "sending": summary.sending,
        "unused_columns": summary.unused_columns,
    }


def print_import(summary: Summary, *, dry_run: bool) -> None:
    """Print the summary: the rows first, then the counts and what follows from them."""
    unused = ", ".join(summary.unused_columns)
    importing.print_rows(
        summary, dry_run=dry_run, remarks=[f"Columns that are not used by this journey: {unused}."] if unused else ()
    )
    click.echo(f"{importing.counts_in_words(summary)}; invited {summary.invited}.")
    for line in _remarks(summary):
        click.echo(line)


def _remarks(summary: Summary) -> Iterator[str]:
    if summary.organisations or summary.offices:
        yield f"New organisations: {summary.organisations}. New offices: {summary.offices}."
    if summary.doubtful:
        yield f"Added with an address that the helpdesk must confirm first: {summary.doubtful}."
    for reason, number in summary.passed_over.items():
        yield f"Not invited: {number}, because {REASONS[reason]}."
    if summary.sending:
        yield f"Sending: {summary.sending}"
    if any(each.result == CONFLICT for each in summary.listed):
        yield "Conflicts are values that differ from those here. `--update` applies them."
    if summary.counts[REFUSED]:
        yield importing.AFTER_REFUSALS


def print_person(facts: dict[str, Any]) -> None:
    """Print what `people_facts.facts` knows, times in the installation's time zone."""
    click.echo(facts["state_words"])
    for name, label in _FACTS:
        if facts[name] not in (None, ""):
            click.echo(f"{label}: {shown(facts[name])}")
    for place in facts["memberships"]:
        where = ", ".join(filter(None, (place["office"], place["office_kind"], place["country"])))
        click.echo(f"Membership: {place['organisation']} ({place['organisation_kind']}), {where}: {place['role']}")
    click.echo("Steps:")
    for step in facts["steps"]:
        click.echo(f"  {step['step']}: {shown(step['done_at']) if step['done_at'] else 'not done'}")
    for each in facts["authenticators"]:
        click.echo(f"Authenticator: {each['kind']} “{each['label']}”, since {shown(each['proven_at'])}")
    click.echo(f"Invitation: {_invitation(facts['issue'])}")
    for mail in facts["mails"]:
        click.echo(f"Mail: {_mail(mail)}")


def _invitation(issue: dict[str, Any] | None) -> str:
    if issue is None:
        return "none"
    return f"{issue['state']}, made {shown(issue['created_at'])}, ends {shown(issue['ends_at'])}"


def _mail(mail: dict[str, Any]) -> str:
    told = [mail["kind"], mail["state"], shown(mail["handed_over_at"] or mail["created_at"])]
    told += [str(mail[name]) for name in ("recipient", "reply_code", "problem") if mail[name]]
    if mail["button_opened_at"]:
        told.append(f"button opened {shown(mail['button_opened_at'])}")
    return ", ".join(told)
