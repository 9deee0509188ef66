"""A new master secret: with the old one beside it everything goes on and is renewed; without it everything ends cleanly."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.databases import close
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import code_of, completed, invite, mailed_code, next_code, place_at, press_button, sign_in
from tests.support.rows import row_of
from tests.support.settings import SECRET_KEY
from tests.support.windows import cookie_of, window_of
from wizard import create_app
from wizard.adapters.keyring import Undecipherable
from wizard.models import Account
from wizard.settings import Settings

NEW = "a-newer-master-secret-0123456789-0123456789"
Restart = Callable[..., Flask]


@pytest.fixture
def restart(settings: Settings, clock: MovableClock) -> Iterator[Restart]:
    """Starts the installation anew on the same database, with another master secret."""
    started: list[Flask] = []

    def start(*old: str) -> Flask:
        made = create_app(dataclasses.replace(settings, secret_key=NEW, secret_key_old=old))
        made.testing = True
        made.extensions["perron"].clock = clock
        started.append(made)
        return made

    yield start
    for made in started:
        close(made)


def test_with_the_old_secret_a_session_goes_on_and_its_cookie_is_renewed(
    app: Flask, client: PageClient, restart: Restart
) -> None:
    sign_in(client, completed(app))
    before = window_of(client, restart(SECRET_KEY))
    assert before.get("/account").status == 200
    before.get("/account?language=fr")  # anything that changes the cookie signs it anew
    assert cookie_of(before) != cookie_of(client)
    assert window_of(before, restart()).get("/account").location == "/sign-in"  # the row's token is still the old key's


def test_with_the_old_secret_a_form_that_was_open_still_fits(app: Flask, client: PageClient, restart: Restart) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person)
    after = window_of(client, restart(SECRET_KEY))
    answer = after.post(page.path, page.form_values() | {"password": person.password}, follow=True)
    assert answer.step == "enter-code"


def test_with_the_old_secret_password_and_code_app_go_on_and_the_hash_is_renewed(
    app: Flask, clock: MovableClock, restart: Restart
) -> None:
    person = completed(app)
    stored = row_of(app, Account, id=person.account_id).password_hash
    both = restart(SECRET_KEY)
    sign_in(PageClient(both), person)
    renewed = row_of(both, Account, id=person.account_id).password_hash
    assert renewed != stored
    clock.advance(seconds=30)
    sign_in(PageClient(both), person)
    assert row_of(both, Account, id=person.account_id).password_hash == renewed
    page = place_at(PageClient(restart()), "sign-in", "enter-password", person)  # the old secret is taken away at last
    assert page.press(password=person.password).refused is None


def test_with_the_old_secret_invitations_that_were_sent_stay_good(app: Flask, restart: Restart) -> None:
    by_password, by_button = invite(app), invite(app, "lea.morel")
    both = restart(SECRET_KEY)
    assert place_at(PageClient(both), "first-connection", "choose-authenticator", by_password)
    assert press_button(PageClient(both), by_button).journey == "first-connection"


def test_with_the_old_secret_mails_that_wait_can_be_read(app: Flask, restart: Restart) -> None:
    person = invite(app)
    assert Mailbox(restart(SECRET_KEY)).newest("invitation").temporary_password == person.temporary_password


def test_with_the_old_secret_a_code_that_was_mailed_is_good(app: Flask, client: PageClient, restart: Restart) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    after = window_of(client, restart(SECRET_KEY))
    assert after.post(page.path, page.form_values() | {"code": code}, follow=True).step == "enter-code"


def test_with_the_old_secret_a_pending_code_app_is_bound(
    app: Flask, client: PageClient, clock: MovableClock, restart: Restart
) -> None:
    page = place_at(client, "first-connection", "enter-code", invite(app))
    secret = page.said("[data-secret]").replace(" ", "")
    after = window_of(client, restart(SECRET_KEY))
    fields = page.form_values() | {"code": code_of(secret, clock)}
    assert after.post(page.path, fields, follow=True).step == "change-password"


def test_without_the_old_secret_people_start_over_and_nothing_breaks(
    app: Flask, client: PageClient, restart: Restart
) -> None:
    person, guest = completed(app), invite(app, "lea.morel")
    sign_in(client, person)
    alone = restart()
    after = window_of(client, alone)
    assert after.get("/account").location == "/sign-in"
    page = place_at(PageClient(alone), "sign-in", "enter-password", person)
    assert page.press(password=person.password).refused == "wrong-password"
    assert PageClient(alone).get(guest.button).problem == "link-unknown"
    with pytest.raises(Undecipherable):
        Mailbox(alone).all("invitation")


def test_without_the_old_secret_a_code_app_is_refused_and_no_page_breaks(
    app: Flask, client: PageClient, clock: MovableClock, restart: Restart
) -> None:
    """The old secret goes after the hash was renewed and before the code app's: the code is wrong, and nothing worse."""
    person = completed(app)
    sign_in(PageClient(restart(SECRET_KEY)), person)
    page = place_at(PageClient(restart()), "sign-in", "enter-password", person).press(password=person.password)
    assert page.step == "enter-code"
    assert person.secret is not None
    assert page.press(code=next_code(person.secret, clock)).refused == "wrong-code"
