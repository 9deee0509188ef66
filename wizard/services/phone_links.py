"""Linking a phone: the computer shows a token, a phone claims it, the first matched number proves it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from flask_babel import gettext as _
from sqlalchemy import select, update

from wizard.domain.secrets_made import new_id, new_token
from wizard.extensions import tools
from wizard.models import Account, Authenticator, Device, PhoneLink, Session, db
from wizard.models.database import rows_changed
from wizard.services import audit, signals
from wizard.services.visits import Visit, lock_account

PURPOSE = "phone-link"
State = Literal["open", "used", "expired", "replaced"]


def shown_link(visit: Visit, authenticator_id: str) -> PhoneLink | None:
    """The link that this session is showing for its pending phone and that is still good."""
    if visit.session is None:
        return None
    statement = (
        select(PhoneLink)
        .where(PhoneLink.authenticator_id == authenticator_id, PhoneLink.session_id == visit.session.id)
        .where(PhoneLink.ended_at.is_(None), PhoneLink.claimed_at.is_(None), PhoneLink.ends_at > visit.now)
    )
    return db.session.scalar(statement.order_by(PhoneLink.created_at.desc()))


def make(visit: Visit, authenticator_id: str) -> PhoneLink:
    """A new link for the pending phone, in the open transaction; one that was shown before ends."""
    account, session = visit.account, visit.session
    assert account is not None
    assert session is not None
    before = update(PhoneLink).where(PhoneLink.authenticator_id == authenticator_id, PhoneLink.ended_at.is_(None))
    rows_changed(
        before.where(PhoneLink.claimed_at.is_(None)).values(ended_at=visit.now, ended_reason="replaced", shown=None)
    )
    token = new_token()
    link = PhoneLink(
        id=new_id(),
        authenticator_id=authenticator_id,
        account_id=account.id,
        session_id=session.id,
        token_hash=tools().keyring.digest(PURPOSE, token),
        shown=tools().keyring.encrypt(PURPOSE, token.encode()),
        created_at=visit.now,
        ends_at=visit.now + timedelta(seconds=tools().settings.phone_link_lifetime),
    )
    db.session.add(link)
    return link


def address_of(link: PhoneLink) -> str:
    """What the QR code holds: an address of this installation."""
    assert link.shown is not None
    token = tools().keyring.decrypt(PURPOSE, link.shown).decode()
    return f"{tools().settings.public_url.rstrip('/')}/phone/link/{token}"


def find(token: str) -> PhoneLink | None:
    return db.session.scalar(select(PhoneLink).where(PhoneLink.token_hash.in_(tools().keyring.digests(PURPOSE, token))))


def state(link: PhoneLink, now: datetime) -> State:
    """How the link stands; its end is compared here, at use. It ends with the session that shows it."""
    if link.claimed_at is not None:
        return "used"
    holder = db.session.get(Session, link.session_id)
    if link.ended_at is not None or holder is None or holder.revoked_at is not None:
        return "replaced"
    return "expired" if link.ends_at <= now else "open"


def challenge_of(link: PhoneLink) -> bytes:
    """The WebAuthn challenge of this link: only this installation can make it, and it is good as long as the link is."""
    return hashlib.sha256(tools().keyring.digest("phone-link-challenge", link.id).encode()).digest()


def claim(link_id: str, device: Device, now: datetime) -> bool:
    """The device takes the link: one conditional UPDATE, so of fifty phones one wins. The phone is proven by its first number."""
    link = db.session.get(PhoneLink, link_id, populate_existing=True)
    if link is None or lock_account(link.account_id) is None or state(link, now) != "open":
        return False
    unclaimed = update(PhoneLink).where(
        PhoneLink.id == link_id, PhoneLink.claimed_at.is_(None), PhoneLink.ended_at.is_(None)
    )
    if (
        rows_changed(unclaimed.where(PhoneLink.ends_at > now).values(claimed_at=now, device_id=device.id, shown=None))
        != 1
    ):
        return False
    pending = update(Authenticator).where(
        Authenticator.id == link.authenticator_id, Authenticator.proven_at.is_(None), Authenticator.ended_at.is_(None)
    )
    # The label is the person's: where the browser has no name, a word of the language in which they have just pressed.
    label = device.browser or str(_("Phone"))
    if rows_changed(pending.values(device_id=device.id, label=label)) != 1:
        return False
    asked = {"account_id": link.account_id, "session_id": link.session_id}
    audit.record("phone-claimed", actor="person", authenticator=link.authenticator_id, **asked)
    signals.send(f"session:{link.session_id}")
    return True


def refuse(link_id: str, now: datetime) -> bool:
    """ "This is not my account": the link ends, whether it was claimed by this phone or not."""
    link = db.session.get(PhoneLink, link_id, populate_existing=True)
    if link is None or lock_account(link.account_id) is None:
        return False
    unclaimed = update(PhoneLink).where(
        PhoneLink.id == link_id, PhoneLink.claimed_at.is_(None), PhoneLink.ended_at.is_(None)
    )
    ended = rows_changed(unclaimed.values(ended_at=now, ended_reason="not-me", shown=None)) == 1
    if ended:
        signals.send(f"session:{link.session_id}")
    return ended


def is_awaited(device: Device, now: datetime) -> bool:
    """Whether a computer has just shown this phone a QR code and is about to show it a number."""
    statement = (
        select(PhoneLink.id)
        .join(Authenticator, Authenticator.id == PhoneLink.authenticator_id)
        .join(Session, Session.id == PhoneLink.session_id)
        .where(PhoneLink.device_id == device.id, Authenticator.device_id == device.id)
        .where(PhoneLink.claimed_at > now - timedelta(seconds=tools().settings.phone_link_lifetime))
        .where(Authenticator.proven_at.is_(None), Authenticator.ended_at.is_(None), Session.revoked_at.is_(None))
    )
    return db.session.scalar(statement.limit(1)) is not None


def account_of(link: PhoneLink) -> Account | None:
    return db.session.get(Account, link.account_id)
