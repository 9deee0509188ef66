"""`perron translations`: extract and merge, or check, the catalogues."""

from __future__ import annotations

import sys

import click

from wizard.services import catalogues


@click.group()
def translations() -> None:
    """The catalogues of the languages."""


@translations.command()
def update() -> None:
    """Extract the texts, merge them into every catalogue and check them. They are compiled at the next start."""
    for tag, missing in catalogues.update().items():
        click.echo(f"{tag}: {missing} to translate" if missing else f"{tag}: nothing to translate")
    _report()


@translations.command()
def check() -> None:
    """Say what is missing, fuzzy, stale or unequal. Exit status 1 when anything is."""
    _report()


def _report() -> None:
    problems = catalogues.problems()
    for problem in problems:
        click.echo(problem)
    if problems:
        sys.exit(1)
    click.echo("Every catalogue is complete.")
