"""`perron mail`: as an operator runs it."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
from threading import Event, Timer
from typing import Any

import pytest
from flask import Flask

from tests.support.accounts import add_account
from tests.support.smtp import SmtpServer
from wizard.cli.mail import mail
from wizard.extensions import tools
from wizard.models import write
from wizard.services import mails


@pytest.fixture
def installation(app: Flask, settings: Any, smtp: SmtpServer) -> Flask:
    """The application with the test's mail server as its own."""
    app.extensions["perron"].settings = dataclasses.replace(settings, mail_port=smtp.port)
    return app


def post(app: Flask, *names: str) -> None:
    with app.app_context():
        for name in names:
            account = add_account(name)
            with write():
                mails.password_changed(account, tools().clock.now(), "Firefox")


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(mail, list(arguments))


def test_everything_due_is_handed_over(installation: Flask, smtp: SmtpServer) -> None:
    post(installation, "ann", "ben")
    result = run(installation, "deliver")
    assert (result.exit_code, result.output) == (0, "Handed over 2, refused 0, postponed 0, given up 0.\n")
    assert len(smtp.delivered) == 2


def test_a_refusal_is_a_failure(installation: Flask, smtp: SmtpServer) -> None:
    smtp.refuse("ann@people.example")
    post(installation, "ann", "ben")
    result = run(installation, "deliver")
    assert (result.exit_code, result.output) == (1, "Handed over 1, refused 1, postponed 0, given up 0.\n")


def test_a_server_that_is_away_is_a_failure_with_its_reason(installation: Flask, smtp: SmtpServer) -> None:
    smtp.stop()
    post(installation, "ann")
    result = run(installation, "deliver")
    assert result.exit_code == 1
    assert "postponed 1" in result.output
    assert "The mail server took no more: ConnectionRefusedError" in result.output


def test_an_empty_outbox_is_no_failure(installation: Flask) -> None:
    assert run(installation, "deliver").exit_code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_loop_delivers_until_it_is_told_to_stop(installation: Flask, smtp: SmtpServer, number: int) -> None:
    post(installation, "ann")
    before = signal.getsignal(number)
    arrived = Event()
    accept = smtp.handle_DATA

    async def accept_and_stop(*arguments: Any) -> str:
        answer = await accept(*arguments)
        arrived.set()
        os.kill(os.getpid(), number)
        return answer

    smtp.handle_DATA = accept_and_stop  # type: ignore[method-assign]
    guard = Timer(20, os.kill, (os.getpid(), signal.SIGTERM))
    guard.start()
    result = run(installation, "deliver", "--loop")
    guard.cancel()
    assert result.exit_code == 0
    assert arrived.is_set()
    assert signal.getsignal(number) == before
    status = json.loads(run(installation, "status", "--json").output)
    assert (status["waiting"], status["handed_over_today"]) == (0, 1), "The mail in hand is noted before the end."


def test_the_status_is_readable_by_people_and_programs(installation: Flask, clock: Any) -> None:
    post(installation, "ann", "ben")
    clock.advance(seconds=90)
    assert json.loads(run(installation, "status", "--json").output) == {
        "waiting": 2, "oldest_age_seconds": 90, "handed_over_today": 0, "refused": 0, "given_up": 0, "paused": 0,
    }  # fmt: skip
    lines = run(installation, "status").output.splitlines()
    assert [line.split()[-2:] for line in lines[:2]] == [["Waiting", "2"], ["90", "s"]]
    assert len(lines) == 5
