"""`/helpdesk/funnel`: the way of all people through a journey, as a picture with its table, and as a file."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from wizard.extensions import tools
from wizard.helpdesk import funnel_words
from wizard.helpdesk.funnel_filters import Asked, asked, flights, one_of
from wizard.helpdesk.guard import agents_only, current_agent
from wizard.journeys import JOURNEYS
from wizard.models import write
from wizard.services import audit, funnel, funnel_export
from wizard.services.funnel_figures import Funnel
from wizard.services.funnel_questions import Question
from wizard.services.funnel_rows import AWAY, GIVEN_UP

blueprint = Blueprint("helpdesk_funnel", __name__)


@blueprint.get("/helpdesk/funnel")
@agents_only()
def page() -> ResponseReturnValue:
    """The figures of the people whom the agent sees."""
    wanted, narrowed = _question()
    found = _answer(wanted) if not narrowed.errors else None
    drawn = render_template(
        "helpdesk/funnel.html",
        journeys=[(name, journey.title) for name, journey in JOURNEYS.items()],
        periods=list(funnel_words.PERIODS.items()),
        spoken=[(tag, funnel_words.language_name(tag)) for tag in tools().settings.languages],
        wanted=wanted,
        asked_for=narrowed,
        funnel=found,
        scale=funnel_words.scale_of(found) if found else 1,
        weeks=[(funnel_words.day(monday), part) for monday, part in found.weeks] if found else [],
        tongues=[(_language(tag), part) for tag, part in found.languages] if found else [],
        query=urlencode(request.args),
        given_up_days=GIVEN_UP // 86400,
        away_minutes=AWAY // 60,
        may_export=current_agent().may("supervise"),
        errors=narrowed.errors,
        refused="no-organisation" if narrowed.errors else None,
        say={word.__name__: word for word in funnel_words.WORDS},
    )
    return drawn, 422 if narrowed.errors else 200


@blueprint.post("/helpdesk/funnel.csv")
@agents_only("supervise", acts=True, back="/helpdesk/funnel")
def export() -> ResponseReturnValue:
    """The same figures as a file. A post, because it is written down who took them."""
    wanted, narrowed = _question()
    if narrowed.errors:
        raise BadRequest
    text = funnel_export.csv_of(_answer(wanted))
    with write():
        audit.record(
            "funnel-exported",
            account_id=None,
            actor=current_agent().account_id,
            journey=wanted.journey,
            weeks=wanted.weeks,
        )
    name = f"funnel-{wanted.journey}.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _language(tag: str) -> object:
    return funnel_words.language_name(tag) if tag else _("Not known yet")


def _question() -> tuple[Question, Asked]:
    journey = one_of("journey", list(JOURNEYS), next(iter(JOURNEYS)))
    weeks = int(one_of("weeks", list(funnel_words.PERIODS), "4"))
    agent = current_agent()
    narrowed = asked(agent.scope)
    return Question(journey, weeks, narrowed.filters, agent), narrowed


def _answer(wanted: Question) -> Funnel:
    return funnel.ask(wanted, flights()[wanted.journey])
