"""The outbox: what becomes of a mail between the step that causes it and the mail server."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.policy import SMTP
from threading import Event, Timer
from typing import Any

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.races import at_once
from tests.support.smtp import SmtpServer
from wizard.adapters.keyring import Keyring
from wizard.adapters.mail import MailConnection, MailUnavailable, SmtpTransport
from wizard.extensions import tools
from wizard.models import MailedCode, OutboxMail, db, write
from wizard.models.outbox import GIVEN_UP, HANDED_OVER, REFUSED, WAITING
from wizard.services import mail_message, mails, outbox

pytestmark = pytest.mark.usefixtures("app_context")
LEASE = 150  # seconds: ten times MAIL_TIMEOUT


@pytest.fixture
def transport(settings: Any, smtp: SmtpServer) -> SmtpTransport:
    return SmtpTransport(dataclasses.replace(settings, mail_port=smtp.port, mail_timeout=5))


def post(username: str = "lea.morel", code: str = "482913", useful_for: timedelta | None = None) -> str:
    """A mailed code on its way; returns the mail's id."""
    account = add_account(username)
    with write() as session:
        now = tools().clock.now()
        ends = now + timedelta(minutes=10)
        row = mails.mailed_code(
            account, None, language="en", code=code, button_token="t" * 43, ends=ends, journey="sign-in"
        )
        if useful_for is not None:
            row.useful_until = now + useful_for
        session.add(
            MailedCode(
                id=f"code-{username}", account_id=account.id, subject=username, browser="b", journey="sign-in",
                code_hash="c", button_hash=username, mail_id=row.id, created_at=now,
            )
        )  # fmt: skip
        return row.id


def row_of(mail_id: str) -> OutboxMail:
    db.session.rollback()
    return db.session.get_one(OutboxMail, mail_id)


def code_row(username: str = "lea.morel") -> MailedCode:
    return db.session.get_one(MailedCode, f"code-{username}")


def test_an_accepted_mail_is_wiped_and_starts_the_code(transport: SmtpTransport, smtp: SmtpServer, clock: Any) -> None:
    mail_id = post()
    clock.advance(seconds=20)
    assert outbox.deliver_due(transport) == outbox.Report(handed_over=1)
    row = row_of(mail_id)
    assert (row.state, row.message, row.handed_over_at) == (HANDED_OVER, None, clock.now())
    assert code_row().handed_over_at == clock.now()
    assert smtp.mails[0].code == "482913"
    with pytest.raises(outbox.NothingToRead):
        outbox.read_message(row)


def test_a_mail_carries_what_makes_it_recognisable(transport: SmtpTransport, smtp: SmtpServer) -> None:
    mail_id = post()
    outbox.deliver_due(transport)
    message = smtp.mails[0].message
    assert message["Message-ID"] == f"<{mail_id}@tamaris.example>"
    assert message["From"] == "Tamaris Relief <access@tamaris.example>"
    assert message["To"] == "lea.morel@people.example"
    assert message["Date"] == "Fri, 20 Nov 2026 09:00:00 +0000"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "en")
    assert message.get_boundary() == f"=_{mail_id}"


def test_the_database_never_holds_a_mail_in_the_clear(settings: Any) -> None:
    row = row_of(post(code="905512"))
    assert row.message is not None
    assert b"905512" not in row.message
    assert "905512" not in row.subject
    assert "Tamaris Relief" in row.subject
    assert str(outbox.read_message(row)["Subject"]).startswith("905512 ")


def test_a_refused_mail_ends_with_the_reply_code(transport: SmtpTransport, smtp: SmtpServer) -> None:
    smtp.refuse("lea.morel@people.example", "550 5.1.1 No such mailbox")
    mail_id = post()
    assert outbox.deliver_due(transport) == outbox.Report(refused=1)
    row = row_of(mail_id)
    assert (row.state, row.reply_code, row.message) == (REFUSED, 550, None)
    assert row.problem == "5.1.1 No such mailbox"
    assert code_row().handed_over_at is None


