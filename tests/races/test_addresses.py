"""Addresses at the same instant: a mail's code, its button and a message to the helpdesk work once."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.moved import code_for, moved, prove_address
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD
from tests.support.races import at_once
from tests.support.rows import row_of, rows_of
from tests.support.windows import window_of
from wizard.models import Account, AuditEvent, DeskRequest, MailedCode, OutboxMail, Outcome, Proof, Session

pytestmark = pytest.mark.usefixtures("each_database")
MANY = 50
NOBODY = "nadia.sow@elsewhere.example"
VERIFY = "/migrated-account/verify-email"


def asking(app: Flask, email: str = NOBODY) -> PageClient:
    """A browser that waits for the mail to this address."""
    browser = PageClient(app)
    browser.get("/migrated-account", follow=True).press(email=email)
    return browser


def alive(app: Flask) -> list[Session]:
    return [row for row in rows_of(app, Session) if row.revoked_at is None]


def test_of_fifty_posts_of_a_strangers_code_one_proves_the_address(app: Flask) -> None:
    browser = asking(app)
    assert browser.page is not None
    fields = browser.page.form_values() | {"code": code_for(app, NOBODY), "choice": "continue"}
    windows = [window_of(browser) for _ in range(MANY)]

    answers = at_once([lambda window=window: window.post(VERIFY, fields) for window in windows])

    assert {answer.status for answer in answers} <= {303, 422}
    assert row_of(app, MailedCode).used_at is not None
    assert len(rows_of(app, Proof, kind="address")) == len(rows_of(app, AuditEvent, kind="address-proven")) == 1
    assert len(rows_of(app, Outcome, step="verify-email", result="done")) == 1
    assert [row.account_id for row in alive(app)] == [None]
    # Whichever of the answers that went on the browser has kept, it has the session.
    went_on = [window for window, answer in zip(windows, answers, strict=True) if answer.status == 303]
    assert {window.get("/migrated-account", follow=True).step for window in went_on} == {"no-account"}


def test_of_fifty_browsers_that_press_a_strangers_button_one_is_in(app: Flask) -> None:
    asking(app)
    path = Mailbox(app).newest("mailed_code", to=NOBODY).button_path
    assert path is not None
    pages = [PageClient(app).get(path) for _ in range(MANY)]

    answers = at_once([lambda page=page: page.press("yes") for page in pages])

    assert sorted(answer.step or answer.problem or "" for answer in answers) == ["link-used"] * (MANY - 1) + [
        "no-account"
    ]
    assert len(rows_of(app, Proof, kind="address")) == len(alive(app)) == 1


def test_of_fifty_windows_that_create_a_password_one_does(app: Flask) -> None:
    person = moved(app)
    browser = PageClient(app)
    page = prove_address(browser, person.email)
    assert page.step == "create-password"
    windows = [window_of(browser) for _ in range(MANY)]

    answers = at_once(
        [
            lambda window=window, n=n: window.post(page.path, page.form_values() | {"new_password": f"{PASSWORD} {n}"})
            for n, window in enumerate(windows)
        ]
    )

    assert {answer.status for answer in answers} <= {303, 422}
    assert len(rows_of(app, AuditEvent, kind="password-set")) == 1
    assert len(rows_of(app, OutboxMail, kind="password_changed")) == 1
    assert [row.id for row in alive(app)] == [row_of(app, Account).password_session_id]
    [won] = [n for n, answer in enumerate(answers) if answer.location == "/migrated-account/check-details"]
    again = prove_address(PageClient(app), person.email)
    assert again.step == "enter-password"
    assert again.press(password=f"{PASSWORD} {won}").step == "check-details"


def test_of_fifty_messages_one_reaches_the_helpdesk(app: Flask) -> None:
    browser = PageClient(app)
    page = prove_address(browser, NOBODY)
    fields = page.form_values() | {"organisation_kind": "company"}
    windows = [window_of(browser) for _ in range(MANY)]

    answers = at_once([lambda window=window: window.post(page.path, fields) for window in windows])

    assert {answer.status for answer in answers} <= {303, 422}
    assert {answer.refused for answer in answers if answer.status == 422} <= {"too-many-mails"}
    assert len(rows_of(app, DeskRequest)) == len(rows_of(app, AuditEvent, kind="access-requested")) == 1
    assert browser.get("/migrated-account/no-account").has("[role=status]")


def test_fifty_strangers_at_once_get_a_mail_each_and_leave_in_even_distances(app: Flask) -> None:
    pages = [PageClient(app).get("/migrated-account", follow=True) for _ in range(MANY)]

    answers = at_once(
        [lambda page=page, n=n: page.press(email=f"person{n}@elsewhere.example") for n, page in enumerate(pages)]
    )

    assert {(answer.status, answer.step) for answer in answers} == {(200, "verify-email")}
    assert len(rows_of(app, MailedCode)) == len(rows_of(app, OutboxMail, kind="mailed_code")) == MANY
