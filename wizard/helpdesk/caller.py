"""`/helpdesk/people/<id>/caller`: the number that an agent reads out, and what the caller's phone has answered."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from wizard.extensions import tools
from wizard.helpdesk import acts_forms
from wizard.helpdesk.guard import agents_only, current_agent, person_or_404
from wizard.journeys.drawing import FieldError
from wizard.journeys.polling import WAITING, wait_for
from wizard.locale import clock
from wizard.models import Account, ApprovalRequest
from wizard.services import caller_checks
from wizard.services.caller_checks import NoPhone, TooManyChecks, Wanted
from wizard.services.desk_act_hold import OutOfReach
from wizard.services.desk_act_words import act_words
from wizard.services.visits import Visit, current_visit

blueprint = Blueprint("helpdesk_caller", __name__)


@blueprint.get("/helpdesk/people/<account_id>/caller")
@agents_only("assist", acts=True)
def caller(account_id: str) -> ResponseReturnValue:
    """The number, or what became of it; the act's own page as soon as the phone has allowed it."""
    account, wanted = _subject(account_id)
    if caller_checks.state(_newest(account, wanted), current_visit().now) == "yes":
        return redirect(_act_url(account.id, wanted), 303)
    return _draw(account, wanted)


@blueprint.post("/helpdesk/people/<account_id>/caller")
@agents_only("assist", acts=True)
def ask(account_id: str) -> ResponseReturnValue:
    """Ask the phone. Each press is a new number; the one before counts no more."""
    account, wanted = _subject(account_id)
    if request.files or set(request.form) - {"csrf_token", "choice"}:
        raise BadRequest
    try:
        caller_checks.ask(current_visit(), current_agent().account_id, account.id, wanted)
    except OutOfReach:
        raise NotFound from None
    except NoPhone:
        return _draw(
            account, wanted, "no-phone", _("No phone of this person is linked. Check the caller in another way.")
        )
    except TooManyChecks as often:
        until = clock(often.until) if often.until else ""
        words = _("The phone was asked too often. It can be asked again from %(time)s on.", time=until)
        return _draw(account, wanted, "too-many", words)
    return redirect(_address(account_id, wanted), 303)


@blueprint.get("/helpdesk/people/<account_id>/caller/wait", endpoint="wait")
@agents_only("assist")
def wait(account_id: str) -> ResponseReturnValue:
    """Tells the page that the phone has answered."""
    session, agent_id = current_visit().session, current_agent().account_id
    person_id = person_or_404(account_id).id
    assert session is not None

    def state() -> str:
        g.visit = Visit()
        check = caller_checks.newest(agent_id, person_id)
        return WAITING if caller_checks.state(check, tools().clock.now()) == WAITING else "answered"

    return wait_for(f"session:{session.id}", state)


def _subject(account_id: str) -> tuple[Account, Wanted]:
    """The person, and the act that the phone is to allow; only acts that want the caller checked."""
    acts = request.args.getlist("act")
    if len(acts) != 1:
        raise BadRequest
    account, act = acts_forms.subject(account_id, acts[0])
    if not act.checks_caller:
        raise NotFound
    return account, Wanted(act.name, acts_forms.step_asked())


def _newest(account: Account, wanted: Wanted) -> ApprovalRequest | None:
    """This agent's newest check of this person, when it is one for this act."""
    found = caller_checks.newest(current_agent().account_id, account.id)
    return found if found is not None and found.purpose == wanted.purpose else None


def _address(account_id: str, wanted: Wanted) -> str:
    step = f"&step={wanted.step}" if wanted.step else ""
    return f"/helpdesk/people/{account_id}/caller?act={wanted.act}{step}"


def _act_url(account_id: str, wanted: Wanted) -> str:
    step = f"?step={wanted.step}" if wanted.step else ""
    return f"/helpdesk/people/{account_id}/acts/{wanted.act}{step}"


def _draw(account: Account, wanted: Wanted, refused: str | None = None, message: str = "") -> tuple[str, int]:
    found = _newest(account, wanted)
    state = caller_checks.state(found, current_visit().now)
    page = render_template(
        "helpdesk/caller.html",
        person=account,
        words=act_words(wanted.act, wanted.step),
        state=state,
        number=caller_checks.number_of(found) if found is not None and state == "waiting" else None,
        ends_at=found.ends_at if found else None,
        has_phone=caller_checks.has_phone(account.id),
        here=_address(account.id, wanted),
        act_url=_act_url(account.id, wanted),
        errors=[FieldError("", message)] if refused else [],
        refused=refused,
    )
    return page, 422 if refused else 200
