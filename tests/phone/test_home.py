"""The linked phone's home: what it confirms for, what waits, and "This is my phone" for one that has lost its cookie."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import (
    PasskeyPhone,
    Phone,
    PhoneWalk,
    ask_again,
    asking,
    link_first,
    link_on,
    linked,
    number_on,
    place_with_phone,
    sign_in_by_phone,
)
from tests.support.rows import change, row_of, tables
from wizard.adapters.phone_keys import decoded
from wizard.models import Device
from wizard.services import waiting


def test_a_browser_that_was_never_linked_is_told_to_begin_at_the_computer(app: Flask) -> None:
    page = PageClient(app).get("/phone")
    assert (page.status, page.page) == (200, "phone-home")
    assert page.has("form[data-phone-mine]")


def test_the_home_names_the_accounts_and_no_request_when_there_is_none(app: Flask) -> None:
    someone = linked(app)
    page = someone.phone.get("/phone")
    assert "amina.keita" in page.text
    assert not page.has("a[data-request]")
    assert attribute(page.find("[data-wait]"), "data-wait") == "/phone/wait"


def test_a_request_appears_and_goes_when_it_is_answered(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    home = someone.phone.get("/phone")
    assert len(home.soup.select("a[data-request]")) == 1
    someone.phone.say(number_on(page))
    assert not someone.phone.get("/phone").has("a[data-request]")


def test_requests_of_two_accounts_stand_beside_each_other(app: Flask) -> None:
    first = linked(app)
    second = link_first(app, invite(app, "lea.morel"), first.phone)
    asking(app, first)
    asking(app, second)
    home = first.phone.get("/phone")
    assert len(home.soup.select("a[data-request]")) == 2
    assert "lea.morel" in home.text


def test_reading_the_home_changes_nothing(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    before = tables(app)
    someone.phone.get("/phone")
    someone.phone.get("/phone/wait")
    someone.phone.asked()
    assert tables(app) == before


def test_the_poll_says_that_a_request_has_come_and_knows_those_on_the_page(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    someone = linked(app)
    assert someone.phone.get("/phone/wait").status == 204
    page = asking(app, someone)
    assert someone.phone.get("/phone/wait").json == {"state": "answered"}
    known = attribute(someone.phone.get("/phone").find("[data-wait]"), "data-wait")
    assert someone.phone.get(known).status == 204
    ask_again(page)
    assert someone.phone.get(known).json == {"state": "answered"}


def test_the_poll_of_a_browser_that_is_no_phone_is_over(app: Flask) -> None:
    answer = PageClient(app).get("/phone/wait")
    assert (answer.status, answer.json) == (401, {"state": "ended"})


def test_a_phone_with_a_passkey_gets_its_cookie_back(app: Flask) -> None:
    phone = PasskeyPhone(app)
    someone = linked(app, phone=phone)
    phone.forget()
    assert phone.get("/phone").has("form[data-phone-mine]")
    page = phone.is_mine()
    assert (page.page, "amina.keita" in page.text) == ("phone-home", True)
    assert sign_in_by_phone(app, someone).get("/account").signed_in


def test_the_cookie_from_before_is_nobody_afterwards(app: Flask) -> None:
    phone = PasskeyPhone(app)
    linked(app, phone=phone)
    stolen = phone.raw.get_cookie("perron-phone")
    phone.forget()
    phone.is_mine()
    thief = PageClient(app)
    assert stolen is not None
    thief.raw.set_cookie("perron-phone", stolen.value, domain="localhost")
    assert thief.get("/phone").has("form[data-phone-mine]")


def test_an_unknown_passkey_is_nobody(app: Flask) -> None:
    linked(app, phone=PasskeyPhone(app))
    page = PasskeyPhone(app).is_mine()
    assert (page.status, page.problem) == (403, "phone-unknown")


def challenge_on(page: Page) -> bytes:
    return decoded(json.loads(attribute(page.form(), "data-phone-mine"))["challenge"])


@pytest.mark.parametrize(("minutes", "is_known"), [(5, True), (5.1, False)])
def test_a_challenge_is_good_for_five_minutes(app: Flask, clock: MovableClock, minutes: float, is_known: bool) -> None:
    phone = PasskeyPhone(app)
    linked(app, phone=phone)
    phone.forget()
    page = phone.get("/phone")
    clock.advance(minutes=minutes)
    said = page.press(assertion=phone.authenticator.get(challenge_on(page)))
    assert (said.page == "phone-home") is is_known


def test_a_challenge_is_answered_once(app: Flask) -> None:
    phone = PasskeyPhone(app)
    linked(app, phone=phone)
    phone.forget()
    page = phone.get("/phone")
    first, second = (phone.authenticator.get(challenge_on(page)) for _ in range(2))
    assert page.press(assertion=first).page == "phone-home"
    assert page.press(assertion=second).problem == "phone-unknown"


@pytest.mark.parametrize("sent", ["", "{}", "[" * 5000, '{"id": 7}', "é"])
def test_what_proves_nothing_is_refused(app: Flask, sent: str) -> None:
    phone = PasskeyPhone(app)
    linked(app, phone=phone)
    phone.forget()
    phone.get("/phone")
    page = phone.post("/phone/mine", {"assertion": sent})
    assert (page.status, page.problem) == (403, "phone-unknown")
    assert phone.raw.get_cookie("perron-phone") is None


def test_a_device_that_has_ended_is_nobody(app: Flask, clock: MovableClock) -> None:
    phone = PasskeyPhone(app)
    linked(app, phone=phone)
    change(app, Device, row_of(app, Device).id, ended_at=clock.now())
    assert phone.get("/phone").has("form[data-phone-mine]")
    assert phone.is_mine().problem == "phone-unknown"


def test_the_phones_cookie_is_kept_from_scripts_and_hashed_in_the_database(app: Flask) -> None:
    phone = Phone(app)
    linked(app, phone=phone)
    kept = phone.raw.get_cookie("perron-phone")
    assert kept is not None
    assert kept.http_only
    assert kept.same_site == "Lax"
    assert len(kept.value) >= 43
    assert kept.value not in repr(tables(app))


@pytest.mark.settings(public_url="https://access.tamaris.example")
def test_on_https_the_phones_cookie_is_bound_to_the_host(app: Flask) -> None:
    phone = PasskeyPhone(app)
    linked(app, phone=phone)
    phone.forget()
    phone.get("/phone")
    page = phone.page
    assert page is not None
    answer = page.press(assertion=phone.authenticator.get(challenge_on(page)), follow=False)
    (cookie,) = [value for value in answer.headers.getlist("Set-Cookie") if "phone" in value]
    (morsel,) = SimpleCookie(cookie).values()
    assert morsel.key == "__Host-perron-phone"
    assert morsel["secure"]
    assert morsel["httponly"]
    assert (morsel["path"], morsel["samesite"], morsel["domain"]) == ("/", "Lax", "")


def test_a_made_up_cookie_is_no_phone(app: Flask) -> None:
    linked(app)
    for value in ("", "x", "é", "A" * 43, "A" * 3000):
        browser = PageClient(app)
        browser.raw.set_cookie("perron-phone", value, domain="localhost")
        assert browser.get("/phone").has("form[data-phone-mine]")


def test_a_phone_that_was_just_scanned_in_is_told_to_look_at_the_computer(app: Flask, client: PageClient) -> None:
    phone = Phone(app)
    page = place_with_phone(client, phone, "first-connection", "scan-qr", invite(app))
    assert "Now look at the computer" in phone.link(link_on(page)).text
    client.post("/sign-out")
    assert "nothing to confirm" in phone.get("/phone").text


def test_a_phone_that_was_replaced_does_not_wait_for_requests(app: Flask) -> None:
    someone, new = linked(app), Phone(app)
    page = PageClient(app).get("/without-phone").press(reason="new")
    walk = PhoneWalk(page.client, new, someone.person, code=someone.codes[0])
    assert walk.until(page, "finish").step == "finish"
    for phone, is_linked in ((someone.phone, False), (new, True)):
        home = phone.get("/phone")
        assert home.title.startswith("This phone is linked" if is_linked else "This phone confirms for nobody any more")
        assert ("We wait for a request" in home.text, home.has("[data-wait]")) == (is_linked, is_linked)
    assert "Start on the computer" in someone.phone.get("/phone").text


def test_days_later_nothing_is_said_of_a_number(app: Flask, clock: MovableClock) -> None:
    someone = linked(app)
    for days in (0, 3):
        clock.advance(days=days)
        home = someone.phone.get("/phone")
        assert "Now look at the computer" not in home.text
        assert "There is nothing to confirm at the moment" in home.text


def test_a_phone_whose_number_never_came_stops_waiting(app: Flask, client: PageClient, clock: MovableClock) -> None:
    phone = Phone(app)
    page = place_with_phone(client, phone, "first-connection", "scan-qr", invite(app))
    phone.link(link_on(page))
    clock.advance(minutes=11)
    assert "Now look at the computer" not in phone.get("/phone").text


def test_a_phone_whose_key_is_gone_is_let_go_by_a_press_and_linked_again(app: Flask) -> None:
    phone = PasskeyPhone(app)
    someone = linked(app, phone=phone)
    page = asking(app, someone)
    phone.authenticator = PasskeyPhone(app).authenticator  # the credential was deleted in the phone's settings
    phone.asked()
    refused = phone.say(number_on(page))
    assert refused.refused == "key-refused"
    told = refused.press(in_form="form[action='/phone/forget']")
    assert "I have a new one" in told.text
    assert phone.raw.get_cookie("perron-phone") is None
    own = page.client
    walk = PhoneWalk(own, phone, someone.person, code=someone.codes[0])
    done = walk.until(own.get("/without-phone").press(reason="new"), "finish")
    assert done.step == "finish"
    assert sign_in_by_phone(app, someone).get("/account").signed_in


def test_a_phone_is_let_go_by_our_own_page_only(app: Flask) -> None:
    someone = linked(app)
    phone = someone.phone
    assert phone.get("/phone/forget").status == 405
    assert phone.post("/phone/forget", csrf=False).status == 403
    assert phone.raw.get_cookie("perron-phone") is not None
    assert "amina.keita" in phone.get("/phone").text


def test_a_key_that_works_is_not_offered_to_be_forgotten(app: Flask) -> None:
    someone = linked(app)
    asking(app, someone)
    assert not someone.phone.asked().has("form[action='/phone/forget']")
