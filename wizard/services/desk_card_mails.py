"""The mails of a person's card: what became of each, until when what it carries is good, and the one that is waited for in vain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, select

from wizard.models import Account, Issue, MailedCode, OutboxMail, db
from wizard.models.outbox import GIVEN_UP, REFUSED, WAITING
from wizard.services import addresses
from wizard.services.mails import INVITATIONS, MAILED_CODE

SHOWN = 5
LATE = timedelta(minutes=2)
"""A mail leaves within seconds; one that has waited longer is on its way to nobody yet."""


@dataclass(frozen=True)
class MailLine:
    """One mail. Its subject has every secret covered; `state` is a key of `desk_words.MAIL_STATE_WORDS`.

    `ends` is until when its code or button is said to be good, None for a mail that carries none; `is_used` once it was used or replaced.
    """

    kind: str
    subject: str
    recipient: str
    state: str
    at: datetime
    reply_code: int | None
    ends: datetime | None = None
    is_used: bool = False

    @property
    def is_code(self) -> bool:
        """Whether a person under way asked for it, and nobody invited them by it."""
        return self.kind == MAILED_CODE

    def is_good(self, now: datetime) -> bool:
        """Whether its code or button still works."""
        return self.ends is not None and self.ends > now and not self.is_used

    def is_stuck(self, now: datetime) -> bool:
        """Whether it has not reached the mailbox, and does not do so in a moment."""
        return self.state in {REFUSED, GIVEN_UP} or (self.state == WAITING and self.at + LATE < now)


def mails_of(account: Account) -> list[MailLine]:
    """The last mails, newest first."""
    carried = and_(MailedCode.mail_id == OutboxMail.id, MailedCode.account_id == account.id)
    newest = select(OutboxMail, MailedCode).outerjoin(MailedCode, carried).where(OutboxMail.account_id == account.id)
    rows = db.session.execute(newest.order_by(OutboxMail.created_at.desc(), OutboxMail.id).limit(SHOWN)).all()
    issues = _issues_of(account)
    return [_line(mail, code or _issue_of(mail, issues)) for mail, code in rows]


def stuck(mails: list[MailLine], now: datetime) -> MailLine | None:
    """The newest invitation or code, if it is waited for in vain: unused, and not in the mailbox."""
    newest = next((mail for mail in mails if mail.ends is not None), None)
    return newest if newest is not None and not newest.is_used and newest.is_stuck(now) else None


def _line(mail: OutboxMail, carried: Issue | MailedCode | None) -> MailLine:
    state = "opened" if mail.button_opened_at is not None and mail.state != GIVEN_UP else mail.state
    line = (mail.kind, mail.subject, mail.recipient or "", state, mail.created_at, mail.reply_code)
    if carried is None:
        return MailLine(*line)
    if isinstance(carried, Issue):
        return MailLine(*line, carried.ends_at, carried.ended_at is not None)
    return MailLine(*line, addresses.told_end(carried), bool(carried.used_at or carried.ended_at))


def _issues_of(account: Account) -> list[Issue]:
    newest_first = select(Issue).where(Issue.account_id == account.id).order_by(Issue.created_at.desc(), Issue.id)
    return list(db.session.scalars(newest_first))


def _issue_of(mail: OutboxMail, issues: list[Issue]) -> Issue | None:
    """The issue that an invitation carries: the newest when it was written."""
    if mail.kind not in INVITATIONS:
        return None
    return next((issue for issue in issues if issue.created_at <= mail.created_at), None)
