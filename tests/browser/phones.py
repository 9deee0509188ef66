"""What hands do at a computer and a phone together: scan, link, read a number off one and type it on the other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.hands import follow, press
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.people import PASSWORD, InvitedPerson

Keys = Literal["webauthn", "webcrypto"]
NewComputer = Callable[..., Computer]
PHONE_SIZE = (390, 844)
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def new_phone(new_computer: NewComputer, keys: Keys = "webauthn", **options: Any) -> Computer:
    """A phone: a small touch screen, and with "webauthn" an authenticator that asks for finger, face or PIN."""
    phone = new_computer(viewport=PHONE_SIZE, has_touch=True, **options)
    if keys == "webauthn":
        give_authenticator(phone)
    return phone


def give_authenticator(phone: Computer) -> None:
    """The phone's page gets an authenticator of its own (Chrome DevTools Protocol, domain WebAuthn)."""
    devtools = phone.context.new_cdp_session(phone.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def arrives(page: Page, path: str) -> None:
    """Wait until the page has gone on by itself to an address that begins with `path`."""
    page.wait_for_url(re.compile(r"^https?://[^/]+" + re.escape(path)), wait_until="load")


def comes_to(page: Page, name: str) -> None:
    """Wait for the page of this name or the problem of this kind."""
    expect(page.locator(f'main[data-page="{name}"], main[data-problem="{name}"]')).to_have_count(1)


def choose_phone(page: Page, live: LiveApp, person: InvitedPerson) -> None:
    """First connection, from the mail's button to the QR code for the phone."""
    page.goto(live.base_url + person.button)
    press(page, "yes")
    while page.locator("main").get_attribute("data-step") != "choose-authenticator":
        press(page)
    press(page, "phone")
    arrives(page, "/first-connection/scan-qr")


def scan(phone: Computer, computer: Computer) -> None:
    """The camera reads the QR code off the computer's screen, and the phone opens its address."""
    phone.page.goto(computer.qr_address())


def link(phone: Computer) -> None:
    """Press "Use this phone": the phone makes its key and becomes one that confirms."""
    follow(phone.page.locator("button[value=link]"))
    linked = phone.page.locator("main[data-page=phone-home], main[data-page=phone-request]")
    expect(linked).to_have_count(1)  # home opens a request that waits already


def number_on(page: Page) -> str:
    """The number that the computer shows."""
    arrives(page, re.sub(r"/[^/]*$", "", re.sub(r"^https?://[^/]+", "", page.url)) + "/match-number")
    return page.locator("[data-number]").inner_text()


def another(number: str) -> str:
    """A number of as many digits that the computer does not show."""
    return str((int(number) + 1) % 10 ** len(number)).zfill(len(number))


def to_phone_home(phone: Page, base_url: str) -> None:
    """Open the phone's page. Where it is open already it looks by itself, and may be on its way to the request."""
    if urlsplit(phone.url).path != "/phone":
        phone.goto(base_url + "/phone")


def open_request(phone: Page) -> None:
    """The phone's home opens the one request that waits, by itself."""
    arrives(phone, "/phone/requests/")


def answer(phone: Page, choice: str = "yes", number: str | None = None) -> None:
    """Type the number, where one is given, and press."""
    if number is not None:
        phone.fill("#number", number)
    follow(phone.locator(f"button[value={choice}]"))


def connect_by_phone(
    live: LiveApp, computer: Computer, phone: Computer, person: InvitedPerson, *, keep_codes: bool = True
) -> tuple[str, ...]:
    """The whole first connection by phone, to the last page; returns the recovery codes that were kept."""
    choose_phone(computer.page, live, person)
    scan(phone, computer)
    link(phone)
    number = number_on(computer.page)
    open_request(phone.page)
    answer(phone.page, number=number)
    arrives(computer.page, "/first-connection/change-password")
    press(computer.page, new_password=PASSWORD)
    arrives(computer.page, "/first-connection/keep-recovery-codes")
    codes = tuple(computer.page.locator("#codes li").all_inner_texts())
    press(computer.page, "continue" if keep_codes else "skip")
    arrives(computer.page, "/first-connection/finish")
    return codes if keep_codes else ()


def leave(page: Page) -> None:
    """Press "New session": the next one at this computer signs in anew."""
    press(page, "new-session")


def ask_phone(page: Page, live: LiveApp, username: str, password: str = PASSWORD) -> str:
    """Sign in as far as the number; returns the number."""
    page.goto(live.base_url + "/sign-in")
    known = page.locator("button[name=known]", has_text=username)
    if known.count():
        follow(known.first)
    elif page.locator("button[value=other]").count():
        press(page, "other")
    if page.locator("main [name=username]").count():
        press(page, username=username)
    press(page, password=password)
    arrives(page, "/sign-in/match-number")
    return number_on(page)
