"""`/without-phone`: "I cannot use my phone". What happened decides the way on; the journey that was left for it is kept."""

from __future__ import annotations

from flask import Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from wizard.domain.journey_names import FORGOTTEN_PASSWORD, REPLACE_PHONE, SIGN_IN
from wizard.journeys.model import Journey, NoWayOn
from wizard.journeys.runner import progress_of
from wizard.services.facts import account_facts
from wizard.services.visits import Visit, current_visit

NOT_HERE = "not-here"
REASONS = ("lost", "new", "broken", NOT_HERE)
CAME_FROM = (SIGN_IN, FORGOTTEN_PASSWORD)
CODE = "use-recovery-code"
PASS = "use-temporary-pass"
AFTERWARDS = "/without-phone/afterwards"


def init_app(app: Flask) -> None:
    app.add_url_rule("/without-phone", "without_phone", without_phone, methods=["GET", "POST"])
    app.add_url_rule(AFTERWARDS, "without_phone_afterwards", afterwards)


def without_phone() -> ResponseReturnValue:
    """A phone that is only not here is passed by; any other is replaced, and a lost one ends at once.

    To whom an agent has just read a temporary pass, the page that asks for it is opened at once. A forgotten password is chosen first:
    without it nobody binds a phone. Raises `NoWayOn` where nothing stands in for the phone.
    """
    came_from = request.values.get("from", "")
    if came_from not in ("", *CAME_FROM):
        raise BadRequest
    visit, forgotten = current_visit(), came_from == FORGOTTEN_PASSWORD
    if _has_pass(visit):
        return _to_the_pass(visit, forgotten=forgotten)
    if request.method == "GET":
        return render_template("without_phone.html", came_from=came_from)
    reason = request.form.get("reason", "")
    if reason not in REASONS or len(request.form.getlist("reason")) > 1:
        raise BadRequest
    if reason != NOT_HERE:
        visit.remember(lost=reason == "lost")
        visit.committed()
        if not forgotten:
            return redirect(f"/{REPLACE_PHONE}", 303)
        visit.come_back_to(AFTERWARDS)
    journey = came_from or SIGN_IN
    visit.remember(way=_way_past_the_phone(visit, journey))
    visit.committed()
    return redirect(f"/{journey}", 303)


def afterwards() -> ResponseReturnValue:
    """The new password is chosen: now the phone, once."""
    current_visit().arrived()
    return redirect(f"/{REPLACE_PHONE}", 303)


def _has_pass(visit: Visit) -> bool:
    """Whether a temporary pass waits to be entered by the person of this session."""
    return visit.account is not None and account_facts(visit.account).pass_open


def _to_the_pass(visit: Visit, *, forgotten: bool) -> ResponseReturnValue:
    """What has happened to the phone is not asked any more: in each case a new way to confirm is set up with the pass."""
    if forgotten:
        visit.come_back_to(AFTERWARDS)
    visit.remember(way=PASS, lost=request.form.get("reason") == "lost")
    visit.committed()
    return redirect(f"/{FORGOTTEN_PASSWORD if forgotten else REPLACE_PHONE}", 303)


def _way_past_the_phone(visit: Visit, name: str) -> str:
    """The slug of what stands in for the phone, a recovery code first. Raises `NoWayOn`."""
    if visit.session is None:
        return CODE
    journey: Journey = current_app.extensions["perron-journeys"][name]
    ways = journey.other_ways(journey.step_named("match_number"), progress_of(visit, journey))
    if not ways:
        raise NoWayOn
    return next((way.slug for way in ways if way.slug == CODE), ways[0].slug)
