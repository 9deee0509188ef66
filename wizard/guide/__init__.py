"""The guide: the printed page of a journey, drawn from the same steps that people walk (S-05, S-14, S-43)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import NotFound

from wizard.extensions import tools
from wizard.journeys.model import Journey


@dataclass(frozen=True)
class Entry:
    """One step as the guide prints it. Members of one slot share a number; optional steps and the last page are no treads."""

    slug: str
    number: int
    title: LazyString
    actions: tuple[LazyString, ...]
    notes: tuple[LazyString, ...]
    is_tread: bool
    is_door: bool


def init_app(app: Flask) -> None:
    app.add_url_rule("/guide/<name>", "guide", guide)


def guide(name: str) -> ResponseReturnValue:
    """The guide of the journey `name`, as a plain page."""
    journey: Journey | None = current_app.extensions["perron-journeys"].get(name)
    if journey is None:
        raise NotFound
    return render_template(
        "guide/journey.html",
        journey=journey,
        title=journey.title,
        entries=entries(journey),
        count=len(journey.stairs(tools().settings.second_factor)),
        printed_on=format_date(tools().clock.now(), "long"),
    )


def entries(journey: Journey) -> list[Entry]:
    """The steps of the installation's policy, in order."""
    policy = tools().settings.second_factor
    treads = {step for slot in journey.stairs(policy) for step in slot.members}
    steps = [step for slot in journey.slots if policy != "off" or slot.when_off for step in slot.members]
    return [
        Entry(
            slug=step.slug,
            number=journey.tread(step, policy),
            title=step.guide.title,
            actions=step.guide.actions,
            notes=step.guide.notes,
            is_tread=step in treads,
            is_door=step.terminal,
        )
        for step in steps
    ]
