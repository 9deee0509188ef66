"""Approval requests: asked by a computer's session, answered by a linked phone, claimed by the session that asked.

The phone's answer writes the answer and nothing else. The asking browser's next post claims it by one conditional UPDATE, and only
then is anything proven (SEC-14). A wrong number, a refusal, a newer request or the time ends a request; a new one needs a press.
Where several phones are asked, the first answer counts, but for "It is not me": another phone may still say it (SEC-15).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from flask import request
from sqlalchemy import ColumnElement, and_, select, update

from wizard.adapters.phone_keys import KeyRefused
from wizard.domain import number_match
from wizard.domain.assurance import PASSWORD
from wizard.domain.browsers import browser_name
from wizard.domain.networks import network_of
from wizard.domain.number_match import NOT_ME, WRONG, YES, Answer
from wizard.domain.secrets_made import new_id, new_token
from wizard.domain.throttle import Window
from wizard.extensions import tools
from wizard.models import Account, ApprovalRequest, Authenticator, Device, Proof, Session, db, write
from wizard.models.database import rows_changed
from wizard.services import attempts, audit, devices, late_answers, mails, passwords, signals
from wizard.services.devices import Signed
from wizard.services.visits import Visit, lock_account, revoke

SHOWN, NUMBER, SCAN = "approval-shown", "approval-number", "approval-scan"
PER_SOURCE, PER_DAY = "approvals", "approvals-day"
DAY = 86400
Result = Literal["answered", "refused", "number-differs", "ended", "key-refused"]
State = Literal["waiting", "answered", "number-differs", "not-me", "expired", "replaced", "none"]


@dataclass(frozen=True)
class Shown:
    """What the computer's page alone shows: the number, and the address in the second QR code."""

    number: str
    scan_address: str


def newest(visit: Visit, purpose: str) -> ApprovalRequest | None:
    """This session's newest request for `purpose`, whatever has become of it."""
    if visit.session is None:
        return None
    statement = select(ApprovalRequest).where(
        ApprovalRequest.session_id == visit.session.id, ApprovalRequest.purpose == purpose
    )
    return db.session.scalar(statement.order_by(ApprovalRequest.created_at.desc(), ApprovalRequest.id.desc()).limit(1))


def state(visit: Visit, found: ApprovalRequest | None) -> State:
    """How the request stands for the page that waits; its end is compared here."""
    if found is None or found.claimed_at is not None:
        return "none"
    if found.answer == WRONG:
        return "number-differs"
    if found.answer == NOT_ME:
        return "not-me"
    if found.ended_at is not None:
        return "replaced"
    if found.answer == YES:
        return "answered" if _claim_ends(found) > visit.now else "expired"
    return "waiting" if found.ends_at > visit.now else "expired"


def _claim_ends(found: ApprovalRequest) -> datetime:
    assert found.answered_at is not None
    return found.answered_at + timedelta(seconds=tools().settings.approval_claim)


def shown(found: ApprovalRequest) -> Shown | None:
    """Number and second QR address of a request that still waits."""
    if found.shown is None:
        return None
    kept = json.loads(tools().keyring.decrypt(SHOWN, found.shown))
    base = tools().settings.public_url.rstrip("/")
    return Shown(kept["number"], f"{base}/phone/requests/{found.id}?t={kept['scan']}")


def paused_until(account_id: str) -> datetime | None:
    """Until when no phone is asked from here, after three wrong, refused or unanswered requests. Reads only."""
    return attempts.paused_until(PER_SOURCE, _here(account_id))


def may_ask(account_id: str) -> bool:
    return paused_until(account_id) is None


def source_name(account_id: str, source: str) -> str:
    """How requests to this person's phone are counted that come from one network (`networks.network_of`)."""
    return f"{account_id}:{source}"


def _here(account_id: str) -> str:
    return source_name(account_id, network_of(request.remote_addr))


