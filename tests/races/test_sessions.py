"""One act pressed twice, or in two browsers at the same instant: one browser holds what it leads to."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import clock_of, code_of, completed, invite, next_code, place_at, reset
from tests.support.races import at_once
from tests.support.rows import row_of, rows_of
from tests.support.windows import window_of
from wizard.models import Account, AuditEvent, Authenticator, Issue, OutboxMail, Session

pytestmark = pytest.mark.usefixtures("each_database")


def test_of_two_enrolments_confirmed_at_once_one_is_bound_and_the_other_session_ends(app: Flask) -> None:
    person = completed(app)
    browsers = [PageClient(app), PageClient(app)]
    pages = []
    account = row_of(app, Account, id=person.account_id)
    reset(app, person, "enter-code")
    for browser in browsers:
        page = place_at(browser, "replace-phone", "enter-code", person)
        secret = page.said("[data-secret]").replace(" ", "")
        browser.secrets[secret] = ("enter-code",)
        pages.append((page, code_of(secret, clock_of(app))))

    answers = at_once([lambda page=page, code=code: page.press(code=code, follow=False) for page, code in pages])

    bound = rows_of(app, Authenticator, account_id=account.id, ended_at=None)
    assert len(bound) == 1
    assert bound[0].proven_at is not None
    alive = [row.id for row in rows_of(app, Session, account_id=account.id) if row.revoked_at is None]
    assert alive == [bound[0].session_id]
    inside = [answer for answer in answers if answer.client.get("/account").status == 200]
    assert len(inside) == 1
    assert len(rows_of(app, OutboxMail, kind="code_app_bound")) == 2  # the first phone, and the one that won


def test_of_two_browsers_that_press_one_button_the_later_holds_the_issue(app: Flask) -> None:
    person = invite(app)
    browsers = [PageClient(app), PageClient(app)]
    pages = [browser.get(person.button) for browser in browsers]

    answers = at_once([lambda page=page: page.press("yes", follow=False) for page in pages])

    assert [answer.status for answer in answers] == [303, 303]
    alive = [row.id for row in rows_of(app, Session, account_id=person.account_id) if row.revoked_at is None]
    assert [row_of(app, Issue, account_id=person.account_id).session_id] == alive
    assert [row.revoked_reason for row in rows_of(app, Session) if row.revoked_at] == ["issue-taken-over"]
    assert len(rows_of(app, AuditEvent, kind="issue-taken-over")) == 1
    assert len(rows_of(app, OutboxMail, kind="issue_taken_over")) == 1
    further = [browser.get("/first-connection", follow=True) for browser in browsers]
    further = [page.press() if page.step == "prepare" else page for page in further]
    assert sorted(str(page.step) for page in further) == ["choose-authenticator", "enter-password"]


def test_whichever_answer_of_a_form_pressed_twice_arrives_the_browser_is_signed_in(app: Flask) -> None:
    person = completed(app)
    browser = PageClient(app)
    page = place_at(browser, "sign-in", "enter-code", person)
    assert person.secret is not None
    fields = page.form_values() | {"code": next_code(person.secret, clock_of(app)), "choice": "continue"}
    windows = [window_of(browser) for _ in range(5)]

    answers = at_once([lambda window=window: window.post(page.path, fields) for window in windows])

    assert [answer.status for answer in answers] == [303] * len(windows)
    assert [window.get("/account", follow=True).page for window in windows] == ["account"] * len(windows)
    assert len(rows_of(app, AuditEvent, kind="signed-in")) == 1


def test_a_temporary_password_pressed_twice_makes_one_session_and_warns_nobody(app: Flask) -> None:
    person = invite(app)
    browser = PageClient(app)
    page = place_at(browser, "first-connection", "enter-password", person)
    fields = page.form_values() | {"password": person.temporary_password, "choice": "continue"}
    windows = [window_of(browser), window_of(browser)]

    at_once([lambda window=window: window.post(page.path, fields) for window in windows])

    assert rows_of(app, OutboxMail, kind="issue_taken_over") == []
    steps = [window.get("/first-connection", follow=True).step for window in windows]
    assert steps == ["choose-authenticator"] * 2
    assert len(rows_of(app, Session)) == 1
