"""The short way back, the accounts that a browser knows, and how a session ends."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import (
    Walk,
    complete,
    completed,
    disable,
    invite,
    place_at,
    reset,
    sign_in,
    sign_out,
)
from tests.support.rows import row_of, rows_of
from wizard.models import Account, AuditEvent, Session


@pytest.mark.parametrize("language", ["en", "fr"])
def test_user_name_password_and_code_are_enough(app: Flask, language: str) -> None:
    person = completed(app, language=language)
    client = PageClient(app, language=language)
    pages = [client.get("/sign-in", follow=True)]
    while not pages[-1].signed_in:
        pages.append(Walk(client, person).answer(pages[-1]))
    assert [page.step for page in pages] == ["enter-username", "enter-password", "enter-code", None]
    assert [page.progress for page in pages[:-1]] == ["1/3", "2/3", "3/3"]
    assert pages[-1].path == "/account"
    assert {attribute(page.find("html"), "lang") for page in pages} == {language}
    assert row_of(app, Account).last_sign_in_at is not None


def test_the_password_alone_signs_nobody_in(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    assert not page.signed_in
    assert client.get("/account", follow=True).step == "enter-code"


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_password_signs_in(app: Flask, client: PageClient) -> None:
    assert sign_in(client, completed(app)).path == "/account"


def test_whoever_is_signed_in_is_led_home_by_the_address_of_the_journey(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    assert client.get("/sign-in", follow=True).path == "/account"


def test_the_page_asked_for_before_signing_in_comes_after_it(app: Flask, client: PageClient) -> None:
    person = completed(app)
    assert client.get("/account/password", follow=True).step == "enter-username"
    assert sign_in(client, person).path == "/account/password"
    assert client.get("/sign-in", follow=True).path == "/account"


@pytest.mark.settings(portal_url="https://portal.tamaris.example/")
def test_without_such_a_page_the_portal_comes_after_it(app: Flask, client: PageClient) -> None:
    assert sign_in(client, completed(app)).location == "https://portal.tamaris.example/"


def test_this_browser_knows_the_account_next_time(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    sign_out(client)
    page = client.get("/sign-in", follow=True)
    assert attribute(page.find("[name=known]"), "value") == person.account_id
    page = page.press(known=person.account_id)
    assert page.step == "enter-password"
    assert person.username in page.text


def test_another_account_is_typed_beside_the_known_ones(app: Flask, client: PageClient) -> None:
    known, other = completed(app), completed(app, "bilal.aden", email="bilal@people.example")
    sign_in(client, known)
    sign_out(client)
    page = client.get("/sign-in", follow=True).press("other")
    assert page.step == "enter-username"
    assert not page.has("[name=known]")
    page = page.press(username=other.username)
    assert other.username in page.text
    assert sign_in(client, other).signed_in
    sign_out(client)
    ids = [attribute(b, "value") for b in client.get("/sign-in", follow=True).soup.select("[name=known]")]
    assert ids == [other.account_id, known.account_id]


def test_at_most_five_accounts_are_known(app: Flask, client: PageClient) -> None:
    names = ["amina", "bilal", "chidi", "dalia", "esra", "farah"]
    for name in names:
        complete(client, invite(app, name, email=f"{name}@people.example"), app)
        sign_out(client)
    page = client.get("/sign-in", follow=True)
    assert len(page.soup.select("[name=known]")) == 5
    assert "amina" not in page.text


@pytest.mark.parametrize("kept", ["password only", "shared computer"])
def test_a_browser_knows_nobody_without_a_full_sign_in_or_when_it_is_shared(
    app: Flask, client: PageClient, kept: str
) -> None:
    person = completed(app)
    if kept == "shared computer":
        sign_in(client, person, shared=True)
        sign_out(client)
    else:
        place_at(client, "sign-in", "enter-code", person)
        client.raw.delete_cookie("perron", domain="localhost")
    assert not client.get("/sign-in", follow=True).has("[name=known]")


def test_signing_in_on_a_shared_computer_forgets_what_it_knew(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    sign_out(client)
    sign_in(client, person, shared=True)
    sign_out(client)
    assert not client.get("/sign-in", follow=True).has("[name=known]")


def test_a_disabled_account_is_no_longer_offered(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    sign_out(client)
    disable(app, person)
    assert not client.get("/sign-in", follow=True).has("[name=known]")


def test_a_known_account_of_another_browser_cannot_be_chosen(app: Flask, client: PageClient) -> None:
    person = completed(app)
    client.get("/sign-in", follow=True)
    page = client.post("/sign-in/enter-username", {"known": person.account_id})
    assert (page.status, page.refused) == (422, "missing")


def test_use_another_account_ends_the_session_of_the_first(app: Flask, client: PageClient) -> None:
    first, second = completed(app), completed(app, "bilal.aden", email="bilal@people.example")
    place_at(client, "sign-in", "enter-code", first)
    client.get("/sign-in/enter-username", follow=True)
    sessions = [row for row in rows_of(app, Session, account_id=first.account_id) if row.revoked_at is None]
    page = client.get("/forgotten-password", follow=True)
    assert page.step != "enter-username"
    page = client.get("/forgotten-password/enter-username").press(username=second.username)
    assert page.step == "verify-email"
    ended = rows_of(app, Session, revoked_reason="another-account")
    assert len(ended) == 1
    assert ended[0].id in {row.id for row in sessions}


def test_signing_out_ends_the_session_and_everything_it_proved(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    old = client.raw.get_cookie("perron", domain="localhost")
    assert old is not None
    page = sign_out(client)
    assert page.page == "signed-out"
    assert not page.signed_in
    assert client.get("/account", follow=True).step == "enter-username"
    assert rows_of(app, Session, account_id=person.account_id)[-1].revoked_reason == "sign-out"
    assert [event.kind for event in rows_of(app, AuditEvent, account_id=person.account_id)][-1] == "signed-out"
    client.raw.set_cookie("perron", old.value, domain="localhost")
    assert client.get("/account").location == "/sign-in"


@pytest.mark.parametrize(("pause", "pages", "still_in"), [(29, 3, True), (30, 1, False)])
def test_a_session_ends_after_half_an_hour_without_a_page(
    app: Flask, client: PageClient, clock: MovableClock, pause: int, pages: int, still_in: bool
) -> None:
    sign_in(client, completed(app))
    for _ in range(pages):
        clock.advance(minutes=pause)
        page = client.get("/account", follow=True)
    assert page.signed_in is still_in


def test_a_session_ends_after_twelve_hours_whatever_is_done(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    sign_in(client, completed(app))
    signed_in = [client.get("/account", follow=True).signed_in for _ in range(36) if clock.advance(minutes=20)]
    assert signed_in == [True] * 35 + [False]


def test_a_disabled_account_is_out_at_once(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    disable(app, person)
    page = client.get("/account", follow=True)
    assert (page.journey, page.step) == ("sign-in", "enter-password")
    assert page.press(password=person.password).refused == "wrong-password"


def test_a_reset_of_the_second_step_is_felt_on_the_next_page(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    reset(app, person, "enter-code")
    page = client.get("/account", follow=True)
    assert (page.journey, page.step) == ("sign-in", "enter-password")
    page = page.press(password=person.password)
    assert (page.journey, page.step) == ("replace-phone", "verify-email")
