"""From what somebody typed to an account: a user name, or an address that only one account has.

Every name has a key, whether anybody has it or not, and counters, codes and outcomes are written under that key: an account that can
be reached by name and by address has two, so that guessing at one never tells whether the other is the same person's (SEC-28).
"""

from __future__ import annotations

from sqlalchemy import select

from wizard.domain.canonical_names import NameRefused, canonical_email, canonical_username
from wizard.extensions import tools
from wizard.models import Account, db


def key_of_typed(typed: str) -> str:
    """The key of what was typed. A text that can be nobody's name gets one too, and goes the way of any unknown name."""
    for canonical in (canonical_username, canonical_email):
        try:
            return canonical(typed)
        except NameRefused:
            continue
    return "?" + tools().keyring.digest("nobody", typed)[:32]


def key_of(account: Account) -> str:
    """The key that stands for the account once it is proven."""
    return account.username_key or account.email_key


def account_named(key: str) -> Account | None:
    """The account with this key: a user name matches before an address.

    An address that two accounts share is nobody's, unless the helpdesk has confirmed it for one of them; disabled ones do not count.
    """
    if not key:
        return None
    named = db.session.scalar(select(Account).where(Account.username_key == key))
    if named is not None or "@" not in key:
        return named
    try:
        address = canonical_email(key)
    except NameRefused:
        return None
    sharing = select(Account).where(Account.email_key == address, Account.disabled_at.is_(None))
    found = db.session.scalars(sharing.order_by(Account.address_confirmed_at.is_(None), Account.id).limit(3)).all()
    confirmed = [account for account in found if account.address_confirmed_at is not None]
    if len(confirmed) == 1:
        return confirmed[0]
    return found[0] if len(found) == 1 else None
