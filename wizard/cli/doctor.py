"""`perron doctor`: how the installation is."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click
from flask.cli import with_appcontext

from wizard.cli import output
from wizard.models import db
from wizard.services import doctor as service
from wizard.services import people_search


@click.command()
@click.option(
    "--rebuild-search", is_flag=True, help="Write the index of people's names anew, as after installing pg_trgm."
)
@output.json_option
@with_appcontext
def doctor(*, rebuild_search: bool, as_json: bool) -> None:
    """Look the installation over. Exit status 1 when something needs somebody's hand."""
    if rebuild_search:
        with db.engine.begin() as connection:
            click.echo(f"People in the index: {people_search.rebuild(connection)}.", err=as_json)
    found = list(service.findings())
    if as_json:
        output.print_json([asdict(each) for each in found])
    else:
        for each in found:
            click.echo(f"{'well' if each.well else 'LOOK'}  {each.name}: {each.words}")
    if not all(each.well for each in found):
        sys.exit(output.FAILURE)
