"""Proving an address by a mailed code or by the button of the same mail.

Asking takes the same course for everybody (SEC-28): for a user name that nobody has the same rows and the same work, and no mail; for an
address that nobody has the mail too, because only its reader may learn that there is no account. A code is good only in the browser that
asked for it; the button proves for whichever browser presses it, never for the window that waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, select, update

from wizard.domain import assurance
from wizard.domain.digits import fold_digits
from wizard.domain.secrets_made import new_id, new_mailed_code, new_token
from wizard.domain.throttle import Rule, Window
from wizard.extensions import tools
from wizard.models import Account, MailedCode, OutboxMail, db
from wizard.models.database import rows_changed
from wizard.services import attempts, audit, mails, proofs
from wizard.services.matches import Target
from wizard.services.visits import Visit, lock_account

SENDS, SENDS_A_DAY = "mail-sends", "mail-sends-day"
BROWSER, ADDRESS, EVERYWHERE = "mailed-code-browser", "mailed-code-address", "mailed-code-everywhere"
STRANGERS, ACQUAINTANCES = "mails-to-strangers", "mails-to-acquaintances"
DAY, HOUR = 86400, 3600
ELSEWHERE = "elsewhere"  # why a code ended: its button was pressed in another browser than the one that had asked


@dataclass(frozen=True)
class Waiting:
    """What the waiting page says: when the mail was asked for, until when its code is good at least, and what is still possible.

    Nothing of it depends on the hand-over: mails to nobody have none, so it would tell which names exist (SEC-28, CVE-2024-45231).
    `went_on` is when the button of one of this browser's mails was pressed in another one.
    """

    sent_at: datetime | None
    ends: datetime | None
    code_possible: bool
    may_resend: bool
    resend_at: datetime | None
    went_on: datetime | None = None


@dataclass(frozen=True)
class MailedCodeEvidence:
    """This mailed code fitted."""

    mailed_code_id: str


def subject_of(username_key: str) -> str:
    return attempts.subject_of("address", username_key)


@dataclass(frozen=True)
class Asker:
    """Who asked for codes: a browser for a name, each by its digests (of every master secret that still counts)."""

    browsers: tuple[str, ...]
    subjects: tuple[str, ...]

    def has_asked_for(self) -> ColumnElement[bool]:
        return and_(MailedCode.browser.in_(self.browsers), MailedCode.subject.in_(self.subjects))


def _asker(visit: Visit, username_key: str) -> Asker:
    keyring = tools().keyring
    return Asker(
        tuple(keyring.digests("browser", visit.nonce)), tuple(keyring.digests("subject:address", username_key))
    )


def live_codes(visit: Visit, username_key: str) -> list[MailedCode]:
    """The codes of this browser for this name that are still good, newest first."""
    return _live(_asker(visit, username_key), visit.now)


def _live(asker: Asker, now: datetime) -> list[MailedCode]:
    newest_first = _open(asker).order_by(MailedCode.created_at.desc())
    return [row for row in db.session.scalars(newest_first) if code_ends(row) > now]


def _open(asker: Asker) -> Select[MailedCode]:
    """The codes that were neither used nor ended."""
    return select(MailedCode).where(asker.has_asked_for(), MailedCode.used_at.is_(None), MailedCode.ended_at.is_(None))


def has_expired(visit: Visit, username_key: str) -> bool:
    """Whether this browser asked for codes and, by what the page said, none is good any more only because of their age."""
    rows = list(db.session.scalars(_open(_asker(visit, username_key))))
    return bool(rows) and all(told_end(row) <= visit.now for row in rows)


def code_ends(row: MailedCode) -> datetime:
    """When the code ends: its lifetime from the first hand-over, and never later than the longest from when the mail might leave."""
    settings = tools().settings
    longest = (row.delayed_until or row.created_at) + timedelta(seconds=settings.mailed_code_longest)
    if row.handed_over_at is None:
        return longest
    return min(longest, row.handed_over_at + timedelta(seconds=settings.mailed_code_lifetime))


def told_end(row: MailedCode) -> datetime:
    """Until when page and mail say that the code is good. A mail that leaves late is good for longer, and nothing says so."""
    return row.created_at + timedelta(seconds=tools().settings.mailed_code_lifetime)


def newest_told(visit: Visit, username_key: str) -> MailedCode | None:
    """This browser's newest mail for this name, while page and mail say that its code is good."""
    rows = live_codes(visit, username_key)
    return rows[0] if rows and told_end(rows[0]) > visit.now else None


