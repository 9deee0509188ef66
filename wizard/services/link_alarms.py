"""A QR code that a second browser opens: the computer that showed it is told, and the person once the phone is bound (SEC-11).

The alarm is kept in the link itself, which a claim leaves without an end: once a link, whoever opens it how often.
"""

from __future__ import annotations

from flask import request
from sqlalchemy import select, update

from wizard.domain.browsers import browser_name
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Device, PhoneLink, db, write
from wizard.models.database import rows_changed
from wizard.services import audit, mails, signals
from wizard.services.visits import Visit, lock_account

OPENED_AGAIN, TOLD = "opened-again", "opened-again-told"


def note(link: PhoneLink, device: Device | None, visit: Visit) -> None:
    """A used link was opened by this browser. Its own phone and the computer that showed it are no alarm. Opens its own transaction."""
    is_own_phone = device is not None and device.id == link.device_id
    is_own_computer = visit.session is not None and visit.session.id == link.session_id
    if link.claimed_at is None or link.ended_at is not None or is_own_phone or is_own_computer:
        return
    link_id, account_id, topic = link.id, link.account_id, f"session:{link.session_id}"
    with write():
        account = lock_account(account_id)
        if account is None or not _marked(link_id, None, ended_at=visit.now, ended_reason=OPENED_AGAIN):
            return
        signals.send(topic)
        _tell(account, link_id, browser_name(request.user_agent.string or ""))


def tell_once_bound(authenticator: Authenticator) -> None:
    """The phone has just been bound: mail what happened to its QR code before. In the open transaction."""
    opened = select(PhoneLink.id).where(
        PhoneLink.authenticator_id == authenticator.id, PhoneLink.ended_reason == OPENED_AGAIN
    )
    account = db.session.get(Account, authenticator.account_id)
    assert account is not None
    for link_id in db.session.scalars(opened).all():
        _tell(account, link_id)


def is_shown(visit: Visit, authenticator_id: str) -> bool:
    """Whether the link by which this session's pending phone has come was opened by another one too."""
    if visit.session is None:
        return False
    came_by = (
        select(PhoneLink.ended_reason)
        .join(Authenticator, Authenticator.id == PhoneLink.authenticator_id)
        .where(Authenticator.id == authenticator_id, Authenticator.device_id == PhoneLink.device_id)
        .where(PhoneLink.session_id == visit.session.id)
    )
    return db.session.scalar(came_by.order_by(PhoneLink.created_at.desc()).limit(1)) in {OPENED_AGAIN, TOLD}


def _marked(link_id: str, before: str | None, **values: object) -> bool:
    """One conditional UPDATE, so of fifty that come at once one gives the alarm (SEC-25)."""
    used = update(PhoneLink).where(
        PhoneLink.id == link_id, PhoneLink.claimed_at.is_not(None), PhoneLink.ended_reason.is_not_distinct_from(before)
    )
    return rows_changed(used.values(values)) == 1


def _tell(account: Account, link_id: str, browser: str = "") -> None:
    """Mail it, once the phone that came by this link is bound and for as long as it is; `browser` names the second one, where known."""
    link = db.session.get_one(PhoneLink, link_id, populate_existing=True)
    bound = db.session.get_one(Authenticator, link.authenticator_id, populate_existing=True)
    if bound.proven_at is None or bound.ended_at is not None or bound.device_id != link.device_id:
        return
    if not _marked(link_id, OPENED_AGAIN, ended_reason=TOLD):
        return
    audit.record("link-opened-again", account_id=account.id, actor="system", authenticator=bound.id)
    mails.link_opened_again(account, link.ended_at or tools().clock.now(), browser)
