"""The outbox: a mail is a row, written in the transaction of what causes it, and handed over afterwards.

At least once: a process that dies between hand-over and commit repeats the mail, byte for byte. Two deliverers do not
take the same mail, because each claims it by one conditional update for the time of a lease (security.md, section 6).
"""

from __future__ import annotations

import zlib
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from itertools import takewhile
from threading import Event
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from wizard.adapters.keyring import Undecipherable
from wizard.adapters.mail import MailConnection, MailRefused, MailTransport, MailUnavailable
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, MailedCode, OutboxMail
from wizard.models.database import DatabaseBusy, db, rows_changed, write
from wizard.models.outbox import GIVEN_UP, HANDED_OVER, REFUSED, WAITING
from wizard.services import mail_message, sendings

KEY = "mail"
BACK_OFF = (30, 120, 600, 1800, 3600)
"""Seconds from a failed try to the next one; the last one repeats (security.md, section 6)."""
LONGEST_PROBLEM = 200
WIPED: dict[str, None] = {"message": None, "leased_until": None}
SERVER_AWAY = "The mail server cannot be reached: "
_log = structlog.get_logger(__name__)


class NothingToRead(LookupError):
    """The mail was accepted or given up: its message is wiped."""


@dataclass(frozen=True)
class Report:
    """What one delivery led to, in mails. `unavailable` is why it ended early: what the server or the line said."""

    handed_over: int = 0
    refused: int = 0
    postponed: int = 0
    given_up: int = 0
    unavailable: str | None = None

    @property
    def clean(self) -> bool:
        """Whether everything that was due has been handed over."""
        return not (self.refused or self.postponed or self.given_up)

    @property
    def empty(self) -> bool:
        """Whether nothing was due."""
        return self.clean and not self.handed_over

    def __add__(self, other: Report) -> Report:
        return Report(
            self.handed_over + other.handed_over,
            self.refused + other.refused,
            self.postponed + other.postponed,
            self.given_up + other.given_up,
            other.unavailable or self.unavailable,
        )


@dataclass(frozen=True)
class Status:
    """The outbox at a glance. The day is the installation's.

    The age is that of the mail that has waited longest since it might leave, or 0; `paused` of the waiting mails belong to sendings
    that an operator must resume, and have no age.
    """

    waiting: int
    oldest_age_seconds: int
    handed_over_today: int
    refused: int
    given_up: int
    paused: int = 0


@dataclass(frozen=True)
class _Claim:
    """A mail taken for the time of a lease. No `message`: it cannot be opened with the configured keys."""

    mail_id: str
    recipient: str
    message: bytes | None
    tries: int
    leased_until: datetime
    sending_id: str | None


def post(
    kind: str,
    *,
    account: Account | None,
    recipient: str | None,
    language: str,
    context: dict[str, object],
    useful_for: timedelta,
    not_before: datetime | None = None,
) -> OutboxMail:
    """Put one mail into the outbox, inside the caller's open `write()` block.

    `kind` names the folder of its templates, `useful_for` says after which time it is given up, counted from `not_before` when it may not
    leave at once. Without a `recipient`
    (a name that nobody has) the same work is done and the row is written given up and empty, so that asking takes the
    same course for everybody (SEC-28). Raises `mail_message.HeaderRefused` (SEC-48).
    """
    now, mail_id = tools().clock.now(), new_id()
    rendered = mail_message.build(
        kind,
        mail_id=mail_id,
        recipient=recipient or tools().settings.mail_from,
        language=mail_message.fitting_language(language),
        context=context,
        now=now,
    )
    sealed = tools().keyring.encrypt(KEY, zlib.compress(rendered.data))
    row = OutboxMail(
        id=mail_id,
        kind=kind,
        account_id=account.id if account else None,
        recipient=recipient,
        subject=rendered.subject,
        message=sealed if recipient else None,
        state=WAITING if recipient else GIVEN_UP,
        created_at=now,
        due_at=not_before or now,
        useful_until=(not_before or now) + useful_for,
        tries=0,
    )
    db.session.add(row)
    return row


def read_message(row: OutboxMail) -> EmailMessage:
    """The mail as its recipient will see it. Raises `NothingToRead` once wiped, `Undecipherable` without its key."""
    if row.message is None:
        raise NothingToRead(row.id)
    return message_from_bytes(_opened(row.message), policy=SMTP)


