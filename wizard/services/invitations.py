"""Sending invitations: to everybody who has none yet, or to the people named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import ColumnElement, and_, exists, func, select

from wizard.domain.canonical_names import NameRefused, canonical_email, canonical_username
from wizard.models import Account, Issue
from wizard.models.database import db, write
from wizard.services import audit, issues, mails

JOURNEY = "first-connection"
BATCH = 50  # accounts a transaction: a person who signs in meanwhile waits for no more than that


@dataclass(frozen=True)
class Refused:
    """Somebody who got no invitation. `reason` is one of the keys of `REASONS`; `name` as it was given."""

    name: str
    reason: str


@dataclass
class Summary:
    """What a sending led to."""

    sent: int = 0
    refused: list[Refused] = field(default_factory=list)


REASONS = {
    "unknown": "nobody has this name",
    "ambiguous": "several accounts have this address: give the user name",
    "other-journey": "the account does not begin with first-connection",
    "disabled": "the account is disabled",
    "own-password": "this person has chosen an own password: they use forgotten-password, not an invitation",
}


def count(names: Sequence[str] = (), *, again: bool = False) -> int:
    """How many would be looked at: for a progress bar."""
    if names:
        return len(names)
    return db.session.scalar(select(func.count()).select_from(Account).where(_waits(again=again))) or 0


def send(
    names: Sequence[str] = (),
    *,
    again: bool = False,
    limit: int | None = None,
    advance: Callable[[int], object] = lambda _number: None,
) -> Summary:
    """Invite the accounts named, else all of first-connection that have no issue yet; with `again` those with one too.

    Works in batches, each a transaction of its own: after a kill, sending again reaches those left. `limit` is the
    greatest number of mails, `advance` is told how many accounts have been settled so far.
    """
    summary = Summary()
    found = _named(names, summary) if names else _streamed(again=again)
    settled = len(summary.refused)
    candidates = iter(islice(found, limit))
    while batch := list(islice(candidates, BATCH)):
        summary.sent += send_to(batch, again=again or bool(names))
        settled += len(batch)
        advance(settled)
    return summary


def send_to(account_ids: Sequence[str], *, again: bool = False) -> int:
    """Invite these accounts, a transaction of its own for each batch, and say how many mails were written.

    Everything is asked again under the lock: who has set a password, was disabled or was invited by another sender
    since they were chosen is passed over.
    """
    ids = list(account_ids)
    return sum(_send_batch(ids[start : start + BATCH], again=again) for start in range(0, len(ids), BATCH))


def _send_batch(account_ids: Sequence[str], *, again: bool) -> int:
    with write() as session:
        chosen = select(Account).where(Account.id.in_(account_ids), _waits(again=True)).order_by(Account.id)
        accounts = list(session.scalars(chosen.with_for_update()))
        invited = set() if again else _already_invited(account_ids)
        due = [account for account in accounts if account.id not in invited]
        for account in due:
            secrets = issues.issue(account)
            mails.invitation(account, secrets)
            audit.record("invited", account_id=account.id, actor="operator", issue=secrets.issue_id)
        return len(due)


def _already_invited(account_ids: Sequence[str]) -> set[str]:
    return set(db.session.scalars(select(Issue.account_id).where(Issue.account_id.in_(account_ids))))


def _waits(*, again: bool) -> ColumnElement[bool]:
    never_had_own = (Account.password_hash.is_(None), Account.password_ended_at.is_(None))
    may = and_(Account.journey == JOURNEY, Account.disabled_at.is_(None), *never_had_own)
    return may if again else and_(may, ~exists().where(Issue.account_id == Account.id))


def _streamed(*, again: bool) -> Iterator[str]:
    """Ids in their own order, read in pages, so that a million accounts need no more memory than a page of them."""
    last = ""
    while True:
        page = select(Account.id).where(_waits(again=again), Account.id > last)
        ids = list(db.session.scalars(page.order_by(Account.id).limit(BATCH)))
        if not ids:
            return
        yield from ids
        last = ids[-1]


def _named(names: Sequence[str], summary: Summary) -> list[str]:
    ids: dict[str, None] = {}
    for name in names:
        accounts = _accounts_of(name)
        reason = _why_not(accounts)
        if reason:
            summary.refused.append(Refused(name, reason))
        else:
            ids[accounts[0].id] = None
    return list(ids)


def _accounts_of(name: str) -> list[Account]:
    """A user name matches before an address (DESIGN, section 3)."""
    by_name = db.session.scalars(select(Account).where(Account.username_key == _key(canonical_username, name))).all()
    by_address = select(Account).where(Account.email_key == _key(canonical_email, name))
    return list(by_name or db.session.scalars(by_address))


def _key(fold: Callable[[str], str], name: str) -> str:
    try:
        return fold(name)
    except NameRefused:
        return ""


def _why_not(accounts: Sequence[Account]) -> str | None:
    if len(accounts) != 1:
        return "ambiguous" if accounts else "unknown"
    account = accounts[0]
    if account.journey != JOURNEY:
        return "other-journey"
    if account.disabled_at is not None:
        return "disabled"
    had_own = account.password_hash is not None or account.password_ended_at is not None
    return "own-password" if had_own else None
