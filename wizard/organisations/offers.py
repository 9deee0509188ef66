"""`/organisation/offers`: memberships offered to an account that existed before."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from wizard.organisations.rights_table import actor, within_rights
from wizard.services import colleagues
from wizard.services.signed_in import signed_in_only

blueprint = Blueprint("organisation_offers", __name__)


@blueprint.post("/organisation/offers/<membership_id>")
@signed_in_only
def answer(membership_id: str) -> ResponseReturnValue:
    """Take or leave one's own offer; what was answered or withdrawn meanwhile stays as it is, and the page shows it."""
    given = request.form.getlist("choice")
    if given not in (["yes"], ["no"]) or request.files:
        raise BadRequest
    with within_rights():
        colleagues.answer_offer(actor().id, membership_id, accept=given == ["yes"])
    return redirect(url_for("organisation.home"), 303)
