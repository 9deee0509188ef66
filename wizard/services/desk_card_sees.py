"""What the page of somebody shows now, for drawing it again to an agent: the live state with the specimen's secrets.

Times, names and states are live. A number, an address in a QR code, a key and a code never are: an agent who could read them could use
them (SEC-13), so each is covered or leads nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy import select

from wizard.adapters import qr
from wizard.domain import assurance
from wizard.domain.browsers import is_handheld
from wizard.domain.desk_words_refusals import Numbers
from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT, SIGN_IN
from wizard.domain.password_rules import ASCII_SYMBOLS
from wizard.extensions import tools
from wizard.locale import clock, whole_minutes
from wizard.models import Account, ApprovalRequest, Authenticator, MailedCode, PhoneLink, Throttle, db
from wizard.services import (
    addresses,
    approvals,
    attempts,
    enrolment,
    last_recovery_code,
    link_alarms,
    memberships,
    names,
    new_passwords,
    passwords,
    recovery_codes,
    temporary_passes,
)
from wizard.services.desk_standing import Standing
from wizard.services.visits import current_visit

COVERED = "··"
NOWHERE = "specimen"
"""The last part of the address in the QR codes that agents see: no token has this form."""

Fields = dict[str, Any]


def live_fields(standing: Standing) -> Fields:
    """The fields of the step's specimen that are replaced by what is live; no secret among them."""
    fields = _fields(standing)
    if fields.get("setting_up"):  # asked for the picture alone: nothing that the card says hangs on it
        pending = _pending_app(standing)
        fields["is_new"] = pending is not None and enrolment.follows_another(pending)
    return fields


def _fields(standing: Standing) -> Fields:
    step = standing.step
    return _FIELDS[step.slug](standing) if step is not None and step.slug in _FIELDS else {}


def state_of_page(standing: Standing) -> str:
    """What the page waits for, as the sentences to say name it.

    "answered", "ended", "handheld", "not-me", "paused", "setting-up", "temporary", "went-on" or "waits"; "handheld" where the page asks
    for something else than "waits" because it is read on a phone or tablet.
    """
    step = standing.step
    fields = _fields(standing)
    if fields.get("went_on"):
        return "went-on"
    if fields.get("paused_until") or not fields.get("code_possible", True):
        return "paused"
    return _waits_for(step.slug, fields, _waits_here(standing)) if step is not None else "waits"


def title_of_page(standing: Standing, page: str) -> LazyString | str:
    """What the open page is headed; `page` is its state (`state_of_page`)."""
    step = standing.step
    if step is None:
        return ""
    if step.slug == "scan-qr" and page == "handheld":
        return _l("Use this phone")
    if step.slug == "match-number" and page in {"waits", "handheld"} and _has_linked_itself(standing):
        return _l("Confirm on this phone")
    if step.slug == "match-number" and page in {"ended", "not-me"}:
        return _l("This request has ended")
    return step.guide.title


def _waits_here(standing: Standing) -> str:
    """ "waits", as it is on the device in use."""
    return "handheld" if _is_on_handheld(standing) else "waits"


def _is_on_handheld(standing: Standing) -> bool:
    session = standing.trail.session
    return session is not None and is_handheld(session.browser)


def _waits_for(slug: str, fields: Fields, waits: str) -> str:
    if slug == "scan-qr":
        # On a handheld its own way stands first whether or not the code has run out: a press makes a new one.
        return "answered" if fields["claimed"] else waits if fields["address"] or waits == "handheld" else "ended"
    if slug == "match-number":
        state = str(fields["state"])
        return state if state in {"answered", "not-me"} else waits if state == "waiting" else "ended"
    if slug == "enter-code" and fields["setting_up"]:
        return "setting-up"
    return "temporary" if fields.get("temporary") else "waits"


def numbers_of(standing: Standing) -> Numbers:
    """The live figures in a refusal's words, in the language of the moment."""
    until = _fields(standing).get("paused_until")
    row = db.session.get(
        Throttle, (passwords.KIND, attempts.subject_of(passwords.KIND, names.key_of(standing.account)))
    )
    left = attempts.password_rule().limit - (row.count if row else 0)
    minutes = whole_minutes(tools().settings.mailed_code_lifetime)
    by_address = "@" in standing.account.sign_in_name
    return Numbers(max(left, 0), clock(until) if until else "", minutes, by_address)


def _specimen_address(path: str) -> str:
    return f"{tools().settings.public_url.rstrip('/')}/{path}/{NOWHERE}"


def _prepare(standing: Standing) -> Fields:
    return {
        "second_step": standing.progress.facts.policy != "off",
        "print_url": f"/guide/{standing.journey.name}",
        "username_ready": standing.progress.facts.account is not None,
    }


def _enter_username(standing: Standing) -> Fields:
    signs_in, first = standing.journey.name == SIGN_IN, standing.journey.name == FIRST_CONNECTION
    return {
        "letter": first,
        "forgotten_url": "/forgotten-password" if signs_in else None,
        "first_time_url": "/first-time" if signs_in else None,
        "sign_in_url": "/sign-in" if first else None,
    }


