"""Checking, setting and ending passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import request
from sqlalchemy import select, update

from wizard.domain import assurance
from wizard.domain.browsers import browser_name
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.domain.throttle import Verdict
from wizard.extensions import tools
from wizard.models import Account, Issue, Session, db, write
from wizard.models.database import rows_changed
from wizard.services import attempts, audit, hashing, issues, mails, names, proofs, taken_over
from wizard.services.facts import facts_of
from wizard.services.visits import Visit, lock_account, revoke, sessions_of

KIND = "password"


@dataclass(frozen=True)
class PasswordEvidence:
    """What a right password showed: whose, and whether it was the own one (its hash) or the issue's.

    `counted_as` is the name's key under which the try was counted.
    """

    account_id: str
    counted_as: str
    own_hash: str | None
    renewed_hash: str | None
    issue_id: str | None


class NoLongerTrue(Exception):
    """What was checked a moment ago does not hold any more inside the transaction."""


def count_try(username_key: str, password: str) -> Verdict:
    """Count a try at the password of this name, whether anybody has it or not."""
    return attempts.count(KIND, username_key, attempts.password_rule(), fingerprint=f"{username_key}\0{password}")


def tell_of_pause(username_key: str, until: datetime) -> None:
    """Tell the owner of the name when the first pause begins; the longer ones after it tell nothing new.

    For a name that nobody has the same rows are written, and no mail leaves (SEC-28). Its own transaction.
    """
    if until - tools().clock.now() > timedelta(seconds=tools().settings.password_pause):
        return
    with write():
        found = names.account_named(username_key)
        account = found if found is not None and found.disabled_at is None else None
        audit.record(
            "sign-in-paused", account_id=account.id if account else None, actor="system", until=until.isoformat()
        )
        mails.sign_in_paused(account, until)


def check(username_key: str, password: str) -> PasswordEvidence | None:
    """Compare with the own password and with the open issue's; None when neither fits. One hash for anybody, no transaction held."""
    now = tools().clock.now()
    account = names.account_named(username_key)
    issue = open_issue(account.id, now) if account else None
    account_id, own_hash = (account.id, account.password_hash) if account else (None, None)
    issue_id = issue.id if issue is not None and issues.fits(issue, password) else None
    usable = account is not None and account.disabled_at is None
    db.session.rollback()  # the hash is slow: no transaction stays open over it
    checked = hashing.check(password, own_hash)
    if not usable or account_id is None or not (checked.fits or issue_id):
        return None
    if checked.fits:
        return PasswordEvidence(account_id, username_key, own_hash, checked.renewed, None)
    return PasswordEvidence(account_id, username_key, None, None, issue_id)


def open_issue(account_id: str, now: datetime) -> Issue | None:
    """The account's issue that still proves something at `now`."""
    statement = select(Issue).where(Issue.account_id == account_id, Issue.ended_at.is_(None), Issue.ends_at > now)
    return db.session.scalar(statement.order_by(Issue.created_at.desc()))


def accept(visit: Visit, evidence: PasswordEvidence, journey: str) -> None:
    """Give this session the proof that the evidence stands for. Raises `NoLongerTrue` when things have changed since the check."""
    account = lock_account(evidence.account_id)
    if account is None or account.disabled_at is not None:
        raise NoLongerTrue
    if evidence.issue_id is not None:
        use_issue(visit, account, evidence.issue_id, assurance.TEMPORARY, journey)
    else:
        if account.password_hash != evidence.own_hash:
            raise NoLongerTrue
        if evidence.renewed_hash:
            account.password_hash = evidence.renewed_hash
        proofs.prove(visit, account, assurance.PASSWORD, assurance.OWN)
        _record_proof(visit, account, assurance.OWN, journey)
    attempts.reset(KIND, evidence.counted_as)


