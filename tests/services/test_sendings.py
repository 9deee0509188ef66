"""Sendings: paced, counted, paused when too many mails are refused, and resumed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.accounts import add_account
from tests.support.races import at_once
from tests.support.settings import make_settings
from wizard.adapters.mail import MailConnection, MailRefused, SmtpTransport
from wizard.extensions import tools
from wizard.models import AuditEvent, Issue, OutboxMail, Sending, db, write
from wizard.models.outbox import GIVEN_UP, HANDED_OVER, REFUSED, WAITING
from wizard.services import invitations, issues, mails, outbox, sendings
from wizard.services.sendings import FEWEST, NotPaused, UnknownSending
from wizard.settings import SettingsError

pytestmark = pytest.mark.usefixtures("app_context")


class Server:
    """Takes every mail, but for those to the addresses that it refuses."""

    def __init__(self, *refuses: str) -> None:
        self.refuses = set(refuses)
        self.taken: list[str] = []

    @contextmanager
    def connect(self) -> Iterator[MailConnection]:
        yield self

    def send(self, message: bytes, recipient: str) -> None:
        if recipient in self.refuses:
            raise MailRefused(550, "5.1.1 No such mailbox")
        self.taken.append(recipient)


def address(number: int) -> str:
    return f"p{number:03}@people.example"


def invite(number: int, **options: Any) -> str:
    """A sending to this many people, in the order of their numbers; returns its id."""
    for each in range(number):
        add_account(f"p{each:03}", id=f"id{each:03}")
    sending = invitations.send(**options).sending
    assert sending is not None
    # Written in one moment: let the order of hand-over be that of the numbers.
    with write() as session:
        for mail in session.scalars(select(OutboxMail).where(OutboxMail.sending_id == sending)):
            mail.due_at += timedelta(microseconds=int(str(mail.recipient)[1:4]))
    return sending


def deliver(server: Server, clock: Any, limit: int = 50) -> outbox.Report:
    clock.advance(seconds=1)
    return outbox.deliver_due(server, limit=limit)


def states(sending: str | None = None) -> dict[str, int]:
    db.session.rollback()
    rows = select(OutboxMail.state).where(OutboxMail.sending_id == sending) if sending else select(OutboxMail.state)
    found = list(db.session.scalars(rows))
    return {state: found.count(state) for state in sorted(set(found))}


def paused(sending: str) -> bool:
    db.session.rollback()
    return db.session.get_one(Sending, sending).paused_at is not None


def test_a_sending_pauses_with_the_mail_that_makes_too_many_refused(clock: Any) -> None:
    sending = invite(FEWEST + 10)
    server = Server(address(3), address(FEWEST - 1))
    assert deliver(server, clock) == outbox.Report(handed_over=FEWEST - 2, refused=2)
    assert paused(sending)
    assert states(sending) == {HANDED_OVER: FEWEST - 2, REFUSED: 2, WAITING: 10}
    clock.advance(hours=1)
    assert deliver(server, clock).empty
    told = db.session.scalars(select(AuditEvent).where(AuditEvent.kind == "sending-paused")).one()
    assert told.payload == {"sending": sending}


def test_early_refusals_count_as_soon_as_enough_mails_have_met_a_server(clock: Any) -> None:
    """The mail that makes it enough may be one that was taken."""
    sending = invite(FEWEST + 10)
    deliver(Server(address(0), address(1)), clock)
    assert paused(sending)
    assert states(sending)[WAITING] == 10


def test_five_in_a_hundred_go_on(clock: Any) -> None:
    sending = invite(40)
    deliver(Server(address(25), address(39)), clock)
    assert not paused(sending), "2 of 40 are 5 %, which is not more than 5 %."
    assert states(sending) == {HANDED_OVER: 38, REFUSED: 2}


@pytest.mark.settings(refused_share=50)
def test_the_share_is_the_installations(clock: Any) -> None:
    sending = invite(FEWEST)
    deliver(Server(*(address(number) for number in range(10))), clock)
    assert not paused(sending)


def notify(username: str) -> None:
    """A mail that belongs to no sending."""
    account = add_account(username)
    with write():
        mails.password_changed(account, tools().clock.now(), "Firefox")


def test_what_a_person_waits_for_goes_first_and_is_never_paused(clock: Any) -> None:
    sending = invite(FEWEST + 5)
    server = Server(*(address(number) for number in range(5)))
    clock.advance(seconds=2)
    notify("waiting")
    deliver(server, clock, limit=1)
    assert server.taken == ["waiting@people.example"]
    deliver(server, clock)
    assert paused(sending)
    notify("later")
    deliver(server, clock)
    assert server.taken[-1] == "later@people.example"


def test_two_sendings_are_judged_each_by_itself(clock: Any) -> None:
    first = invite(FEWEST)
    for number in range(FEWEST, 2 * FEWEST):
        add_account(f"p{number:03}", id=f"id{number:03}")
    second = invitations.send().sending
    assert second is not None
    deliver(Server(address(FEWEST), address(FEWEST + 1)), clock)
    assert (paused(first), paused(second)) == (False, True)


def test_what_two_deliverers_let_pass_is_found_before_the_next_mail(clock: Any) -> None:
    """Each noted its refusal before it could see the other's."""
    sending = invite(FEWEST + 10)
    deliver(Server(), clock, limit=FEWEST)
    with write() as session:
        session.execute(
            update(OutboxMail).where(OutboxMail.recipient.in_([address(1), address(2)])).values(state=REFUSED)
        )
    server = Server()
    deliver(server, clock)
    assert paused(sending)
    assert server.taken == []


