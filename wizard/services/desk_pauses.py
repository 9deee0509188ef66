"""What keeps a person waiting: the counters of tries and of mails under their names, and until when each pauses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from wizard.domain.throttle import Window
from wizard.extensions import tools
from wizard.models import Account, MailedCode, Session, db
from wizard.services import addresses, approvals, attempts, enrolment, passwords, recovery_codes, temporary_passes
from wizard.services.attempts import Counters

MAILS = "mail-sends"


@dataclass(frozen=True)
class Counted:
    """One counter, by kind and name. `what` is a key of `desk_words.PAUSE_WORDS`; `rule` for those that pause only by their window."""

    what: str
    kind: str
    name: str
    rule: Window | None = None

    def until(self, counters: Counters) -> datetime | None:
        """When its pause ends, None while there is none."""
        if self.rule is None:
            return counters.paused_until(self.kind, self.name)
        return counters.left_of(self.kind, self.name, self.rule)[1]


def paused(account: Account) -> list[tuple[Counted, datetime]]:
    """The counters that pause now, and until when. Reads only."""
    counted = list(_counted(account))
    counters = Counters((each.kind, each.name) for each in counted)
    return [(each, until) for each in counted if (until := each.until(counters)) is not None]


def _counted(account: Account) -> Iterator[Counted]:
    own, browsers = account.id, _asking_browsers(account)
    here, in_all = addresses.code_windows()
    for key in sorted(filter(None, (account.username_key, account.email_key))):
        yield Counted("password", passwords.KIND, key)
        for browser in browsers:
            yield Counted("mailed-code-browser", addresses.BROWSER, addresses.browser_name(browser, key), here)
        yield Counted("mailed-code", addresses.ADDRESS, key, in_all)
        for kind, window in addresses.send_windows().items():
            yield Counted(MAILS, kind, key, window)
    yield Counted("code", enrolment.ATTEMPTS, own)
    yield Counted("code", enrolment.ATTEMPTS_A_DAY, own, attempts.code_app_day_rule())
    yield Counted("recovery-code", recovery_codes.ATTEMPTS, own)
    yield Counted("temporary-pass", temporary_passes.ATTEMPTS, own)
    for source in _sources(account):
        yield Counted("approvals", approvals.PER_SOURCE, approvals.source_name(own, source))


def _asking_browsers(account: Account) -> list[str]:
    """The digests of the browsers that asked for mailed codes of late: their tries count for a day."""
    since = tools().clock.now() - timedelta(seconds=addresses.DAY)
    asked = select(MailedCode.browser).where(MailedCode.account_id == account.id, MailedCode.created_at > since)
    return list(db.session.scalars(asked.distinct()))


def _sources(account: Account) -> list[str]:
    """The networks from which this person has asked a phone."""
    return list(db.session.scalars(select(Session.source).where(Session.account_id == account.id).distinct()))
