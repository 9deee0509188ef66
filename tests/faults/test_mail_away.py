"""The mail server is away: people go on, mails wait, and the page says how it stands."""

from __future__ import annotations

import dataclasses

from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import completed, mailed_code, place_at
from tests.support.rows import beside, row_of
from tests.support.smtp import SmtpServer
from wizard.adapters.mail import SmtpTransport
from wizard.models import MailedCode, OutboxMail
from wizard.services import outbox
from wizard.settings import Settings


def test_the_step_goes_on_the_mail_waits_and_the_page_says_so(
    app: Flask, client: PageClient, clock: MovableClock, smtp: SmtpServer, settings: Settings
) -> None:
    person = completed(app)
    transport = SmtpTransport(dataclasses.replace(settings, mail_port=smtp.port, mail_timeout=5))
    beside(app, lambda: outbox.deliver_due(transport))
    smtp.stop()

    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    report = beside(app, lambda: outbox.deliver_due(transport))
    assert (report.handed_over, report.postponed, bool(report.unavailable)) == (0, 1, True)
    seen = client.get(page.path)
    assert not seen.has("main time[data-ends]")
    assert "has not left yet" in seen.text
    assert row_of(app, OutboxMail, kind="mailed_code").state == "waiting"

    smtp.start()
    clock.advance(seconds=31)
    assert beside(app, lambda: outbox.deliver_due(transport)).handed_over == 1
    assert [mail.code for mail in smtp.mails if mail.code] == [code]
    seen = client.get(page.path)
    assert seen.find("main time[data-ends]")["datetime"]
    assert row_of(app, MailedCode).handed_over_at == clock.now()
    assert seen.press(code=code).step == "enter-code"


def test_a_code_lives_from_its_hand_over_and_an_hour_at_most(
    app: Flask, client: PageClient, clock: MovableClock, smtp: SmtpServer, settings: Settings
) -> None:
    person = completed(app)
    transport = SmtpTransport(dataclasses.replace(settings, mail_port=smtp.port, mail_timeout=5))
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    clock.advance(minutes=55)
    beside(app, lambda: outbox.deliver_due(transport))
    clock.advance(minutes=4)
    assert client.get(page.path).find("main time[data-ends]")
    clock.advance(minutes=1)
    assert page.press(code=code).refused == "code-expired"
