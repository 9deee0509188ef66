"""From an address to the one account that it leads to by itself (S-15, S-34), and to whom its mail goes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, select

from wizard.domain import address_match
from wizard.domain.address_match import Match, Record, match_key
from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import Account, db
from wizard.services import names
from wizard.services.visits import Visit

FEW = 20  # records looked at: more than two of one address are as good as two


@dataclass(frozen=True)
class Target:
    """What a mailed code is asked for.

    `key` names it in rows and counters, whether anybody has it or not. `account` is the account that it leads to, `recipient` where
    the mail goes when there is none (None: nowhere), `shown` the address as the page may repeat it (None: it may not).
    """

    key: str
    account: Account | None
    recipient: str | None = None
    shown: str | None = None

    @property
    def address_key(self) -> str | None:
        """The canonical address that is proven by this mail; None when none leaves."""
        if self.account is not None:
            return self.account.email_key
        return self.key if self.recipient else None


def match(email_key: str) -> Match:
    """Judge a canonical address by the accounts that have it. A disabled account is nobody's (SEC-28)."""
    with_key = select(Account.id, Account.email_key, Account.address_confirmed_at)
    # Those that decide come first: a project may have given out more addresses with a plus than are looked at.
    deciding = (
        case((Account.email_key == email_key, 0), else_=1),
        case((Account.address_confirmed_at.is_(None), 1), else_=0),
    )
    rows = db.session.execute(
        with_key.where(Account.match_key == address_match.match_key(email_key), Account.disabled_at.is_(None))
        .order_by(*deciding, Account.id)
        .limit(FEW)
    )
    records = [Record(row.id, row.email_key, row.address_confirmed_at is not None) for row in rows]
    return address_match.match(email_key, records, tools().settings.placeholder_domains)


def target(visit: Visit, journey: str) -> Target:
    """Whose address this browser is asked to prove in `journey`: its account's, the typed address's, or the typed user name's.

    A mail about an address goes to the address as stored by whoever has it; only where nobody has it, to what was typed (SEC-47).
    """
    if visit.account is not None:
        # A letter or a button may name the account to somebody who does not know its address: what was typed is repeated, no more.
        is_typed = journey == MIGRATED_ACCOUNT and match_key(visit.typed.email_key) == match_key(
            visit.account.email_key
        )
        return Target(names.key_of(visit.account), visit.account, shown=visit.typed.email if is_typed else None)
    if journey != MIGRATED_ACCOUNT:
        key = visit.typed.username_key
        return Target(key, names.account_named(key))
    key, typed = visit.typed.email_key, visit.typed.email
    if not key:
        return Target("", None)
    found = match(key)
    account = db.session.get(Account, found.account_id) if found.account_id else None
    stored = db.session.scalar(select(Account.email).where(Account.email_key == key).order_by(Account.id).limit(1))
    return Target(key, account, None if account else stored or typed, shown=typed)
