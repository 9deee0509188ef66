"""`/without-phone`: "I cannot use my phone". What happened decides the way on; the journey that was left for it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from wizard.domain import assurance
from wizard.domain.assurance import AccountFacts
from wizard.domain.journey_names import FORGOTTEN_PASSWORD, REPLACE_PHONE, SIGN_IN
from wizard.domain.return_paths import AFTER_THE_PASSWORD
from wizard.journeys.model import Journey, NoWayOn
from wizard.journeys.runner import progress_of
from wizard.models import write
from wizard.services import enrolment
from wizard.services.facts import account_facts, facts_of
from wizard.services.visits import Visit, current_visit

NOT_HERE = "not-here"
REASONS = ("lost", "new", "broken", NOT_HERE)
CAME_FROM = (SIGN_IN, FORGOTTEN_PASSWORD)
CODE = "use-recovery-code"
PASS = "use-temporary-pass"


def init_app(app: Flask) -> None:
    app.add_url_rule("/without-phone", "without_phone", without_phone, methods=["GET", "POST"])
    app.add_url_rule(AFTER_THE_PASSWORD, "without_phone_afterwards", afterwards)


def without_phone() -> ResponseReturnValue:
    """A phone that is only not here is passed by; any other is replaced, and a lost one ends at once.

    A forgotten password is chosen first: without it nobody binds a phone. To whom an agent has just read a temporary pass, the page
    that asks for it is opened. Raises `NoWayOn` where nothing stands in for the phone.
    """
    came_from = request.values.get("from", "")
    if came_from not in ("", *CAME_FROM):
        raise BadRequest
    if request.method == "GET":
        return render_template("without_phone.html", came_from=came_from, known=_known(current_visit(), came_from))
    reason = request.form.get("reason", "")
    if reason not in REASONS or len(request.form.getlist("reason")) > 1:
        raise BadRequest
    visit, forgotten = current_visit(), came_from == FORGOTTEN_PASSWORD
    replaces, has_pass = reason != NOT_HERE, _has_pass(visit)
    visit.remember(lost=reason == "lost")
    visit.committed()
    if visit.return_to() == AFTER_THE_PASSWORD:
        visit.come_back_to("")  # said before, and not true any more
    if reason == "lost":
        _end_by_own_proof(visit)
    elif replaces and forgotten:  # what is lost ends with the code or the pass, and is owed from then on
        visit.come_back_to(AFTER_THE_PASSWORD)
    journey = came_from or SIGN_IN
    if not forgotten and (replaces or has_pass):  # signing in has no page for a pass
        journey = REPLACE_PHONE
    if has_pass:
        visit.remember(way=PASS)
    elif journey != REPLACE_PHONE:
        visit.remember(way=_way_past_the_phone(visit, journey, reason))
    visit.committed()
    return redirect(f"/{journey}", 303)


def afterwards() -> ResponseReturnValue:
    """The new password is chosen: now the phone, once."""
    current_visit().arrived()
    return redirect(f"/{REPLACE_PHONE}", 303)


def _has_pass(visit: Visit) -> bool:
    """Whether a temporary pass waits to be entered by the person of this session."""
    return visit.account is not None and account_facts(visit.account).pass_open


def _end_by_own_proof(visit: Visit) -> None:
    """Who has just proven it by an authenticator of their own needs no code to say that the phone is lost."""
    if visit.account is None:
        return
    with write():
        visit.reload()
        if assurance.may_enrol(facts_of(visit.account, visit.session, visit.now)):
            enrolment.end_lost_phones(visit)
    visit.committed()


@dataclass(frozen=True)
class Known:
    """What the page says to who has proven something: is a phone out of use or a code app, and what is there beside it?"""

    phone: bool
    another: bool
    codes: bool


def _known(visit: Visit, name: str) -> Known | None:
    """None for who comes from no journey or has proven nothing in it."""
    if not name or visit.account is None:
        return None
    account = account_facts(visit.account)
    codes = account.codes_left > 0 or account.pass_open
    return Known(_has_phone(account), bool(_ways(visit, name)) or account.pass_open, codes)


def _has_phone(account: AccountFacts) -> bool:
    return any(item.device_id for item in account.authenticators)


def _ways(visit: Visit, name: str) -> list[str]:
    """The slugs of what stands in for the phone, or for the code app of who has linked none."""
    journey: Journey = current_app.extensions["perron-journeys"][name]
    progress = progress_of(visit, journey)
    asked = "enter_code" if progress.facts.account and not _has_phone(progress.facts.account) else "match_number"
    return [way.slug for way in journey.other_ways(journey.step_named(asked), progress)]


def _way_past_the_phone(visit: Visit, name: str, reason: str) -> str:
    """The slug of what stands in for the phone, a recovery code first. Raises `NoWayOn`."""
    if visit.session is None:
        return CODE
    ways = _ways(visit, name)
    if not ways:
        raise NoWayOn(reason, back=f"/{name}")
    return CODE if CODE in ways else ways[0]
