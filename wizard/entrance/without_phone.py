"""`/without-phone`: "I cannot use my phone". What happened decides the way on; the journey that was left for it is kept."""

from __future__ import annotations

from flask import Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from wizard.domain import assurance
from wizard.journeys.model import Journey, NoWayOn
from wizard.journeys.runner import progress_of
from wizard.services.visits import Visit, current_visit

NOT_HERE = "not-here"
REASONS = ("lost", "new", "broken", NOT_HERE)
CAME_FROM = (assurance.SIGN_IN, assurance.FORGOTTEN_PASSWORD)
CODE = "use-recovery-code"
AFTERWARDS = "/without-phone/afterwards"


def init_app(app: Flask) -> None:
    app.add_url_rule("/without-phone", "without_phone", without_phone, methods=["GET", "POST"])
    app.add_url_rule(AFTERWARDS, "without_phone_afterwards", afterwards)


def without_phone() -> ResponseReturnValue:
    """A phone that is only not here is passed by; any other is replaced, and a lost one ends at once.

    A forgotten password is chosen first: without it nobody binds a phone. Raises `NoWayOn` where nothing stands in for the phone.
    """
    came_from = request.values.get("from", "")
    if came_from not in ("", *CAME_FROM):
        raise BadRequest
    if request.method == "GET":
        return render_template("without_phone.html", came_from=came_from)
    reason = request.form.get("reason", "")
    if reason not in REASONS or len(request.form.getlist("reason")) > 1:
        raise BadRequest
    visit, forgotten = current_visit(), came_from == assurance.FORGOTTEN_PASSWORD
    if reason != NOT_HERE:
        visit.remember(lost=reason == "lost")
        visit.committed()
        if not forgotten:
            return redirect(f"/{assurance.REPLACE_PHONE}", 303)
        visit.come_back_to(AFTERWARDS)
    journey = came_from or assurance.SIGN_IN
    visit.remember(way=_way_past_the_phone(visit, journey))
    visit.committed()
    return redirect(f"/{journey}", 303)


def afterwards() -> ResponseReturnValue:
    """The new password is chosen: now the phone, once."""
    current_visit().arrived()
    return redirect(f"/{assurance.REPLACE_PHONE}", 303)


def _way_past_the_phone(visit: Visit, name: str) -> str:
    """The slug of what stands in for the phone, a recovery code first. Raises `NoWayOn`."""
    if visit.session is None:
        return CODE
    journey: Journey = current_app.extensions["perron-journeys"][name]
    ways = journey.other_ways(journey.step_named("match_number"), progress_of(visit, journey))
    if not ways:
        raise NoWayOn
    return next((way.slug for way in ways if way.slug == CODE), ways[0].slug)
