"""`perron organisations`: which there are, how complete their profiles are, and importing answers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from wizard.cli import importing, output
from wizard.organisations import rights_table
from wizard.services import import_files, profile_imports, profiles
from wizard.services.import_reports import CONFLICT, REFUSED
from wizard.services.profile_imports import Order, Summary

organisations = AppGroup("organisations", help="Look at organisations, and import answers to their profiles.")


@organisations.command("list")
@output.json_option
def list_(*, as_json: bool) -> None:
    """List the offices by organisation, with their members and how many answers are missing before they can apply."""
    if as_json:
        output.print_json_list(map(_told, profiles.everywhere()))
        return
    for row in map(_told, profiles.everywhere()):
        state = "complete" if row["profile_complete"] else f"missing {row['missing']}"
        told = (row["organisation"], row["organisation_kind"], row["office"], row["office_kind"], row["country"] or "")
        click.echo("\t".join((*map(import_files.shown, told), str(row["members"]), state)))


def _told(found: tuple[profiles.Standing, int]) -> dict[str, Any]:
    standing, members = found
    office = standing.office
    return {
        "organisation_id": office.organisation_id,
        "organisation": office.organisation,
        "organisation_kind": office.organisation_kind,
        "office_id": office.id,
        "office": office.name,
        "office_kind": office.kind,
        "country": office.country,
        "members": members,
        "profile_complete": standing.complete,
        "missing": standing.missing,
        "open": [question for _section, question in standing.open],
    }


@organisations.command("answers")
@importing.file_argument
@importing.dry_run_option
@click.option("--update", is_flag=True, help="Apply answers that differ from those here.")
@importing.report_option
@output.json_option
def answers(file: Path, *, dry_run: bool, update: bool, report: Path | None, as_json: bool) -> None:
    """Import answers to the profile from a CSV or XLSX file with the columns organisation, office, question and answer.

    A question is named by its id in the profile's file. Options are named by their id or their words, several with | between
    them; yes-no is yes or no. Good rows go in; bad ones are named with line, column and reason. The same file again changes
    nothing. An empty answer says nothing: it changes no value. Exit status 3: some rows were refused.
    """
    with importing.reading(file, report) as tell:
        summary = profile_imports.run(Order(file, dry_run=dry_run, update=update, report=report), on_bytes=tell)
    if as_json:
        output.print_json(importing.values_of(summary, dry_run=dry_run))
    else:
        _print(summary, dry_run=dry_run)
    if summary.counts[REFUSED]:
        sys.exit(output.SOME_REFUSED)


def _print(summary: Summary, *, dry_run: bool) -> None:
    importing.print_rows(summary, dry_run=dry_run)
    click.echo(f"{importing.counts_in_words(summary)}.")
    if summary.counts[CONFLICT]:
        click.echo("Conflicts are answers that differ from those here. `--update` applies them.")
    if summary.counts[REFUSED]:
        click.echo(importing.AFTER_REFUSALS)


@organisations.command("rights")
def rights() -> None:
    """Print who may see and do what, as a table in Markdown."""
    click.echo(rights_table.table(), nl=False)
