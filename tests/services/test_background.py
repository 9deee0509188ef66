"""What runs beside the requests: mails are handed over, events sealed, and both end when they are told to."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.people import invite
from tests.support.rows import beside, rows_of
from tests.support.smtp import SmtpServer
from wizard.models import AuditEvent, database
from wizard.services import audit
from wizard.services.background import Background


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, at most 20 seconds."""
    end, pause = time.monotonic() + 20, threading.Event()
    while not holds():
        assert time.monotonic() < end, "It did not come about."
        pause.wait(0.05)


@pytest.fixture
def smtp_port(smtp: SmtpServer, app: Flask) -> SmtpServer:
    known = app.extensions["perron"]
    known.settings = dataclasses.replace(known.settings, mail_port=smtp.port, mail_timeout=5)
    return smtp


def test_mails_are_handed_over_and_events_sealed_without_being_asked(app: Flask, smtp_port: SmtpServer) -> None:
    person = invite(app)
    work = Background(app)
    work.start()
    until(lambda: len(smtp_port.delivered) == 1)
    until(lambda: all(row.seal for row in rows_of(app, AuditEvent)))
    work.stop()
    assert smtp_port.mails[0].temporary_password == person.temporary_password
    assert beside(app, audit.first_broken) is None
    assert [thread.name for thread in threading.enumerate() if thread.name in {"perron-mail", "perron-seal"}] == []


def test_two_at_once_hand_over_each_mail_once(app: Flask, smtp_port: SmtpServer) -> None:
    for number in range(6):
        invite(app, f"person.{number}")
    both = [Background(app), Background(app)]
    for work in both:
        work.start()
    until(lambda: len(smtp_port.delivered) >= 6)
    for work in both:
        work.stop()
    assert len({str(mail.message["Message-ID"]) for mail in smtp_port.mails}) == len(smtp_port.delivered) == 6


def test_a_busy_database_is_waited_for(app: Flask, smtp_port: SmtpServer) -> None:
    work = Background(app)
    database._writer.acquire(1)
    try:
        work.start()
    finally:
        database._writer.release()
    invite(app)
    until(lambda: len(smtp_port.delivered) == 1)
    work.stop()
