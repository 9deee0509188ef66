"""What hands do at a browser: press, type, scan, read. Each act returns when the page that it leads to is there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pyotp
from playwright.sync_api import Locator, Page

from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.people import Completed, code_of, next_code

MAIN_FORM = "main form[method=post]:not([action])"


def step_of(page: Page) -> str | None:
    """The slug of the step on the screen."""
    return page.locator("main").get_attribute("data-step")


def page_of(page: Page) -> str | None:
    """The name of the page on the screen when it is no step."""
    return page.locator("main").get_attribute("data-page")


def refused(page: Page) -> str | None:
    """Why the last post was refused, in its stable word."""
    return page.locator("main").get_attribute("data-refused")


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def is_signed_in(page: Page) -> bool:
    return page.locator("body[data-signed-in]").count() == 1


def button(page: Page, choice: str = "") -> Locator:
    """The main way on of the step, or the button of this choice."""
    wanted = f'button[value="{choice}"]' if choice else "button:not([type=button])"
    return page.locator(f"{MAIN_FORM} {wanted}").first


def press(page: Page, choice: str = "", **fields: Any) -> None:
    """Fill in `fields` by their names and press; `choice` names another button than the main one."""
    for name, value in fields.items():
        field = page.locator(f'main [name="{name}"]')
        field.set_checked(value) if isinstance(value, bool) else field.fill(value)
    follow(button(page, choice))


def follow(target: Locator) -> None:
    """Press a link or button and wait for the page that comes."""
    with target.page.expect_navigation():
        target.click()


def sign_out(page: Page) -> None:
    follow(page.locator("form[action='/sign-out'] button").first)


def scanned(computer: Computer) -> pyotp.TOTP:
    """What a phone's code app makes of the QR code on the screen."""
    found = pyotp.parse_uri(computer.qr_address())
    assert isinstance(found, pyotp.TOTP)
    return found


def sign_in(page: Page, live: LiveApp, person: Completed, *, shared: bool = False) -> None:
    """The short way in, typed by hand, from the address of the journey to the page after it."""
    assert person.secret is not None
    page.goto(live.base_url + "/sign-in")
    press(page, username=person.username)
    press(page, password=person.password, shared=shared)
    press(page, code=next_code(person.secret, live.clock))


def code_now(live: LiveApp, secret: str) -> str:
    return code_of(secret, live.clock)
