"""The phone is the only device: first connection and sign-in in one browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.browser.hands import follow, is_signed_in, page_of, path_of, press, step_of
from tests.browser.phones import NewComputer, answer, arrives, choose_phone, comes_to, new_phone
from tests.support.app import LiveApp
from tests.support.people import PASSWORD, invite
from tests.support.rows import rows_of
from wizard.models import DeviceKey


def test_a_phone_connects_itself_and_signs_in_by_its_own_press(
    live_app: Callable[..., LiveApp], new_computer: NewComputer
) -> None:
    live = live_app()
    person = invite(live.app)
    phone = new_phone(new_computer).page
    choose_phone(phone, live, person)
    press(phone, "phone")
    assert path_of(phone).startswith("/phone/link/")
    follow(phone.locator("button[value=link]"))
    arrives(phone, "/first-connection/match-number")
    confirm(phone)
    assert step_of(phone) == "change-password"
    press(phone, new_password=PASSWORD)
    press(phone)
    assert step_of(phone) == "finish"
    assert [row.kind for row in rows_of(live.app, DeviceKey)] == ["webauthn"]
    press(phone, "new-session")

    phone.goto(live.base_url + "/sign-in")
    follow(phone.locator("button[name=known]").first)
    press(phone, password=PASSWORD)
    assert phone.locator("[data-number]").count() == 0, "A phone does not ask itself for a number."
    confirm(phone)
    assert (page_of(phone), is_signed_in(phone)) == ("account", True)


def test_a_phone_without_finger_face_or_pin_is_told_to_use_another_way(
    live_app: Callable[..., LiveApp], new_computer: NewComputer
) -> None:
    live = live_app()
    person = invite(live.app)
    phone = new_phone(new_computer, "webcrypto").page
    choose_phone(phone, live, person)
    press(phone, "phone")
    follow(phone.locator("button[value=link]"))
    assert phone.locator("main").get_attribute("data-refused") == "key-needed"
    assert rows_of(live.app, DeviceKey) == []
    phone.goto(live.base_url + "/first-connection")
    press(phone, "code-app")
    assert step_of(phone) == "enter-code", "The equal alternative is one press away."


def confirm(phone: Page) -> None:
    """The linked phone's own button, and on with the page that asked."""
    follow(phone.locator("main a[href^='/phone/requests/']"))
    answer(phone)
    comes_to(phone, "phone-request")
    follow(phone.locator("main form button"))