def use_issue(visit: Visit, account: Account, issue_id: str, method: str, journey: str) -> None:
    """Prove user name and password by the issue; of an account that is known by its address, the address only: the button of such a
    mail stands for enter-email and verify-email. The issue belongs to the browser that used it last; the one before is ended and told.

    Raises `NoLongerTrue` when the issue has ended.
    """
    issue = db.session.get(Issue, issue_id, populate_existing=True)
    if issue is None or account.password_hash is not None:
        raise NoLongerTrue
    before = issue.session_id
    session = visit.hold_session(account)
    values = {"session_id": session.id, "first_used_at": issue.first_used_at or visit.now}
    alive = update(Issue).where(
        Issue.id == issue_id, Issue.account_id == account.id, Issue.ended_at.is_(None), Issue.ends_at > visit.now
    )
    if rows_changed(alive.values(values)) != 1:
        raise NoLongerTrue
    if before and before != session.id and revoke([before], taken_over.REASON, visit.now):
        rows_changed(update(Issue).where(Issue.id == issue_id).values(session_id=session.id))
        audit.record("issue-taken-over", account_id=account.id, actor="person", session_id=session.id, issue=issue_id)
        mails.issue_taken_over(account, visit.now, browser_name(request.user_agent.string))
    if account.journey == MIGRATED_ACCOUNT:
        proofs.prove(visit, account, assurance.ADDRESS, method, issue_id=issue_id, target=account.email_key)
        _record_proof(visit, account, method, journey, "address-proven")
    else:
        proofs.prove(visit, account, assurance.PASSWORD, method, issue_id=issue_id)
        _record_proof(visit, account, method, journey)


def _record_proof(visit: Visit, account: Account, method: str, journey: str, event: str = "password-proven") -> None:
    assert visit.session is not None
    audit.record(
        event,
        account_id=account.id,
        actor="person",
        session_id=visit.session.id,
        method=method,
        journey=journey,
    )


def is_temporary(account: Account, password: str) -> bool:
    """Whether `password` is the one of the account's newest issue."""
    newest = issues.newest(account.id)
    return newest is not None and issues.fits(newest, password)


def set_password(visit: Visit, new_hash: str, seen_hash: str | None, journey: str) -> bool:
    """Set the own password of this session's account; False when this session may not (any more).

    `seen_hash` is the own password's hash that the new one was compared with: of two at once only one wins. Setting it is a proof
    of it; all other sessions and the issue end. Runs inside `write()` with the account's row locked.
    """
    account, session = visit.account, visit.session
    if account is None or session is None or not assurance.may_set_password(facts_of(account, session, visit.now)):
        return False
    is_first = account.password_hash is None and account.password_ended_at is None
    same = Account.password_hash.is_(None) if seen_hash is None else Account.password_hash == seen_hash
    values = {
        "password_hash": new_hash,
        "password_set_at": visit.now,
        "password_session_id": session.id,
        "password_ended_at": None,
        "former_password_hash": seen_hash or account.former_password_hash,
    }
    if rows_changed(update(Account).where(Account.id == account.id, same).values(values)) != 1:
        return False
    db.session.refresh(account)
    issues.end_open(account.id, issues.USED)
    others = sessions_of(account.id, besides=session.id)
    if revoke(others, "password-set", visit.now):
        audit.record("sessions-ended", account_id=account.id, actor="system", count=len(others), reason="password-set")
    proofs.end_address_proofs(visit)
    proofs.prove(visit, account, assurance.PASSWORD, assurance.OWN)
    attempts.reset(KIND, names.key_of(account))
    audit.record("password-set", account_id=account.id, actor="person", session_id=session.id, journey=journey)
    mails.password_changed(account, visit.now, browser_name(request.user_agent.string), is_first=is_first)
    return True


def end_own_password(account: Account, reason: str, actor: str, now: datetime) -> bool:
    """End the own password: forgotten-password is then owed and all sessions end. False when there is none."""
    if account.password_hash is None:
        return False
    account.former_password_hash = account.password_hash
    account.password_hash = None
    account.password_ended_at = now
    ids = list(
        db.session.scalars(select(Session.id).where(Session.account_id == account.id, Session.revoked_at.is_(None)))
    )
    revoke(ids, "password-ended", now)
    audit.record("password-ended", account_id=account.id, actor=actor, reason=reason)
    return True
