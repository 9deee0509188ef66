"""`/helpdesk/queue`: who is stuck the longest, and the messages of those who have no account."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from wizard.domain.organisation_words import ORGANISATION_KIND_WORDS
from wizard.extensions import tools
from wizard.helpdesk import funnel_words
from wizard.helpdesk.funnel_filters import asked, flights, one_of
from wizard.helpdesk.guard import agents_only, current_agent
from wizard.helpdesk.queue_words import KIND_WORDS
from wizard.journeys import JOURNEYS
from wizard.services import desk_queue
from wizard.services.desk_queue import PAGES, QUIET, Wanted
from wizard.services.staff import Scope

blueprint = Blueprint("helpdesk_queue", __name__)


@blueprint.get("/helpdesk/queue")
@agents_only()
def page() -> ResponseReturnValue:
    """A page of those who wait longest, of whom the agent sees; with the messages, on the first page."""
    agent, stairs = current_agent(), flights()
    steps = list(dict.fromkeys(tread.slug for stair in stairs.values() for tread in stair.treads))
    step = one_of("step", ["", *steps], "")
    number = request.args.get("page", 1, type=int)
    if not 1 <= number <= PAGES:
        raise BadRequest
    narrowed = asked(agent.scope)
    found = counts = None
    if not narrowed.errors:
        found = desk_queue.stuck(Wanted(agent, narrowed.filters, step or None), stairs.values(), number)
        counts = desk_queue.counts(Wanted(agent, narrowed.filters), stairs.values())
    requests, more_requests = desk_queue.requests(agent) if number == 1 else ([], False)
    drawn = render_template(
        "helpdesk/queue.html",
        found=found,
        counts=sorted((counts or {}).items(), key=lambda each: -each[1]),
        steps={slug: str(funnel_words.step_word(slug)) for slug in steps},
        spoken=[(tag, funnel_words.language_name(tag)) for tag in tools().settings.languages],
        journeys={name: journey.title for name, journey in JOURNEYS.items()},
        step=step,
        page=number,
        pages=PAGES,
        asked_for=narrowed,
        quiet_minutes=QUIET // timedelta(minutes=1),
        requests=requests,
        more_requests=more_requests,
        kinds=KIND_WORDS,
        organisation_kinds=ORGANISATION_KIND_WORDS,
        query=_query,
        may_settle=agent.may("assist"),
        may_resend=agent.may("supervise") and agent.scope == Scope(),
        now=tools().clock.now(),
        errors=narrowed.errors,
        refused="no-organisation" if narrowed.errors else None,
        say={word.__name__: word for word in funnel_words.WORDS},
    )
    return drawn, 422 if narrowed.errors else 200


def _query(**changed: object) -> str:
    """The address's question with some parts of it changed; another question begins at its first page."""
    kept = {name: value for name, value in request.args.items() if name != "page" and value}
    return urlencode(kept | {name: str(value) for name, value in changed.items()})


@blueprint.post("/helpdesk/queue/<request_id>/settle")
@agents_only("assist", acts=True, back="/helpdesk/queue")
def settle(request_id: str) -> ResponseReturnValue:
    """Settle a message. Who comes second, or comes back to the form, changes nothing and sees the list as it is."""
    desk_queue.settle(current_agent(), request_id)
    return redirect("/helpdesk/queue", 303)
