"""`/account/ways`: bind another phone or code app, or take one away, by a fresh proof. One always stays."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from wizard.domain import assurance
from wizard.domain.assurance import Facts
from wizard.domain.journey_names import REPLACE_PHONE
from wizard.models import Authenticator, db, write
from wizard.services import enrolment
from wizard.services.signed_in import current_facts, signed_in_only
from wizard.services.visits import current_visit

blueprint = Blueprint("account_ways", __name__)
PURPOSE = "ways"


def may_change_ways(facts: Facts) -> bool:
    """Whether the second step was proven a moment ago, by more than a number matched for signing in."""
    return facts.without_sign_in_numbers().factor_proof(facts.ages.step_up) is not None


@blueprint.get("/account/ways/add")
@signed_in_only
def add() -> ResponseReturnValue:
    """Bind another phone or code app beside one that is proven afresh, and for this purpose.

    Who has none has nothing to prove afresh: the journey itself asks for what binding the first one needs.
    """
    visit, facts = current_visit(), current_facts()
    has_none = facts.account is not None and not facts.account.authenticators
    if has_none or facts.without_sign_in_numbers().own_factor_proof(facts.ages.step_up) is not None:
        visit.enter(REPLACE_PHONE)
        return redirect(f"/{REPLACE_PHONE}", 303)
    visit.come_back_to("/account/ways/add")
    visit.ask_again(assurance.FACTOR, visit.now, purpose=PURPOSE)
    return redirect("/sign-in", 303)


@blueprint.post("/account/ways/<authenticator_id>/remove")
@signed_in_only
def remove(authenticator_id: str) -> ResponseReturnValue:
    visit, facts = current_visit(), current_facts()
    row = db.session.get(Authenticator, authenticator_id)
    if (
        row is None
        or facts.account is None
        or authenticator_id not in {bound.id for bound in facts.account.authenticators}
    ):
        raise NotFound
    if not may_change_ways(facts):
        visit.come_back_to(f"/account?remove={authenticator_id}")
        visit.ask_again(assurance.FACTOR, visit.now, purpose=PURPOSE)
        return redirect("/sign-in", 303)
    with write():
        visit.reload()
        if visit.account is not None and assurance.signed_in(current_facts()):
            enrolment.remove(visit.account, authenticator_id, visit.now)
    visit.committed()
    return redirect("/account", 303)
