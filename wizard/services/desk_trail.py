"""What a person's browsers did lately, read from the outcomes of posts: also before the first proof, when they name no account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select

from wizard.extensions import tools
from wizard.models import Account, MailedCode, Outcome, Session, db
from wizard.services import addresses

LONGEST = 200
"""Outcomes that are read of one account, the newest."""
TYPED_LATELY = timedelta(hours=2)
"""How long a name that somebody typed and did not prove is of interest: outcomes are looked through by time for it."""
BEFORE_SESSION = timedelta(hours=20)


@dataclass(frozen=True)
class Trail:
    """`outcomes` newest first. `help_code` is that of the browser in use, None when neither an outcome nor the open mail tells it.

    `is_proven`: a session of the account is alive; else the newest outcomes may be those of anybody who has typed the name.
    """

    outcomes: tuple[Outcome, ...]
    session: Session | None
    help_code: str | None
    mailed: MailedCode | None

    @property
    def is_proven(self) -> bool:
        return self.session is not None

    @property
    def has_browser(self) -> bool:
        """Whether somebody is at it now, in a browser that has proven the account or only typed its name."""
        return bool(self.session or self.here or self.mailed)

    @property
    def here(self) -> tuple[Outcome, ...]:
        """What the browser in use did, newest first."""
        if self.help_code is None:
            return ()
        return tuple(row for row in self.outcomes if row.help_code == self.help_code)


def trail_of(account: Account, now: datetime) -> Trail:
    """What was done for `account` lately, and in which browser it is done now."""
    session = _living_session(account.id, now)
    own = _newest(Outcome.account_id == account.id)
    if session is not None:
        code = next((row.help_code for row in own if row.session_id == session.id), None)
        return Trail(_with_earlier(own, code, session.created_at - BEFORE_SESSION), session, code, None)
    typed = _newest(_typed_name(account, now))
    mailed = _open_mail(account, now)
    code = _code_of_newest(typed, mailed)
    return Trail(_with_earlier((*own, *typed), code, now - TYPED_LATELY), None, code, mailed)


def trail_of_browser(help_code: str, since: datetime) -> tuple[Outcome, ...]:
    """What the browsers with this help code did since then, newest first. Two browsers may share a code."""
    return _newest(and_(Outcome.help_code == help_code, Outcome.at >= since))


def _code_of_newest(typed: tuple[Outcome, ...], mailed: MailedCode | None) -> str | None:
    """Of who only typed an address that is no user name, no outcome tells the account: the mail does."""
    newest = next(iter(typed), None)
    if mailed is not None and (newest is None or newest.at < mailed.created_at):
        return mailed.help_code
    return newest.help_code if newest else None


def _newest(condition: ColumnElement[bool]) -> tuple[Outcome, ...]:
    rows = select(Outcome).where(condition).order_by(Outcome.at.desc(), Outcome.id.desc()).limit(LONGEST)
    return tuple(db.session.scalars(rows))


def _order(row: Outcome) -> tuple[datetime, int]:
    return row.at, row.id


def _with_earlier(own: tuple[Outcome, ...], code: str | None, since: datetime) -> tuple[Outcome, ...]:
    """Together with what the same browser did before it had proven anything."""
    before: tuple[Outcome, ...] = ()
    if code is not None:
        before = _newest(and_(Outcome.help_code == code, Outcome.account_id.is_(None), Outcome.at >= since))
    rows = {row.id: row for row in (*own, *before)}
    return tuple(sorted(rows.values(), key=_order, reverse=True))


def _typed_name(account: Account, now: datetime) -> ColumnElement[bool]:
    """Outcomes of browsers in which the account's name was typed and nothing proven."""
    digests = [
        digest
        for key in (account.username_key, account.email_key)
        if key
        for digest in tools().keyring.digests("subject:outcome", key)
    ]
    return and_(Outcome.at > now - TYPED_LATELY, Outcome.account_id.is_(None), Outcome.subject.in_(digests))


def _living_session(account_id: str, now: datetime) -> Session | None:
    """The session that was used last, neither revoked nor run out."""
    rows = select(Session).where(Session.account_id == account_id, Session.revoked_at.is_(None))
    newest_first = rows.order_by(Session.last_seen_at.desc(), Session.created_at.desc(), Session.id)
    return next((row for row in db.session.scalars(newest_first) if _is_alive(row, now)), None)


def _is_alive(row: Session, now: datetime) -> bool:
    settings = tools().settings
    idle = settings.agent_session_idle if row.is_agent else settings.session_idle
    whole = settings.agent_session_lifetime if row.is_agent else settings.session_lifetime
    return row.last_seen_at + timedelta(seconds=idle) > now and row.created_at + timedelta(seconds=whole) > now


def _open_mail(account: Account, now: datetime) -> MailedCode | None:
    """The newest mailed code that somebody waits for: asked for, unused, and still good by what the page says."""
    asked = select(MailedCode).where(
        MailedCode.account_id == account.id, MailedCode.used_at.is_(None), MailedCode.ended_at.is_(None)
    )
    row = db.session.scalar(asked.order_by(MailedCode.created_at.desc(), MailedCode.id).limit(1))
    return row if row is not None and addresses.told_end(row) > now else None