def waiting(visit: Visit, username_key: str) -> Waiting:
    """What the page of this browser shows now. Reads only."""
    newest = newest_told(visit, username_key)
    left, again_at = sends_left(username_key)
    return Waiting(
        sent_at=newest.created_at if newest else None,
        ends=told_end(newest) if newest else None,
        code_possible=code_possible(visit.browser_digest, username_key),
        may_resend=left > 0,
        resend_at=again_at,
        went_on=went_on(_asker(visit, username_key), visit.now),
    )


def went_on(asker: Asker, now: datetime) -> datetime | None:
    """When another browser pressed the button of a mail that this one had asked for, and no newer mail was asked for since."""
    if _live(asker, now):
        return None
    pressed = select(MailedCode.used_at).where(
        asker.has_asked_for(),
        MailedCode.ended_reason == ELSEWHERE,
        MailedCode.used_at > now - timedelta(seconds=tools().settings.mailed_code_longest),
    )
    return db.session.scalar(pressed.order_by(MailedCode.used_at.desc()).limit(1))


def send_windows() -> dict[str, Window]:
    """How many mails with a code may go to one name in a short while and in a day, by the kind of their counter."""
    settings = tools().settings
    return {
        SENDS: Window(settings.mailed_sends, settings.mailed_sends_window),
        SENDS_A_DAY: Window(settings.mailed_sends_a_day, DAY),
    }


def may_send(username_key: str) -> bool:
    return sends_left(username_key)[0] > 0


def count_send(username_key: str) -> bool:
    """Count one mail to this name; False when there were too many. Commits by itself."""
    tries: list[tuple[str, str, Rule]] = [(kind, username_key, window) for kind, window in send_windows().items()]
    return all(verdict.allowed for verdict in attempts.count_all(tries))


def sends_left(username_key: str) -> tuple[int, datetime | None]:
    """How many mails may still go to this name, and from when on again if none. Reads only."""
    left = (attempts.left_of(kind, username_key, window) for kind, window in send_windows().items())
    return min(left, key=lambda found: found[0])


def send(visit: Visit, target: Target, journey: str, language: str, source: str) -> None:
    """Mail a code and a button for `target`, in the language of the page. Runs inside `write()`; `count_send` came before.

    `source` is the network that asks: so that nobody fills strangers' mailboxes from here, mails to addresses that nobody has are spaced
    out by source and in all, and none leaves that would be an hour late. The page says nothing of it, and for the others the same is
    booked.
    """
    code, button = new_mailed_code(), new_token()
    known = target.account if target.account is not None and target.account.disabled_at is None else None
    recipient = None if known else target.recipient
    starts = _may_leave(source, STRANGERS if recipient else ACQUAINTANCES)
    recipient = recipient if starts is not None else None
    delayed_until = starts if recipient and starts and starts > visit.now else None
    lifetime = timedelta(seconds=tools().settings.mailed_code_lifetime)
    mail = mails.mailed_code(
        known, recipient, language=language, code=code, button_token=button, ends=(delayed_until or visit.now) + lifetime,
        journey=journey, not_before=delayed_until,
    )  # fmt: skip
    row = MailedCode(
        id=new_id(),
        account_id=known.id if known else None,
        subject=subject_of(target.key),
        address=known.email_key if known else target.key if recipient else None,
        browser=visit.browser_digest,
        help_code=visit.help_code,
        journey=journey,
        code_hash="",
        button_hash=tools().keyring.digest("mailed-button", button),
        mail_id=mail.id,
        created_at=visit.now,
        delayed_until=delayed_until,
        # A mail to nobody is never handed over; its page must age like any other.
        handed_over_at=None if known or recipient else visit.now,
    )
    row.code_hash = tools().keyring.digest("mailed-code", f"{row.id}:{code}")
    db.session.add(row)


def _may_leave(source: str, kind: str) -> datetime | None:
    settings = tools().settings
    of_source = (kind, source, settings.stranger_mails, float(HOUR))
    in_all = (kind, "", settings.stranger_mails_in_all, float(HOUR))
    return attempts.book([of_source, in_all], horizon=HOUR)


def browser_name(browser: str, username_key: str) -> str:
    """How tries at this name's codes are counted in the browser with this digest."""
    return f"{browser}:{username_key}"


def _counters(browser: str, username_key: str) -> list[tuple[str, str, Window]]:
    of_browser, of_name = code_windows()
    return [
        (BROWSER, browser_name(browser, username_key), of_browser),
        (ADDRESS, username_key, of_name),
        (EVERYWHERE, "", Window(tools().settings.mailed_code_stop, HOUR)),
    ]


def code_windows() -> tuple[Window, Window]:
    """How many tries at mailed codes a name has in one browser, and everywhere."""
    settings = tools().settings
    return Window(settings.mailed_code_tries, DAY), Window(settings.mailed_code_tries_a_day, DAY)