def test_a_mail_that_was_put_off_comes_back_byte_for_byte(
    transport: SmtpTransport, smtp: SmtpServer, clock: Any
) -> None:
    smtp.answer_next("451 4.3.0 Try again later")
    mail_id = post()
    before = outbox.read_message(row_of(mail_id)).as_bytes()
    assert outbox.deliver_due(transport) == outbox.Report(postponed=1)
    assert (row_of(mail_id).state, row_of(mail_id).reply_code) == (WAITING, 451)
    assert outbox.deliver_due(transport).empty
    clock.advance(seconds=30)
    assert outbox.deliver_due(transport) == outbox.Report(handed_over=1)
    assert smtp.delivered[0].content == before


def test_tries_come_at_growing_distances(transport: SmtpTransport, smtp: SmtpServer, clock: Any) -> None:
    mail_id = post(useful_for=timedelta(days=1))
    waits = []
    for _ in range(7):
        smtp.answer_next("451 4.3.0 Try again later")
        assert outbox.deliver_due(transport).postponed == 1
        wait = row_of(mail_id).due_at - clock.now()
        waits.append(wait.total_seconds())
        clock.advance(seconds=wait.total_seconds())
    assert waits == [30, 120, 600, 1800, 3600, 3600, 3600]


def test_mails_wait_while_the_server_is_away_and_go_when_it_is_back(
    transport: SmtpTransport, smtp: SmtpServer, clock: Any
) -> None:
    smtp.stop()
    first, second = post("ann"), post("ben")
    report = outbox.deliver_due(transport)
    assert (report.postponed, report.handed_over) == (1, 0)
    assert report.unavailable
    assert {row_of(first).state, row_of(second).state} == {WAITING}
    smtp.start()
    # The other one is still due at once, and its success calls the first one back before its time.
    assert outbox.deliver_due(transport).handed_over == 1
    assert outbox.deliver_due(transport).handed_over == 1
    assert {row_of(first).state, row_of(second).state} == {HANDED_OVER}
    assert sorted(mail.to for mail in smtp.mails) == ["ann@people.example", "ben@people.example"]


def test_a_mail_without_use_is_given_up_and_wiped(transport: SmtpTransport, smtp: SmtpServer, clock: Any) -> None:
    mail_id = post(useful_for=timedelta(minutes=60))
    clock.advance(minutes=60)
    assert outbox.deliver_due(transport) == outbox.Report(given_up=1)
    assert (row_of(mail_id).state, row_of(mail_id).message) == (GIVEN_UP, None)
    assert smtp.tried == 0


class Dying:
    """Hands over in earnest, then the process dies before it can note it."""

    def __init__(self, transport: SmtpTransport) -> None:
        self._transport = transport

    @contextmanager
    def connect(self) -> Iterator[MailConnection]:
        with self._transport.connect() as connection:
            self._connection = connection
            yield self

    def send(self, message: bytes, recipient: str) -> None:
        self._connection.send(message, recipient)
        raise KeyboardInterrupt


def test_a_mail_whose_acceptance_was_lost_is_repeated_byte_for_byte(
    transport: SmtpTransport, smtp: SmtpServer, clock: Any
) -> None:
    post()
    with pytest.raises(KeyboardInterrupt):
        outbox.deliver_due(Dying(transport))
    assert outbox.deliver_due(transport).empty, "While the lease holds nobody else may take it."
    clock.advance(seconds=LEASE)
    assert outbox.deliver_due(transport) == outbox.Report(handed_over=1)
    first, second = smtp.delivered
    assert first.content == second.content