def test_several_deliverers_pause_once_and_lose_nothing(each_database: str, app: Flask, clock: Any) -> None:
    sending = invite(60)
    bad = {address(number) for number in range(0, 60, 3)}
    clock.advance(seconds=1)

    def act() -> outbox.Report:
        with app.app_context():
            return outbox.deliver_due(Server(*bad), limit=60)

    reports = at_once([act] * 4)
    found = states(sending)
    assert paused(sending)
    assert (found[HANDED_OVER], found[REFUSED]) == (
        sum(report.handed_over for report in reports), sum(report.refused for report in reports),
    )  # fmt: skip
    assert sum(found.values()) == 60
    assert found[WAITING] >= 60 - FEWEST - 4, "Only mails in hand could still go."
    told = select(AuditEvent).where(AuditEvent.kind == "sending-paused")
    assert len(list(db.session.scalars(told))) == 1


def test_a_paused_mail_is_not_given_up_and_makes_nobody_worry(clock: Any) -> None:
    invite(FEWEST + 5)
    deliver(Server(address(0), address(1)), clock)
    clock.advance(days=5)
    assert deliver(Server(), clock).empty
    found = outbox.status()
    assert (found.waiting, found.paused, found.oldest_age_seconds, found.given_up) == (5, 5, 0, 0)


def test_a_resumed_sending_goes_on_as_a_new_one_counted_from_the_beginning(each_database: str, clock: Any) -> None:
    sending = invite(FEWEST + 30)
    deliver(Server(address(0), address(1)), clock)
    clock.advance(days=2)
    resumed = sendings.resume(sending)
    assert (resumed.mails, resumed.given_up) == (30, 0)
    assert resumed.sending_id not in {None, sending}
    left = list(db.session.scalars(select(OutboxMail).where(OutboxMail.state == WAITING)))
    assert {mail.useful_until for mail in left} <= {mail.due_at + timedelta(hours=72) for mail in left}
    assert deliver(Server(address(22)), clock) == outbox.Report(handed_over=29, refused=1)
    assert not paused(str(resumed.sending_id))
    assert paused(sending)
    with pytest.raises(NotPaused):
        sendings.resume(sending)


def test_a_resumed_mail_is_not_useful_past_the_end_of_its_invitation(clock: Any) -> None:
    sending = invite(FEWEST + 2)
    deliver(Server(address(0), address(1)), clock)
    ends = {issue.ends_at for issue in db.session.scalars(select(Issue))}
    clock.advance(days=6)
    sendings.resume(sending)
    waiting = db.session.scalars(select(OutboxMail.useful_until).where(OutboxMail.state == WAITING))
    assert set(waiting) == ends


def test_a_mail_whose_invitation_was_replaced_or_has_ended_does_not_go_on(clock: Any) -> None:
    sending = invite(FEWEST + 3)
    deliver(Server(address(0), address(1)), clock)
    clock.advance(seconds=1)
    invitations.send_to([f"id{FEWEST:03}"], again=True)
    with write():
        issues.end_open(f"id{FEWEST + 1:03}", "reset")
    resumed = sendings.resume(sending)
    assert (resumed.mails, resumed.given_up) == (1, 2)
    useless = [mail for mail in db.session.scalars(select(OutboxMail)) if mail.state == GIVEN_UP]
    assert [mail.message for mail in useless] == [None, None]
    server = Server()
    deliver(server, clock)
    assert sorted(server.taken) == [address(FEWEST), address(FEWEST + 2)], "The newer invitation and the one left."


def test_resuming_that_was_cut_short_is_completed_by_resuming_again(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sendings, "BATCH", 4)
    sending = invite(FEWEST + 10)
    deliver(Server(address(0), address(1)), clock)
    moved, so_far = sendings._move, []

    def cut(*arguments: Any) -> None:
        if so_far:
            raise KeyboardInterrupt
        so_far.append(arguments)
        moved(*arguments)

    monkeypatch.setattr(sendings, "_move", cut)
    with pytest.raises(KeyboardInterrupt):
        sendings.resume(sending)
    monkeypatch.setattr(sendings, "_move", moved)
    assert states(sending)[WAITING] == 6
    assert sendings.resume(sending).mails == 6
    deliver(Server(), clock)
    assert states() == {HANDED_OVER: FEWEST + 8, REFUSED: 2}


