"""Own passwords: set by one session, known to nobody, ended with everything that stood on them."""

from __future__ import annotations

import contextvars

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, completed, disable, invite, mailed_code, place_at, sign_in
from tests.support.rows import beside, row_of, rows_of, tables
from wizard.extensions import tools
from wizard.models import Account, AuditEvent, Issue, OutboxMail, Session, write
from wizard.services import passwords
from wizard.services.passwords import NoLongerTrue
from wizard.services.visits import Visit, lock_account


def test_setting_the_first_own_password_ends_the_invitation(app: Flask) -> None:
    person = completed(app)
    assert row_of(app, Issue).ended_reason == "used"
    assert PageClient(app).get(person.person.button).problem == "link-used"
    page = place_at(PageClient(app), "sign-in", "enter-password", person)
    assert person.person.temporary_password is not None
    assert page.press(password=person.person.temporary_password).refused == "wrong-password"


def test_no_password_is_in_the_database(app: Flask) -> None:
    person = completed(app)
    stored = repr(tables(app))
    assert person.password not in stored
    assert str(person.person.temporary_password) not in stored


def test_a_new_password_ends_every_other_session_and_tells_the_person(app: Flask, client: PageClient) -> None:
    person = completed(app)
    signed_out = {row.id: row.revoked_reason for row in rows_of(app, Session)}
    elsewhere = PageClient(app)
    for browser in (client, elsewhere):
        sign_in(browser, person)
    others = {row.id: "password-set" for row in rows_of(app, Session, revoked_at=None)}
    assert len(others) == 2
    place_at(PageClient(app), "forgotten-password", "finish", person)
    assert client.get("/account").location == elsewhere.get("/account").location == "/sign-in"
    assert {row.id: row.revoked_reason for row in rows_of(app, Session) if row.revoked_at} == signed_out | others
    subjects = [mail.subject for mail in rows_of(app, OutboxMail, kind="password_changed")]
    assert sorted(subject.rsplit(" ", 1)[1] for subject in subjects) == ["changed", "set"]
    page = place_at(PageClient(app), "sign-in", "enter-password", person)
    assert page.press(password=person.password).refused == "wrong-password"
    assert page.press(password=NEW_PASSWORD).step == "enter-code"


def test_an_ended_password_proves_nothing_and_cannot_come_back(app: Flask, client: PageClient) -> None:
    person = completed(app)

    def end() -> bool:
        with write():
            account = lock_account(person.account_id)
            assert account is not None
            return passwords.end_own_password(account, "not-me", "person", tools().clock.now())

    assert beside(app, end) is True
    assert beside(app, end) is False
    account = row_of(app, Account, id=person.account_id)
    assert (account.password_hash, account.former_password_hash is not None) == (None, True)
    page = place_at(client, "sign-in", "enter-password", person)
    assert page.press(password=person.password).refused == "wrong-password"
    renewed = place_at(PageClient(app), "forgotten-password", "change-password", person)
    assert renewed.press(new_password=person.password).refused is not None
    assert len(rows_of(app, AuditEvent, kind="password-ended")) == 1


def test_a_disabled_account_is_refused_like_a_wrong_password(app: Flask, client: PageClient) -> None:
    person = completed(app)
    disable(app, person)
    page = place_at(client, "sign-in", "enter-password", person)
    assert page.press(password=person.password).refused == "wrong-password"


def test_what_was_right_a_moment_ago_is_asked_again_under_the_lock(app: Flask) -> None:
    """Evidence of a password that was changed between the check and the transaction is worth nothing."""
    person = completed(app)
    evidence = beside(app, lambda: passwords.check(person.username, person.password))
    assert evidence is not None
    place_at(PageClient(app), "forgotten-password", "finish", person)

    def use() -> None:
        with app.test_request_context("/", method="POST"), pytest.raises(NoLongerTrue), write():
            passwords.accept(Visit(), evidence, "sign-in")

    contextvars.Context().run(use)
    assert len([row for row in rows_of(app, Session) if row.revoked_at is None]) == 1


def test_an_address_proof_sets_one_password_and_not_two(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "finish", person)
    code = mailed_code(app, person)
    answer = client.post("/forgotten-password/verify-email", {"code": code})
    assert answer.status == 303
    assert client.get("/forgotten-password/change-password").location == "/forgotten-password/finish"


def test_an_invitation_of_another_account_opens_nothing(app: Flask, client: PageClient) -> None:
    amina, lea = invite(app), invite(app, "lea.morel")
    page = place_at(client, "first-connection", "enter-password", amina)
    assert page.press(password=lea.temporary_password).refused == "wrong-password"
