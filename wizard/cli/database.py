"""`perron init`: the database, backed up and then migrated, and the master secret's file. Safe to repeat."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from wizard.extensions import tools
from wizard.services import database_upgrade


@click.command()
@with_appcontext
def init() -> None:
    """Prepare the database: back it up when it holds anything, then migrate it. Safe to repeat."""
    backup = database_upgrade.upgrade(tools().clock.now())
    if backup:
        click.echo(f"Backed up to {Path(backup).name}.")
    click.echo("The database is ready.")