def test_a_resumed_sending_keeps_its_pace(clock: Any) -> None:
    sending = invite(FEWEST + 4, per_minute=1)
    server = Server(address(0), address(1))
    for _minute in range(FEWEST):
        deliver(server, clock)
        clock.advance(seconds=59)
    assert paused(sending)
    clock.advance(days=1)
    sendings.resume(sending)
    handed = []
    for _minute in range(4):
        clock.advance(seconds=59)
        handed.append(deliver(server, clock).handed_over)
    assert handed == [1, 1, 1, 1]


def test_a_deliverer_that_dies_with_a_refusal_in_hand_neither_loses_it_nor_the_pause(clock: Any) -> None:
    sending = invite(FEWEST + 4)
    server = Server(address(0))
    deliver(server, clock, limit=FEWEST - 1)

    class Dying(Server):
        def send(self, message: bytes, recipient: str) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(Dying(), clock, limit=1)
    assert states(sending)[WAITING] == 5
    clock.advance(minutes=5)
    server.refuses.add(address(FEWEST - 1))
    deliver(server, clock, limit=1)
    assert paused(sending)
    assert states(sending) == {HANDED_OVER: FEWEST - 2, REFUSED: 2, WAITING: 4}


def test_only_a_paused_sending_can_be_resumed() -> None:
    sending = invite(2)
    with pytest.raises(NotPaused):
        sendings.resume(sending)
    with pytest.raises(UnknownSending):
        sendings.resume("nothing")


def test_mails_fall_due_at_the_pace_that_was_asked_for(clock: Any) -> None:
    sending = invite(6, per_minute=2)
    begun, server = clock.now(), Server()
    due = sorted(db.session.scalars(select(OutboxMail.due_at).where(OutboxMail.sending_id == sending)))
    assert [round((each - begun).total_seconds()) for each in due] == [0, 30, 60, 90, 120, 150]
    handed = []
    for _minute in range(3):
        handed.append(deliver(server, clock).handed_over)
        clock.advance(seconds=59)
    assert handed == [1, 2, 2]
    assert outbox.status().oldest_age_seconds <= 60, "A mail whose turn has not come is not late."


def test_a_pace_at_which_invitations_would_end_first_leaves_people_for_later(clock: Any) -> None:
    for number in range(4):
        add_account(f"p{number:03}")
    summary = invitations.send(per_minute=1)
    assert (summary.sent, summary.more) == (4, False)
    row = db.session.scalars(select(OutboxMail).order_by(OutboxMail.due_at.desc())).first()
    assert row is not None
    assert row.useful_until == row.due_at + timedelta(hours=72)


@pytest.mark.settings(issue_lifetime=240)
def test_no_mail_is_written_that_would_leave_with_little_time_left(clock: Any) -> None:
    for number in range(4):
        add_account(f"p{number:03}")
    summary = invitations.send(per_minute=1)
    assert (summary.sent, summary.more) == (2, True)
    mail = db.session.scalars(select(OutboxMail).order_by(OutboxMail.due_at.desc())).first()
    assert mail is not None
    assert mail.due_at + timedelta(minutes=2) <= mail.useful_until <= clock.now() + timedelta(seconds=240)
    assert invitations.send(per_minute=1).sent == 2


def test_the_standings_count_each_sending(settings: Any, clock: Any) -> None:
    sending = invite(FEWEST + 1)
    deliver(Server(address(0), address(1)), clock)
    add_account("later")
    clock.advance(minutes=1)
    second = invitations.send().sending
    newest, oldest = sendings.standings()
    assert (newest.id, newest.waiting, newest.paused_at) == (second, 1, None)
    assert dataclasses.astuple(oldest)[3:] == (oldest.paused_at, sendings.TOO_MANY_REFUSED, 1, FEWEST - 2, 2, 0)
    assert (oldest.id, oldest.kind) == (sending, "invitation")


def test_a_real_server_that_refuses_pauses_a_sending(settings: Any, smtp: Any, clock: Any) -> None:
    sending = invite(FEWEST + 3)
    for number in (4, 9):
        smtp.refuse(address(number), "550 5.1.1 No such mailbox")
    clock.advance(seconds=1)
    outbox.deliver_due(SmtpTransport(dataclasses.replace(settings, mail_port=smtp.port, mail_timeout=5)))
    assert paused(sending)
    assert len(smtp.delivered) == FEWEST - 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"refused_share": 0}, "REFUSED_SHARE is a share in percent"),
        ({"refused_share": 101}, "REFUSED_SHARE is a share in percent"),
        ({"placeholder_domains": "Filled.example"}, "PLACEHOLDER_DOMAINS: 'Filled.example' is not a domain"),
        ({"placeholder_domains": "x@filled.example"}, "PLACEHOLDER_DOMAINS: 'x@filled.example' is not a domain"),
    ],
)
def test_settings_that_make_no_sense_keep_the_installation_from_starting(
    tmp_path: Path, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(words)):
        make_settings(tmp_path, **wrong)