def count(account_id: str) -> bool:
    """Count one request as not answered, before it is made; a right answer takes it back. Commits by itself."""
    settings = tools().settings
    rule = Window(settings.approvals, settings.approvals_window, settings.approvals_pause)
    if not attempts.count(PER_SOURCE, _here(account_id), rule).allowed:
        return False
    day = attempts.count(PER_DAY, account_id, Window(settings.approvals_a_day, DAY))
    if day.allowed and day.left == 0:
        with write():
            audit.record("approvals-many", account_id=account_id, actor="system", count=settings.approvals_a_day)
    return True


def ask(visit: Visit, purpose: str) -> ApprovalRequest:
    """Ask the account's phones, in the open transaction; `count` came before. What was open of this account ends."""
    account, session = visit.account, visit.session
    assert account is not None
    assert session is not None
    end_open(account.id, "replaced", visit)
    number, scan, asked = number_match.new_number(tools().settings.number_digits), new_token(), new_id()
    keyring = tools().keyring
    found = ApprovalRequest(
        id=asked,
        account_id=account.id,
        session_id=session.id,
        purpose=purpose,
        challenge=new_token(),
        shown=keyring.encrypt(SHOWN, json.dumps({"number": number, "scan": scan}).encode()),
        number_hash=keyring.digest(NUMBER, f"{asked}:{number}"),
        scan_hash=keyring.digest(SCAN, f"{asked}:{scan}"),
        browser=browser_name(request.user_agent.string or ""),
        source=network_of(request.remote_addr),
        created_at=visit.now,
        ends_at=visit.now + timedelta(seconds=tools().settings.approval_lifetime),
    )
    db.session.add(found)
    for device_id in _devices_of(account):
        signals.send(f"device:{device_id}")
    audit.record("approval-asked", account_id=account.id, actor="person", session_id=session.id, purpose=purpose)
    return found


def end_open(account_id: str, reason: str, visit: Visit) -> None:
    """End what is open of this account: a newer request has come. What ends a session ends its own request with it (SEC-14)."""
    still = update(ApprovalRequest).where(ApprovalRequest.account_id == account_id, ApprovalRequest.ended_at.is_(None))
    rows_changed(still.values(ended_at=visit.now, ended_reason=reason, shown=None))


def _devices_of(account: Account) -> list[str]:
    linked = select(Authenticator.device_id).where(
        Authenticator.account_id == account.id, Authenticator.ended_at.is_(None), Authenticator.device_id.is_not(None)
    )
    return [found for found in db.session.scalars(linked) if found]


def waiting_for(device: Device, visit: Visit) -> list[ApprovalRequest]:
    """The requests that this phone may answer now."""
    accounts = [row.account_id for row in devices.links_of(device)]
    statement = select(ApprovalRequest).where(
        ApprovalRequest.account_id.in_(accounts),
        ApprovalRequest.answer.is_(None),
        ApprovalRequest.ended_at.is_(None),
        ApprovalRequest.ends_at > visit.now,
    )
    return list(db.session.scalars(statement.order_by(ApprovalRequest.created_at.desc())))


def answer_of(found: ApprovalRequest, number: str, decision: str) -> Answer:
    """What a phone signs for this request. `number` is what was typed, or the scan token."""
    return Answer(
        request_id=found.id,
        challenge=found.challenge,
        purpose=found.purpose,
        number=number,
        decision=decision,
        account_id=found.account_id,
        origin=tools().settings.public_url.rstrip("/"),
    )