def deliver_due(transport: MailTransport, limit: int = 50, stop: Event | None = None) -> Report:
    """Hand over what is due, at most `limit` mails, oldest first. Opens transactions of its own, none while sending.

    One connection carries them all. When the server cannot be reached, the mail in hand waits its back-off, the others
    stay due and the run ends: each of them would only wait for the same time-out. `stop`, once set, ends it after the
    mail in hand.
    """
    report = Report(given_up=_give_up_useless())
    due = _due(limit)
    young = _judge_sendings(due)
    with ExitStack() as stack:
        connection: MailConnection | None = None
        for mail_id in takewhile(lambda _mail_id: stop is None or not stop.is_set(), due):
            claim = _claim(mail_id)
            if claim is None:
                continue
            if claim.message is None:
                # The key may come back with the next start: waiting loses nothing, giving up would.
                report += Report(
                    postponed=_postpone(claim, None, "Encrypted with a secret key that is not configured.")
                )
                continue
            try:
                connection = connection or stack.enter_context(transport.connect())
            except MailUnavailable as error:
                away = _postpone(claim, None, f"{SERVER_AWAY}{error}")
                return report + Report(postponed=away, unavailable=str(error))
            try:
                connection.send(claim.message, claim.recipient)
            except MailRefused as error:
                report += Report(refused=_refuse(claim, error))
            except MailUnavailable as error:
                lost = str(error) if error.connection_lost else None
                report += Report(postponed=_postpone(claim, error.code, str(error)), unavailable=lost)
                if lost is not None:
                    return report
            else:
                report += Report(handed_over=_accept(claim, judge=claim.sending_id in young))
    return report


def deliver_until(stop: Event, transport: MailTransport, pause: float = 5.0) -> None:
    """Deliver what falls due until `stop` is set, looking every `pause` seconds; a busy database is waited for."""
    while not stop.is_set():
        report = Report()
        try:
            report = deliver_due(transport, stop=stop)
        except (DatabaseBusy, SQLAlchemyError) as error:
            _log.warning("mail-delivery-waits", error=type(error).__name__)
        finally:
            db.session.remove()
        if not report.empty:
            _log.info("mail-delivered", **asdict(report))
        if report.empty or report.unavailable:
            stop.wait(pause)


