"""The one gate, and the three-part post of every step.

A post has three parts: (1) the try is counted and committed; (2) `check` does the slow work, with no transaction open; (3) one
write transaction locks the account's row, reads the facts again, asks the gate again and does the work. A refusal rolls back
(3) only and writes its outcome by itself. Then 303. A post out of turn is a 303 and has no effect (SEC-01).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.exceptions import BadRequest, TooManyRequests

from wizard.domain import assurance
from wizard.domain.journey_names import FORGOTTEN_PASSWORD, REPAIRS, SIGN_IN
from wizard.extensions import csrf, tools
from wizard.journeys import drawing
from wizard.journeys.model import Chose, Done, Journey, NoWayOn, Step, StepRefused, Waits
from wizard.journeys.progress import Progress
from wizard.models import db, write
from wizard.services import ended_here, known_accounts, outcomes, proofs, sources
from wizard.services.facts import facts_of
from wizard.services.visits import Visit, current_visit

ANOTHER_WAY = "another-way"
OWN_PURPOSES = frozenset({"codes", "ways", "helpdesk"})  # what a recovery code never opens


@dataclass
class Here:
    """Where this request is: which step of which journey, by whom."""

    journey: Journey
    step: Step
    visit: Visit
    progress: Progress


class OutOfTurn(Exception):
    """Between the gate and the transaction the person's place has changed."""


def mount(app: Flask, journeys: Mapping[str, Journey]) -> None:
    """Give every journey its address and, below it, every step its pages."""
    app.extensions["perron-journeys"] = journeys
    csrf.exempt(page)  # asked after the gate: a form out of turn is sent on, whatever token it carries
    for journey in journeys.values():
        parent = Blueprint(journey.name, __name__, url_prefix=f"/{journey.name}")
        parent.add_url_rule("", "enter", enter)
        for step in journey.steps:
            parent.register_blueprint(step.blueprint, url_prefix=f"/{step.slug}")
        app.register_blueprint(parent)


def step_blueprint(name: str) -> Blueprint:
    """The blueprint of the step `name`: its page and the gate. A step adds its own addresses (a picture, a poll) to it."""
    blueprint = Blueprint(name, __name__)
    blueprint.before_request(gate)
    blueprint.add_url_rule("", "page", page, methods=["GET", "POST"])
    return blueprint


def enter() -> ResponseReturnValue:
    """`/<journey>`: on to the current step."""
    journey = _journeys()[str(request.blueprint)]
    visit = current_visit()
    _enter(visit, journey)
    if journey.renews and _stands_at_the_end(journey, progress_of(visit, journey)):
        visit.enter(journey.name)
    return redirect(place_after(visit, journey), 303)


def gate() -> ResponseReturnValue | None:
    """The only gate, in front of every address of a step."""
    journey, step = _located()
    visit = current_visit()
    _enter(visit, journey)
    progress = progress_of(visit, journey)
    here = g.here = Here(journey, step, visit, progress)
    if (request.endpoint or "").endswith(".wait"):
        return None  # a poll says by itself what has become of its page
    if step.terminal and ended_here.has_renewed(visit, journey.renews):
        return redirect(f"/{SIGN_IN}", 303)  # the work is done: this journey would begin it anew
    if _detour(progress) or not journey.may_open(step, progress):
        _keep_typed(here)
        return redirect(place_after(visit, here.journey), 303)
    return None


def _keep_typed(here: Here) -> None:
    """A form that comes after a proof has grown too old is not lost: it stands on its page again once that was asked for."""
    keep = here.step.keep
    if request.method != "POST" or keep is None or _detour(here.progress):
        return
    if not here.journey.would_open(here.step, here.progress):
        return
    try:
        csrf.protect()
        form = here.step.form()
        refuse_malformed(form)
    except BadRequest:
        return  # no form of ours: sent on like any other post out of turn
    keep(form, here.progress)


def page() -> ResponseReturnValue:
    """A step's page: GET draws it, POST does it."""
    here: Here = g.here
    if request.method == "POST":
        csrf.protect()
        return submit(here)
    if here.step.arrive:
        here.step.arrive(here.progress)
        here.visit.committed()
        here.progress = progress_of(here.visit, here.journey)
    return drawing.draw(here.journey, here.step, here.progress, here.step.form(formdata=None))


def submit(here: Here) -> ResponseReturnValue:
    """The three parts of a post (see above): 303 when the work is done, 422 and the page again when it was refused."""
    if request.form.get("choice") == ANOTHER_WAY:
        return _another_way(here)
    form = here.step.form()
    refuse_malformed(form)
    try:
        if not form.validate():
            raise _first_error(form)
        if here.step.attempt:
            count_source()
            here.step.attempt(form, here.progress)
        evidence = here.step.check(form, here.progress)
        answer = carry_out(here, evidence)
    except StepRefused as refusal:
        here.visit.rolled_back()
        db.session.rollback()
        if here.visit.is_pressed_twice():
            return redirect(f"/{here.journey.name}", 303)
        inside = assurance.signed_in(here.progress.facts)
        outcomes.refused(here.visit, here.journey.name, here.step.slug, refusal.reason, inside=inside)
        here.progress = progress_of(here.visit, here.journey)
        return drawing.draw(here.journey, here.step, here.progress, form, refusal), 422
    except OutOfTurn:
        here.visit.rolled_back()
        here.visit.take_over_replaced()
        return redirect(f"/{here.journey.name}", 303)
    if isinstance(answer, Chose) and answer.place:
        return redirect(answer.place, 303)
    return redirect(place_after(here.visit, here.journey), 303)