class TooSlow:
    """Its lease runs out while it waits; another deliverer is quicker, then its own try fails."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self._meanwhile = meanwhile

    @contextmanager
    def connect(self) -> Iterator[MailConnection]:
        yield self

    def send(self, message: bytes, recipient: str) -> None:
        self._meanwhile()
        raise MailUnavailable("The line broke.")


def test_who_lost_the_lease_does_not_undo_what_the_other_has_done(
    transport: SmtpTransport, smtp: SmtpServer, clock: Any
) -> None:
    mail_id = post()

    def meanwhile() -> None:
        clock.advance(seconds=LEASE)
        assert outbox.deliver_due(transport).handed_over == 1

    assert outbox.deliver_due(TooSlow(meanwhile)).postponed == 0
    assert row_of(mail_id).state == HANDED_OVER
    assert len(smtp.delivered) == 1


def test_who_lost_the_lease_does_not_overwrite_what_the_other_was_told(
    transport: SmtpTransport, smtp: SmtpServer, clock: Any
) -> None:
    mail_id = post()

    def meanwhile() -> None:
        clock.advance(seconds=LEASE)
        smtp.answer_next("451 4.3.0 Try again later")
        assert outbox.deliver_due(transport).postponed == 1

    assert outbox.deliver_due(TooSlow(meanwhile)).postponed == 0
    row = row_of(mail_id)
    assert (row.problem, row.reply_code, row.tries) == ("4.3.0 Try again later", 451, 2)


def test_several_deliverers_hand_each_mail_over_once(
    each_database: str, app: Flask, settings: Any, smtp: SmtpServer
) -> None:
    ids = {post(f"person{number}") for number in range(12)}

    def deliver() -> int:
        with app.app_context():
            return outbox.deliver_due(SmtpTransport(dataclasses.replace(settings, mail_port=smtp.port))).handed_over

    assert sum(at_once([deliver] * 4)) == 12
    sent = [str(mail.message["Message-ID"]) for mail in smtp.mails]
    assert sorted(sent) == sorted(f"<{mail_id}@tamaris.example>" for mail_id in ids)


def test_a_name_that_nobody_has_leaves_a_row_and_no_mail(
    transport: SmtpTransport, smtp: SmtpServer, clock: Any
) -> None:
    ends = clock.now() + timedelta(minutes=10)
    with write():
        row = mails.mailed_code(
            None, None, language="en", code="482913", button_token="t", ends=ends, journey="forgotten-password"
        )
        mail_id = row.id
    row = row_of(mail_id)
    assert (row.state, row.recipient, row.message, row.account_id) == (GIVEN_UP, None, None, None)
    assert outbox.deliver_due(transport).empty
    assert smtp.tried == 0
    assert outbox.status().given_up == 0, "No mail was meant, so none was given up."


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0"])
def test_an_address_that_would_begin_another_header_is_refused(end: str) -> None:
    account = add_account()

    def notify() -> None:
        with write():
            account.email = f"lea@people.example{end}Bcc: everybody@people.example"
            mails.password_changed(account, tools().clock.now(), "Firefox")

    with pytest.raises(mail_message.HeaderRefused):
        notify()
    assert db.session.query(OutboxMail).count() == 0


def test_line_ends_in_names_reach_no_header(transport: SmtpTransport, smtp: SmtpServer) -> None:
    account = add_account(given_name="Léa\r\nBcc: everybody@people.example\r\n\r\nHello")
    with write():
        mails.password_changed(account, tools().clock.now(), "Firefox\r\nX-Evil: yes")
    outbox.deliver_due(transport)
    message = smtp.mails[0].message
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    assert smtp.delivered[0].recipients == ("lea.morel@people.example",)


def test_a_mail_goes_to_an_international_domain(transport: SmtpTransport, smtp: SmtpServer) -> None:
    account = add_account(email="lea@bücher.example")
    with write():
        mails.password_changed(account, tools().clock.now(), "Firefox")
    outbox.deliver_due(transport)
    assert smtp.delivered[0].recipients == ("lea@xn--bcher-kva.example",)


def test_a_mail_that_cannot_be_opened_waits_for_its_key(app: Flask, transport: SmtpTransport, clock: Any) -> None:
    mail_id = post()
    right = app.extensions["perron"].keyring
    app.extensions["perron"].keyring = Keyring("another-master-secret-0123456789-0123456789")
    assert outbox.deliver_due(transport) == outbox.Report(postponed=1)
    app.extensions["perron"].keyring = right
    clock.advance(seconds=30)
    assert outbox.deliver_due(transport) == outbox.Report(handed_over=1)
    assert row_of(mail_id).state == HANDED_OVER


def test_nothing_is_left_of_a_mail_whose_step_was_rolled_back() -> None:
    account = add_account()

    def step() -> None:
        with write():
            mails.password_changed(account, tools().clock.now(), "Firefox")
            raise RuntimeError("the step failed")

    with pytest.raises(RuntimeError, match="the step failed"):
        step()
    assert db.session.query(OutboxMail).count() == 0


def test_an_unknown_language_falls_back_to_the_first_of_the_installation() -> None:
    account = add_account(language="tlh")
    with write():
        row = mails.password_changed(account, tools().clock.now(), "Firefox")
        assert outbox.read_message(row)["Content-Language"] == "en"


@pytest.mark.settings(time_zone="Pacific/Auckland")
def test_the_status_counts_what_waits_and_what_became_of_the_rest(
    transport: SmtpTransport, smtp: SmtpServer, clock: Any
) -> None:
    assert outbox.status() == outbox.Status(0, 0, 0, 0, 0)
    smtp.refuse("bad@people.example")
    post("good"), post("bad")
    outbox.deliver_due(transport)
    clock.advance(hours=3)  # past midnight in Auckland: 22:00 became 1:00
    post("late", useful_for=timedelta(minutes=1))
    clock.advance(minutes=1)
    outbox.deliver_due(transport)
    post("waiting")
    clock.advance(seconds=40)
    assert outbox.status() == outbox.Status(
        waiting=1, oldest_age_seconds=40, handed_over_today=0, refused=1, given_up=1
    )


def test_the_age_counts_from_when_a_mail_might_leave(transport: SmtpTransport, smtp: SmtpServer, clock: Any) -> None:
    """A mail that was given a later turn is not late; one that is tried again has waited since it was written."""
    turn = post("later")
    with write() as session:
        session.get_one(OutboxMail, turn).due_at = clock.now() + timedelta(minutes=10)
    clock.advance(minutes=5)
    assert outbox.status().oldest_age_seconds == 0
    clock.advance(minutes=6)
    assert outbox.status().oldest_age_seconds == 60
    smtp.answer_next("451 4.3.0 Try again later")
    assert outbox.deliver_due(transport).postponed == 1
    assert outbox.status().oldest_age_seconds == 11 * 60


def test_the_loop_goes_on_after_a_bad_server_and_ends_when_told(transport: SmtpTransport, smtp: SmtpServer) -> None:
    ids, stop, asked = [post("ann"), post("ben")], Event(), []

    class AwayAtFirst:
        @contextmanager
        def connect(self) -> Iterator[MailConnection]:
            asked.append("once more")
            if len(asked) == 1:
                raise MailUnavailable("Not yet.")
            with transport.connect() as connection:
                yield connection
            if len(smtp.delivered) == len(ids):
                stop.set()

    guard = Timer(20, stop.set)
    guard.start()
    outbox.deliver_until(stop, AwayAtFirst(), pause=0.01)
    guard.cancel()
    assert [row_of(mail_id).state for mail_id in ids] == [HANDED_OVER] * 2


def test_a_mail_read_back_is_the_one_that_was_sent(transport: SmtpTransport, smtp: SmtpServer) -> None:
    read = outbox.read_message(row_of(post()))
    outbox.deliver_due(transport)
    sent = message_from_bytes(smtp.delivered[0].content, policy=SMTP)
    assert read.as_bytes() == sent.as_bytes()
