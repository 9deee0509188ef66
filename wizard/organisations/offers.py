"""`/organisation/offers`: memberships offered to an account that existed before."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from wizard.services import colleagues
from wizard.services.colleagues import OutOfReach
from wizard.services.signed_in import signed_in_account, signed_in_only

blueprint = Blueprint("organisation_offers", __name__)


@blueprint.post("/organisation/offers/<membership_id>")
@signed_in_only
def answer(membership_id: str) -> ResponseReturnValue:
    """Take or leave one's own offer; what was answered or withdrawn meanwhile stays as it is, and the page shows it."""
    account, given = signed_in_account(), request.form.getlist("choice")
    assert account is not None
    if given not in (["yes"], ["no"]) or request.files:
        raise BadRequest
    try:
        colleagues.answer_offer(account.id, membership_id, accept=given == ["yes"])
    except OutOfReach:
        raise NotFound from None
    return redirect(url_for("organisation.home"), 303)
