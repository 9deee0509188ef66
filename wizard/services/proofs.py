"""Adding proofs to a session, and what follows when a session becomes signed in."""

from __future__ import annotations

from sqlalchemy import select, update

from wizard.domain import assurance
from wizard.domain.secrets_made import new_id
from wizard.models import Account, ApprovalRequest, Proof, StaffMember, db
from wizard.models.database import rows_changed
from wizard.services import audit
from wizard.services.facts import facts_of
from wizard.services.visits import Visit


def prove(
    visit: Visit,
    account: Account | None,
    kind: str,
    method: str,
    *,
    authenticator_id: str | None = None,
    issue_id: str | None = None,
    target: str | None = None,
    purpose: str | None = None,
) -> None:
    """Give this browser's session a proof for `account` (None: of an address that has none); the token is renewed with it.

    Runs inside `write()`. A proof of one kind and method replaces the session's earlier one.
    """
    session = visit.hold_session(account)
    older = update(Proof).where(
        Proof.session_id == session.id, Proof.kind == kind, Proof.method == method, Proof.ended_at.is_(None)
    )
    rows_changed(older.values(ended_at=visit.now))
    if kind == assurance.FACTOR:
        _end_request(session.id, visit)
    db.session.add(
        Proof(
            id=new_id(),
            session_id=session.id,
            account_id=account.id if account else None,
            kind=kind,
            method=method,
            authenticator_id=authenticator_id,
            issue_id=issue_id,
            target=target,
            purpose=purpose,
            at=visit.now,
        )
    )
    db.session.flush()
    visit.rotate()


def _end_request(session_id: str, visit: Visit) -> None:
    """No phone is asked any more for what this session has proven, by whichever way."""
    asked = update(ApprovalRequest).where(ApprovalRequest.session_id == session_id, ApprovalRequest.ended_at.is_(None))
    rows_changed(asked.values(ended_at=visit.now, ended_reason="proven", shown=None))


def end_address_proofs(visit: Visit) -> None:
    """An address proof has done its work: it sets one password or binds one authenticator, not two."""
    assert visit.session is not None
    mine = update(Proof).where(
        Proof.session_id == visit.session.id, Proof.kind == assurance.ADDRESS, Proof.ended_at.is_(None)
    )
    rows_changed(mine.values(ended_at=visit.now))


def note_sign_in(visit: Visit, was_signed_in: bool) -> bool:  # noqa: FBT001
    """Note it in account and trail, and renew the form secret, when this transaction made the session signed in. Returns whether it did."""
    if visit.account is None or was_signed_in:
        return False
    db.session.flush()
    facts = facts_of(visit.account, visit.session, visit.now)
    if not assurance.signed_in(facts):
        return False
    assert visit.session is not None
    working = select(StaffMember.account_id).where(
        StaffMember.account_id == visit.account.id, StaffMember.ended_at.is_(None)
    )
    visit.session.is_agent = db.session.scalar(working) is not None
    visit.account.previous_sign_in_at = visit.account.last_sign_in_at
    visit.account.last_sign_in_at = visit.now
    visit.account.under_way_since = None
    visit.renew_csrf_secret()
    methods = sorted({proof.method for proof in facts.proofs})
    audit.record("signed-in", account_id=visit.account.id, actor="person", session_id=visit.session.id, methods=methods)
    return True
