"""What every command shares: exit statuses, values in words, JSON for programs, a progress bar for whoever sits before a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from wizard.extensions import tools

DONE, FAILURE, USAGE, SOME_REFUSED = 0, 1, 2, 3
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def iso(moment: datetime | None) -> str | None:
    """A moment as programs read it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def shown(value: Any) -> str:
    """A value in words, a moment in the installation's time zone."""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(tools().settings.time_zone)).strftime("%Y-%m-%d %H:%M %Z")
    return str(value)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_json_list(values: Iterable[Any]) -> None:
    """A JSON array on standard output, an item a line, written as the items come."""
    click.echo("[", nl=False)
    separator = "\n"
    for value in values:
        click.echo(separator + json.dumps(value, ensure_ascii=False, default=_plain), nl=False)
        separator = ",\n"
    click.echo("\n]")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON.")


@contextmanager
def progress(words: str, total: int, *, in_bytes: bool = False) -> Iterator[Callable[[int], None]]:
    """Show how far a long command is and give the function that tells it; without a terminal nothing is shown.

    `total` and what is told are counts, of bytes when `in_bytes`. The bar goes to standard error, so that what a
    program reads stays clean, and is gone when the work is done.
    """
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    counts = DownloadColumn() if in_bytes else MofNCompleteColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), counts, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=total)
        yield lambda done: bar.update(task, completed=done)
