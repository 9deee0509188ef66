"""A walk past every page of the phone, at the computer and on the phone itself, refused and ended ones included.

Each walk yields the name of a place and the browser that stands there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.browser.hands import follow, press, step_of
from tests.browser.phones import (
    answer,
    arrives,
    ask_phone,
    choose_phone,
    comes_to,
    give_authenticator,
    leave,
    link,
    number_on,
    open_request,
    scan,
    to_phone_home,
)
from tests.browser.places import with_settings
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.people import PASSWORD, InvitedPerson, invite

ROOMY = {"approvals": 20, "code_tries": 3}
"""Settings by which a walk may ask the phone often, and meets the pause of codes soon."""
Places = Iterator[tuple[str, Computer]]


@dataclass
class Scene:
    """A computer, a phone and a phone that nobody has linked, at one installation."""

    live: LiveApp
    computer: Computer
    phone: Computer
    stranger: Computer

    def invite(self, username: str, **fields: str) -> InvitedPerson:
        """Somebody with the language of the browsers."""
        return invite(self.live.app, username, str(self.computer.page.evaluate("navigator.language")), **fields)

    def ask(self, username: str = "amina.keita") -> str:
        self.computer.context.clear_cookies()
        return ask_phone(self.computer.page, self.live, username)


def walk(scene: Scene) -> Places:
    """Every page of the phone, in the language of the browsers."""
    give_authenticator(scene.phone)
    yield from linking(scene)
    codes = scene.computer.page.locator("#codes li").all_inner_texts()
    yield "keep-recovery-codes", scene.computer
    press(scene.computer.page)
    leave(scene.computer.page)
    yield from asking(scene)
    yield from ended_requests(scene)
    yield from links_that_ended(scene)
    yield from a_second_account(scene)
    yield from not_linked(scene)
    yield from without_phone(scene, codes)
    yield from signed_in(scene)
    yield from somebody_else(scene)
    yield from a_key_that_is_gone(scene)


def linking(scene: Scene) -> Places:
    computer, phone = scene.computer.page, scene.phone.page
    choose_phone(computer, scene.live, scene.invite("amina.keita", given_name="Amina", family_name="Keita"))
    yield "scan-qr", scene.computer
    press(computer)
    yield "scan-qr, refused", scene.computer
    scan(scene.phone, scene.computer)
    yield "phone: link", scene.phone
    phone.locator("form[data-phone-link]").evaluate("form => { delete form.dataset.phoneLink; }")
    follow(phone.locator("button[value=link]"))
    yield "phone: link, refused", scene.phone
    link(scene.phone)
    number = number_on(computer)
    yield "match-number, to bind", scene.computer
    open_request(phone)
    yield "phone: request, to bind", scene.phone
    answer(phone, number=number)
    yield "phone: answered", scene.phone
    arrives(computer, "/first-connection/change-password")
    press(computer, new_password=PASSWORD)
    arrives(computer, "/first-connection/keep-recovery-codes")


def asking(scene: Scene) -> Places:
    computer, phone = scene.computer.page, scene.phone.page
    to_phone_home(phone, scene.live.base_url)
    yield "phone: home", scene.phone
    scene.ask()
    yield "match-number", scene.computer
    press(computer)
    yield "match-number, refused", scene.computer
    scan(scene.phone, scene.computer)
    yield "phone: request, scanned", scene.phone
    to_phone_home(phone, scene.live.base_url)
    open_request(phone)
    yield "phone: request", scene.phone
    answer(phone)
    yield "phone: request, without number", scene.phone
    answer(phone, number="abc")
    yield "phone: problem: number differs", scene.phone


def ended_requests(scene: Scene) -> Places:
    computer, phone = scene.computer.page, scene.phone.page
    computer.wait_for_selector("[data-number]", state="detached")
    yield "match-number, number differs", scene.computer
    replaced, answered = ask_again(scene), ask_again(scene)
    phone.goto(replaced)
    yield "phone: problem: request replaced", scene.phone
    phone.goto(answered)
    answer(phone)
    arrives(computer, "/account")
    phone.goto(answered)
    yield "phone: problem: request answered", scene.phone
    scene.ask()
    address = scene.computer.qr_address()
    scene.live.clock.advance(minutes=6)
    computer.reload()
    yield "match-number, run out", scene.computer
    phone.goto(address)
    yield "phone: problem: request expired", scene.phone
    with_settings(scene.live.app, approvals=1)
    press(computer, "again")
    yield "match-number, paused", scene.computer
    with_settings(scene.live.app, **ROOMY)
    scene.live.clock.advance(minutes=16)


def ask_again(scene: Scene) -> str:
    """Ask for a new number; returns the address in the second QR code."""
    scene.live.clock.advance(seconds=1)
    press(scene.computer.page, "again")
    return scene.computer.qr_address()


def links_that_ended(scene: Scene) -> Places:
    computer, phone, live = scene.computer.page, scene.phone.page, scene.live
    computer.context.clear_cookies()
    choose_phone(computer, live, scene.invite("bilal.aden", given_name="Bilal", family_name="Aden"))
    first = scene.computer.qr_address()
    live.clock.advance(minutes=11)
    phone.goto(first)
    yield "phone: problem: link expired", scene.phone
    computer.reload()
    second = scene.computer.qr_address()
    phone.goto(second)
    yield "phone: link, linked already", scene.phone
    follow(phone.locator("button[value=not-me]"))
    yield "phone: not linked", scene.phone
    phone.goto(second)
    yield "phone: problem: link replaced", scene.phone
    phone.goto(live.base_url + "/phone/link/0000")
    yield "phone: problem: link unknown", scene.phone
    expect(computer.locator(f"[data-qr-link]:not([href='{second}'])")).to_have_count(1)  # it has gone on by itself
    yield "scan-qr, after a refusal", scene.computer


def a_second_account(scene: Scene) -> Places:
    computer, phone, live = scene.computer.page, scene.phone.page, scene.live
    address = scene.computer.qr_address()
    scan(scene.phone, scene.computer)
    link(scene.phone)
    number = number_on(computer)
    scene.stranger.page.goto(address)
    yield "phone: problem: link used", scene.stranger
    computer.wait_for_selector("[data-opened-again]")
    yield "match-number, opened again", scene.computer
    computer.goto(live.base_url + "/first-connection/scan-qr")
    yield "scan-qr, opened again", scene.computer
    press(computer)
    open_request(phone)
    answer(phone, number=number)
    arrives(computer, "/first-connection/change-password")
    press(computer, new_password=PASSWORD)
    press(computer, "skip")
    leave(computer)
    scene.ask("bilal.aden")
    other = computer.context.new_page()
    other.context.clear_cookies()
    ask_phone(other, live, "amina.keita")
    to_phone_home(phone, live.base_url)
    comes_to(phone, "phone-home")
    yield "phone: home, two requests", scene.phone
    other.close()


def not_linked(scene: Scene) -> Places:
    live, stranger = scene.live, scene.stranger.page
    scene.ask()
    address = scene.computer.qr_address()
    to_phone_home(stranger, live.base_url)
    yield "phone: unknown", scene.stranger
    stranger.goto(address)
    yield "phone: request in another browser", scene.stranger
    give_authenticator(scene.stranger)
    to_phone_home(stranger, live.base_url)
    stranger.locator("form[data-phone-mine]").wait_for(state="visible")
    yield "phone: this is my phone", scene.stranger
    follow(stranger.locator("form[data-phone-mine] button"))
    yield "phone: problem: phone unknown", scene.stranger


def without_phone(scene: Scene, codes: list[str]) -> Places:
    computer = scene.computer.page
    follow(computer.locator("a[href^='/without-phone']"))
    yield "without-phone", scene.computer
    follow(computer.locator("button[value=not-here]"))
    assert step_of(computer) == "use-recovery-code"
    yield "use-recovery-code", scene.computer
    press(computer, code="abcd")
    yield "use-recovery-code, refused", scene.computer
    for _ in range(ROOMY["code_tries"]):
        press(computer, code="aaaa-bbbb-cccc-dddd")
    yield "use-recovery-code, paused", scene.computer
    scene.live.clock.advance(minutes=6)
    press(computer, code=codes[0])
    arrives(computer, "/account")


def signed_in(scene: Scene) -> Places:
    computer, phone = scene.computer.page, scene.phone.page
    yield "account, with a phone", scene.computer
    to_phone_home(phone, scene.live.base_url)
    scene.live.clock.advance(seconds=1)
    follow(computer.locator("a[href='/account/recovery-codes']"))
    arrives(computer, "/sign-in/match-number")
    number = number_on(computer)
    open_request(phone)
    answer(phone, number=number)
    arrives(computer, "/account/recovery-codes")
    yield "account/recovery-codes", scene.computer
    press(computer, "skip")


def a_key_that_is_gone(scene: Scene) -> Places:
    """The phone's page cannot sign any more, and the phone is let go."""
    phone = scene.phone.page
    number = scene.ask("bilal.aden")
    to_phone_home(phone, scene.live.base_url)
    open_request(phone)
    phone.locator("form[data-phone-answer]").evaluate("form => { delete form.dataset.phoneAnswer; }")
    answer(phone, number=number)
    yield "phone: request, key refused", scene.phone
    follow(phone.locator("form[action='/phone/forget'] button"))
    yield "phone: let go", scene.phone


def somebody_else(scene: Scene) -> Places:
    computer, phone = scene.computer.page, scene.phone.page
    phone.goto(scene.live.base_url + "/sign-in")
    press(phone, username="amina.keita")
    press(phone, password=PASSWORD)
    arrives(phone, "/sign-in/match-number")
    yield "match-number, on the phone itself", scene.phone
    follow(phone.locator("a[href^='/phone/requests/']"))
    yield "phone: request of its own screen", scene.phone
    answer(phone)
    yield "phone: answered on its own screen", scene.phone
    scene.ask()
    to_phone_home(phone, scene.live.base_url)
    open_request(phone)
    answer(phone, "not-me")
    yield "phone: it is not me", scene.phone
    computer.wait_for_selector("[data-number]", state="detached")
    yield "after: it is not me", scene.computer
