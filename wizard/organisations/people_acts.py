"""What is done to one colleague: invite again, take back, change the role, end; and settling corrected names."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from wizard.journeys.drawing import FieldError
from wizard.locale import day_clock
from wizard.organisations import people_list
from wizard.organisations.rights_table import actor, needs, within_rights
from wizard.services import colleague_invitations, colleague_names, colleague_withdrawals, colleagues
from wizard.services.colleague_invitations import TooMany


@needs("invite-people", "Send an invitation again")
def resend(membership_id: str) -> ResponseReturnValue:
    _only()
    try:
        with within_rights():
            sent = colleague_invitations.resend(actor().id, membership_id)
    except TooMany as limit:
        message = _(
            "This invitation was sent very often today. It can be sent again on %(time)s.", time=_moment(limit.until)
        )
        return people_list.draw([FieldError("", message)], "too-many"), 422
    if not sent:
        return _to_list()
    return redirect(url_for("organisation_people.invited", membership_id=membership_id), 303)


@needs("invite-people", "Withdraw an invitation")
def withdraw(membership_id: str) -> ResponseReturnValue:
    _only()
    with within_rights():
        colleague_withdrawals.withdraw(actor().id, membership_id)
    return _to_list()


@needs("invite-people", "Change a colleague's role")
def change_role(membership_id: str) -> ResponseReturnValue:
    _only("role")
    with within_rights():
        colleagues.change_role(actor().id, membership_id, request.form.get("role", ""))
    return _to_list()


@needs("invite-people", "End a colleague's membership")
def end(membership_id: str) -> ResponseReturnValue:
    _only()
    with within_rights():
        colleagues.end_membership(actor().id, membership_id)
    return _to_list()


@needs("invite-people", "Settle a corrected name")
def settle_name(correction_id: str) -> ResponseReturnValue:
    _only("choice")
    choice = request.form.get("choice")
    if choice not in {"yes", "no"}:
        raise BadRequest
    with within_rights():
        colleague_names.settle(actor().id, correction_id, accept=choice == "yes")
    return _to_list()


def _only(*fields: str) -> None:
    """A field twice, a file or an unknown field is no form of ours (SEC-04)."""
    known = {"csrf_token", *fields}
    if request.files or set(request.form) - known or any(len(request.form.getlist(name)) > 1 for name in known):
        raise BadRequest


def _to_list() -> ResponseReturnValue:
    return redirect(url_for("organisation_people.people"), 303)


def _moment(until: datetime | None) -> str:
    return day_clock(until) if until else ""
