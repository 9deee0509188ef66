"""The phone is lost, new, or not the only way: recovery codes, another phone, a code app beside it."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page

from tests.browser.hands import follow, is_signed_in, page_of, press, refused, scanned, sign_out, step_of
from tests.browser.phones import (
    NewComputer,
    answer,
    arrives,
    ask_phone,
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
from tests.support.chromium import Computer
from tests.support.people import PASSWORD, InvitedPerson, invite
from tests.support.rows import rows_of
from wizard.models import Authenticator, RecoveryCodeSet


@pytest.fixture
def live(live_app: Callable[..., LiveApp]) -> LiveApp:
    return live_app()


@pytest.fixture
def person(live: LiveApp) -> InvitedPerson:
    return invite(live.app)


def test_a_lost_phone_ends_and_another_one_is_linked_with_a_recovery_code(
    live: LiveApp, person: InvitedPerson, new_computer: NewComputer
) -> None:
    computer, lost, found = new_computer(), new_phone(new_computer), new_phone(new_computer, "webcrypto")
    codes = connect_by_phone(live, computer, lost, person)
    page = computer.page
    leave(page)
    live.clock.advance(minutes=1)
    ask_phone(page, live, person.username)
    follow(page.locator("a[href^='/without-phone']"))
    assert page_of(page) == "without-phone"
    follow(page.locator("button[value=lost]"))
    assert step_of(page) == "use-recovery-code"
    press(page, code=codes[0].upper().replace("-", " "))
    assert step_of(page) == "choose-authenticator"
    to_phone_home(lost.page, live.base_url)
    assert person.username not in lost.page.locator("main").inner_text(), "From this moment on it confirms nothing."
    live.clock.advance(seconds=1)
    press(page, "phone")
    bind(computer, found)
    assert step_of(page) == "finish"
    leave(page)

    to_phone_home(found.page, live.base_url)
    number = ask_phone(page, live, person.username)
    open_request(found.page)
    answer(found.page, number=number)
    arrives(page, "/account")
    assert [row.ended_at is None for row in rows_of(live.app, RecoveryCodeSet)] == [False], "Codes end with the phone."
    ended = [row.ended_at is not None for row in rows_of(live.app, Authenticator, account_id=person.account_id)]
    assert sorted(ended) == [False, True]


def test_a_phone_that_is_not_here_is_passed_by_and_stays_linked(
    live: LiveApp, person: InvitedPerson, new_computer: NewComputer
) -> None:
    computer, phone = new_computer(), new_phone(new_computer)
    codes = connect_by_phone(live, computer, phone, person)
    page = computer.page
    leave(page)
    ask_phone(page, live, person.username)
    follow(page.locator("a[href^='/without-phone']"))
    follow(page.locator("button[value=not-here]"))
    assert step_of(page) == "use-recovery-code"
    press(page, code="aaaa-bbbb-cccc-dddd")
    assert refused(page) == "wrong-code"
    press(page, code=codes[3])
    assert (page_of(page), is_signed_in(page)) == ("account", True)
    to_phone_home(phone.page, live.base_url)
    assert page_of(phone.page) == "phone-home", "What was proven by a code is not asked of the phone any more."
    assert phone.page.locator("[data-request]").count() == 0

    live.clock.advance(seconds=1)
    follow(page.locator("a[href='/account/recovery-codes']"))
    arrives(page, "/sign-in/match-number")
    assert page.locator("[value=another-way]").count() == 0, "A code makes no codes, so none is offered here."
    number = number_on(page)
    open_request(phone.page)
    answer(phone.page, number=number)
    arrives(page, "/account/recovery-codes")
    newer = page.locator("#codes li").all_inner_texts()
    assert set(newer).isdisjoint(codes)
    press(page)
    sign_out(page)
    ask_phone(page, live, person.username)
    follow(page.locator("[value=another-way]").first)
    press(page, code=codes[4])
    assert refused(page) == "wrong-code", "The newer set has ended the older."
    press(page, code=newer[0])
    assert is_signed_in(page)


def test_a_code_app_is_added_beside_the_phone_and_either_opens(
    live: LiveApp, person: InvitedPerson, new_computer: NewComputer
) -> None:
    computer, phone = new_computer(), new_phone(new_computer)
    connect_by_phone(live, computer, phone, person)
    page = computer.page
    press(page, "portal")
    live.clock.advance(seconds=1)
    to_phone_home(phone.page, live.base_url)
    follow(page.locator("a[href='/account/ways/add']"))
    if step_of(page) == "match-number":
        number = number_on(page)
        open_request(phone.page)
        answer(phone.page, number=number)
        arrives(page, "/replace-phone")
    press(page, "code-app")
    app = scanned(computer)
    press(page, code=app.at(live.clock.now()))
    assert step_of(page) == "finish"
    leave(page)

    to_phone_home(phone.page, live.base_url)
    number = ask_phone(page, live, person.username)
    open_request(phone.page)
    answer(phone.page, number=number)
    arrives(page, "/account")
    sign_out(page)
    by_code(page, live, person, app)
    assert is_signed_in(page)


def by_code(page: Page, live: LiveApp, person: InvitedPerson, app: pyotp.TOTP) -> None:
    """Sign in with the code app, whichever of the two ways the page asks for first."""
    live.clock.advance(seconds=30)
    ask_phone(page, live, person.username, PASSWORD)
    follow(page.locator(".way:has([value=enter-code]) button"))
    press(page, code=app.at(live.clock.now()))


def bind(computer: Computer, phone: Computer) -> None:
    """Link `phone` by the QR code on the screen and match its first number."""
    arrives(computer.page, "/replace-phone/scan-qr")
    scan(phone, computer)
    link(phone)
    number = number_on(computer.page)
    open_request(phone.page)
    answer(phone.page, number=number)
    comes_to(phone.page, "phone-request")
    arrives(computer.page, "/replace-phone/finish")
