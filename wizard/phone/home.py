"""`/phone`: the linked phone's home, where waiting requests arrive; "This is my phone" for one that has lost its cookie, and "Link
this phone again" for one that has lost its key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from wizard.adapters import phone_keys
from wizard.adapters.phone_keys import KeyRefused
from wizard.errors import Problem, show
from wizard.extensions import tools
from wizard.journeys.polling import WAITING, wait_for
from wizard.models import Account, ApprovalRequest, db, write
from wizard.services import approvals, devices, late_answers, phone_help_codes, phone_links
from wizard.services.visits import current_visit

blueprint = Blueprint("phone", __name__, url_prefix="/phone")
CHALLENGE = "c"
FORGOTTEN = "forgotten"  # in the address: this browser has just let go of a device whose key is gone


@dataclass(frozen=True)
class Waiting:
    """One request in the phone's list."""

    id: str
    name: str
    username: str
    browser: str
    at: datetime


@blueprint.get("")
def home() -> ResponseReturnValue:
    device = devices.current_device()
    if device is None:
        return render_template("phone/unknown.html", options=_assertion_options(), forgotten=FORGOTTEN in request.args)
    visit = current_visit()
    phone_help_codes.note(visit, device)
    accounts = [db.session.get(Account, row.account_id) for row in devices.links_of(device)]
    key = devices.key_of(device)
    return render_template(
        "phone/home.html",
        accounts=[(account.name, account.sign_in_name) for account in accounts if account],
        requests=[_waiting(found) for found in approvals.waiting_for(device, visit)],
        late=late_answers.newest(device, visit.now),
        awaited=phone_links.is_awaited(device, visit.now),
        key_kind=key.kind if key else None,
    )


def _waiting(found: ApprovalRequest) -> Waiting:
    account = db.session.get(Account, found.account_id)
    assert account is not None
    return Waiting(found.id, account.name, account.sign_in_name, found.browser, found.created_at)


@blueprint.get("/wait")
def wait() -> ResponseReturnValue:
    """Tells the phone's home that a request has come."""
    device = devices.current_device()
    if device is None:
        return {"state": "ended"}, 401
    visit, known = current_visit(), set(request.args.getlist("known"))

    def state() -> str:
        has_come = any(found.id not in known for found in approvals.waiting_for(device, visit))
        return "answered" if has_come else WAITING

    return wait_for(f"device:{device.id}", state)


def _assertion_options() -> str:
    """A fresh challenge for "This is my phone", kept in this browser's cookie for five minutes."""
    challenge = secrets.token_bytes(32)
    session[CHALLENGE] = [phone_keys.encoded(challenge), current_visit().now.timestamp()]
    return phone_keys.assertion_options(tools().settings.public_url, challenge)


@blueprint.post("/mine")
def mine() -> ResponseReturnValue:
    """The phone has lost its cookie and kept its key: one assertion gives it a new one."""
    kept, visit = session.pop(CHALLENGE, None), current_visit()
    try:
        if not kept or visit.now.timestamp() - kept[1] > devices.CHALLENGE_LIFETIME:
            raise KeyRefused("no challenge")
        with write():
            token = devices.recognise(request.form.get("assertion", ""), phone_keys.decoded(kept[0]), visit.now)
    except (KeyRefused, ValueError):
        return show(_not_known(), 403)
    devices.set_cookie(token)
    return redirect("/phone", 303)


@blueprint.post("/forget")
def forget() -> ResponseReturnValue:
    """The phone has kept its cookie and lost its key: without the cookie it can be linked anew. The link itself ends with the next one."""
    answer = redirect(f"/phone?{FORGOTTEN}=1", 303)
    answer.delete_cookie(devices.cookie_name(), path="/", secure=tools().settings.https, httponly=True, samesite="Lax")
    return answer


def _not_known() -> Problem:
    return Problem(
        "phone-unknown",
        _("This phone is not known here"),
        _("Its key does not fit any phone that is linked."),
        _("Link it anew: start on the computer, and choose another way to confirm that it is you."),
        action_url="/phone",
        action_text=_("Try again"),
    )
