"""What the commands that import a file share: arguments, what is refused before a row is read, and how the rows are told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import click

from wizard.cli import output
from wizard.services.import_files import FileRefused
from wizard.services.import_reports import RESULTS, RowResult
from wizard.services.import_transactions import ImportStopped

AFTER_REFUSALS = "Refused rows left nothing behind. Correct them and import the file again."


class Summary(Protocol):
    """What became of the rows; `listed` are the first conflicts and refusals, `not_listed` counts the rest."""

    unknown_columns: tuple[str, ...]
    counts: dict[str, int]
    listed: list[RowResult]
    not_listed: int

    @property
    def rows(self) -> int: ...


def _writable(_context: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and not os.access(path.absolute().parent, os.W_OK):
        raise click.UsageError(f"The report cannot be written: {path.absolute().parent} is no folder to write to.")
    return path


file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
report_option = click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_writable,
    help="Write every row's result to this CSV file.",
)


@contextmanager
def reading(file: Path, report: Path | None) -> Iterator[Callable[[int], None]]:
    """Give the function that tells how many bytes of `file` are done.

    Raises UsageError where file and report cannot be used together, ClickException for whatever stops the import in between.
    """
    if not file.is_file():
        raise click.UsageError("The file is read twice, so it must be a file and not a pipe.")
    if report and report.exists() and report.samefile(file):
        raise click.UsageError("The report would overwrite the file that is imported. Give it another name.")
    try:
        with output.progress("Importing", file.stat().st_size, in_bytes=True) as tell:
            yield tell
    except (FileRefused, ImportStopped) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}.") from None


def values_of(summary: Summary, *, dry_run: bool) -> dict[str, Any]:
    """The summary for programs; `problems` are the first conflicts and refusals, `problems_not_listed` the rest."""
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


def print_rows(summary: Summary, *, dry_run: bool, remarks: Iterable[str] = ()) -> None:
    """Print what stands before the counts: unknown columns, `remarks`, the rows that need somebody's hand."""
    if summary.unknown_columns:
        click.echo(f"Columns that Perron does not know, not used: {', '.join(summary.unknown_columns)}.")
    for remark in remarks:
        click.echo(remark)
    for result in summary.listed:
        click.echo(_line(result))
    if summary.not_listed:
        click.echo(f"And {summary.not_listed} more. `--report` writes them all.")
    if dry_run:
        click.echo("This was a dry run: nothing has changed. It would have been:")


def counts_in_words(summary: Summary) -> str:
    return ", ".join(f"{result} {summary.counts[result]}" for result in RESULTS)


def _line(result: RowResult) -> str:
    place = f"Line {result.line}, {result.column}" if result.column else f"Line {result.line}"
    return f"{place}: {result.result}. {result.reason}"
