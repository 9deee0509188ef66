"""A phone is linked by its camera and confirms sign-ins, each way of doing it in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.hands import is_signed_in, page_of
from tests.browser.phones import (
    Keys,
    NewComputer,
    answer,
    arrives,
    ask_phone,
    comes_to,
    connect_by_phone,
    leave,
    new_phone,
    open_request,
    scan,
    to_phone_home,
)
from tests.support.app import LiveApp
from tests.support.people import invite
from tests.support.rows import rows_of
from wizard.models import DeviceKey


@pytest.mark.parametrize("keys", ["webauthn", "webcrypto"])
def test_first_connection_and_sign_in_by_number_and_by_second_qr(
    live_app: Callable[..., LiveApp], new_computer: NewComputer, keys: Keys
) -> None:
    live = live_app()
    person = invite(live.app)
    computer, phone = new_computer(), new_phone(new_computer, keys)
    connect_by_phone(live, computer, phone, person)
    assert [row.kind for row in rows_of(live.app, DeviceKey)] == [keys]
    leave(computer.page)

    to_phone_home(phone.page, live.base_url)
    number = ask_phone(computer.page, live, person.username)
    open_request(phone.page)
    answer(phone.page, number=number)
    arrives(computer.page, "/account")
    assert is_signed_in(computer.page)

    second = new_computer()
    ask_phone(second.page, live, person.username)
    scan(phone, second)
    assert phone.page.locator("#number").count() == 0, "What was scanned need not be typed."
    answer(phone.page)
    comes_to(phone.page, "phone-request")
    arrives(second.page, "/account")
    assert (page_of(second.page), is_signed_in(second.page)) == ("account", True)
