"""The phone's browsers: cookies cleared, a scanner app's own window, a private one, two accounts on one phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.hands import follow, is_signed_in, page_of, press, step_of
from tests.browser.phones import (
    NewComputer,
    answer,
    arrives,
    ask_phone,
    choose_phone,
    comes_to,
    connect_by_phone,
    leave,
    link,
    new_phone,
    number_on,
    open_request,
    scan,
    to_phone_home,
)
from tests.support.app import LiveApp
from tests.support.people import PASSWORD, invite
from tests.support.rows import rows_of
from wizard.models import Authenticator, Device, DeviceKey


@pytest.fixture
def live(live_app: Callable[..., LiveApp]) -> LiveApp:
    return live_app()


def test_a_phone_that_has_lost_its_cookies_says_that_it_is_mine(live: LiveApp, new_computer: NewComputer) -> None:
    person = invite(live.app)
    computer, phone = new_computer(), new_phone(new_computer)
    connect_by_phone(live, computer, phone, person)
    leave(computer.page)
    phone.context.clear_cookies()
    number = ask_phone(computer.page, live, person.username)
    to_phone_home(phone.page, live.base_url)
    mine = phone.page.locator("form[data-phone-mine]")
    expect(mine).to_be_visible()
    follow(mine.locator("button"))
    open_request(phone.page)
    answer(phone.page, number=number)
    arrives(computer.page, "/account")
    assert len(rows_of(live.app, Device)) == 1, "It is the same phone as before."


def test_the_window_of_a_scanner_app_answers_nothing_and_says_where_to_go(
    live: LiveApp, new_computer: NewComputer
) -> None:
    person = invite(live.app)
    computer, phone, scanner = new_computer(), new_phone(new_computer), new_phone(new_computer, "webcrypto")
    connect_by_phone(live, computer, phone, person)
    leave(computer.page)
    number = ask_phone(computer.page, live, person.username)
    scan(scanner, computer)
    assert page_of(scanner.page) == "phone-home"
    assert scanner.page.locator("button[value=yes], [data-request]").count() == 0
    assert person.username not in scanner.page.content(), "A stranger's window learns nobody's name."
    to_phone_home(phone.page, live.base_url)
    open_request(phone.page)
    answer(phone.page, number=number)
    arrives(computer.page, "/account")


def test_a_cookie_whose_key_is_gone_confirms_nothing(live: LiveApp, new_computer: NewComputer) -> None:
    """A browser that clears its stored keys before its cookies, as some do after a week."""
    person = invite(live.app)
    computer, phone = new_computer(), new_phone(new_computer, "webcrypto")
    connect_by_phone(live, computer, phone, person)
    leave(computer.page)
    phone.page.goto(live.base_url + "/healthz")
    phone.page.evaluate("new Promise(done => { indexedDB.deleteDatabase('perron').onsuccess = done; })")
    number = ask_phone(computer.page, live, person.username)
    to_phone_home(phone.page, live.base_url)
    open_request(phone.page)
    answer(phone.page, number=number)
    assert phone.page.locator("main").get_attribute("data-refused") == "key-refused"
    assert (step_of(computer.page), is_signed_in(computer.page)) == ("match-number", False)


def test_one_phone_confirms_for_two_accounts(live: LiveApp, new_computer: NewComputer) -> None:
    amina, bilal = invite(live.app), invite(live.app, "bilal.aden")
    first, second, phone = new_computer(), new_computer(), new_phone(new_computer)
    connect_by_phone(live, first, phone, amina)
    connect_by_phone(live, second, phone, bilal)
    assert len(rows_of(live.app, Device)) == len(rows_of(live.app, DeviceKey)) == 1, "The phone has kept its key."
    leave(first.page)
    leave(second.page)
    phone.page.goto(live.base_url + "/healthz")
    numbers = {
        amina.username: ask_phone(first.page, live, amina.username),
        bilal.username: ask_phone(second.page, live, bilal.username),
    }
    to_phone_home(phone.page, live.base_url)
    assert phone.page.locator("a[data-request]").count() == 2
    follow(phone.page.locator("a[data-request]").first)
    shown = phone.page.locator("dl.facts").inner_text()
    name = amina.username if amina.username in shown else bilal.username
    answer(phone.page, number=numbers[name])
    asking, other = (first, second) if name == amina.username else (second, first)
    arrives(asking.page, "/account")
    assert not is_signed_in(other.page), "One account's number opens nothing for the other."


def test_not_my_account_links_nothing_and_a_new_code_is_shown(live: LiveApp, new_computer: NewComputer) -> None:
    person = invite(live.app)
    computer, phone = new_computer(), new_phone(new_computer)
    choose_phone(computer.page, live, person)
    first = computer.qr_address()
    phone.page.goto(first)
    follow(phone.page.locator("button[value=not-me]"))
    assert (page_of(phone.page), rows_of(live.app, Device)) == ("phone-link", [])
    phone.page.goto(first)
    comes_to(phone.page, "link-replaced")
    expect(computer.page.locator(f"[data-qr-link]:not([href='{first}'])")).to_have_count(1)
    scan(phone, computer)
    link(phone)
    number = number_on(computer.page)
    open_request(phone.page)
    answer(phone.page, number=number)
    arrives(computer.page, "/first-connection/change-password")
    press(computer.page, new_password=PASSWORD)
    assert [row.ended_at for row in rows_of(live.app, Authenticator)] == [None]
