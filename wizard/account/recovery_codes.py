"""`/account/recovery-codes`: make new recovery codes, by a fresh proof of password and authenticator."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from wizard.domain import assurance
from wizard.journeys.runner import refuse_malformed
from wizard.models import write
from wizard.services import recovery_code_sets, recovery_codes
from wizard.services.signed_in import current_facts, signed_in_only
from wizard.services.visits import current_visit
from wizard.steps.keep_recovery_codes import KeepRecoveryCodesForm, codes_file

blueprint = Blueprint("account_recovery_codes", __name__)
ADDRESS = "/account/recovery-codes"


@blueprint.route(ADDRESS, methods=["GET", "POST"])
@signed_in_only
def make() -> ResponseReturnValue:
    visit = current_visit()
    facts = current_facts()
    if not facts.showing_codes and not assurance.may_make_codes(facts):
        return _prove_again()
    if request.method == "POST":
        return _settle()
    if not facts.showing_codes:
        with write():
            visit.reload()
            recovery_codes.make(visit)
    account = visit.account
    assert account is not None
    return render_template(
        "account/recovery_codes.html",
        codes=recovery_codes.shown_codes(visit),
        file_url=url_for(".as_file"),
        username=account.sign_in_name,
        replaces=recovery_code_sets.left(account.id) > 0,
    )


@blueprint.get(ADDRESS + "/codes.txt")
@signed_in_only
def as_file() -> Response:
    found = codes_file(current_visit())
    if found is None:
        raise NotFound
    return found


def _prove_again() -> ResponseReturnValue:
    """Only an authenticator can make codes: who has none bound is told so on the signed-in home."""
    visit = current_visit()
    facts = current_facts()
    if facts.account is None or not facts.account.authenticators:
        return redirect("/account", 303)
    visit.come_back_to(ADDRESS)
    visit.ask_again(assurance.FACTOR, visit.now, purpose="codes")
    if facts.password_proof(facts.ages.password) is None:
        visit.ask_again(assurance.PASSWORD, visit.now)
    return redirect("/sign-in", 303)


def _settle() -> ResponseReturnValue:
    form = KeepRecoveryCodesForm()
    refuse_malformed(form)
    visit = current_visit()
    with write():
        visit.reload()
        if form.chosen == "skip":
            recovery_codes.skip(visit)
        else:
            recovery_codes.keep(visit)
    visit.committed()
    return redirect("/account", 303)
