"""Administrators take invitations and offers back, as long as the person has not arrived."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select, update

from wizard.models import Account, Membership, OutboxMail, db, write
from wizard.models.database import rows_changed
from wizard.models.outbox import GIVEN_UP, WAITING
from wizard.services import audit, issues, mails, staff
from wizard.services.colleague_list import never_had_password
from wizard.services.colleague_standing import standings
from wizard.services.colleagues import ADMINISTRATOR, WITHDRAWN, end, hold
from wizard.services.visits import lock_account, revoke, sessions_of


def withdraw(actor_id: str, membership_id: str) -> bool:
    """Take an invitation or an offer back; False when it had ended or the person has arrived meanwhile. Its own transaction.

    The account made for it is closed, unless another organisation has given it a membership, its person has an own password or is an agent.
    Raises `OutOfReach` and `NotAllowed`.
    """
    with write():
        row = hold(actor_id, membership_id).membership
        account = lock_account(row.account_id)
        assert account is not None
        offered = row.accepted_at is None
        if not offered and row.ended_at is None and standings([account])[account.id] == "arrived":
            return False
        if not end(row, WITHDRAWN, actor=ADMINISTRATOR, by=actor_id):
            return False
        db.session.refresh(row)
        assert row.ended_at is not None
        if not offered and not _belongs_elsewhere(account.id, accepted=True) and not staff.is_staff(account.id):
            _end_invitation(account)
            if never_had_password(account) and not _belongs_elsewhere(account.id):
                _close(account, row.ended_at)
    return True


def was_withdrawn(account: Account) -> bool:
    """Whether the account was closed by withdrawing its invitation, and not by the operator: at the very moment of its end."""
    ended = exists().where(
        Membership.account_id == account.id,
        Membership.ended_reason == WITHDRAWN,
        Membership.ended_at == account.disabled_at,
    )
    return never_had_password(account) and bool(db.session.scalar(select(ended)))


def _belongs_elsewhere(account_id: str, *, accepted: bool = False) -> bool:
    living = [Membership.account_id == account_id, Membership.ended_at.is_(None)]
    if accepted:
        living.append(Membership.accepted_at.is_not(None))
    return bool(db.session.scalar(select(exists().where(*living))))


def _end_invitation(account: Account) -> None:
    issues.end_open(account.id, WITHDRAWN)
    give_up_waiting(account.id)


def give_up_waiting(account_id: str) -> None:
    """Mails that have not left yet, with a button that ends now."""
    waits = update(OutboxMail).where(
        OutboxMail.account_id == account_id,
        OutboxMail.kind == mails.COLLEAGUE_INVITATION,
        OutboxMail.state == WAITING,
    )
    rows_changed(waits.values(state=GIVEN_UP, message=None, problem=WITHDRAWN))


def _close(account: Account, at: datetime) -> None:
    """Close the account at the very moment at which its membership ended: so `was_withdrawn` knows it from the operator's closing."""
    is_open = (Account.id == account.id, Account.disabled_at.is_(None))
    if not rows_changed(update(Account).where(*is_open).values(disabled_at=at)):
        return
    ended = revoke(sessions_of(account.id), WITHDRAWN, at)
    audit.record("account-disabled", account_id=account.id, actor=ADMINISTRATOR)
    audit.record("sessions-ended", account_id=account.id, actor=ADMINISTRATOR, count=ended, reason=WITHDRAWN)