def status() -> Status:
    """Count the outbox. Rows for names that nobody has are left out: no mail was meant."""
    now = tools().clock.now()
    midnight = now.astimezone(ZoneInfo(tools().settings.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    # A mail that is tried again has waited since it was written; one that was given a later turn waits from then on.
    since = case(
        (and_(OutboxMail.tries > 0, OutboxMail.sending_id.is_(None)), OutboxMail.created_at), else_=OutboxMail.due_at
    )
    moving = (OutboxMail.state == WAITING, sendings.not_paused())
    oldest = db.session.scalar(select(func.min(since)).where(*moving))
    return Status(
        waiting=_number(OutboxMail.state == WAITING),
        oldest_age_seconds=max(0, int((now - oldest).total_seconds())) if oldest else 0,
        handed_over_today=_number(and_(OutboxMail.state == HANDED_OVER, OutboxMail.handed_over_at >= midnight)),
        refused=_number(OutboxMail.state == REFUSED),
        given_up=_number(and_(OutboxMail.state == GIVEN_UP, OutboxMail.recipient.is_not(None))),
        paused=_number(and_(OutboxMail.state == WAITING, not_(sendings.not_paused()))),
    )


def _number(condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(OutboxMail).where(condition)) or 0


def _opened(sealed: bytes) -> bytes:
    return zlib.decompress(tools().keyring.decrypt(KEY, sealed))


def _lease() -> timedelta:
    """Longer than one hand-over can take: each of the eight answers of a server may use up the whole time-out."""
    return timedelta(seconds=max(120, 10 * tools().settings.mail_timeout))


def _is_free(now: datetime) -> ColumnElement[bool]:
    unleased = or_(OutboxMail.leased_until.is_(None), OutboxMail.leased_until <= now)
    return and_(OutboxMail.state == WAITING, unleased, sendings.not_paused())


def _give_up_useless() -> int:
    now = tools().clock.now()
    useless = (_is_free(now), OutboxMail.useful_until <= now)
    # Asked first, so that an idle deliverer does not stand in the writers' queue every few seconds.
    found = db.session.scalar(select(OutboxMail.id).where(*useless).limit(1))
    db.session.rollback()
    if found is None:
        return 0
    with write():
        return rows_changed(update(OutboxMail).where(*useless).values(state=GIVEN_UP, **WIPED))


def _due(limit: int) -> dict[str, str | None]:
    """The mails that are due, each with its sending. What a person waits for goes before the mails of sendings."""
    now = tools().clock.now()
    due = select(OutboxMail.id, OutboxMail.sending_id).where(
        _is_free(now), OutboxMail.due_at <= now, OutboxMail.useful_until > now
    )
    order = (OutboxMail.sending_id.is_not(None), OutboxMail.due_at, OutboxMail.id)
    found = {row.id: row.sending_id for row in db.session.execute(due.order_by(*order).limit(limit))}
    db.session.rollback()  # no read transaction stays open while the mail server is talked to
    return found


def _judge_sendings(due: dict[str, str | None]) -> set[str]:
    """Pause those sendings of the mails that are due of which too many mails were refused; return those too young to be judged.

    Their refusals are judged as they come. This finds what two deliverers, each with the other's refusals not yet before it, let pass.
    """
    found = sendings.tallies({sending_id for sending_id in due.values() if sending_id})
    db.session.rollback()
    for sending_id in (each for each, tally in found.items() if tally.too_many):
        with write():
            paused = sendings.pause_if_refused(sending_id, tools().clock.now())
        _tell_paused(sending_id, paused=paused)
    return {sending_id for sending_id, tally in found.items() if tally.young}


def _tell_paused(sending_id: str | None, *, paused: bool) -> None:
    if paused:
        _log.warning("sending-paused", sending=sending_id, reason=sendings.TOO_MANY_REFUSED)


def _claim(mail_id: str) -> _Claim | None:
    """Take the mail for the time of a lease, or return None: another deliverer was first."""
    now = tools().clock.now()
    leased_until = now + _lease()
    with write() as session:
        taken = rows_changed(
            update(OutboxMail)
            .where(OutboxMail.id == mail_id, _is_free(now), OutboxMail.due_at <= now, OutboxMail.useful_until > now)
            .values(leased_until=leased_until, tries=OutboxMail.tries + 1)
        )
        if not taken:
            return None
        row = session.get_one(OutboxMail, mail_id, populate_existing=True)
        tries, recipient, sealed, sending_id = row.tries, row.recipient, row.message, row.sending_id
    assert recipient is not None
    assert sealed is not None
    try:
        message = _opened(sealed)
    except Undecipherable:
        message = None
    return _Claim(mail_id, mail_message.wire_address(recipient), message, tries, leased_until, sending_id)


def _accept(claim: _Claim, *, judge: bool) -> int:
    """Note the acceptance. It is a fact even when the lease has run out meanwhile. `judge`: look at the sending's share too."""
    now, paused = tools().clock.now(), False
    with write():
        noted = rows_changed(
            update(OutboxMail)
            .where(OutboxMail.id == claim.mail_id, OutboxMail.state == WAITING)
            .values(state=HANDED_OVER, handed_over_at=now, **WIPED, problem=None, reply_code=None)
        )
        first = and_(MailedCode.mail_id == claim.mail_id, MailedCode.handed_over_at.is_(None))
        rows_changed(update(MailedCode).where(first).values(handed_over_at=now))
        # The server is there again: those who found it away need not wait out their hour.
        away = (OutboxMail.state == WAITING, OutboxMail.due_at > now, OutboxMail.problem.startswith(SERVER_AWAY))
        rows_changed(update(OutboxMail).where(*away).values(due_at=now, problem=None))
        if judge and claim.sending_id:
            paused = sendings.pause_if_refused(claim.sending_id, now)
    _tell_paused(claim.sending_id, paused=paused)
    return noted


def _refuse(claim: _Claim, error: MailRefused) -> int:
    return _settle(claim, state=REFUSED, message=None, reply_code=error.code, problem=_short(str(error)))


def _postpone(claim: _Claim, code: int | None, problem: str) -> int:
    wait = timedelta(seconds=BACK_OFF[min(claim.tries, len(BACK_OFF)) - 1])
    return _settle(claim, due_at=tools().clock.now() + wait, reply_code=code, problem=_short(problem))


def _settle(claim: _Claim, **values: object) -> int:
    """Note a failure, unless the lease was lost: then the mail is another deliverer's and so is its fate."""
    paused = False
    with write():
        mail = update(OutboxMail).where(OutboxMail.id == claim.mail_id, OutboxMail.state == WAITING)
        mine = mail.where(OutboxMail.leased_until == claim.leased_until)
        noted = rows_changed(mine.values({"leased_until": None} | values))
        if noted and claim.sending_id and values.get("state") == REFUSED:
            paused = sendings.pause_if_refused(claim.sending_id, tools().clock.now())
    _tell_paused(claim.sending_id, paused=paused)
    return noted


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_PROBLEM]
