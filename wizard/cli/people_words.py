"""What `perron people` prints: an import's summary, and one person, in lines for reading and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from wizard.extensions import tools
from wizard.services.import_reports import CONFLICT, REFUSED, RESULTS, RowResult
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
    """The summary for programs; `problems` are the first conflicts and refusals, `problems_not_listed` the rest."""
    return {
        "dry_run": dry_run,
        "rows": summary.rows,
        **summary.counts,
        "organisations_added": summary.organisations,
        "offices_added": summary.offices,
        "addresses_to_confirm": summary.doubtful,
        "invited": summary.invited,
        "passed_over": summary.passed_over,
        "sending": summary.sending,
        "unknown_columns": summary.unknown_columns,
        "unused_columns": summary.unused_columns,
        "problems": [
            {"line": each.line, "key": each.key, "result": each.result, "column": each.column, "reason": each.reason}
            for each in summary.listed
        ],
        "problems_not_listed": summary.not_listed,
    }


def print_import(summary: Summary, *, dry_run: bool) -> None:
    if summary.unknown_columns:
        click.echo(f"Columns that Perron does not know, not used: {', '.join(summary.unknown_columns)}.")
    if summary.unused_columns:
        click.echo(f"Columns that are not used by this journey: {', '.join(summary.unused_columns)}.")
    for result in summary.listed:
        click.echo(_line(result))
    if summary.not_listed:
        click.echo(f"And {summary.not_listed} more. `--report` writes them all.")
    if dry_run:
        click.echo("This was a dry run: nothing has changed. It would have been:")
    click.echo(", ".join(f"{result} {summary.counts[result]}" for result in RESULTS) + f"; invited {summary.invited}.")
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
        yield "Refused rows left nothing behind. Correct them and import the file again."


def _line(result: RowResult) -> str:
    place = f"Line {result.line}, {result.column}" if result.column else f"Line {result.line}"
    return f"{place}: {result.result}. {result.reason}"


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


def shown(value: Any) -> str:
    """A value in words, a moment in the installation's time zone."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(tools().settings.time_zone)).strftime("%Y-%m-%d %H:%M %Z")
    return str(value)
