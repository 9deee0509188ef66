"""A demonstration over plain http: a phone that has no keys, by its cookie alone, and a computer without scripts."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.hands import follow, is_signed_in, press, refused, step_of
from tests.browser.phones import (
    NewComputer,
    answer,
    ask_phone,
    comes_to,
    leave,
    link,
    new_phone,
    open_request,
    scan,
    to_phone_home,
)
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.people import PASSWORD, InvitedPerson, invite
from tests.support.rows import rows_of
from wizard.models import DeviceKey

# What a browser is like on a page that it does not hold for secure, and what old ones are like everywhere.
WITHOUT_KEYS = """delete window.PublicKeyCredential;
  Object.defineProperty(Crypto.prototype, "subtle", { get: () => undefined });"""


def to_the_qr_code(live: LiveApp, computer: Computer) -> InvitedPerson:
    """First connection by presses alone, from the mail's button to the QR code."""
    person = invite(live.app, "walked.by.presses")
    computer.page.goto(live.base_url + person.button)
    press(computer.page, "yes")
    press(computer.page)
    press(computer.page, "phone")
    return person


PROMISE = "[data-wait] span"  # "This page goes on by itself."


def phone_without_keys(new_computer: NewComputer) -> Computer:
    phone = new_phone(new_computer, "webcrypto")
    phone.context.add_init_script(WITHOUT_KEYS)
    return phone


def test_the_demonstration_is_walked_by_presses_and_the_cookie_alone(
    live_app: Callable[..., LiveApp], new_computer: NewComputer
) -> None:
    live = live_app(demo=True, mail_server="")
    computer, phone = new_computer(java_script=False), phone_without_keys(new_computer)
    page, person = computer.page, to_the_qr_code(live, computer)
    assert page.locator("main a[target=_blank][href*='/phone/link/']").count() == 1, "One person can walk it alone."
    assert page.locator(PROMISE).is_hidden(), "Without scripts no page goes on by itself."
    scan(phone, computer)
    link(phone)
    assert [row.kind for row in rows_of(live.app, DeviceKey)] == ["cookie"]
    press(page)
    assert step_of(page) == "match-number"
    answer_on(phone, live, page.locator("[data-number]").inner_text())
    press(page)
    assert step_of(page) == "change-password"
    press(page, new_password=PASSWORD)
    assert page.locator("main a[download]").count() == 1, "Without scripts the codes can be downloaded."
    press(page)
    assert step_of(page) == "finish"
    leave(page)

    number = ask_phone(page, live, person.username)
    press(page)
    assert refused(page) == "not-yet"
    answer_on(phone, live, number)
    press(page)
    assert is_signed_in(page)


def test_elsewhere_a_phone_without_keys_is_told_to_use_its_usual_browser(
    live_app: Callable[..., LiveApp], new_computer: NewComputer
) -> None:
    live = live_app()
    computer, phone = new_computer(), phone_without_keys(new_computer)
    to_the_qr_code(live, computer)
    computer.page.locator(PROMISE).wait_for(state="visible")
    scan(phone, computer)
    follow(phone.page.locator("button[value=link]"))
    assert phone.page.locator("main").get_attribute("data-refused") == "key-needed"
    assert phone.page.locator("main [role=alert]").evaluate("element => element === document.activeElement")
    assert rows_of(live.app, DeviceKey) == []


def answer_on(phone: Computer, live: LiveApp, number: str) -> None:
    """Look at the phone's page again, and answer the request that has come."""
    to_phone_home(phone.page, live.base_url)
    open_request(phone.page)
    answer(phone.page, number=number)
    comes_to(phone.page, "phone-request")
