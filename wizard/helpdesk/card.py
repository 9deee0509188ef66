"""`/helpdesk/people/<id>`: the card of one person, what they see now, and whether anything has changed."""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_login import current_user
from werkzeug.exceptions import BadRequest, NotFound

from wizard.domain.desk_words_refusals import field_of, refusal_words
from wizard.extensions import tools
from wizard.helpdesk import card_session
from wizard.helpdesk.card_words import FILTERS, times_of
from wizard.helpdesk.guard import agents_only, current_agent, person_or_404
from wizard.journeys import drawing
from wizard.journeys.model import StepRefused
from wizard.models import Account
from wizard.services import desk_card, desk_presence
from wizard.services.desk_act_approvals import how_many_awaited
from wizard.services.desk_card_facts import CAUTIOUS
from wizard.services.desk_card_sees import live_fields, numbers_of
from wizard.services.desk_standing import Standing, standing_of
from wizard.web import content_policy

blueprint = Blueprint("helpdesk_card", __name__)
PHONES = ("iPhone", "Android")


@blueprint.record
def _add_filters(state: BlueprintSetupState) -> None:
    state.app.jinja_env.filters.update(FILTERS)


@blueprint.get("/helpdesk/people/<account_id>")
@agents_only()
def person(account_id: str) -> ResponseReturnValue:
    """One page that answers: where are they stuck, since when, what comes next."""
    account = _looked_at(account_id)
    agent, now = current_agent(), tools().clock.now()
    desk_presence.note(account.id, agent.account_id, now)
    card = desk_card.card_of(account, agent, now)
    return render_template(
        "helpdesk/card.html",
        card=card,
        person=account,
        agent=agent,
        now=now,
        cautious_days=CAUTIOUS.days,
        sees=_sees_language(account),
        on_phone=any(name in card.browser for name in PHONES),
        refusal=_refusal(card.standing),
    )


@blueprint.get("/helpdesk/people/<account_id>/sees")
@agents_only()
def sees(account_id: str) -> ResponseReturnValue:
    """The page that this person has open, drawn again from its own template: for a frame on the card, and for nothing else."""
    account = _looked_at(account_id)
    standing = standing_of(account, tools().clock.now())
    if standing.step is None:
        raise NotFound
    language = _sees_language(account)
    with force_locale(language.replace("-", "_")):
        refusal = _refusal(standing)
        drawn = drawing.draw_specimen(
            standing.journey,
            standing.step,
            standing.progress,
            language=language,
            live=live_fields(standing),
            refusal=refusal,
            help_code=standing.trail.help_code,
        )
    answer = make_response(drawn)
    own = content_policy().replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    answer.headers["Content-Security-Policy"] = own
    return answer


@blueprint.get("/helpdesk/people/<account_id>/state", endpoint="wait")
def state(account_id: str) -> ResponseReturnValue:
    """What the card's script asks: the same digest as before means that nothing new would be shown but `times`, by their marks in the
    page. It keeps no session alive.

    401 when the agent's session is gone: a poll is no place to come back to after signing in.
    """
    return _state(account_id) if current_user.is_authenticated else ({"digest": ""}, 401)


@agents_only()
def _state(account_id: str) -> ResponseReturnValue:
    account = person_or_404(account_id)
    agent, now = current_agent(), tools().clock.now()
    desk_presence.note(account.id, agent.account_id, now)
    pulse = desk_card.pulse_of(account, agent, now)
    times = times_of(pulse.standing, pulse.places, now)
    return {"digest": pulse.digest, "approvals": how_many_awaited(agent), "times": times}


@blueprint.get("/helpdesk/sessions/<code>")
@agents_only()
def session(code: str) -> ResponseReturnValue:
    """What the browser with this help code did last, as long as nobody has proven who they are there."""
    return card_session.show(code)


def _looked_at(account_id: str) -> Account:
    account = person_or_404(account_id)
    desk_card.note_look(account, current_agent(), tools().clock.now())
    return account


def _sees_language(account: Account) -> str:
    """The language in which the person's page is drawn: theirs, or another one of the installation that the agent asks for."""
    languages = tools().settings.languages
    asked = request.args.get("sees") or account.language
    if asked in languages:
        return asked
    if asked == account.language:
        return languages[0]
    raise BadRequest


def _refusal(standing: Standing) -> StepRefused | None:
    """What the open page says above its form, in the language of the moment."""
    if standing.step is None or not standing.shows_refusal:
        return None
    slug, reason = standing.step.slug, standing.refused[0].reason or ""
    return StepRefused(field_of(slug, reason), reason, str(refusal_words(slug, reason, numbers_of(standing))))
