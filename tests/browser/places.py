"""A walk past every page that there is, refused and broken ones included.

Each walk yields the name of a place while the browser stands there. What a person could not press (a page that lay open
for too long, a form that is too large) is brought about in the page itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import NoReturn

from flask import Flask
from playwright.sync_api import Page

from tests.browser.hands import follow, press, sign_out
from tests.support.app import LiveApp
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import PASSWORD, InvitedPerson, code_of, invite, invite_again, press_button, wrong_code

STRICT = {"password_tries": 3, "code_tries": 3, "mailed_code_tries": 2, "mailed_sends": 2}
"""Settings by which a walk reaches every pause after a few wrong tries."""


def walk(page: Page, live: LiveApp) -> Iterator[str]:
    """Every page of an installation with the settings `STRICT`, in the language of the browser."""
    language = str(page.evaluate("navigator.language"))
    person = invite(live.app, "amina.keita", language, given_name="Amina", family_name="Keita")
    yield from before_a_journey(page, live)
    yield from malformed_posts(page, live)
    secret = ""
    for name in first_connection(page, live, person):
        secret = secret or secret_shown(page)
        yield name
    yield from account(page, live, person)
    yield from signing_in(page, live, person, secret)
    yield from forgotten_password(page, live, person)
    yield from buttons(page, live, invite(live.app, "bilal.aden", language))
    yield from at_the_limits(page, live)


def before_a_journey(page: Page, live: LiveApp) -> Iterator[str]:
    for path, name in (
        ("/first-time", "first time"),
        ("/guide/first-connection", "guide"),
        ("/guide/replace-phone", "guide of another journey"),
        ("/nowhere", "problem: not found"),
        ("/i/0000", "problem: unknown button"),
        ("/", "front"),
    ):
        page.goto(live.base_url + path)
        yield name
    page.locator("details.menu summary").click()
    yield "front, with the menu of languages"


def malformed_posts(page: Page, live: LiveApp) -> Iterator[str]:
    for name, script in (
        ("problem: form expired", "form => form.elements.csrf_token.value = 'old'"),
        ("problem: too large", "form => form.elements.csrf_token.value = 'x'.repeat(70000)"),
        ("problem: not understood", "form => form.querySelector('[name=choice]').value = 'open-sesame'"),
    ):
        page.goto(live.base_url + "/first-connection")
        page.locator("main form").evaluate(script)
        press(page)
        yield name


def first_connection(page: Page, live: LiveApp, person: InvitedPerson) -> Iterator[str]:
    assert person.temporary_password is not None
    page.goto(live.base_url + "/first-connection")
    yield "prepare"
    press(page)
    yield "enter-username"
    press(page)
    yield "enter-username, refused"
    press(page, username=person.username)
    yield "enter-password, temporary"
    press(page, password="not this one")
    yield "enter-password, temporary, refused"
    press(page, password=person.temporary_password)
    yield "choose-authenticator"
    page.locator("button[value=code-app]").evaluate("button => button.value = 'skip'")
    press(page, "skip")
    yield "choose-authenticator, refused"
    press(page, "code-app")
    yield "enter-code, set up"
    press(page, code="12")
    yield "enter-code, set up, refused"
    press(page, code=code_of(secret_shown(page), live.clock))
    yield "change-password"
    page.fill("[name=new_password]", "Rabot 3")
    yield "change-password, while typing"
    press(page)
    yield "change-password, refused"
    press(page, new_password=PASSWORD)
    yield "keep-recovery-codes"
    press(page, "skip")
    yield "finish"
    press(page, "portal")


def account(page: Page, live: LiveApp, person: InvitedPerson) -> Iterator[str]:
    yield "account"
    page.goto(live.base_url + "/account/password")
    yield "account/password"
    press(page, current_password="not this one", new_password="Quatre 4 bateaux")
    yield "account/password, refused"
    page.goto(live.base_url + person.button)
    yield "problem: button used"
    page.goto(live.base_url + "/account")
    sign_out(page)
    yield "signed out"


def signing_in(page: Page, live: LiveApp, person: InvitedPerson, secret: str) -> Iterator[str]:
    page.goto(live.base_url + "/sign-in")
    yield "known accounts"
    press(page, "other")
    yield "enter-username, of sign-in"
    press(page, username=person.username)
    yield "enter-password"
    for number in range(STRICT["password_tries"]):
        press(page, password=f"not this one {number}")
    press(page, password=PASSWORD)
    yield "enter-password, paused"
    live.clock.advance(minutes=5)
    press(page, password=PASSWORD)
    yield "enter-code"
    for _ in range(STRICT["code_tries"]):
        press(page, code=wrong_code(secret, live.clock))
    yield "enter-code, refused"
    press(page, code=wrong_code(secret, live.clock))
    yield "enter-code, paused"
    follow(page.locator("main a[href^='/without-phone']"))
    yield "without-phone, of a code app"
    follow(page.locator("button[value=broken]"))
    yield "problem: no way on"
    sign_out(page)


def forgotten_password(page: Page, live: LiveApp, person: InvitedPerson) -> Iterator[str]:
    page.goto(live.base_url + "/forgotten-password")
    yield "known accounts, of forgotten-password"
    follow(page.locator("button[name=known]"))
    yield "verify-email"
    button = Mailbox(live.app).newest("mailed_code", to=person.email).button
    assert button is not None
    page.goto(button)
    yield "button of a mailed code"
    page.goto(live.base_url + "/forgotten-password")
    for _ in range(STRICT["mailed_sends"] - 1):
        press(page, "resend")
    yield "verify-email, after all mails"
    press(page, code="000000")
    yield "verify-email, refused"
    press(page, code="000001")
    yield "verify-email, by the button only"


def buttons(page: Page, live: LiveApp, person: InvitedPerson) -> Iterator[str]:
    page.goto(live.base_url + person.button)
    yield "invitation"
    press_button(PageClient(live.app), person)
    page.reload()
    yield "invitation, begun elsewhere"
    newer = invite_again(live.app, person)
    page.reload()
    yield "problem: button replaced"
    live.clock.advance(days=8)
    page.goto(live.base_url + newer.button)
    yield "problem: button expired"


def at_the_limits(page: Page, live: LiveApp) -> Iterator[str]:
    tools = live.app.extensions["perron"]
    with_settings(live.app, source_limit=1)
    page.goto(live.base_url + "/sign-in/enter-username")
    if page.locator("[name=known]").count():
        press(page, "other")
    press(page, username="chidi.obi")
    press(page, password="not this one")
    press(page, password="nor this one")
    yield "problem: too many requests"
    kept, tools.clock = tools.clock, StoppedClock()
    page.goto(live.base_url + "/sign-in")
    yield "problem: service"
    tools.clock = kept


def demonstration(page: Page, live: LiveApp) -> Iterator[str]:
    """The pages that only a demonstration has, and its front page. Its mails have been delivered."""
    page.goto(live.base_url + "/")
    yield "front of the demonstration"
    page.goto(live.base_url + "/mailbox")
    yield "mailbox"
    follow(page.locator("main a[href^='/mailbox/']").first)
    yield "mail"


class StoppedClock:
    """A clock that has failed: every page that needs the time fails with it."""

    def now(self) -> NoReturn:
        raise RuntimeError("The clock has stopped.")


def with_settings(app: Flask, **changed: object) -> None:
    """Change settings of a running application."""
    tools = app.extensions["perron"]
    tools.settings = dataclasses.replace(tools.settings, **changed)


def secret_shown(page: Page) -> str:
    shown = page.locator("[data-secret]")
    return shown.inner_text().replace(" ", "") if shown.count() else ""
