"""`/phone/requests/<id>`: who asks, from where, when; the number, "Yes, it is me", "It is not me"."""

from __future__ import annotations

import json

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from wizard.domain.digits import fold_digits
from wizard.domain.networks import network_of
from wizard.domain.number_match import NOT_ME, WRONG, YES
from wizard.errors import Problem, show
from wizard.extensions import tools
from wizard.journeys.runner import count_source
from wizard.models import Account, ApprovalRequest, Device, db
from wizard.phone.words import act_words, asked_for_words, purpose_words
from wizard.services import approvals, caller_checks, devices, late_answers, phone_help_codes
from wizard.services.approvals import Result
from wizard.services.devices import Signed
from wizard.services.visits import current_visit

blueprint = Blueprint("phone_requests", __name__)
Refusal = tuple[str, str]  # the stable word and what the page says
LONGEST_TOKEN = 100


@blueprint.route("/phone/requests/<request_id>", methods=["GET", "POST"])
def one(request_id: str) -> ResponseReturnValue:
    device = devices.current_device()
    found = db.session.get(ApprovalRequest, request_id)
    account = db.session.get(Account, found.account_id) if found is not None else None
    if device is None or found is None or account is None or devices.link_to(device, account) is None:
        if device is None and found is not None:
            return render_template("phone/unknown.html", options=None)
        raise NotFound
    phone_help_codes.note(current_visit(), device)
    if not (_is_open(found) or _may_deny(device, found, account)):
        return _show_ended(device, found)
    if request.method == "POST":
        return _answer(device, found, account)
    return _draw(device, found, account)


def _is_open(found: ApprovalRequest) -> bool:
    if _is_caller_check(found):
        return caller_checks.is_open(found, current_visit().now)
    return found.answer is None and found.ended_at is None and found.ends_at > current_visit().now


def _may_deny(device: Device, found: ApprovalRequest, account: Account) -> bool:
    """Whether this phone may still warn, although another one was faster. Of a closed account there is nothing to warn of."""
    link = devices.link_to(device, account)
    return account.disabled_at is None and late_answers.may_deny(found, link, current_visit().now)


def _is_caller_check(found: ApprovalRequest) -> bool:
    return found.purpose.startswith(caller_checks.CALLER)


def _other_check(found: ApprovalRequest) -> str | None:
    """A caller check that waits behind this request, which has taken its place in the phone's list."""
    waiting = None if _is_caller_check(found) else caller_checks.waiting_on(found.account_id, current_visit().now)
    return waiting.id if waiting else None


def _scan_token(found: ApprovalRequest) -> str:
    """The token of the second QR code; "" where the number is typed only, or nothing was scanned."""
    is_offered = not _is_caller_check(found) and tools().settings.number_match == "typed-or-scanned"
    return request.args.get("t", "")[:LONGEST_TOKEN] if is_offered else ""


def _draw(
    device: Device, found: ApprovalRequest, account: Account, refusal: Refusal | None = None
) -> ResponseReturnValue:
    key = devices.key_of(device)
    asked = approvals.answer_of(found, "", YES)
    page = render_template(
        "phone/late.html" if found.answer else "phone/request.html",
        name=account.name,
        username=account.sign_in_name,
        purpose=purpose_words(found.purpose, by_address=not account.username),
        asked_for=asked_for_words(found.purpose),
        browser=found.browser,
        at=found.created_at,
        ends_at=found.ends_at,
        answer=found.answer,
        answered_at=found.answered_at,
        same_network=bool(found.source) and found.source == network_of(request.remote_addr),
        act=act_words(found.purpose),
        caller_check=_other_check(found),
        scanned=bool(_scan_token(found)),
        own_screen=not _is_caller_check(found) and _asks_itself(found),
        refused=refusal[0] if refusal else None,
        message=refusal[1] if refusal else None,
        signing=json.dumps(
            {
                "lines": [asked.request_id, asked.challenge, asked.purpose, None, None, asked.account_id, asked.origin],
                "number": _known_number(found),
                "credential": key.credential_id if key else None,
                "kind": key.kind if key else None,
            }
        ),
    )
    return page, 422 if refusal else 200


def _known_number(found: ApprovalRequest) -> str | None:
    """The number that need not be typed: scanned off the computer's screen, or shown by this very browser; else None (SEC-13)."""
    if _is_caller_check(found):
        return None
    if token := _scan_token(found):
        return token
    shown = approvals.shown(found) if _asks_itself(found) else None
    return shown.number if shown else None


