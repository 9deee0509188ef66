"""Two phones of one person in two browsers: the second one says “It is not me” after the first has said yes, with its own key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.hands import is_signed_in, press
from tests.browser.phones import (
    Keys,
    NewComputer,
    answer,
    arrives,
    ask_phone,
    connect_by_phone,
    link,
    new_phone,
    number_on,
    open_request,
    scan,
    to_phone_home,
)
from tests.support.app import LiveApp
from tests.support.people import invite
from tests.support.rows import row_of
from wizard.models import Account


@pytest.mark.parametrize("keys", ["webauthn", "webcrypto"])
def test_the_second_phone_ends_what_the_first_one_has_let_in(
    live_app: Callable[..., LiveApp], new_computer: NewComputer, keys: Keys
) -> None:
    live = live_app()
    person = invite(live.app)
    computer, first, second = new_computer(), new_phone(new_computer), new_phone(new_computer, keys)
    connect_by_phone(live, computer, first, person)
    live.clock.advance(seconds=1)
    page = computer.page
    page.goto(live.base_url + "/account/ways/add")
    press(page, "phone")
    arrives(page, "/replace-phone/scan-qr")
    scan(second, computer)
    link(second)
    number = number_on(page)
    to_phone_home(second.page, live.base_url)
    open_request(second.page)
    answer(second.page, number=number)
    arrives(page, "/replace-phone/finish")
    press(page, "new-session")

    live.clock.advance(seconds=1)
    for phone in (first, second):
        to_phone_home(phone.page, live.base_url)
    number = ask_phone(page, live, person.username)
    for phone in (first, second):
        open_request(phone.page)
    answer(first.page, number=number)
    arrives(page, "/account")
    assert is_signed_in(page)

    second.page.reload()
    expect(second.page.locator("button[value=yes]")).to_have_count(0)
    assert second.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    answer(second.page, "not-me")
    expect(second.page.locator("main")).to_contain_text("Somebody was in from")
    page.goto(live.base_url + "/account")
    assert not is_signed_in(page)
    assert row_of(live.app, Account, id=person.account_id).password_hash is None
