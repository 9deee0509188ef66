"""A new password for who is signed in: the current one is asked for, the second step again when it has grown old."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, PASSWORD, Completed, Walk, completed, place_at, sign_in
from tests.support.phones import asking, linked
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Account, Session

WRONG = "no password of anybody"


def opened(client: PageClient, person: Completed) -> Page:
    sign_in(client, person)
    return client.get("/account/password")


def test_the_current_and_a_new_password_change_it(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = completed(app)
    page = opened(client, person).press(current_password=person.password, new_password=NEW_PASSWORD)
    assert (page.path, page.signed_in) == ("/account", True)
    assert mailbox.all()[-1].kind == "password_changed"
    other = PageClient(app)
    assert place_at(other, "sign-in", "enter-password", person).press(password=PASSWORD).refused == "wrong-password"
    assert sign_in(other, Completed(person.person, NEW_PASSWORD, person.secret)).signed_in


def test_changing_it_ends_every_other_session_and_renews_the_token(app: Flask, client: PageClient) -> None:
    person = completed(app)
    elsewhere = PageClient(app)
    sign_in(elsewhere, person)
    page = opened(client, person)
    before = client.cookie()["t"]
    page.press(current_password=person.password, new_password=NEW_PASSWORD)
    assert not elsewhere.get("/account", follow=True).signed_in
    assert len(rows_of(app, Session, revoked_at=None)) == 1
    assert client.cookie()["t"] != before


@pytest.mark.parametrize(
    ("typed", "field", "reason"),
    [
        ({"current_password": "", "new_password": NEW_PASSWORD}, "current_password", "missing"),
        ({"current_password": WRONG, "new_password": NEW_PASSWORD}, "current_password", "wrong-password"),
        ({"current_password": PASSWORD, "new_password": ""}, "new_password", "empty"),
        ({"current_password": PASSWORD, "new_password": "Kurz 1"}, "new_password", "too-short"),
        ({"current_password": PASSWORD, "new_password": PASSWORD}, "new_password", "same-as-last"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    app: Flask, client: PageClient, typed: dict[str, str], field: str, reason: str
) -> None:
    page = opened(client, completed(app))
    before = row_of(app, Account).password_hash
    page = page.press(**typed)
    assert (page.status, page.refused, list(page.errors)) == (422, reason, [field])
    assert row_of(app, Account).password_hash == before
    assert page.signed_in


def test_wrong_current_passwords_pause_like_any_other(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = opened(client, person)
    for number in range(10):
        page = page.press(current_password=f"{WRONG} {number}", new_password=NEW_PASSWORD)
    assert page.refused == "paused"
    page = page.press(current_password=person.password, new_password=NEW_PASSWORD)
    assert page.refused == "paused"
    page = place_at(PageClient(app), "sign-in", "enter-password", person).press(password=person.password)
    assert page.refused == "paused"


def test_a_second_step_that_has_grown_old_is_asked_again_first(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    sign_in(client, person)
    clock.advance(minutes=16)
    page = client.get("/account/password", follow=True)
    assert (page.journey, page.step) == ("sign-in", "enter-code")
    page = Walk(client, person).answer(page)
    assert page.path == "/account/password"
    page = page.press(current_password=person.password, new_password=NEW_PASSWORD)
    assert page.path == "/account"


def test_a_page_left_open_too_long_asks_again_and_changes_nothing(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    page = opened(client, person)
    clock.advance(minutes=16)
    before = row_of(app, Account).password_hash
    page = page.press(current_password=person.password, new_password=NEW_PASSWORD)
    assert (page.journey, page.step) == ("sign-in", "enter-code")
    assert row_of(app, Account).password_hash == before
    assert "change your password" in page.text
    back = Walk(client, person).answer(page)
    assert (back.page, back.form().get("method")) == ("account", "post")
    assert back.has("[data-not-taken]")
    refused = back.press(current_password=person.password, new_password="")
    assert (refused.refused, refused.has("[data-not-taken]")) == ("empty", False)
    assert refused.press(current_password=person.password, new_password=NEW_PASSWORD).path == "/account"


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_current_password_is_enough_at_any_time(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    sign_in(client, person)
    clock.advance(minutes=29)
    page = client.get("/account/password").press(current_password=person.password, new_password=NEW_PASSWORD)
    assert page.path == "/account"


def test_nobody_else_reaches_the_page(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "sign-in", "enter-code", person)
    before = tables(app)
    assert client.get("/account/password").location == "/sign-in"
    fields = {"current_password": person.password, "new_password": NEW_PASSWORD}
    assert client.post("/account/password", fields).location == "/sign-in"
    assert tables(app) == before


def test_password_managers_find_the_page(client: PageClient) -> None:
    assert client.get("/.well-known/change-password").location == "/account/password"


@pytest.mark.settings(migrated_from="Old Portal", password_rules="modern")
def test_the_modern_rules_hold_here_too(app: Flask, client: PageClient) -> None:
    page = opened(client, completed(app))
    page = page.press(current_password=PASSWORD, new_password="amina.keita 5 Rabots")
    assert page.refused == "contains-username"


def test_who_signed_in_by_a_recovery_code_is_not_sent_round_in_circles(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    someone = linked(app)
    asking(app, someone, client)
    client.post("/sign-in/match-number", {"choice": "another-way", "way": "use-recovery-code"})
    assert client.get("/sign-in/use-recovery-code").press(code=someone.codes[0]).signed_in
    clock.advance(minutes=16)
    assert client.get("/account/password").status == 200
