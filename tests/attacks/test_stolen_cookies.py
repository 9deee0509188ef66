"""Cookies of another time, of another browser, forged or planted."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    Walk,
    completed,
    invite,
    next_code,
    place_at,
    reset,
    sign_in,
    sign_out,
)
from tests.support.rows import NOTES_OF_POSTS, row_of, rows_of, tables
from tests.support.windows import cookie_of, window_of
from wizard.models import Account, Authenticator, Session


def browser_with(app: Flask, cookie: str) -> PageClient:
    """Another browser that holds this cookie."""
    made = PageClient(app)
    made.raw.set_cookie("perron", cookie, domain="localhost")
    return made


def guess(thief: PageClient, token: str, code: str) -> int:
    """Send the form of the code past every page."""
    data = {"csrf_token": token, "code": code, "choice": "continue"}
    answer = thief.raw.post("/sign-in/enter-code", base_url=thief.home, data=data, headers={"Origin": thief.home})
    return answer.status_code


def test_a_replaced_cookie_is_no_oracle_for_codes(app: Flask, client: PageClient, clock: MovableClock) -> None:
    """Keycloak CVE-2018-14657, SEC-26: guesses that nobody counted. Whoever stole the cookie of the moment before the code could
    send all codes of 6 digits with it for 30 seconds, and the right one brought the signed-in session."""
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    thief, token, code = window_of(client), client.csrf_token(), next_code(person.secret or "", clock)
    page.press(code=code)
    assert guess(thief, token, "000000") == 303
    assert guess(thief, token, code) == 303
    assert not thief.get("/account", follow=True).signed_in
    assert client.get("/account").signed_in


def test_the_same_form_pressed_twice_still_leads_both_answers_on(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    """What the rule above must not break: a double press is no theft."""
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    again, code = window_of(client), next_code(person.secret or "", clock)
    page.press(code=code)
    assert again.post("/sign-in/enter-code", {"code": code, "choice": "continue"}, follow=True).signed_in


@pytest.mark.parametrize(
    "moment", ["before the password", "before the code", "before sign-out", "before a new password"]
)
def test_an_older_cookie_of_the_same_browser_proves_nothing(
    app: Flask, client: PageClient, clock: MovableClock, moment: str
) -> None:
    """Apereo CAS: a captured state replayed after the code page; Keycloak CVE-2026-7507: fixation by a state made before."""
    person = completed(app)
    pages = {"before the password": "enter-password", "before the code": "enter-code"}
    if moment in pages:
        page = place_at(client, "sign-in", pages[moment], person)
        old = cookie_of(client)
        while not page.signed_in:
            page = Walk(client, person).answer(page)
    else:
        sign_in(client, person)
        old = cookie_of(client)
        if moment == "before sign-out":
            sign_out(client)
        else:
            client.get("/account/password").press(current_password=person.password, new_password=NEW_PASSWORD)
    clock.advance(seconds=31)
    thief = browser_with(app, old)
    assert not thief.get("/account", follow=True).signed_in
    assert thief.get("/sign-in", follow=True).step in {"enter-username", "enter-password"}


def test_a_cookie_planted_before_signing_in_opens_nothing_afterwards(app: Flask, client: PageClient) -> None:
    """Keycloak CVE-2026-7507 and CVE-2025-12390: the session that the attacker had prepared became the victim's."""
    person = completed(app)
    attacker = PageClient(app)
    attacker.get("/sign-in", follow=True)
    old_form_secret = attacker.csrf_token()
    victim = browser_with(app, cookie_of(attacker))
    sign_in(victim, person)
    assert not attacker.get("/account", follow=True).signed_in
    forged = {"csrf_token": old_form_secret, "language": "fr", "next": "/"}
    assert victim.post("/language", forged).status == 403, "The form secret of before must end with signing in."


@pytest.mark.parametrize("broken", ["", "x", "eyJ0IjoiYSJ9.aaaa.bbbb", "\u00e9", "a" * 4000])
def test_a_forged_cookie_is_a_new_browser(app: Flask, broken: str) -> None:
    client = PageClient(app)
    client.raw.set_cookie("perron", broken, domain="localhost")
    client.raw.set_cookie("perron-known", broken, domain="localhost")
    assert client.get("/account", follow=True).step == "enter-username"
    assert not client.get("/sign-in", follow=True).has("[name=known]")


def test_a_nameless_cookie_is_not_taken_for_the_session(app: Flask, client: PageClient) -> None:
    """Werkzeug CVE-2023-23934: the cookie `=perron=…` of a neighbouring host was read as `perron`."""
    sign_in(client, completed(app))
    headers = {"Cookie": f"=perron={cookie_of(client)}"}
    answer = PageClient(app).raw.get("/account", base_url=client.home, headers=headers)
    assert answer.headers["Location"] == "/sign-in"


@pytest.mark.settings(public_url="https://access.tamaris.example")
def test_over_https_every_cookie_is_bound_to_this_host_and_kept_from_scripts(app: Flask) -> None:
    """ASVS 5.0 3.3: `__Host-`, Secure, HttpOnly, SameSite; and HSTS for a year."""
    answer = app.test_client().get("/sign-in/enter-username?language=fr", base_url="https://access.tamaris.example")
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-perron")
        for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert flag in cookie
        assert "Domain" not in cookie
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_the_second_step_begun_in_another_session_cannot_be_finished_here(app: Flask, clock: MovableClock) -> None:
    """Bitwarden CVE-2026-60104, Keycloak CVE-2026-37982: what an attacker began was bound to the victim."""
    person = invite(app)
    attacker, owner = PageClient(app), PageClient(app)
    secret = place_at(attacker, "first-connection", "enter-code", person).said("[data-secret]").replace(" ", "")
    page = place_at(owner, "first-connection", "enter-code", person)
    assert secret not in page.text.replace(" ", "")
    assert page.press(code=next_code(secret, clock)).refused in {"wrong-code", "clock"}
    assert attacker.get("/first-connection", follow=True).step == "enter-password"
    before = tables(app, NOTES_OF_POSTS)
    attacker.post("/first-connection/enter-code", {"code": next_code(secret, clock)})
    assert tables(app, NOTES_OF_POSTS) == before
    assert not [row for row in rows_of(app, Authenticator) if row.proven_at]


def test_ended_sessions_stay_ended_whatever_comes_after(app: Flask, client: PageClient) -> None:
    """Keycloak CVE-2026-9802, Grammarly: revoked sessions lived again, or survived the change of a factor."""
    person = completed(app)
    sign_in(client, person)
    old = cookie_of(client)
    reset(app, person, "enter-code")
    walk = Walk(PageClient(app), person)
    repairing = walk.client.get("/replace-phone", follow=True)
    while repairing.journey == "replace-phone":
        repairing = walk.answer(repairing)
    assert repairing.signed_in
    assert not browser_with(app, old).get("/account", follow=True).signed_in
    assert len([row for row in rows_of(app, Session) if row.revoked_at is None]) == 1


def test_a_stale_stolen_session_changes_no_password(app: Flask, client: PageClient, clock: MovableClock) -> None:
    """SEC-19: a signed-in session alone sets nothing: the factor is asked again, then the current password."""
    person = completed(app)
    sign_in(client, person)
    clock.advance(minutes=16)
    before = row_of(app, Account).password_hash
    client.get("/account")
    page = client.post("/account/password", {"current_password": person.password, "new_password": NEW_PASSWORD})
    assert page.location == "/sign-in"
    assert client.get("/sign-in", follow=True).step == "enter-code"
    assert row_of(app, Account).password_hash == before
