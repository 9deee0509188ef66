"""`perron journey`: the journeys as they are, and the way of people through them."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from wizard.cli import output
from wizard.domain.journey_names import FIRST_CONNECTION

WEEKS = 4
MOST_WEEKS = 57  # outcomes are kept for 13 months


@click.group()
def journey() -> None:
    """The journeys."""


@journey.command("map")
@click.argument("names", nargs=-1)
def map_(names: tuple[str, ...]) -> None:
    """Print the journeys (or those named) as Mermaid, drawn from the tuples."""
    from wizard.journeys import JOURNEYS
    from wizard.journeys.map import mermaid

    _known(names)
    click.echo("\n\n".join(mermaid(JOURNEYS[name]) for name in names or JOURNEYS))


@journey.command("funnel")
@click.argument("name", metavar="[JOURNEY]", default=FIRST_CONNECTION)
@click.option(
    "--weeks", type=click.IntRange(1, MOST_WEEKS), default=WEEKS, show_default=True, help="This week included."
)
@output.json_option
@with_appcontext
def funnel_(name: str, *, weeks: int, as_json: bool) -> None:
    """Print how far people have come on a journey, step by step, where they stand now and what held them up."""
    from wizard.extensions import tools
    from wizard.journeys import JOURNEYS
    from wizard.services import funnel, funnel_export
    from wizard.services.funnel_flights import flight_of
    from wizard.services.funnel_questions import Question

    _known((name,))
    flight = flight_of(JOURNEYS[name], tools().settings.second_factor)
    found = funnel.count(Question(name, weeks), flight, tools().clock.now())
    if as_json:
        output.print_json(funnel_export.values_of(found))
    else:
        click.echo(funnel_export.text_of(found))


def _known(names: tuple[str, ...]) -> None:
    from wizard.journeys import JOURNEYS

    unknown = [name for name in names if name not in JOURNEYS]
    if unknown:
        raise click.UsageError(f"There is no journey {unknown[0]!r}. There are: {', '.join(JOURNEYS)}.")