def code_possible(browser: str, username_key: str) -> bool:
    """Whether a code for this name is still checked in the browser with this digest; else only the mail's button works."""
    return all(attempts.left_of(*counter)[0] > 0 for counter in _counters(browser, username_key))


def count_try(visit: Visit, username_key: str) -> bool:
    """Count a try at a mailed code; False: only the button of the mail works now. Commits by itself."""
    tries: list[tuple[str, str, Rule]] = [*_counters(visit.browser_digest, username_key)]
    return all(verdict.allowed for verdict in attempts.count_all(tries))


def check(visit: Visit, username_key: str, typed: str) -> MailedCodeEvidence | None:
    """Compare with every code that is still good in this browser."""
    code = fold_digits(typed)
    for row in live_codes(visit, username_key):
        fits = row.code_hash in tools().keyring.digests("mailed-code", f"{row.id}:{code}")
        if fits and row.address is not None:
            return MailedCodeEvidence(row.id)
    return None


def accept(visit: Visit, evidence: MailedCodeEvidence, username_key: str) -> bool:
    """Use the code up and prove the address; False when it was used or ended a moment ago."""
    row = db.session.get(MailedCode, evidence.mailed_code_id, populate_existing=True)
    if row is None or code_ends(row) <= visit.now or not _use(visit, row, "mailed-code"):
        return False
    for kind, name, _ in _counters(visit.browser_digest, username_key):
        attempts.take_back(kind, name)
    if row.account_id is None:
        visit.remember(email=recipient_of(row))  # two texts may have one key; proven is the one that the mail went to
    return True


def find_by_button(token: str) -> MailedCode | None:
    digests = tools().keyring.digests("mailed-button", token)
    return db.session.scalar(select(MailedCode).where(MailedCode.button_hash.in_(digests)))


def press(visit: Visit, row_id: str) -> bool:
    """A person has pressed the mail's button: prove the address for this browser. False when it is used, ended or too old."""
    row = db.session.get(MailedCode, row_id, populate_existing=True)
    return row is not None and code_ends(row) > visit.now and _use(visit, row, "mailed-button")


def recipient_of(row: MailedCode) -> str:
    """The address that the mail of this row went to, as it was written."""
    mail = db.session.get(OutboxMail, row.mail_id) if row.mail_id else None
    return (mail.recipient if mail else None) or row.address or ""


def _use(visit: Visit, row: MailedCode, method: str) -> bool:
    account = lock_account(row.account_id) if row.account_id else None
    if row.address is None or not _leads_to(account, row):
        return False
    unused = update(MailedCode).where(
        MailedCode.id == row.id, MailedCode.used_at.is_(None), MailedCode.ended_at.is_(None)
    )
    elsewhere = row.browser not in tools().keyring.digests("browser", visit.nonce)
    if rows_changed(unused.values(used_at=visit.now, ended_reason=ELSEWHERE if elsewhere else None)) != 1:
        return False
    if account is not None:
        end_codes(account, "another-used", visit.now)
    else:
        _end_strangers_codes(row, visit.now)
        if visit.account is not None:
            visit.sign_out("another-account")  # what is proven here is nobody's address, so not this session's either
    proofs.prove(visit, account, assurance.ADDRESS, method, target=row.address)
    assert visit.session is not None
    audit.record(
        "address-proven",
        account_id=account.id if account else None,
        actor="person",
        session_id=visit.session.id,
        method=method,
        journey=row.journey,
    )
    return True


def _leads_to(account: Account | None, row: MailedCode) -> bool:
    """Whether the mail still proves what it was sent for: the account's own address, or one that nobody had."""
    if row.account_id is None:
        return True
    return account is not None and account.disabled_at is None and account.email_key == row.address


def _end_strangers_codes(row: MailedCode, now: datetime) -> None:
    """The first use of any mail ends the others also where nobody has the address."""
    others = update(MailedCode).where(
        MailedCode.subject == row.subject,
        MailedCode.address == row.address,
        MailedCode.account_id.is_(None),
        MailedCode.used_at.is_(None),
        MailedCode.ended_at.is_(None),
    )
    rows_changed(others.values(ended_at=now, ended_reason="another-used"))


def end_codes(account: Account, reason: str, now: datetime) -> int:
    """End the account's mailed codes that are still open."""
    still_open = update(MailedCode).where(
        MailedCode.account_id == account.id, MailedCode.used_at.is_(None), MailedCode.ended_at.is_(None)
    )
    return rows_changed(still_open.values(ended_at=now, ended_reason=reason))