def _sender() -> Fields:
    settings = tools().settings
    return {"sender": settings.sender, "on_behalf_of": settings.mail_on_behalf_of or None}


def _enter_email(_standing: Standing) -> Fields:
    return _sender() | {"moved_from": tools().settings.migrated_from or None}


def _enter_password(standing: Standing) -> Fields:
    account, journey = standing.account, standing.journey.name
    first, moved = journey == FIRST_CONNECTION, journey == MIGRATED_ACCOUNT
    return {
        "username": account.sign_in_name,
        "temporary": first and account.password_hash is None,
        "old_password_hint": tools().settings.migrated_from or None,
        "forgotten_url": "/forgotten-password",
        "paused_until": attempts.paused_until(passwords.KIND, names.key_of(account)),
        "another_url": None if moved else f"/{journey}/enter-username",
        "again": standing.progress.facts.proven(assurance.PASSWORD) is not None,
    }


def _verify_email(standing: Standing) -> Fields:
    account = standing.account
    asked = select(MailedCode).where(MailedCode.account_id == account.id, MailedCode.journey == standing.journey.name)
    row = db.session.scalar(asked.order_by(MailedCode.created_at.desc(), MailedCode.id).limit(1))
    key, browser = _asked_for(account, row), _waiting_browser(standing, row)
    ends = addresses.told_end(row) if row else None
    shown = ends is not None and ends > standing.progress.now
    sends_left, resend_at = addresses.sends_left(key)
    moved = standing.journey.name == MIGRATED_ACCOUNT
    facts, renews = standing.progress.facts, standing.progress.renews
    proven = facts.account is not None and facts.proven(assurance.PASSWORD) is not None
    return _sender() | {
        "proven": proven,
        "factor_ended": proven and standing.has.ever_had_factor and "authenticator" in renews,
        "subject": _("%(code)s is your code for %(name)s", code="······", name=tools().settings.brand_name),
        "sent_at": row.created_at if row and shown else None,
        "ends": ends if shown else None,
        "may_resend": sends_left > 0,
        "resend_at": resend_at,
        "code_possible": addresses.code_possible(browser, key),
        "address": account.email if moved else None,
        "by_address": "@" in key,
        "another_url": "/migrated-account/enter-email" if moved and not standing.trail.is_proven else None,
        "went_on": addresses.went_on(addresses.Asker((browser,), (row.subject,)), standing.progress.now)
        if row
        else None,
    }


def _asked_for(account: Account, newest: MailedCode | None) -> str:
    """The key of the name for which the mail was asked: who is not proven yet may have typed either."""
    typed = (key for key in (account.username_key, account.email_key) if key)
    fits = (key for key in typed if newest is not None and addresses.subject_of(key) == newest.subject)
    return next(fits, names.key_of(account))


def _waiting_browser(standing: Standing, newest: MailedCode | None) -> str:
    """The digest of the browser in use: that of the session, else the one that asked for a mail last."""
    session = standing.trail.session
    if session is not None and session.visit:
        return session.visit
    return newest.browser if newest is not None else ""


def _choose_authenticator(standing: Standing) -> Fields:
    facts, account = standing.progress.facts, standing.progress.facts.account
    free = facts.policy == "offered" and account is not None and not account.ever_had_factor
    has_older = account is not None and bool(account.authenticators or account.codes_left)
    return {
        "may_skip": free and "authenticator" not in standing.progress.renews,
        "replaces": has_older and not enrolment.is_beside_one_just_proven(facts),
        "may_stop": not last_recovery_code.only_a_code_opens(standing.account, facts),
    }


def _scan_qr(standing: Standing) -> Fields:
    pending = next((item for item in standing.progress.pending if item.kind == "phone"), None)
    claimed = pending is not None and pending.device_id is not None
    link = _open_link(pending.id, standing) if pending is not None and not claimed else None
    address = _specimen_address("phone/link") if link else None
    return {
        "qr_svg": qr.svg(address) if address else None,
        "address": address,
        "ends": link.ends_at if link else None,
        "claimed": claimed,
        "opened_again": _is_opened_again(pending.id if pending else None),
        "handheld": _is_on_handheld(standing),
    }


def _open_link(authenticator_id: str, standing: Standing) -> PhoneLink | None:
    still = select(PhoneLink).where(
        PhoneLink.authenticator_id == authenticator_id,
        PhoneLink.ended_at.is_(None),
        PhoneLink.claimed_at.is_(None),
        PhoneLink.ends_at > standing.progress.now,
    )
    return db.session.scalar(still.order_by(PhoneLink.created_at.desc()).limit(1))


def _is_opened_again(authenticator_id: str | None) -> bool:
    reasons = (link_alarms.OPENED_AGAIN, link_alarms.TOLD)
    opened = select(PhoneLink.id).where(
        PhoneLink.authenticator_id == authenticator_id, PhoneLink.ended_reason.in_(reasons)
    )
    return authenticator_id is not None and db.session.scalar(opened.limit(1)) is not None