def _asks_itself(found: ApprovalRequest) -> bool:
    session = current_visit().session
    return session is not None and session.id == found.session_id


def _answer(device: Device, found: ApprovalRequest, account: Account) -> ResponseReturnValue:
    choices = request.form.getlist("choice")
    known = caller_checks.ANSWERS if _is_caller_check(found) else (YES, NOT_ME)
    if len(choices) > 1 or not set(choices) <= set(known) or len(request.form.getlist("number")) > 1:
        raise BadRequest
    count_source()
    decision = choices[0] if choices else YES
    if decision == YES and not _is_open(found):
        return _show_ended(device, found)
    number = _number(found) if decision == YES else ""
    if decision == YES and not number:
        words = _("Enter the number that the helpdesk reads out.") if _is_caller_check(found) else None
        return _draw(device, found, account, ("missing", words or _("Enter the number that the computer shows.")))
    said = approvals.answer_of(found, number, decision)
    signed = Signed(request.form.get("assertion", ""), request.form.get("signature", ""))
    give_answer = caller_checks.give_answer if _is_caller_check(found) else approvals.give_answer
    result = give_answer(current_visit(), device, found, said, signed)
    return _said(result, device, found, account)


def _number(found: ApprovalRequest) -> str:
    """What the phone says: the number that it need not type, else what was typed."""
    return _known_number(found) or fold_digits(request.form.get("number", ""))


def _said(result: Result, device: Device, found: ApprovalRequest, account: Account) -> ResponseReturnValue:
    db.session.refresh(found)
    if result == "refused" and _is_caller_check(found) and found.claimed_at is not None:
        return render_template("phone/warned.html", used_at=found.claimed_at)
    if _is_caller_check(found) and result in {"answered", "refused"}:
        return render_template("helpdesk/caller_answered.html", allowed=result == "answered")
    if result == "answered":
        return render_template("phone/answered.html", onward=_onward(found) if _asks_itself(found) else None)
    if result == "refused":
        return render_template("phone/refused.html", in_since=late_answers.in_since(found))
    if result == "key-refused":
        words = _("This phone could not prove its key. Unlock it and try again.")
        return _draw(device, found, account, ("key-refused", words))
    return _show_ended(device, found, 422 if result == "number-differs" else 410)


def _onward(found: ApprovalRequest) -> str:
    """The journey that has asked; what a signed-in page asks for goes by way of signing in."""
    return f"/{found.purpose if found.purpose in current_app.extensions['perron-journeys'] else 'sign-in'}"


def _show_ended(device: Device, found: ApprovalRequest, status: int = 410) -> ResponseReturnValue:
    own = found.authenticator_id in {link.id for link in devices.links_of(device)}
    return show(_ended(found, own=own), status)


def _answered(found: ApprovalRequest, *, own: bool) -> tuple[str, str]:
    """What was answered, by this phone (`own`) or another one, and what to do."""
    if found.answer == YES:
        said = _("The answer was “yes”. Each request takes one answer.")
        return str(said), str(_("Was that a mistake, or not you? Call the number below."))
    if _is_caller_check(found):
        return str(_("The helpdesk was warned.")), ""
    by_this = _("The answer was “It is not me”, and the sign-in was ended.")
    return str(by_this if own else _("Another of your phones answered “It is not me”, and the sign-in was ended.")), ""


def _ended(found: ApprovalRequest, *, own: bool) -> Problem:
    home = {"action_url": "/phone", "action_text": _("This phone’s page")}
    if found.answer == WRONG and _is_caller_check(found):
        return Problem(
            "number-differs",
            _("The number was another one"),
            _("The helpdesk shows a different number, so this request has ended. Nothing was changed."),
            _("Have the helpdesk ask once more, and read out the new number."),
            refused="number-differs",
            **home,
        )
    if found.answer == WRONG:
        return Problem(
            "number-differs",
            _("The number was another one"),
            _("The computer shows a different number, so this request has ended. Nobody got in."),
            _("Ask for a new number on the computer."),
            refused="number-differs",
            **home,
        )
    if found.answer is not None:
        said, todo = _answered(found, own=own)
        return Problem("request-answered", _("This request was answered"), said, todo, when=found.answered_at, **home)
    if found.ended_reason == "replaced":
        return Problem(
            "request-replaced", _("A newer request replaces this one"), _("Only the newest one counts."), **home
        )
    return Problem(
        "request-expired",
        _("This request has run out"),
        _("Nobody answered it in time. Nothing has happened."),
        _("If you are signing in, ask for a new number on the computer."),
        **home,
    )