def _another_way(here: Here) -> ResponseReturnValue:
    """The person wants to prove it otherwise: the named member of the slot, or the next one."""
    ways = here.journey.other_ways(here.step, here.progress)
    named = next((way for way in ways if way.slug == request.form.get("way")), None)
    if not ways or (request.form.get("way") and named is None):
        raise BadRequest
    here.visit.remember(way=(named or ways[0]).slug)
    here.visit.committed()
    return redirect(place_after(here.visit, here.journey), 303)


def carry_out(here: Here, evidence: object) -> Done | Waits | Chose:
    """The third part: one transaction under the account's lock. Raises `StepRefused`, `OutOfTurn`."""
    visit, journey, step = here.visit, here.journey, here.step
    with write():
        visit.reload()
        progress = progress_of(visit, journey)
        if visit.just_replaced or not journey.may_open(step, progress):
            raise OutOfTurn
        was_signed_in = assurance.signed_in(progress.facts)
        for later in journey.later_finished(step, progress):
            if later.undo:
                later.undo(progress)
        answer = step.do(evidence, journey.judged(progress))
        db.session.flush()
        signed_in_now = proofs.note_sign_in(visit, was_signed_in)
        what = answer.what if isinstance(answer, Chose) else None
        outcomes.done(visit, journey.name, step.slug, what, inside=was_signed_in or signed_in_now)
    visit.committed()
    if signed_in_now:
        known_accounts.remember(visit)
    return answer


def progress_of(visit: Visit, journey: Journey) -> Progress:
    """What the judge reads of this visit in `journey`, from the rows as they are now."""
    facts = facts_of(visit.account, visit.session, visit.now)
    # A session that has run out leaves its purpose in the cookie: whoever signs in anew is asked for that only.
    purpose = visit.purpose if assurance.signed_in(facts) else None
    return Progress(
        facts=facts,
        journey=journey.name,
        typed=visit.typed,
        enrols=journey.enrols,
        renews=journey.renews,
        entered_at=visit.entered_at(journey.name),
        since=visit.asked_since(),
        by_own=journey.name == SIGN_IN and purpose in OWN_PURPOSES,
        purpose=purpose,
    )


def place_after(visit: Visit, journey: Journey) -> str:
    """The address to go to now, in the order that `next_place` says."""
    progress = progress_of(visit, journey)
    asked = None if _detour(progress) else _open_address(journey, progress)
    place = assurance.next_place(progress.facts, asked, visit.return_to(), tools().settings.portal_url)
    if place != asked and assurance.signed_in(progress.facts):
        visit.arrived()
    return place


def _open_address(journey: Journey, progress: Progress) -> str | None:
    try:
        step = journey.current_step(progress)
    except NoWayOn:
        if progress.facts.account and assurance.owed(progress.facts.account, progress.facts.policy) not in {
            None,
            journey.name,
        }:
            return None
        raise
    return url_for(f"{journey.name}.{step.name}.page") if step else None


def _detour(progress: Progress) -> bool:
    """An account that must repair something goes there first; only a new password may be asked for at any time."""
    account = progress.facts.account
    debt = assurance.owed(account, progress.facts.policy) if account else None
    return debt in REPAIRS and progress.journey not in {debt, FORGOTTEN_PASSWORD}


def _stands_at_the_end(journey: Journey, progress: Progress) -> bool:
    try:
        step = journey.current_step(progress)
    except NoWayOn:
        return False
    return step is not None and step.terminal


def _enter(visit: Visit, journey: Journey) -> None:
    if journey.renews and visit.entered_at(journey.name) is None:
        visit.enter(journey.name)


def _located() -> tuple[Journey, Step]:
    journey_name, step_name = (request.blueprint or "").split(".")[:2]
    journey = _journeys()[journey_name]
    return journey, journey.step_named(step_name)


def _journeys() -> Mapping[str, Journey]:
    return current_app.extensions["perron-journeys"]  # type: ignore[no-any-return]


def count_source() -> None:
    """Count this try at a secret by where it comes from. Raises TooManyRequests, which says when to come back."""
    verdict = sources.count(request.remote_addr)
    if not verdict.allowed:
        raise TooManyRequests(retry_after=verdict.paused_until)


def refuse_malformed(form: FlaskForm) -> None:
    """Repeated fields and choices that the page does not offer are no form of ours (SEC-04)."""
    for field in form:
        if len(request.form.getlist(field.name)) > 1 or field.name in request.files:
            raise BadRequest
    choice = request.form.get("choice", "")
    if choice and choice not in form.choices_offered:
        raise BadRequest


def _first_error(form: FlaskForm) -> StepRefused:
    field, messages = next(iter(form.errors.items()))
    is_missing = not str(form[field].data or "").strip()
    return StepRefused(field, "missing" if is_missing else "not-understood", messages[0])
