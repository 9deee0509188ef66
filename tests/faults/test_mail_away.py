"""The mail server is away: people go on, mails wait, and the page says how it stands."""

from __future__ import annotations

import dataclasses

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, mailed_code, place_at
from tests.support.rows import beside, row_of
from tests.support.smtp import SmtpServer
from wizard.adapters.mail import SmtpTransport
from wizard.models import MailedCode, OutboxMail
from wizard.services import outbox
from wizard.settings import Settings


def test_the_step_goes_on_and_the_mail_waits(
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
    assert row_of(app, OutboxMail, kind="mailed_code").state == "waiting"

    smtp.start()
    clock.advance(seconds=31)
    assert beside(app, lambda: outbox.deliver_due(transport)).handed_over == 1
    assert [mail.code for mail in smtp.mails if mail.code] == [code]
    assert row_of(app, MailedCode).handed_over_at == clock.now()
    assert client.get(page.path).press(code=code).step == "enter-code"


def test_the_page_does_not_tell_by_a_mail_that_waits_who_exists(app: Flask) -> None:
    """No mail leaves at all here: the page for a known name is the one for a name that nobody has (CVE-2024-45231)."""
    completed(app)
    texts = []
    for name in ("amina.keita", "nobody.atall"):
        page = PageClient(app).get("/forgotten-password", follow=True).press(username=name)
        assert page.step == "verify-email"
        texts.append(page.text)
    assert texts[0] == texts[1]


@pytest.mark.parametrize(("minutes", "refused"), [(9, None), (11, "code-expired")])
def test_a_code_lives_from_its_hand_over(
    app: Flask,
    client: PageClient,
    clock: MovableClock,
    smtp: SmtpServer,
    settings: Settings,
    minutes: int,
    refused: str | None,
) -> None:
    page, code = hand_over_late(app, client, clock, smtp, settings, after=40)
    clock.advance(minutes=minutes)
    assert page.press(code=code).refused == refused


@pytest.mark.parametrize(("minutes", "refused"), [(4, None), (5, "code-expired")])
def test_a_code_never_lives_longer_than_an_hour(
    app: Flask,
    client: PageClient,
    clock: MovableClock,
    smtp: SmtpServer,
    settings: Settings,
    minutes: int,
    refused: str | None,
) -> None:
    page, code = hand_over_late(app, client, clock, smtp, settings, after=55)
    clock.advance(minutes=minutes)
    assert page.press(code=code).refused == refused


def hand_over_late(
    app: Flask, client: PageClient, clock: MovableClock, smtp: SmtpServer, settings: Settings, *, after: int
) -> tuple[Page, str]:
    """The waiting page and its code, handed over `after` minutes."""
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    clock.advance(minutes=after)
    transport = SmtpTransport(dataclasses.replace(settings, mail_port=smtp.port, mail_timeout=5))
    assert beside(app, lambda: outbox.deliver_due(transport)).handed_over >= 1
    return page, code
