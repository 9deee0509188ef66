"""Somebody's verified address leads to no account by itself: the helpdesk hears of it, and maybe an administrator (S-36).

Nobody learns here which organisations there are: the page's words are the same whether somebody was written to or not.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from wizard.domain import address_match
from wizard.domain.assurance import ADDRESS
from wizard.domain.organisation_rights import ADMINISTRATOR, HEADQUARTERS
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, DeskRequest, Membership, Office, Proof, db
from wizard.services import attempts, audit, mail_message, mails, matches
from wizard.services.memberships import is_living
from wizard.services.visits import Visit

KIND = "access-request"
WEEK = 7 * 86400  # seconds: one message an address
NO_ACCOUNT = "no-account"
FEW = 5  # administrators that are written to at most


def proven_address(visit: Visit) -> str | None:
    """The canonical address that this session has proven and that has no account; None: there is none."""
    if visit.session is None or visit.account is not None:
        return None
    proven = select(Proof.target).where(
        Proof.session_id == visit.session.id, Proof.kind == ADDRESS, Proof.ended_at.is_(None)
    )
    return db.session.scalar(proven.order_by(Proof.at.desc()).limit(1))


def sent(address_key: str) -> DeskRequest | None:
    """The message that went out for this address within the week."""
    since = tools().clock.now() - timedelta(seconds=WEEK)
    mine = select(DeskRequest).where(DeskRequest.address_key == address_key, DeskRequest.created_at > since)
    return db.session.scalar(mine.order_by(DeskRequest.created_at.desc()).limit(1))


def kind_of(address_key: str) -> str:
    """Why the address leads to no account: nobody has it, or it alone says too little about who reads it."""
    return matches.match(address_key).doubt or NO_ACCOUNT


def send(visit: Visit, address_key: str, address: str, organisation_kind: str, language: str) -> bool:
    """Put the message into the helpdesk's queue, in the open transaction; False when there was one for this address within the week.

    Administrators are written to where exactly one organisation has members at the address's domain, and the domain is not one at which
    anybody may have a mailbox. `address` is the one that was proven, as its person wrote it.
    """
    mailbox = address_match.match_key(address_key)  # one mailbox, whatever follows a plus sign
    if attempts.book([(KIND, mailbox, 1, WEEK)], horizon=0) is None:
        return False
    kind = kind_of(address_key)
    domain = address_key.rpartition("@")[2]
    # Folding makes one key of two domains ("ß" and "ss"): who has a mailbox at the one is nobody at the other.
    is_there = mail_message.wire_address(address).rpartition("@")[2].lower() == domain
    told = _administrators_at(domain) if kind == NO_ACCOUNT and is_there else []
    db.session.add(
        DeskRequest(
            id=new_id(),
            kind=kind,
            address=address,
            address_key=address_key,
            organisation_kind=organisation_kind,
            language=language,
            help_code=visit.help_code,
            created_at=visit.now,
            told_administrators=len(told),
        )
    )
    for administrator in told:
        mails.access_wanted(administrator, address, visit.now)
    audit.record(
        "access-requested",
        account_id=None,
        actor="person",
        session_id=visit.session.id if visit.session else None,
        kind=kind,
        told=len(told),
    )
    return True


def _administrators_at(domain: str) -> list[Account]:
    """Who may let somebody of this domain in: administrators of the only organisation there, those of its headquarters first."""
    if address_match.is_public_domain(domain) or address_match.doubt_of(
        f"x@{domain}", tools().settings.placeholder_domains
    ):
        return []
    there = select(Membership.organisation_id).join(Account, Account.id == Membership.account_id)
    found = set(db.session.scalars(there.where(Account.email_domain == domain, is_living()).distinct().limit(2)))
    if len(found) != 1:
        return []
    may = (
        select(Account, Office.kind)
        .join(Membership, Membership.account_id == Account.id)
        .join(Office, Office.id == Membership.office_id)
        .where(Membership.organisation_id.in_(found), Membership.role == ADMINISTRATOR, is_living())
        .where(Account.disabled_at.is_(None), Account.password_hash.is_not(None))
        .order_by(Account.id)
    )
    rows = list(db.session.execute(may))
    at_headquarters = [account for account, kind in rows if kind == HEADQUARTERS]
    return (at_headquarters or [account for account, _kind in rows])[:FEW]
