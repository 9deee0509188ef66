"""The visit: what the cookie says, how long a session lives, and when its token changes."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    clock_of,
    completed,
    disable,
    invite,
    next_code,
    place_at,
    press_button,
    sign_in,
    sign_out,
)
from tests.support.rows import row_of, rows_of, tables
from tests.support.windows import cookie_of, window_of
from wizard.domain.secrets_made import new_token
from wizard.models import Proof, Session
from wizard.services.visits import NONCE, TOKEN

SERVED_FOR_REAL = {"public_url": "https://access.tamaris.example"}


def token_of(browser: PageClient) -> str:
    return str(browser.cookie().get(TOKEN, ""))


def set_cookies(page: Page) -> list[str]:
    return page.headers.getlist("Set-Cookie")


def test_on_plain_http_the_cookie_is_kept_from_scripts_and_other_sites(client: PageClient) -> None:
    (cookie,) = set_cookies(client.get("/sign-in", follow=True))
    name, *flags = [part.strip() for part in cookie.split(";")]
    assert name.startswith("perron=")
    assert set(flags) == {"HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.mark.settings(**SERVED_FOR_REAL)
def test_on_https_the_cookie_is_bound_to_the_host_and_never_sent_in_the_clear(client: PageClient) -> None:
    (cookie,) = set_cookies(client.get("/sign-in", follow=True))
    name, *flags = [part.strip() for part in cookie.split(";")]
    assert name.startswith("__Host-perron=")
    assert set(flags) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_no_session_exists_before_the_first_proof(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "enter-password", invite(app))
    assert rows_of(app, Session) == []
    assert token_of(client) == ""


def test_the_token_is_stored_hashed_only(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    token, nonce = token_of(client), client.cookie()[NONCE]
    assert len(token) >= 43
    stored = repr(tables(app))
    assert token not in stored
    assert nonce not in stored


def test_every_proof_brings_a_new_token_and_the_old_one_is_worth_nothing(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    before, stolen = token_of(client), window_of(client)
    assert person.secret is not None
    page = sign_in_by_code(client, page, person.secret)
    assert page.signed_in
    assert token_of(client) != before
    answer = stolen.get("/account")
    assert (answer.status, answer.location) == (303, "/account?again=1")
    last = stolen.get("/account?again=1", follow=True)
    assert (last.journey, last.step) == ("sign-in", "enter-password")
    assert token_of(stolen) == ""


def test_the_replaced_token_is_unknown_after_its_grace(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    stolen = window_of(client)
    assert person.secret is not None
    sign_in_by_code(client, page, person.secret)
    clock.advance(seconds=31)
    answer = stolen.get("/account")
    assert (answer.status, answer.location) == (303, "/sign-in")
    assert client.get("/account").status == 200


@pytest.mark.parametrize("address", ["/sign-out", "/language"])
def test_a_post_with_the_replaced_token_ends_on_a_page(app: Flask, client: PageClient, address: str) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    stale = window_of(client)
    assert person.secret is not None
    sign_in_by_code(client, page, person.secret)
    last = stale.post(address, {"language": "fr"}, follow=True)
    assert last.status == 200
    assert client.get("/account").status == 200


def test_a_made_up_token_is_nobody(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    forger = PageClient(app)
    with forger.raw.session_transaction(base_url="http://localhost") as cookie:
        cookie[TOKEN] = new_token()
        cookie[NONCE] = client.cookie()[NONCE]
    assert forger.get("/account").location == "/sign-in"


def test_a_cookie_that_somebody_has_altered_is_no_cookie(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    value = cookie_of(client)
    client.raw.set_cookie("perron", value[:-3] + ("abc" if value[-3:] != "abc" else "abd"), domain="localhost")
    assert client.get("/account").location == "/sign-in"


def test_an_idle_session_ends_and_a_used_one_goes_on(app: Flask, client: PageClient, clock: MovableClock) -> None:
    sign_in(client, completed(app))
    for _ in range(3):
        clock.advance(minutes=29)
        assert client.get("/account").status == 200
    clock.advance(minutes=31)
    assert client.get("/account").location == "/sign-in"


def test_a_session_ends_after_its_longest_life_however_busy(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    sign_in(client, completed(app))
    for _ in range(12 * 60 // 20 - 1):
        clock.advance(minutes=20)
        assert client.get("/account").status == 200
    clock.advance(minutes=21)
    assert client.get("/account").location == "/sign-in"


def test_use_is_noted_once_a_minute(app: Flask, client: PageClient, clock: MovableClock) -> None:
    sign_in(client, completed(app))
    clock.advance(minutes=2)
    client.get("/account")
    seen = row_of(app, Session, revoked_at=None, last_seen_at=clock.now()).last_seen_at
    clock.advance(seconds=59)
    client.get("/account")
    assert len(rows_of(app, Session, last_seen_at=seen)) == 1
    assert rows_of(app, Session, last_seen_at=clock.now()) == []


def test_a_disabled_account_is_out_at_once(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    disable(app, person)
    assert client.get("/account").location == "/sign-in"


def test_signing_out_ends_the_session_and_everything_the_cookie_knew(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    own = row_of(app, Session, revoked_at=None)
    before, stolen = client.cookie(), window_of(client)
    sign_out(client)
    after = client.cookie()
    assert TOKEN not in after
    assert after[NONCE] != before[NONCE]
    assert after.get("csrf_token") != before["csrf_token"]
    assert stolen.get("/account").location == "/sign-in"
    assert row_of(app, Session, id=own.id).revoked_reason == "sign-out"
    assert [row.ended_at is None for row in rows_of(app, Proof, session_id=own.id)] == [False, False]


def test_signing_in_renews_the_secret_of_forms(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "sign-in", "enter-password", person)
    before = client.cookie()["csrf_token"]
    sign_in(client, person)
    client.get("/account")
    assert client.cookie()["csrf_token"] != before


def test_another_person_in_the_same_browser_ends_the_first_ones_session(app: Flask, client: PageClient) -> None:
    first, second = completed(app), invite(app, "lea.morel")
    sign_in(client, first)
    press_button(client, second)
    alive = [row.account_id for row in rows_of(app, Session) if row.revoked_at is None]
    assert second.account_id in alive
    assert [row.revoked_reason for row in rows_of(app, Session, account_id=first.account_id)][-1] == "another-account"
    assert client.get("/account", follow=True).journey == "first-connection"


def sign_in_by_code(client: PageClient, page: Page, secret: str) -> Page:
    return page.press(code=next_code(secret, clock_of(client.app)))
