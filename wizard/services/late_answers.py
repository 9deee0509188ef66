"""A no that comes after another phone's answer: of several phones the slower one's warning is not lost (decisions, 0014)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from wizard.domain.assurance import FACTOR
from wizard.domain.number_match import WRONG, YES
from wizard.extensions import tools
from wizard.models import Account, ApprovalRequest, Authenticator, Device, Proof, db
from wizard.services import devices


def may_deny(found: ApprovalRequest, link: Authenticator | None, now: datetime) -> bool:
    """Whether the phone of `link` may still say "It is not me" of a request that another phone has answered otherwise.

    It must have been asked too, and so have been linked by then. Its word counts for as long as a session may last that the other
    phone has let in.
    """
    if link is None or link.proven_at is None or found.answer not in {YES, WRONG} or found.answered_at is None:
        return False
    was_asked_too = link.id != found.authenticator_id and link.proven_at <= found.created_at
    return was_asked_too and now < found.answered_at + _counts()


def unchanged(found: ApprovalRequest) -> ColumnElement[bool]:
    """That the request still has the answer that was read of it."""
    return and_(ApprovalRequest.answer == found.answer, ApprovalRequest.authenticator_id == found.authenticator_id)


def newest(device: Device, now: datetime) -> ApprovalRequest | None:
    """The newest yes of another phone to which this one may still say no."""
    for request in _answered(devices.links_of(device), now):
        account = db.session.get(Account, request.account_id)
        assert account is not None
        if account.disabled_at is None and may_deny(request, devices.link_to(device, account), now):
            return request
    return None


def _answered(links: Sequence[Authenticator], now: datetime) -> Iterable[ApprovalRequest]:
    """Other phones' answers, newest first."""
    mine = [link.id for link in links]
    rows = select(ApprovalRequest).where(
        ApprovalRequest.account_id.in_([link.account_id for link in links]),
        ApprovalRequest.answer == YES,
        ApprovalRequest.answered_at > now - _counts(),
        ApprovalRequest.authenticator_id.not_in(mine),
    )
    return db.session.scalars(rows.order_by(ApprovalRequest.answered_at.desc()).limit(3))


def in_since(found: ApprovalRequest) -> datetime | None:
    """Since when the session that had asked was past the second step, by this request or in another way; None: it never was."""
    proofs = select(func.min(Proof.at)).where(Proof.session_id == found.session_id, Proof.kind == FACTOR)
    return db.session.scalar(proofs)


def _counts() -> timedelta:
    return timedelta(seconds=tools().settings.session_lifetime)