def _match_number(standing: Standing) -> Fields:
    session, account = standing.trail.session, standing.account
    found = None
    if session is not None:
        asked = select(ApprovalRequest).where(ApprovalRequest.session_id == session.id)
        found = db.session.scalar(asked.order_by(ApprovalRequest.created_at.desc(), ApprovalRequest.id.desc()).limit(1))
    state: str = approvals.state(current_visit(), found)  # of the visit only the time is read
    ends = found.ends_at if found else None
    asked_from = approvals.source_name(account.id, session.source) if session is not None else None
    paused = attempts.paused_until(approvals.PER_SOURCE, asked_from) if asked_from else None
    if state == "none" and paused is None:  # the page asks by itself as soon as it is opened
        state, ends = "waiting", standing.progress.now + timedelta(seconds=tools().settings.approval_lifetime)
    waits = state == "waiting"
    scanned = waits and tools().settings.number_match == "typed-or-scanned"
    address = _specimen_address("phone/requests") if scanned else None
    return {
        "state": state,
        "number": COVERED if waits else None,
        "qr_svg": qr.svg(address) if address else None,
        "scan_address": address,
        "ends": ends,
        "paused_until": paused,
        "own_phone_url": f"/phone/requests/{NOWHERE}" if waits and _has_linked_itself(standing) else None,
    }


def _has_linked_itself(standing: Standing) -> bool:
    """Whether the phone was linked in the very browser that is in use, by its own way at the QR code."""
    return any((row.step, row.result, row.reason) == ("scan-qr", "done", "phone") for row in standing.trail.here)


def _pending_app(standing: Standing) -> Authenticator | None:
    pending = next((item for item in standing.progress.pending if item.kind == enrolment.CODE_APP), None)
    return db.session.get(Authenticator, pending.id) if pending else None


def _enter_code(standing: Standing) -> Fields:
    row = _pending_app(standing)
    return {
        "setting_up": row is not None,
        "qr_svg": qr.svg(_specimen_address("code-app")) if row is not None else None,
        "label": row.label if row is not None else "",
        "issuer": tools().settings.brand_name,
        "paused_until": attempts.paused_until(enrolment.ATTEMPTS, standing.account.id),
    }


def _own_password(standing: Standing) -> Fields:
    classic = tools().settings.password_rules == "classic"
    return {
        "username": standing.account.sign_in_name,
        "rules": new_passwords.rules(standing.progress.facts),
        "symbols": ASCII_SYMBOLS if classic else "",
    }


def _create_password(standing: Standing) -> Fields:
    account = standing.account
    return _own_password(standing) | {
        "name": account.full_name,
        "places": tuple(memberships.places_of(account.id)),
        "moved_from": tools().settings.migrated_from or None,
    }


def _change_password(standing: Standing) -> Fields:
    return _own_password(standing) | {"replaces_temporary": standing.journey.name == FIRST_CONNECTION}


def _check_details(standing: Standing) -> Fields:
    account = standing.account
    return {
        "email": account.email,
        "display_name": account.display_name or account.name,
        "given_name": account.given_name,
        "family_name": account.family_name,
        "language": account.language,
        "places": tuple(memberships.places_of(account.id)),
    }


def _paused(kind: str) -> Callable[[Standing], Fields]:
    return lambda standing: {"paused_until": attempts.paused_until(kind, standing.account.id)}


def _use_recovery_code(standing: Standing) -> Fields:
    facts = standing.progress.facts.account
    codes_left = facts.codes_left if facts is not None else 0
    pause = last_recovery_code.pause_after(standing.account, codes_left, standing.progress.renews)
    return _paused(recovery_codes.ATTEMPTS)(standing) | pause._asdict()


def _named(standing: Standing) -> Fields:
    return {"username": standing.account.sign_in_name}


def _finish(standing: Standing) -> Fields:
    settings, inside = tools().settings, assurance.signed_in(standing.progress.facts)
    return {
        "inside": inside,
        "portal_url": (settings.portal_url or None) if inside else None,
        "portal_name": settings.brand_name,
        "print_url": f"/guide/{standing.journey.name}",
    }


_FIELDS: dict[str, Callable[[Standing], Fields]] = {
    "prepare": _prepare,
    "enter-username": _enter_username,
    "enter-email": _enter_email,
    "enter-password": _enter_password,
    "verify-email": _verify_email,
    "choose-authenticator": _choose_authenticator,
    "scan-qr": _scan_qr,
    "match-number": _match_number,
    "enter-code": _enter_code,
    "use-recovery-code": _use_recovery_code,
    "use-temporary-pass": _paused(temporary_passes.ATTEMPTS),
    "create-password": _create_password,
    "change-password": _change_password,
    "check-details": _check_details,
    "keep-recovery-codes": _named,
    "finish": _finish,
}
