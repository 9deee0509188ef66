"""A no that comes after another phone's answer: of several phones the slower one's warning is not lost (decisions, 0014)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from wizard.domain.assurance import FACTOR
from wizard.domain.number_match import WRONG, YES
from wizard.extensions import tools
from wizard.models import Account, ApprovalRequest, Authenticator, Device, Proof, db


def may_deny(found: ApprovalRequest, link: Authenticator | None, now: datetime) -> bool:
    """Whether the phone of `link` may still say "It is not me" of a request that another phone has answered otherwise.

    It must have been asked too, and so have been linked by then; a phone that was linked once more is no other one. Its word counts for
    as long as a session may last that the other phone has let in.
    """
    if link is None or link.proven_at is None or found.answer not in {YES, WRONG} or found.answered_at is None:
        return False
    answering = db.session.get(Authenticator, found.authenticator_id)
    is_another = answering is not None and answering.device_id != link.device_id
    return is_another and link.proven_at <= found.created_at and now < found.answered_at + _counts()


def unchanged(found: ApprovalRequest) -> ColumnElement[bool]:
    """That the request still has the answer that was read of it."""
    return and_(ApprovalRequest.answer == found.answer, ApprovalRequest.authenticator_id == found.authenticator_id)


def newest(device: Device, now: datetime) -> ApprovalRequest | None:
    """The newest yes of another phone to which this one may still say no (`may_deny`)."""
    mine, answering = aliased(Authenticator), aliased(Authenticator)
    rows = (
        select(ApprovalRequest)
        .join(Account, Account.id == ApprovalRequest.account_id)
        .join(mine, mine.account_id == ApprovalRequest.account_id)
        .join(answering, answering.id == ApprovalRequest.authenticator_id)
        .where(mine.device_id == device.id, mine.ended_at.is_(None), mine.proven_at <= ApprovalRequest.created_at)
        .where(ApprovalRequest.answer == YES, ApprovalRequest.answered_at > now - _counts())
        .where(answering.device_id != device.id, Account.disabled_at.is_(None))
    )
    return db.session.scalar(rows.order_by(ApprovalRequest.answered_at.desc()).limit(1))


def in_since(found: ApprovalRequest) -> datetime | None:
    """Since when the session that had asked was past the second step, by this request or in another way; None: it never was."""
    proofs = select(func.min(Proof.at)).where(Proof.session_id == found.session_id, Proof.kind == FACTOR)
    return db.session.scalar(proofs)


def _counts() -> timedelta:
    return timedelta(seconds=tools().settings.session_lifetime)
