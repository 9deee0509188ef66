"""Sending invitations and announcements: to everybody who waits for one, or to the people named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select

from wizard.domain.journey_names import MIGRATED_ACCOUNT
from wizard.extensions import tools
from wizard.models import Account, Issue, OutboxMail, db, write
from wizard.services import audit, invitees, issues, mails, sendings
from wizard.services.invitees import ANNOUNCEMENT, INVITATION, REASONS, Kind
from wizard.services.people import OPERATOR

__all__ = ["BATCH", "REASONS", "Refused", "Run", "Summary", "count", "send", "send_to"]

BATCH = 50  # accounts a transaction: a person who signs in meanwhile waits for no more than that
EVERYBODY = 10**9


@dataclass(frozen=True)
class Refused:
    """Somebody named who got no mail. `reason` is one of the keys of `REASONS`; `name` as it was given."""

    name: str
    reason: str


@dataclass
class Summary:
    """What a sending led to.

    `sending` is its id (None: no mail was written), `passed_over` how many people got none, by reason, and `more` says that
    others wait whose mails would have left too late at this pace.
    """

    sent: int = 0
    refused: list[Refused] = field(default_factory=list)
    sending: str | None = None
    passed_over: dict[str, int] = field(default_factory=dict)
    more: bool = False


@dataclass
class Run:
    """One sending while it is written: the mails are of `kind` and, with `per_minute`, fall due one after the other.

    `by` is who sends them, for the trail.
    """

    kind: Kind = INVITATION
    per_minute: int | None = None
    by: str = OPERATOR
    sending_id: str | None = None
    starts: datetime | None = None
    sent: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)

    def most(self) -> int:
        """How many mails the pace lets leave while the invitations that they carry are still good for long."""
        if self.per_minute is None or self.kind == ANNOUNCEMENT:
            return EVERYBODY
        lifetime = tools().settings.issue_lifetime
        window = max(lifetime / 2, lifetime - mails.INVITATION_USEFUL.total_seconds())
        return max(1, int(self.per_minute * window / 60))

    def take(self, mail: OutboxMail, ends: datetime | None) -> None:
        """Make the mail one of this sending, inside the open `write()`; `ends` is when what it carries ends."""
        if self.starts is None or self.sending_id is None:
            self.starts = mail.created_at
            self.sending_id = sendings.begin(self.kind, self.starts)
        mail.sending_id = self.sending_id
        if self.per_minute:
            mail.due_at = self.starts + timedelta(minutes=self.sent / self.per_minute)
            useful = mail.due_at + mails.INVITATION_USEFUL
            mail.useful_until = min(useful, ends) if ends else useful
        self.sent += 1


def count(
    names: Sequence[str] = (), *, again: bool = False, kind: Kind = INVITATION, journey: str | None = None
) -> int:
    """How many would be looked at: for a progress bar."""
    return len(names) if names else invitees.number(invitees.waits(kind, again=again, journey=journey))


def send(
    names: Sequence[str] = (),
    *,
    again: bool = False,
    limit: int | None = None,
    kind: Kind = INVITATION,
    journey: str | None = None,
    per_minute: int | None = None,
    by: str = OPERATOR,
    advance: Callable[[int], object] = lambda _number: None,
) -> Summary:
    """Write to the accounts named, else to all that wait for such a mail; with `again` to those too that had one.

    Works in batches, each a transaction of its own: after a kill, sending again reaches those left. `limit` is the
    greatest number of mails, `per_minute` how many fall due in a minute (None: all at once), `journey` narrows whom,
    `by` is who sends them, for the trail, `advance` is told how many accounts have been settled so far.
    """
    summary, run = Summary(), Run(kind, per_minute, by)
    wanted = invitees.waits(kind, again=again, journey=journey)
    candidates = iter(_named(names, summary, kind, journey)) if names else invitees.streamed(wanted)
    settled = len(summary.refused)
    most = run.most()
    left = min(limit or EVERYBODY, most)
    while left and (batch := list(islice(candidates, min(BATCH, left)))):
        left -= send_to(batch, again=again or bool(names), run=run)
        settled += len(batch)
        advance(settled)
    summary.more = not left and most < (limit or EVERYBODY) and _any_left(candidates)
    summary.sent, summary.sending, summary.passed_over = run.sent, run.sending_id, dict(run.passed_over)
    return summary


def _any_left(candidates: Iterator[str]) -> bool:
    found = next(candidates, None) is not None
    db.session.rollback()
    return found


def send_to(account_ids: Sequence[str], *, again: bool = False, run: Run | None = None, by: str = OPERATOR) -> int:
    """Write to these accounts, a transaction of its own for each batch, and say how many mails were written.

    Everything is asked again under the lock: who has set a password, was disabled or was invited by another sender
    since they were chosen is passed over, and so is whose address alone names nobody. With `run` the mails belong to
    that sending; without one they are single invitations, sent by `by`.
    """
    ids = list(account_ids)
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum(_send_batch(batch, again=again, run=run, by=run.by if run else by) for batch in batches)


def _send_batch(account_ids: Sequence[str], *, again: bool, run: Run | None, by: str) -> int:
    kind = run.kind if run else INVITATION
    with write() as session:
        wanted = invitees.waits(kind, again=True)
        chosen = select(Account).where(Account.id.in_(account_ids), wanted).order_by(Account.id)
        accounts = list(session.scalars(chosen.with_for_update(of=Account)))
        had_one = set() if again else _had_one(accounts, kind)
        waiting = [account for account in accounts if account.id not in had_one]
        doubts = invitees.doubts(waiting)
        due = [account for account in waiting if account.id not in doubts]
        for account in due:
            mail, ends = _announce(account, by) if kind == ANNOUNCEMENT else _invite(account, by)
            if run:
                run.take(mail, ends)
    if run:
        run.passed_over.update(doubts.values())
    return len(due)


def _had_one(accounts: Sequence[Account], kind: Kind) -> set[str]:
    ids = [account.id for account in accounts]
    invited = set(db.session.scalars(select(Issue.account_id).where(Issue.account_id.in_(ids))))
    announced = {account.id for account in accounts if account.announced_at} if kind == ANNOUNCEMENT else set()
    return invited | announced


def _invite(account: Account, by: str) -> tuple[OutboxMail, datetime | None]:
    migrated = account.journey == MIGRATED_ACCOUNT
    secrets = issues.issue(account, with_password=not migrated)
    mail = mails.migrated_invitation(account, secrets) if migrated else mails.invitation(account, secrets)
    audit.record("invited", account_id=account.id, actor=by, issue=secrets.issue_id)
    return mail, secrets.ends_at


def _announce(account: Account, by: str) -> tuple[OutboxMail, datetime | None]:
    account.announced_at = tools().clock.now()
    audit.record("announced", account_id=account.id, actor=by)
    return mails.announcement(account), None


def _named(names: Sequence[str], summary: Summary, kind: Kind, journey: str | None) -> list[str]:
    ids: dict[str, None] = {}
    for name in names:
        accounts = invitees.account_named(name)
        reason = invitees.why_not(accounts, kind, journey)
        if reason:
            summary.refused.append(Refused(name, reason))
        else:
            ids[accounts[0].id] = None
    return list(ids)
