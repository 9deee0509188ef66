"""Passwords at the same instant: few are checked, one is set."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import completed, place_at
from tests.support.races import at_once
from tests.support.rows import row_of, rows_of
from wizard.models import Account, AuditEvent, OutboxMail, Session, Throttle

pytestmark = pytest.mark.usefixtures("each_database")
MANY = 50


def test_of_fifty_wrong_passwords_at_once_ten_are_checked(app: Flask, clock: MovableClock) -> None:
    person = completed(app)
    pages = [place_at(PageClient(app), "sign-in", "enter-password", person) for _ in range(MANY)]

    answers = at_once(
        [lambda page=page, n=n: page.press(password=f"wrong password {n}") for n, page in enumerate(pages)]
    )

    refused = [answer.refused for answer in answers]
    # The tenth one is checked too, and begins the pause.
    assert (refused.count("wrong-password"), refused.count("paused")) == (9, MANY - 9)
    assert [row.count for row in rows_of(app, Throttle, kind="password") if row.count] == [10]
    assert len(rows_of(app, OutboxMail, kind="sign_in_paused")) == 1

    right = pages[0].press(password=person.password)
    assert (right.status, right.refused) == (422, "paused")
    clock.advance(seconds=61)
    assert right.press(password=person.password).step == "enter-code"


def test_in_a_pause_the_right_password_passes_in_no_browser(app: Flask) -> None:
    person = completed(app)
    page = place_at(PageClient(app), "sign-in", "enter-password", person)
    for number in range(10):
        page = page.press(password=f"wrong password {number}")
    pages = [place_at(PageClient(app), "sign-in", "enter-password", person) for _ in range(5)]

    answers = at_once([lambda page=page: page.press(password=person.password) for page in pages])

    assert {(answer.status, answer.refused) for answer in answers} == {(422, "paused")}


@pytest.mark.settings(second_factor="off")
def test_of_fifty_new_passwords_at_once_one_is_set(app: Flask) -> None:
    person = completed(app)
    browsers = [PageClient(app) for _ in range(MANY)]
    for browser in browsers:
        page = place_at(browser, "sign-in", "enter-password", person).press(password=person.password)
        assert page.signed_in
    pages = [browser.get("/account/password") for browser in browsers]

    answers = at_once(
        [
            lambda page=page, n=n: page.press(
                current_password=person.password, new_password=f"Nouveau mot {n} passe", follow=False
            )
            for n, page in enumerate(pages)
        ]
    )

    set_now = [row for row in rows_of(app, AuditEvent, kind="password-set") if row.payload == {"journey": "account"}]
    assert len(set_now) == 1
    winner = row_of(app, Account, id=person.account_id).password_session_id
    alive = [row.id for row in rows_of(app, Session, account_id=person.account_id) if row.revoked_at is None]
    assert alive == [winner]
    won = [n for n, answer in enumerate(answers) if (answer.status, answer.location) == (303, "/account")]
    assert len(won) == 1
    again = place_at(PageClient(app), "sign-in", "enter-password", person)
    assert again.press(password=person.password).refused == "wrong-password"
    assert again.press(password=f"Nouveau mot {won[0]} passe").signed_in
    assert len(rows_of(app, OutboxMail, kind="password_changed")) == 2  # the first own one, and this one
