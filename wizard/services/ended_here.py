"""What the session that this browser had, and that is over, leaves to say to who comes back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from wizard.domain.assurance import ADDRESS
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Proof, db
from wizard.services import names, recovery_codes
from wizard.services.visits import Visit

DENIED = "not-me"
"""Why a session was revoked of which a linked phone said that it is not its person's."""


def was_denied(visit: Visit, key: str) -> bool:
    """Whether a phone of the person of the name or address `key` (canonical) has ended the session that this browser had."""
    return _account(visit, key) is not None and visit.ended is not None and visit.ended.revoked_reason == DENIED


def has_set_password(visit: Visit, key: str) -> bool:
    """Whether that session has run out and the password that it set is the account's: for as long as a session may live."""
    account = _account(visit, key)
    if account is None or account.password_set_at is None or not _has_run_out(visit):
        return False
    is_new = visit.now - account.password_set_at < timedelta(seconds=tools().settings.session_lifetime)
    return is_new and _has_set_password(visit, account)


def has_renewed(visit: Visit, renews: Collection[str]) -> bool:
    """Whether that session has run out after its work: what is set up anew ("password", "authenticator") is there, and is the account's."""
    account = _account(visit)
    if account is None or not _has_run_out(visit):
        return False
    made = {"password": _has_set_password, "authenticator": _has_bound}
    return bool(renews) and all(made[kind](visit, account) for kind in renews)


def stopped_before_password(visit: Visit, key: str) -> bool:
    """Whether that session has run out with the address proven and no password chosen yet."""
    return _account(visit, key) is not None and _has_run_out(visit) and _has_proof(visit, Proof.kind == ADDRESS)


def used_recovery_code(visit: Visit) -> bool:
    """Whether a recovery code was used in that session, for itself only."""
    return _has_proof(visit, Proof.method == recovery_codes.METHOD)


def _account(visit: Visit, key: str | None = None) -> Account | None:
    """Whose session it was; None when it was not that of the one whom `key` names."""
    ended = visit.ended
    account = db.session.get(Account, ended.account_id) if ended is not None and ended.account_id else None
    if account is None or account.disabled_at is not None:
        return None
    return account if key is None or key in {names.key_of(account), account.email_key} else None


def _has_run_out(visit: Visit) -> bool:
    return visit.ended is not None and visit.ended.revoked_at is None


def _has_set_password(visit: Visit, account: Account) -> bool:
    assert visit.ended is not None
    return account.password_hash is not None and account.password_session_id == visit.ended.id


def _has_bound(visit: Visit, account: Account) -> bool:
    assert visit.ended is not None
    bound = select(Authenticator.id).where(
        Authenticator.account_id == account.id,
        Authenticator.session_id == visit.ended.id,
        Authenticator.proven_at.is_not(None),
        Authenticator.ended_at.is_(None),
    )
    return db.session.scalar(bound.limit(1)) is not None


def _has_proof(visit: Visit, of_kind: ColumnElement[bool]) -> bool:
    if visit.ended is None:
        return False
    given = select(Proof.id).where(Proof.session_id == visit.ended.id, Proof.ended_at.is_(None), of_kind)
    return db.session.scalar(given.limit(1)) is not None
