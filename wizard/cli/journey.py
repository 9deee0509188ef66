"""`perron journey`: the journeys as they are."""

from __future__ import annotations

import click


@click.group()
def journey() -> None:
    """The journeys."""


@journey.command("map")
@click.argument("names", nargs=-1)
def map_(names: tuple[str, ...]) -> None:
    """Print the journeys (or those named) as Mermaid, drawn from the tuples."""
    from wizard.journeys import JOURNEYS
    from wizard.journeys.map import mermaid

    unknown = [name for name in names if name not in JOURNEYS]
    if unknown:
        raise click.UsageError(f"There is no journey {unknown[0]!r}. There are: {', '.join(JOURNEYS)}.")
    click.echo("\n\n".join(mermaid(JOURNEYS[name]) for name in names or JOURNEYS))
