"""Reading recovery codes: how many are left, and which set is being shown."""

from __future__ import annotations

from sqlalchemy import func, select

from wizard.models import RecoveryCode, RecoveryCodeSet, Session, db


def left(account_id: str) -> int:
    """How many codes of the kept set are unused."""
    unused = (
        select(func.count())
        .select_from(RecoveryCode)
        .join(RecoveryCodeSet, RecoveryCodeSet.id == RecoveryCode.set_id)
        .where(
            RecoveryCodeSet.account_id == account_id,
            RecoveryCodeSet.kept_at.is_not(None),
            RecoveryCodeSet.ended_at.is_(None),
        )
        .where(RecoveryCode.used_at.is_(None))
    )
    return db.session.scalar(unused) or 0


def shown_set(session: Session | None) -> RecoveryCodeSet | None:
    """The set that this session is being shown, before it is kept."""
    if session is None:
        return None
    showing = select(RecoveryCodeSet).where(
        RecoveryCodeSet.session_id == session.id, RecoveryCodeSet.kept_at.is_(None), RecoveryCodeSet.ended_at.is_(None)
    )
    return db.session.scalar(showing)
