"""Who gets an invitation or an announcement, and who does not and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from wizard.domain import address_match
from wizard.domain.address_match import Doubt
from wizard.domain.canonical_names import NameRefused, canonical_email, canonical_username
from wizard.domain.journey_names import FIRST_CONNECTION, MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import Account, Issue, Membership, Session, db

Kind = Literal["invitation", "announcement"]
INVITATION: Kind = "invitation"
ANNOUNCEMENT: Kind = "announcement"
JOURNEYS: dict[Kind, tuple[str, ...]] = {
    INVITATION: (FIRST_CONNECTION, MIGRATED_ACCOUNT),
    ANNOUNCEMENT: (MIGRATED_ACCOUNT,),
}
PAGE = 50  # accounts
LATELY = timedelta(days=1)

REASONS = {
    "unknown": "nobody has this name",
    "ambiguous": "several accounts have this address: give the user name",
    "other-journey": "people of this journey do not get this mail",
    "disabled": "the account is disabled",
    "own-password": "this person has chosen an own password: they use forgotten-password, not an invitation",
    "colleague": "a colleague has invited this person: their administrator sends that invitation again",
    address_match.SEVERAL: "several accounts share this address: after confirm-address it can be used",
    address_match.SHARED: "several people may read this mailbox: after confirm-address it can be used",
    address_match.PLACEHOLDER: "the address looks filled in for want of one: after confirm-address it can be used",
}


def waits(kind: Kind, *, again: bool, journey: str | None = None) -> ColumnElement[bool]:
    """The accounts that such a mail is for; with `again` those too that had one already.

    Only accounts that never had an own password. Somebody whom a colleague has invited was never moved from an old portal; whoever has
    an invitation already needs no announcement of it.
    """
    journeys = [each for each in JOURNEYS[kind] if journey in {None, each}]
    may = (
        Account.journey.in_(journeys),
        Account.disabled_at.is_(None),
        Account.password_hash.is_(None),
        Account.password_ended_at.is_(None),
        _was_not_invited_by_a_colleague(),
    )
    if again:
        return and_(*may)
    never_invited = ~exists().where(Issue.account_id == Account.id)
    return and_(*may, never_invited, *([Account.announced_at.is_(None)] if kind == ANNOUNCEMENT else []))


def _was_not_invited_by_a_colleague() -> ColumnElement[bool]:
    by_colleague = exists().where(Membership.account_id == Account.id, Membership.invited_by.is_not(None))
    by_operator = exists().where(Membership.account_id == Account.id, Membership.invited_by.is_(None))
    return or_(~by_colleague, by_operator)


def number(wanted: ColumnElement[bool]) -> int:
    """How many accounts there are of those wanted."""
    return db.session.scalar(select(func.count()).select_from(Account).where(wanted)) or 0


def streamed(wanted: ColumnElement[bool]) -> Iterator[str]:
    """Ids in their own order, read in pages, so that a million accounts need no more memory than a page of them."""
    last = ""
    while True:
        page = select(Account.id).where(wanted, Account.id > last)
        ids = list(db.session.scalars(page.order_by(Account.id).limit(PAGE)))
        if not ids:
            return
        yield from ids
        last = ids[-1]


def on_the_way(account_ids: Sequence[str]) -> set[str]:
    """Those of the accounts with a browser that has proven something within a day and was not signed out since."""
    lately = Session.last_seen_at > tools().clock.now() - LATELY
    alive = select(Session.account_id).where(Session.account_id.in_(account_ids), Session.revoked_at.is_(None), lately)
    return {each for each in db.session.scalars(alive) if each}


def doubts(accounts: Sequence[Account]) -> dict[str, Doubt]:
    """Those of the accounts whose address names nobody by itself and was not confirmed by the helpdesk, by id (S-15, SEC-47).

    People of first-connection have a user name; their address may be shared.
    """
    unconfirmed = [each for each in accounts if each.journey == MIGRATED_ACCOUNT and each.address_confirmed_at is None]
    if not unconfirmed:
        return {}
    keys = [each.email_key for each in unconfirmed]
    living = select(Account.email_key).where(Account.email_key.in_(keys), Account.disabled_at.is_(None))
    several = set(db.session.scalars(living.group_by(Account.email_key).having(func.count() > 1)))
    placeholders = tools().settings.placeholder_domains
    found: dict[str, Doubt] = {}
    for each in unconfirmed:
        doubt = address_match.doubt_of(each.email_key, placeholders)
        if doubt or each.email_key in several:
            found[each.id] = doubt or address_match.SEVERAL
    return found


def account_named(name: str) -> list[Account]:
    """A user name matches before an address (DESIGN, section 3)."""
    by_name = db.session.scalars(select(Account).where(Account.username_key == _key(canonical_username, name))).all()
    by_address = select(Account).where(Account.email_key == _key(canonical_email, name))
    return list(by_name or db.session.scalars(by_address))


def _key(fold: Callable[[str], str], name: str) -> str:
    try:
        return fold(name)
    except NameRefused:
        return ""


def why_not(accounts: Sequence[Account], kind: Kind, journey: str | None = None) -> str | None:
    """Why the account found for a name does not get this mail: one of the keys of `REASONS`, None when it does."""
    if len(accounts) != 1:
        return "ambiguous" if accounts else "unknown"
    account = accounts[0]
    if account.journey not in JOURNEYS[kind] or journey not in {None, account.journey}:
        return "other-journey"
    if account.disabled_at is not None:
        return "disabled"
    if account.password_hash is not None or account.password_ended_at is not None:
        return "own-password"
    if not number(and_(Account.id == account.id, _was_not_invited_by_a_colleague())):
        return "colleague"
    return doubts([account]).get(account.id)
