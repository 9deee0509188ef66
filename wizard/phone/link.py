"""`/phone/link/<token>`: the address in the link QR. GET shows whose account and which computer; only a press binds."""

from __future__ import annotations

import json

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import BadRequest

from wizard.adapters import phone_keys
from wizard.adapters.phone_keys import COOKIE, WEBAUTHN, WEBCRYPTO, KeyRefused, NewKey
from wizard.domain import assurance
from wizard.domain.browsers import browser_name
from wizard.domain.journey_names import REPLACE_PHONE
from wizard.errors import Problem, show
from wizard.extensions import tools
from wizard.journeys.runner import count_source
from wizard.locale import whole_minutes
from wizard.models import Account, Device, PhoneLink, Session, db, write
from wizard.services import devices, link_alarms, phone_help_codes, phone_links
from wizard.services.facts import account_facts
from wizard.services.visits import current_visit

blueprint = Blueprint("phone_link", __name__)
HERE = "here"  # in the address: the phone is the only device


@blueprint.route("/phone/link/<token>", methods=["GET", "POST"])
def link(token: str) -> ResponseReturnValue:
    found = phone_links.find(token)
    account = phone_links.account_of(found) if found is not None else None
    if found is None or account is None or account.disabled_at is not None:
        return show(_unknown(), 404)
    how = phone_links.state(found, current_visit().now)
    phone_help_codes.note(current_visit(), devices.current_device(), found if how == "open" else None)
    if how == "used":
        return _used(found, account)
    if how != "open":
        return show(_ended(how, found), 410)
    if request.method == "POST":
        return _answer(found, account)
    return _draw(found, account)


def _draw(found: PhoneLink, account: Account, refused: str | None = None) -> ResponseReturnValue:
    settings = tools().settings
    asking = db.session.get(Session, found.session_id)
    options = phone_keys.registration_options(
        settings.public_url, settings.brand_name, (found.id.encode(), _named(account)), phone_links.challenge_of(found)
    )
    page = render_template(
        "phone/link.html",
        name=account.name,
        username=account.sign_in_name,
        browser=browser_name(asking.browser) if asking else "",
        at=found.created_at,
        ends_at=found.ends_at,
        linked_already=devices.current_device() is not None,
        refused=refused,
        key_options=json.dumps(
            {
                "create": json.loads(options),
                "webcrypto": devices.accepts(WEBCRYPTO) and not _is_signing_in_here(found),
                "keeps": _kept(found, devices.current_device()),
                "credential": _credential(),
            }
        ),
    )
    return page, 422 if refused else 200


def _credential() -> str | None:
    """The name of the credential that this device holds."""
    device = devices.current_device()
    key = devices.key_of(device) if device is not None else None
    return key.credential_id if key is not None else None


def _named(account: Account) -> str:
    return f"{tools().settings.brand_name}: {account.sign_in_name}"


def _is_signing_in_here(found: PhoneLink) -> bool:
    """Whether this is the very browser that is signing in: then the key must ask for finger, face or PIN."""
    session = current_visit().session
    return session is not None and session.id == found.session_id


def _answer(found: PhoneLink, account: Account) -> ResponseReturnValue:
    if request.form.getlist("choice") not in (["link"], ["not-me"], []):
        raise BadRequest
    count_source()
    now, link_id = current_visit().now, found.id
    if request.form.get("choice") == "not-me":
        with write():
            phone_links.refuse(link_id, now)
        return render_template("phone/not_linked.html")
    device = devices.current_device()
    try:
        key = _new_key(found, device)
    except KeyRefused as refusal:
        return _draw(found, account, refusal.reason if refusal.reason == "key-needed" else "key-refused")
    is_known = device is not None and (key is None or devices.takes_another_key(device))
    onward = _onward(found, account)
    try:
        with write():
            held, token = (device, "") if device is not None and is_known else devices.new_device(now)
            taken = phone_links.claim(link_id, held, now)
            if taken and key is not None:
                devices.give_key(held, key, now)
            if not taken:
                db.session.rollback()
    except KeyRefused:
        return _draw(db.session.get_one(PhoneLink, link_id), account, "key-refused")
    if not taken:
        return _used(db.session.get_one(PhoneLink, link_id), account)
    if token:
        devices.set_cookie(token)
    return redirect(onward, 303)


def _used(found: PhoneLink, account: Account) -> ResponseReturnValue:
    """Its own phone goes on; for every other one another was faster.

    Of all pages that are only looked at this one writes: the first one is told (SEC-11).
    """
    device = devices.current_device()
    if device is not None and device.id == found.device_id:
        return redirect(_onward(found, account), 303)
    if request.method != "HEAD":
        link_alarms.note(found, device, current_visit())
    return show(_ended("used", found), 410)


def _onward(found: PhoneLink, account: Account) -> str:
    """Where a phone goes that is linked: home, or on with its own journey when it is the phone that signs in."""
    if request.args.get(HERE) is None or not _is_signing_in_here(found):
        return "/phone"
    return f"/{assurance.owed(account_facts(account), tools().settings.second_factor) or REPLACE_PHONE}"


def _new_key(found: PhoneLink, device: Device | None) -> NewKey | None:
    """The key that the phone has made; None when it keeps the one that it holds. Raises `KeyRefused`."""
    kind = request.form.get("key_kind", COOKIE)
    if kind == COOKIE and _kept(found, device):
        return None
    if not _fits(found, kind):
        raise KeyRefused("key-needed")
    if kind == WEBAUTHN:
        return phone_keys.registered(
            tools().settings.public_url, request.form.get("credential", ""), phone_links.challenge_of(found)
        )
    if kind == WEBCRYPTO:
        return phone_keys.webcrypto_key(request.form.get("public_key", ""))
    return NewKey(COOKIE, None, None)


def _kept(found: PhoneLink, device: Device | None) -> str | None:
    """The kind of the key that this device may keep for one more account, None when it needs a new one."""
    held = devices.key_of(device) if device is not None else None
    return held.kind if held is not None and _fits(found, held.kind) else None


def _fits(found: PhoneLink, kind: str) -> bool:
    """Whether a key of this kind may be linked: the browser that is signing in needs one that asks for finger, face or PIN.

    The demonstration is walked at one computer, by its cookie.
    """
    if _is_signing_in_here(found) and not tools().settings.demo:
        return kind == WEBAUTHN
    return devices.accepts(kind)


def _unknown() -> Problem:
    return Problem(
        "link-unknown",
        _("This address leads nowhere"),
        _("The address of the QR code is not complete, or it was never shown by us."),
        _("Scan the QR code on the computer once more."),
    )


def _ended(how: str, found: PhoneLink) -> Problem:
    titles = {
        "used": ("link-used", _("This QR code was used already")),
        "expired": ("link-expired", _("This QR code has run out")),
        "replaced": ("link-replaced", _("A newer QR code replaces this one")),
    }
    kind, title = titles.get(how, titles["replaced"])
    what = {
        "used": _("A phone has been linked with it. If that was not yours, call the number below at once."),
        "expired": ngettext(
            "A QR code is good for %(num)s minute.",
            "A QR code is good for %(num)s minutes.",
            whole_minutes(tools().settings.phone_link_lifetime),
        ),
    }.get(how, _("The computer shows another one by now, or nobody waits there any more."))
    when = {"used": found.claimed_at, "expired": found.ends_at}.get(how)
    todo, known = _("Scan the QR code that the computer shows now."), devices.current_device() is not None
    return Problem(kind, title, what, todo, "/phone" if known else None, _("This phone’s page"), when)
