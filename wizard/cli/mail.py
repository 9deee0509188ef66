"""`perron mail`: hand over what waits in the outbox, and say how it stands."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from threading import Event
from types import FrameType

import click
from flask import current_app
from flask.cli import with_appcontext

from wizard.adapters.mail import transport_for
from wizard.cli import output
from wizard.extensions import tools
from wizard.services import outbox
from wizard.services.background import Background


@click.group()
def mail() -> None:
    """The outbox: mails that wait in the database until the mail server takes them."""


@mail.command()
@click.option("--loop", is_flag=True, help="Go on until stopped by SIGTERM or Ctrl-C, looking every few seconds.")
@with_appcontext
def deliver(*, loop: bool) -> None:
    """Hand over every mail that is due. Exit status 1 when one could not be handed over.

    With --loop audit events are sealed too: all that `perron serve` does besides answering.
    """
    transport = transport_for(tools().settings)
    with _stopped_by_signals() as stop:
        if loop:
            work = Background(current_app._get_current_object())  # type: ignore[attr-defined] # noqa: SLF001 - threads need the app itself
            work.start()
            stop.wait()
            work.stop()
            return
        total = report = outbox.deliver_due(transport, stop=stop)
        while not (report.empty or report.unavailable or stop.is_set()):
            report = outbox.deliver_due(transport, stop=stop)
            total += report
    failed = f"refused {total.refused}, postponed {total.postponed}, given up {total.given_up}"
    click.echo(f"Handed over {total.handed_over}, {failed}.")
    if total.unavailable:
        click.echo(f"The mail server took no more: {total.unavailable}", err=True)
    if not total.clean:
        sys.exit(output.FAILURE)


@mail.command()
@output.json_option
@with_appcontext
def status(*, as_json: bool) -> None:
    """Say how many mails wait, since when, and what became of the others."""
    found = outbox.status()
    if as_json:
        output.print_json(asdict(found))
        return
    click.echo(f"Waiting            {found.waiting}")
    if found.paused:
        click.echo(f"Paused             {found.paused} (perron invitations status)")
    click.echo(f"Oldest waits for   {found.oldest_age_seconds} s")
    click.echo(f"Handed over today  {found.handed_over_today}")
    click.echo(f"Refused            {found.refused}")
    click.echo(f"Given up           {found.given_up}")


@contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set: the mail in hand is finished, then the command ends."""
    stop = Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
