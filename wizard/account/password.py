"""`/account/password`: a new own password for somebody who is signed in.

The current password is asked on the page itself and counted like any try; a second step that is too old is asked again first.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField

from wizard.domain import assurance
from wizard.extensions import tools
from wizard.journeys.drawing import FieldError
from wizard.journeys.model import StepRefused
from wizard.journeys.runner import count_source, refuse_malformed
from wizard.models import Account, db, write
from wizard.services import names, outcomes, passwords
from wizard.services.new_passwords import NewPassword
from wizard.services.passwords import NoLongerTrue, PasswordEvidence
from wizard.services.signed_in import current_facts, signed_in_only
from wizard.services.visits import Visit, current_visit
from wizard.steps import change_password
from wizard.steps.change_password import changed_elsewhere
from wizard.steps.enter_password import refuse_password
from wizard.steps.forms import Needed, StepForm, judged_password

JOURNEY, STEP = "account", "password"
blueprint = Blueprint("account_password", __name__)


class AccountPasswordForm(StepForm):
    current_password = PasswordField(_l("Current password"), validators=[Needed(_l("Enter your current password."))])
    new_password = PasswordField(_l("New password"))


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in_only
def change() -> ResponseReturnValue:
    visit = current_visit()
    if _factor_is_too_old():
        visit.come_back_to(request.path if request.method == "GET" else f"{request.path}?again=1")
        visit.ask_again(assurance.FACTOR, visit.now, purpose="new-password")
        return redirect("/sign-in", 303)
    form = AccountPasswordForm()
    if request.method != "POST":
        return _draw(form)
    refuse_malformed(form)
    try:
        if not form.validate():
            raise StepRefused("current_password", "missing", form.current_password.errors[0])
        _change(visit, form)
    except StepRefused as refusal:
        visit.rolled_back()
        db.session.rollback()
        outcomes.refused(visit, JOURNEY, STEP, refusal.reason, inside=True)
        if visit.account is None:  # another window has ended this session or replaced its token meanwhile
            visit.take_over_replaced()
            return redirect("/sign-in", 303)
        return _draw(form, refusal), 422
    visit.committed()
    return redirect("/account", 303)


def _factor_is_too_old() -> bool:
    """As `may_set_password` sees it, and as the sign-in journey does: a code that works once has no age in its session."""
    facts = current_facts()
    age = timedelta(seconds=tools().settings.factor_proof_age)
    assert facts.account is not None
    return facts.account.ever_had_factor and facts.factor_proof(age) is None


def _change(visit: Visit, form: AccountPasswordForm) -> None:
    account = visit.account
    assert account is not None
    key = names.key_of(account)
    count_source()
    verdict = passwords.count_try(key, form.current_password.data or "")
    evidence = passwords.check(key, form.current_password.data or "") if verdict.allowed else None
    if evidence is None or evidence.own_hash is None:
        raise refuse_password("current_password", key, verdict)
    made = judged_password(form, current_facts())
    with write():
        visit.reload()
        _set(visit, account, evidence, made)
        outcomes.done(visit, JOURNEY, STEP, inside=True)


def _set(visit: Visit, account: Account, evidence: PasswordEvidence, made: NewPassword) -> None:
    if visit.session is None or visit.account is None or visit.account.id != account.id:
        raise changed_elsewhere()
    try:
        passwords.accept(visit, evidence, JOURNEY)
    except NoLongerTrue:
        raise changed_elsewhere() from None
    if not passwords.set_password(visit, made.hashed, made.compared_with, JOURNEY):
        raise changed_elsewhere()


def _draw(form: AccountPasswordForm, refusal: StepRefused | None = None) -> str:
    page = change_password.page_of(current_facts(), replaces_temporary=False)
    errors = [FieldError(refusal.field, refusal.message)] if refusal else []
    return render_template(
        "account/password.html",
        form=form,
        page=page,
        errors=errors,
        refused=refusal.reason if refusal else None,
        not_taken=request.method == "GET" and "again" in request.args,
    )
