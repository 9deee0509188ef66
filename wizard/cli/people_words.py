"""What `perron people` prints: an import's summary, and one person, in lines for reading and as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from wizard.extensions import tools
from wizard.services.import_reports import RowResult
from wizard.services.imports import CONFLICT, REFUSED, RESULTS, Summary

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
    ("last_sign_in_at", "Last sign-in"),
    ("open_sessions", "Open sessions"),
)


def import_summary(summary: Summary, *, dry_run: bool) -> dict[str, Any]:
    """The summary for programs; `problems` are the first conflicts and refusals, `problems_not_listed` the rest."""
    return {
        "dry_run": dry_run,
        "rows": summary.rows,
        **summary.counts,
        "invited": summary.invited,
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
    if summary.counts[CONFLICT]:
        click.echo("Conflicts are values that differ from those here. `--update` applies them.")
    if summary.counts[REFUSED]:
        click.echo("Refused rows left nothing behind. Correct them and import the file again.")


def _line(result: RowResult) -> str:
    place = f"Line {result.line}, {result.column}" if result.column else f"Line {result.line}"
    return f"{place}: {result.result}. {result.reason}"


def print_person(facts: dict[str, Any]) -> None:
    """Print what `people_facts.facts` knows, times in the installation's time zone."""
    click.echo(facts["state_words"])
    for name, label in _FACTS:
        if facts[name] not in (None, ""):
            click.echo(f"{label}: {_shown(facts[name])}")
    click.echo("Steps:")
    for step in facts["steps"]:
        click.echo(f"  {step['step']}: {_shown(step['done_at']) if step['done_at'] else 'not done'}")
    for each in facts["authenticators"]:
        click.echo(f"Authenticator: {each['kind']} “{each['label']}”, since {_shown(each['proven_at'])}")
    click.echo(f"Invitation: {_invitation(facts['issue'])}")
    for mail in facts["mails"]:
        click.echo(f"Mail: {_mail(mail)}")


def _invitation(issue: dict[str, Any] | None) -> str:
    if issue is None:
        return "none"
    return f"{issue['state']}, made {_shown(issue['created_at'])}, ends {_shown(issue['ends_at'])}"


def _mail(mail: dict[str, Any]) -> str:
    told = [mail["kind"], mail["state"], _shown(mail["handed_over_at"] or mail["created_at"])]
    told += [str(mail[name]) for name in ("recipient", "reply_code", "problem") if mail[name]]
    if mail["button_opened_at"]:
        told.append(f"button opened {_shown(mail['button_opened_at'])}")
    return ", ".join(told)


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(tools().settings.time_zone)).strftime("%Y-%m-%d %H:%M %Z")
    return str(value)
