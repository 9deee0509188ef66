"""`perron organisations`: which there are, how complete their profiles are, and importing answers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from wizard.cli import output
from wizard.organisations import rights_table
from wizard.services import import_files, profile_imports, profiles
from wizard.services.import_files import FileRefused
from wizard.services.import_reports import CONFLICT, REFUSED, RESULTS, RowResult
from wizard.services.imports import ImportStopped
from wizard.services.profile_imports import Order, Summary

organisations = AppGroup("organisations", help="Look at organisations, and import answers to their profiles.")

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def _report(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and not os.access(path.absolute().parent, os.W_OK):
        raise click.UsageError(f"The report cannot be written: {path.absolute().parent} is no folder to write to.")
    return path


@organisations.command("list")
@_json
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
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--update", is_flag=True, help="Apply answers that differ from those here.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_report,
    help="Write every row's result to this CSV file.",
)
@_json
def answers(file: Path, *, dry_run: bool, update: bool, report: Path | None, as_json: bool) -> None:
    """Import answers to the profile from a CSV or XLSX file with the columns organisation, office, question and answer.

    A question is named by its id in the profile's file. Options are named by their id or their words, several with | between
    them; yes-no is yes or no. Good rows go in; bad ones are named with line, column and reason. The same file again changes
    nothing. An empty answer says nothing: it changes no value. Exit status 3: some rows were refused.
    """
    if not file.is_file():
        raise click.UsageError("The file is read twice, so it must be a file and not a pipe.")
    if report and report.exists() and report.samefile(file):
        raise click.UsageError("The report would overwrite the file that is imported. Give it another name.")
    try:
        with output.progress("Importing", file.stat().st_size, in_bytes=True) as tell:
            summary = profile_imports.run(Order(file, dry_run=dry_run, update=update, report=report), on_bytes=tell)
    except (FileRefused, ImportStopped) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}.") from None
    if as_json:
        output.print_json(_summary(summary, dry_run=dry_run))
    else:
        _print(summary, dry_run=dry_run)
    if summary.counts[REFUSED]:
        sys.exit(output.SOME_REFUSED)


def _summary(summary: Summary, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "rows": summary.rows,
        **summary.counts,
        "unknown_columns": summary.unknown_columns,
        "problems": [
            {"line": each.line, "key": each.key, "result": each.result, "column": each.column, "reason": each.reason}
            for each in summary.listed
        ],
        "problems_not_listed": summary.not_listed,
    }


def _print(summary: Summary, *, dry_run: bool) -> None:
    if summary.unknown_columns:
        click.echo(f"Columns that Perron does not know, not used: {', '.join(summary.unknown_columns)}.")
    for result in summary.listed:
        click.echo(_line(result))
    if summary.not_listed:
        click.echo(f"And {summary.not_listed} more. `--report` writes them all.")
    if dry_run:
        click.echo("This was a dry run: nothing has changed. It would have been:")
    click.echo(", ".join(f"{result} {summary.counts[result]}" for result in RESULTS) + ".")
    if summary.counts[CONFLICT]:
        click.echo("Conflicts are answers that differ from those here. `--update` applies them.")
    if summary.counts[REFUSED]:
        click.echo("Refused rows left nothing behind. Correct them and import the file again.")


def _line(result: RowResult) -> str:
    place = f"Line {result.line}, {result.column}" if result.column else f"Line {result.line}"
    return f"{place}: {result.result}. {result.reason}"


@organisations.command("rights")
def rights() -> None:
    """Print who may see and do what, as a table in Markdown."""
    click.echo(rights_table.table(), nl=False)