def give_answer(visit: Visit, device: Device, found: ApprovalRequest, said: Answer, signed: Signed) -> Result:
    """Take a phone's answer: its key is checked first, then one conditional UPDATE writes it. Opens its own transaction."""
    request_id, device_id = found.id, device.id
    try:
        sign_count = devices.check_answer(device, said, signed)
    except KeyRefused:
        return "key-refused"
    with write():
        account = lock_account(said.account_id)
        fresh = db.session.get(ApprovalRequest, request_id, populate_existing=True)
        held = db.session.get(Device, device_id, populate_existing=True)
        link = (
            devices.link_to(held, account, fresh.session_id)
            if account is not None and fresh is not None and held is not None and held.ended_at is None
            else None
        )
        if account is None or fresh is None or held is None or link is None or account.disabled_at is not None:
            return "ended"
        answer = _judged(fresh, said)
        values = {"answer": answer, "answered_at": visit.now, "authenticator_id": link.id, "shown": None}
        if answer != YES:
            values |= {"ended_at": visit.now, "ended_reason": answer}
        is_late = answer == NOT_ME and late_answers.may_deny(fresh, link, visit.now)
        takes_it = update(ApprovalRequest).where(
            ApprovalRequest.id == request_id, late_answers.unchanged(fresh) if is_late else _unanswered(visit.now)
        )
        if rows_changed(takes_it.values(values)) != 1:
            return "ended"
        devices.note_use(held, sign_count, visit.now)
        if answer == NOT_ME:
            _somebody_else(account, fresh, visit)
        asking = {"account_id": account.id, "session_id": fresh.session_id}
        audit.record("approval-answered", actor="person", answer=answer, authenticator=link.id, **asking)
        signals.send(f"session:{fresh.session_id}")
    return {YES: "answered", NOT_ME: "refused"}.get(answer, "number-differs")  # type: ignore[return-value]


def _judged(found: ApprovalRequest, said: Answer) -> str:
    if said.decision != YES:
        return NOT_ME
    keyring = tools().keyring
    typed = said.number
    by_number = found.number_hash in keyring.digests(NUMBER, f"{found.id}:{number_match.fold_number(typed)}")
    by_scan = tools().settings.number_match == "typed-or-scanned" and found.scan_hash in keyring.digests(
        SCAN, f"{found.id}:{typed}"
    )
    return YES if by_number or by_scan else WRONG


def _unanswered(now: datetime) -> ColumnElement[bool]:
    is_open = and_(ApprovalRequest.answer.is_(None), ApprovalRequest.ended_at.is_(None))
    return and_(is_open, ApprovalRequest.ends_at > now)


def _somebody_else(account: Account, found: ApprovalRequest, visit: Visit) -> None:
    """ "It is not me": the asking session ends, and with it the own password when that session had proven it."""
    asking = db.session.get(Session, found.session_id)
    had_password = asking is not None and _has_proven_password(asking, account)
    revoke([found.session_id], "not-me", visit.now)
    has_ended = had_password and passwords.end_own_password(account, "not-me", "person", visit.now)
    if has_ended:
        mails.password_ended(account, by="not-me")
    mails.said_not_me(
        account, visit.now, found.browser, password_ended=has_ended, in_since=late_answers.in_since(found)
    )


def _has_proven_password(asking: Session, account: Account) -> bool:
    """Whether this session knew the password that the account has now, be it that the session has ended since."""
    given = select(Proof.id).where(Proof.session_id == asking.id, Proof.kind == PASSWORD)
    if account.password_set_at is not None:
        given = given.where(Proof.at >= account.password_set_at)
    return db.session.scalar(given.limit(1)) is not None


def claim(visit: Visit, found: ApprovalRequest) -> Authenticator | None:
    """Claim the answer for the session that asked: one conditional UPDATE; None when there is nothing (more) to claim."""
    assert visit.session is not None
    youngest = visit.now - timedelta(seconds=tools().settings.approval_claim)
    alive = select(Authenticator.id).where(Authenticator.ended_at.is_(None))
    unclaimed = update(ApprovalRequest).where(
        ApprovalRequest.id == found.id,
        ApprovalRequest.session_id == visit.session.id,
        ApprovalRequest.answer == YES,
        ApprovalRequest.claimed_at.is_(None),
        ApprovalRequest.ended_at.is_(None),
        ApprovalRequest.answered_at > youngest,
        ApprovalRequest.authenticator_id.in_(alive),
    )
    if rows_changed(unclaimed.values(claimed_at=visit.now, ended_at=visit.now, ended_reason="claimed")) != 1:
        return None
    attempts.reset(PER_SOURCE, _here(found.account_id))
    attempts.take_back(PER_DAY, found.account_id)
    db.session.refresh(found)
    return db.session.get(Authenticator, found.authenticator_id, populate_existing=True)
