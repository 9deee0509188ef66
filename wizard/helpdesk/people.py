"""`/helpdesk/people`: finding somebody by help code, user name, name, address or organisation."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from wizard.domain.help_code import fold_help_code
from wizard.helpdesk import card_session
from wizard.helpdesk.funnel_filters import flights
from wizard.helpdesk.funnel_words import step_word
from wizard.helpdesk.guard import agents_only, current_agent
from wizard.services import desk_under_way, people_search

blueprint = Blueprint("helpdesk_people", __name__)
LONGEST = 200  # characters of a question
PAGES = 50


@blueprint.get("/helpdesk/people")
@agents_only()
def people() -> ResponseReturnValue:
    """The first rows that fit; a question that fits one person alone leads straight to the card.

    So does a help code only where it is nobody else's either: the caller may be one of those whom the agent does not see.
    """
    asked = request.args.get("q", "").strip()
    page = request.args.get("page", 1, type=int)
    if len(request.args.getlist("q")) > 1 or not 1 <= page <= PAGES or len(asked) > LONGEST:
        raise BadRequest
    found, code = None, fold_help_code(asked)
    if asked:
        found = people_search.find(current_agent(), asked, page)
        if code is not None and not found.rows and card_session.has_page(code):
            return redirect(f"/helpdesk/sessions/{code}", 303)
    if found is not None and page == 1 and len(found.rows) == 1 and not (found.more or found.is_shared):
        return redirect(f"/helpdesk/people/{found.rows[0].account_id}", 303)
    ids = [row.account_id for row in found.rows] if found else []
    return render_template(
        "helpdesk/people.html",
        asked=asked,
        code=code,
        found=found,
        page=page,
        steps=desk_under_way.steps_of(ids, flights().values()),
        step_word=step_word,
    )
