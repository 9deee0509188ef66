"""`perron init`: the database, backed up and then migrated, and the master secret's file. Safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
from flask.cli import with_appcontext

from wizard.extensions import tools
from wizard.services import database_upgrade
from wizard.settings import PREFIX, write_secret_file


def prepare_secret(environ: Mapping[str, str]) -> None:
    """Make the file that SECRET_KEY_FILE names, before the settings are read: without it they would refuse the start."""
    path = environ.get(PREFIX + "SECRET_KEY_FILE")
    if path and not environ.get(PREFIX + "SECRET_KEY"):
        write_secret_file(Path(path))


@click.command()
@with_appcontext
def init() -> None:
    """Prepare the database: back it up when it holds anything, then migrate it. Safe to repeat."""
    backup = database_upgrade.upgrade(tools().clock.now())
    if backup:
        click.echo(f"Backed up to {Path(backup).name}.")
    click.echo("The database is ready.")
