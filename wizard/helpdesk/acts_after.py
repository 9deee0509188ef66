"""After an act: taking it back, withdrawing what waits, showing an approved pass. Each address leads back to the card when it is loaded."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from wizard.helpdesk.guard import agents_only, current_agent, person_or_404
from wizard.models import Account, DeskAct, db
from wizard.services import desk_act_approvals, desk_act_undo
from wizard.services.desk_act_hold import OutOfReach
from wizard.services.desk_act_plans import NotPossible
from wizard.services.desk_act_words import PASS_BUTTONS


@agents_only("assist")
def to_card(act_id: str, what: str) -> ResponseReturnValue:  # noqa: ARG001
    """Where a step-up, Back or a reload ends."""
    _act, account = _found(act_id)
    return _to_card(account.id)


@agents_only("assist", acts=True)
def undo(act_id: str) -> ResponseReturnValue:
    _nothing_else()
    _act, account = _found(act_id)
    try:
        result = desk_act_undo.undo(current_agent().account_id, act_id)
    except OutOfReach:
        raise NotFound from None
    return _to_card(account.id, f"?did={act_id}" + ("" if result == "undone" else f"&undo={result}"))


@agents_only("assist", acts=True)
def withdraw(act_id: str) -> ResponseReturnValue:
    """Who asked for a second agent takes the request back."""
    _nothing_else()
    act, account = _found(act_id)
    if act.agent_id != current_agent().account_id:
        raise NotFound
    try:
        desk_act_approvals.settle(current_agent().account_id, act_id, approve=False)
    except OutOfReach:
        raise NotFound from None
    return _to_card(account.id, f"?did={act_id}")


@agents_only("reset", acts=True)
def take_pass(act_id: str) -> ResponseReturnValue:
    """Make the approved pass and show it, once: the same form again says only that it was shown."""
    _nothing_else()
    _act, account = _found(act_id)
    try:
        made = desk_act_approvals.take_pass(current_agent().account_id, act_id)
    except OutOfReach:
        raise NotFound from None
    except NotPossible as refusal:
        page = render_template("helpdesk/acts_pass.html", person=account, made=None, why_not=refusal.words)
        return page, 422
    page = render_template("helpdesk/acts_pass.html", person=account, made=made, why_not=None, buttons=PASS_BUTTONS)
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _found(act_id: str) -> tuple[DeskAct, Account]:
    """The act and its person; 404 when the person is out of this agent's reach."""
    act = db.session.get(DeskAct, act_id)
    if act is None:
        raise NotFound
    return act, person_or_404(act.account_id)


def _to_card(account_id: str, query: str = "") -> ResponseReturnValue:
    return redirect(f"/helpdesk/people/{account_id}{query}", 303)


def _nothing_else() -> None:
    if request.files or set(request.form) - {"csrf_token"}:
        raise BadRequest
