"""`perron invitations`: as an operator runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from structlog.testing import capture_logs

from tests.support.accounts import add_account
from tests.support.clock import MovableClock
from tests.support.rows import beside, rows_of
from wizard.adapters.mail import MailConnection, MailRefused
from wizard.cli.invitations import invitations
from wizard.cli.mail import mail
from wizard.models import OutboxMail
from wizard.services import outbox, sendings


@pytest.fixture
def people(app: Flask) -> Flask:
    """The application with three people, of whom one has an own password."""
    with app.app_context():
        add_account("ann"), add_account("ben"), add_account("settled", password_hash="hash")
    return app


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(invitations, ["send", *arguments])


def test_everybody_who_waits_is_invited_and_the_number_said(people: Flask, mailbox: Any) -> None:
    result = run(people)
    (sending,) = {row.sending_id for row in rows_of(people, OutboxMail)}
    assert (result.exit_code, result.output) == (0, f"Invitations written to the outbox: 2.\nSending: {sending}\n")
    assert sorted(mail.to for mail in mailbox.all("invitation")) == ["ann@people.example", "ben@people.example"]


def test_a_second_run_sends_nothing_and_again_sends_all(people: Flask, mailbox: Any) -> None:
    run(people)
    assert "outbox: 0." in run(people).output
    assert "outbox: 2." in run(people, "--again").output
    assert mailbox.count("invitation") == 4


def test_a_limit_is_kept(people: Flask, mailbox: Any) -> None:
    assert "outbox: 1." in run(people, "--limit", "1").output
    assert mailbox.count("invitation") == 1


def test_named_people_are_invited_and_who_cannot_be_is_named_with_the_reason(people: Flask, mailbox: Any) -> None:
    result = run(people, "ann", "settled", "nobody")
    assert result.exit_code == 3
    assert "settled: this person has chosen an own password" in result.output
    assert "nobody: nobody has this name." in result.output
    assert [mail.to for mail in mailbox.all()] == ["ann@people.example"]


def test_programs_read_the_summary_as_json(people: Flask) -> None:
    result = run(people, "ann", "nobody", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout) == {
        "sent": 1, "refused": [{"name": "nobody", "reason": "unknown"}], "passed_over": {}, "more": False,
        "sending": rows_of(people, OutboxMail)[0].sending_id,
    }  # fmt: skip


@pytest.fixture
def moved(app: Flask) -> Flask:
    """The application with two people whose accounts were moved, one of them with a shared mailbox, and one other."""
    with app.app_context():
        add_account("moved", journey="migrated-account"), add_account("new")
        add_account("shared", journey="migrated-account", email="info@people.example")
    return app


def test_an_announcement_goes_before_the_invitation(moved: Flask, mailbox: Any) -> None:
    told = run(moved, "--kind", "announcement").output
    assert "Announcements written to the outbox: 1." in told
    assert "Passed over: 1, because several people may read this mailbox" in told
    assert [mail.to for mail in mailbox.all()] == ["moved@people.example"]
    assert "outbox: 0." in run(moved, "--kind", "announcement").output
    assert "outbox: 1." in run(moved, "--journey", "migrated-account").output
    assert mailbox.newest("migrated_invitation").to == "moved@people.example"
    assert run(moved, "new", "--kind", "announcement").exit_code == 3


def test_a_paused_sending_is_seen_and_resumed(app: Flask, clock: MovableClock) -> None:
    with app.app_context():
        for number in range(sendings.FEWEST + 4):
            add_account(f"p{number}")
    run(app)
    (sending,) = {row.sending_id for row in rows_of(app, OutboxMail)}
    deliver(app, refusing=2)
    assert "refused 2" in run_command(app, "status").output
    assert f"Paused 2026-11-20 09:00 UTC: too many were refused. `perron invitations resume {sending}`" in (
        run_command(app, "status").output
    )
    (told,) = json.loads(run_command(app, "status", "--json").stdout)
    assert (told["id"], told["waiting"], told["refused"], told["paused_reason"]) == (sending, 4, 2, "too-many-refused")
    assert "Paused             4 (perron invitations status)" in app.test_cli_runner().invoke(mail, ["status"]).output
    resumed = run_command(app, "resume", sending)
    assert "Mails that go on: 4. Given up, because their invitation has ended: 0." in resumed.output
    assert "Paused " not in app.test_cli_runner().invoke(mail, ["status"]).output
    assert "not paused, or nothing of it waits" in run_command(app, "resume", sending).output
    assert run_command(app, "resume", "nothing").exit_code == 1


def test_a_pause_is_logged_once_and_names_nobody(app: Flask) -> None:
    with app.app_context():
        for number in range(sendings.FEWEST + 4):
            add_account(f"p{number}")
    run(app)
    with capture_logs() as lines:
        deliver(app, refusing=2)
        deliver(app, refusing=0)
    (line,) = [line for line in lines if line["event"] == "sending-paused"]
    assert line == {
        "event": "sending-paused", "log_level": "warning", "reason": "too-many-refused",
        "sending": rows_of(app, OutboxMail)[0].sending_id,
    }  # fmt: skip


def run_command(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(invitations, list(arguments))


class Refusing:
    """A server that refuses its first mails."""

    def __init__(self, number: int) -> None:
        self.left = number

    @contextmanager
    def connect(self) -> Iterator[MailConnection]:
        yield self

    def send(self, message: bytes, recipient: str) -> None:
        self.left -= 1
        if self.left >= 0:
            raise MailRefused(550, "No such mailbox")


def deliver(app: Flask, *, refusing: int) -> None:
    beside(app, lambda: outbox.deliver_due(Refusing(refusing)))


@pytest.mark.parametrize(
    "arguments", [("--limit", "0"), ("--kind", "letter"), ("--loop",), ("--per-minute", "0"), ("--journey", "sign-in")]
)
def test_wrong_usage_ends_with_two(people: Flask, mailbox: Any, arguments: tuple[str, ...]) -> None:
    assert run(people, *arguments).exit_code == 2
    assert mailbox.count() == 0
