"""Two people from the operator's file to the portal's door, and the next morning by the short way."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
from playwright.sync_api import Page

from tests.browser.conftest import Installation
from tests.browser.hands import follow, is_signed_in, page_of, press, scanned, sign_out, step_of
from tests.support.chromium import Computer
from tests.support.mails import Mail
from tests.support.people import PASSWORD
from tests.support.rows import row_of
from wizard.models import Account, Authenticator, OutboxMail

AMINA = {"username": "amina.keita", "email": "amina@people.example", "given_name": "Amina", "language": "en"}
LEA = {"username": "lea.morel", "email": "lea@people.example", "given_name": "Léa", "language": "fr"}
STEPS = ["choose-authenticator", "enter-code", "change-password", "keep-recovery-codes", "finish"]


def test_by_the_button_of_the_mail(installation: Installation, new_computer: Callable[..., Computer]) -> None:
    mail = invitation(installation, AMINA)
    computer = new_computer(locale="en")
    page = computer.page
    assert mail.button is not None
    page.goto(mail.button)
    assert page_of(page) == "invitation"
    assert AMINA["username"] in page.locator("main").inner_text()
    press(page, "yes")
    assert step_of(page) == "prepare"
    press(page)
    phone = set_up(installation, computer)
    assert_set_up(installation, AMINA, button_opened=True)

    sign_out(page)
    assert page_of(page) == "signed-out"
    follow(page.locator("main a[href='/sign-in']"))
    follow(page.locator("button[name=known]"))
    assert [AMINA["username"] in page.locator("main").inner_text(), step_of(page)] == [True, "enter-password"]
    finish_signing_in(page, installation, phone)


def test_typed_by_hand_in_french_without_scripts(
    installation: Installation, new_computer: Callable[..., Computer]
) -> None:
    mail = invitation(installation, LEA)
    assert mail.language == "fr"
    assert mail.username == LEA["username"]
    assert mail.temporary_password is not None
    computer = new_computer(viewport=(320, 640), locale="fr", java_script=False)
    page = computer.page
    page.goto(installation.live.base_url + "/")
    assert page.locator("html").get_attribute("lang") == "fr"
    follow(page.locator("main a[href='/first-time']"))
    follow(page.locator("main a[href='/first-connection']"))
    press(page)
    press(page, username=mail.username)
    press(page, password=mail.temporary_password, shared=True)
    phone = set_up(installation, computer)
    assert page.locator("html").get_attribute("lang") == "fr"
    assert_set_up(installation, LEA, button_opened=False)

    sign_out(page)
    follow(page.locator("main a[href='/sign-in']"))
    assert page.locator("button[name=known]").count() == 0, "A shared computer keeps no names."
    press(page, username=LEA["username"])
    finish_signing_in(page, installation, phone)


def invitation(installation: Installation, person: dict[str, str]) -> Mail:
    """Import the person and read the mail that arrives at the server."""
    installation.import_and_invite([person])
    (mail,) = installation.deliver()
    assert mail.to == person["email"]
    assert installation.smtp.delivered[-1].recipients == (person["email"],)
    return mail


def set_up(installation: Installation, computer: Computer) -> pyotp.TOTP:
    """From the choice of the second step to the signed-in home; returns the code app."""
    page, walked = computer.page, [step_of(computer.page)]
    press(page, "code-app")
    walked.append(step_of(page))
    phone = scanned(computer)
    assert phone.issuer == "Tamaris Relief"
    assert phone.secret == page.locator("[data-secret]").inner_text().replace(" ", "")
    press(page, code=phone.at(installation.live.clock.now()))
    walked.append(step_of(page))
    press(page, new_password=PASSWORD)
    walked.append(step_of(page))
    press(page)
    walked.append(step_of(page))
    assert walked == STEPS
    assert page.locator(".stair.open .door.ajar").is_visible()
    press(page, "portal")
    assert (page_of(page), is_signed_in(page)) == ("account", True)
    return phone


def assert_set_up(installation: Installation, person: dict[str, str], *, button_opened: bool) -> None:
    account = row_of(installation.live.app, Account, username=person["username"])
    assert account.password_hash is not None
    bound = row_of(installation.live.app, Authenticator, account_id=account.id)
    assert bound.proven_at == installation.live.clock.now()
    mail = row_of(installation.live.app, OutboxMail, account_id=account.id, kind="invitation")
    assert (mail.state, mail.message) == ("handed-over", None)
    assert (mail.button_opened_at is not None) is button_opened


def finish_signing_in(page: Page, installation: Installation, phone: pyotp.TOTP) -> None:
    """Own password and the next code, nothing more; the code of the set-up is not taken a second time."""
    press(page, password=PASSWORD)
    assert page.locator("main").get_attribute("data-progress") == "3/3"
    press(page, code=phone.at(installation.live.clock.now()))
    assert page.locator("main").get_attribute("data-refused") == "code-used"
    installation.live.clock.advance(seconds=30)
    press(page, code=phone.at(installation.live.clock.now()))
    assert (page_of(page), is_signed_in(page)) == ("account", True)
