"""`/helpdesk/people/<id>/acts/<act>`: what it will end, the reason, how the caller was checked, one button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from wizard.domain.desk_rights import Act
from wizard.helpdesk import acts_forms
from wizard.helpdesk.acts_forms import Field, Typed
from wizard.helpdesk.guard import agents_only, current_agent, kept_here
from wizard.journeys.drawing import FieldError
from wizard.models import Account
from wizard.services import caller_checks, desk_act_address, desk_act_mailing, desk_acts
from wizard.services.caller_checks import Wanted
from wizard.services.desk_act_address import ADDRESS, KEY
from wizard.services.desk_act_approvals import APPROVAL_LIFETIME, somebody_approves
from wizard.services.desk_act_doing import Dry, dry_run
from wizard.services.desk_act_words import act_words
from wizard.services.desk_acts import Changed, NotChecked, NotMine, NotPossible, Order, OutOfReach
from wizard.services.desk_card_facts import urgent_cautions_of
from wizard.services.desk_subject import Subject

Drawn = tuple[str, int]


@dataclass(frozen=True)
class Refusal:
    """Why a post was refused: the stable word, what the page says, and the address whose doubts it has named."""

    word: str
    errors: list[FieldError]
    doubts_seen: str = ""


@agents_only("assist", acts=True)
def one(account_id: str, act: str) -> ResponseReturnValue:
    account, wanted = acts_forms.subject(account_id, act)
    return _draw(account, wanted, acts_forms.step_asked(), acts_forms.begun(wanted))


@agents_only("assist", acts=True, keeps=acts_forms.KEPT)
def do(account_id: str, act: str) -> ResponseReturnValue:
    account, wanted = acts_forms.subject(account_id, act)
    step, typed = acts_forms.step_asked(), acts_forms.read()
    found = acts_forms.faults(wanted, typed)
    if found:
        return _draw(account, wanted, step, typed, Refusal("missing", found))
    try:
        details = _details(account, wanted, typed)
        return _done(account, wanted, step, typed, details)
    except NotPossible as refusal:
        field = "address" if wanted.name == "change-address" else ""
        return _draw(account, wanted, step, typed, Refusal("not-possible", [FieldError(field, refusal.words)]))
    except _Doubted as doubted:
        errors = [FieldError("address", words) for words in doubted.address.doubts]
        return _draw(account, wanted, step, typed, Refusal("doubted", errors, doubted.address.key))


class _Doubted(Exception):
    """Something speaks against the typed address, and the agent has not been told yet."""

    def __init__(self, address: desk_act_address.Typed) -> None:
        super().__init__()
        self.address = address


def _details(account: Account, act: Act, typed: Typed) -> dict[str, Any]:
    if act.name != "change-address":
        return {}
    address = desk_act_address.read(current_agent(), account, typed.address)
    if address.doubts and typed.doubts_seen != address.key:
        raise _Doubted(address)
    return {ADDRESS: address.address, KEY: address.key}


def _done(account: Account, act: Act, step: str | None, typed: Typed, details: dict[str, Any]) -> ResponseReturnValue:
    checked = typed.checked_how if act.checks_caller else "none"
    order = Order(typed.form_id, act.name, typed.reason, checked, typed.seen, step, typed.note, details)
    person = account.id
    try:
        row = desk_acts.submit(current_agent().account_id, person, order)
    except OutOfReach:
        raise NotFound from None
    except NotMine:
        raise BadRequest from None
    except Changed:
        words = _("What this would end has changed meanwhile. Read it once more, then press the button again.")
        return _draw(account, act, step, typed, Refusal("changed", [FieldError("", words)]))
    except NotChecked:
        words = _not_checked(account, Wanted(act.name, step))
        return _draw(account, act, step, typed, Refusal("not-checked", [FieldError("checked_how", words)]))
    return redirect(f"/helpdesk/people/{person}?did={row.id}", 303)


def _not_checked(account: Account, wanted: Wanted) -> str:
    """Why the phone's answer does not count, as far as it is known."""
    found = caller_checks.newest(current_agent().account_id, account.id)
    if found is not None and found.purpose == wanted.purpose and found.answer in caller_checks.WARNINGS:
        return str(
            _("On a phone of this person it was answered meanwhile that the call is not theirs. Nothing was done.")
        )
    return str(_("The phone has not allowed this act, or its answer was used already. Check the caller once more."))


def _draw(
    account: Account,
    act: Act,
    step: str | None,
    typed: Typed,
    refusal: Refusal | None = None,
) -> Drawn:
    dry: Dry | None = None
    why_not = None
    subject = Subject(account)
    try:
        dry = dry_run(subject, act.name, step)
    except NotPossible as reason:
        why_not = reason.words
    wanted, agent = Wanted(act.name, step), current_agent()
    allowed = caller_checks.has_answered(agent.account_id, account.id, wanted)
    nobody = dry is not None and dry.needs_pair and not somebody_approves(agent.account_id, account)
    page = render_template(
        "helpdesk/acts_form.html",
        person=account,
        act=act,
        step=step,
        title=act_words(act.name, step),
        dry=dry,
        why_not=why_not,
        nobody=desk_acts.nobody_approves() if nobody else None,
        approval_hours=APPROVAL_LIFETIME // timedelta(hours=1),
        errors=_errors(refusal, has_form=why_not is None and not nobody),
        refused=refusal.word if refusal else None,
        # After a refusal the same form may go on: nothing was written under its id.
        form_id=typed.form_id,
        seen=dry.plan.seen if dry else "",
        reason=Field("reason", typed.reason),
        reasons=acts_forms.reasons_of(act),
        note=Field("note", typed.note),
        checked_how=Field("checked_how", typed.checked_how or ("phone" if allowed else "")),
        checks=acts_forms.checks_of(act, allowed=allowed),
        address=Field("address", typed.address),
        doubts_seen=refusal.doubts_seen if refusal else "",
        sees_part_only=desk_act_address.sees_part_only(agent),
        has_phone=act.checks_caller and caller_checks.has_phone(account.id),
        allowed=allowed,
        caller_url=_caller_url(account, wanted),
        urgent=urgent_cautions_of(subject),
        came_back_to=refusal is None and bool(kept_here()),
        guide_url=desk_act_mailing.guide_address(subject.standing) if act.name == "send-guide" else None,
    )
    return page, 422 if refusal else 200


def _caller_url(account: Account, wanted: Wanted) -> str:
    step = f"&step={wanted.step}" if wanted.step else ""
    return f"/helpdesk/people/{account.id}/caller?act={wanted.act}{step}"


def _errors(refusal: Refusal | None, *, has_form: bool) -> list[FieldError]:
    """What the summary lists; without a form there is no field to lead to."""
    errors = refusal.errors if refusal else []
    return errors if has_form else [FieldError("", error.message) for error in errors]
