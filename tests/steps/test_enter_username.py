"""The user name: what is typed leads on whether anybody has it or not, and proves nothing."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, sign_in, sign_out
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Outcome, Session


def test_a_name_leads_to_the_password_and_stands_on_its_page(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = client.get("/sign-in", follow=True).press(username=person.username)
    assert page.step == "enter-password"
    assert person.username in page.text
    assert not rows_of(app, Session)


@pytest.mark.parametrize(
    "typed", ["amina.keita", " AMINA.Keita ", "ａｍｉｎａ.ｋｅｉｔａ", "amina.keita@people.example"]
)
def test_a_name_is_found_however_it_is_written(app: Flask, client: PageClient, typed: str) -> None:
    person = invite(app)
    page = client.get("/sign-in", follow=True).press(username=typed)
    assert page.press(password=person.temporary_password).journey == "first-connection"


def test_an_address_that_two_accounts_share_is_nobodys(app: Flask, client: PageClient) -> None:
    first = invite(app, "amina.keita", email="office@people.example")
    invite(app, "bilal.aden", email="office@people.example")
    page = client.get("/sign-in", follow=True).press(username="office@people.example")
    assert page.press(password=first.temporary_password).refused == "wrong-password"


@pytest.mark.parametrize("typed", ["nobody.here", "no name at all", "amіna", "<b>", "\u202eevil", "?", "a" * 320])
def test_a_name_that_nobody_has_or_can_have_goes_the_same_way(app: Flask, client: PageClient, typed: str) -> None:
    invite(app)
    page = client.get("/sign-in", follow=True).press(username=typed)
    assert page.step == "enter-password"
    assert page.press(password="Rabot et 3 copeaux").refused == "wrong-password"


@pytest.mark.parametrize("typed", ["", "   ", "\u00a0\u2003", "a" * 321])
def test_no_name_and_no_name_at_all_are_asked_again(app: Flask, client: PageClient, typed: str) -> None:
    before = tables(app, besides=frozenset({"outcomes"}))
    page = client.get("/sign-in", follow=True).press(username=typed)
    assert (page.status, list(page.errors)) == (422, ["username"])
    assert tables(app, besides=frozenset({"outcomes"})) == before
    assert row_of(app, Outcome).result == "refused"


def test_typing_another_name_starts_with_that_one(app: Flask, client: PageClient) -> None:
    first, second = invite(app), invite(app, "bilal.aden", email="bilal@people.example")
    page = place_at(client, "first-connection", "enter-password", first)
    page = page.open("Use another account")
    assert page.step == "enter-username"
    page = page.press(username=second.username)
    assert second.username in page.text
    assert page.press(password=first.temporary_password).refused == "wrong-password"


def test_the_picture_of_the_letter_belongs_to_the_first_connection(client: PageClient) -> None:
    assert client.get("/sign-in", follow=True).has("a[href='/first-time']")
    page = client.get("/first-connection", follow=True).press()
    assert page.has("a[href='/sign-in']")
    assert not page.has("a[href='/first-time']")


def test_the_chooser_stands_in_every_journey_that_asks_for_a_name(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    sign_out(client)
    for journey in ("forgotten-password", "replace-phone"):
        page = client.get(f"/{journey}", follow=True)
        assert page.has(f"[name=known][value='{person.account_id}']")


@pytest.mark.parametrize("forged", ["x", "", "a.b.c", '["1"]'])
def test_a_forged_cookie_of_known_accounts_knows_nobody(app: Flask, client: PageClient, forged: str) -> None:
    completed(app)
    client.raw.set_cookie("perron-known", forged, domain="localhost")
    page = client.get("/sign-in", follow=True)
    assert page.status == 200
    assert not page.has("[name=known]")
