"""People of moved accounts from the front page to their organisation: with a code app, with a phone, by the mail's button, and in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Installation
from tests.browser.hands import follow, is_signed_in, page_of, path_of, press, refused, scanned, sign_out, step_of
from tests.browser.phones import answer, arrives, link, new_phone, number_on, open_request, scan
from tests.browser.places import with_settings
from tests.support.chromium import Computer
from tests.support.mails import Mail
from tests.support.moved import HEADQUARTERS, moved
from tests.support.people import PASSWORD
from tests.support.rows import row_of
from wizard.models import Account, Authenticator, DeskRequest, NameCorrection

NewComputer = Callable[..., Computer]
AMINA, NOBODY = "amina.keita@harbour.example", "nobody@harbour.example"
TO_THE_SECOND_STEP = ["verify-email", "create-password", "check-details", "choose-authenticator"]


class Visitor:
    """Somebody at one browser. Each page that they come to is looked over and noted; axe itself is a script."""

    def __init__(self, computer: Computer, *, scripts: bool = True) -> None:
        self.computer = computer
        self.scripts = scripts
        self.page: Page = computer.page
        self.steps: list[str] = []

    def look(self) -> None:
        faults = self.computer.axe_faults() if self.scripts else []
        assert not faults, f"{self.page.url}:\n" + "\n".join(faults)
        assert self.computer.overflow() == 0, f"{self.page.url} scrolls sideways."
        self.steps.append(step_of(self.page) or "")

    def press(self, choice: str = "", **fields: Any) -> None:
        press(self.page, choice, **fields)
        self.look()

    def says(self, *words: str) -> bool:
        shown = " ".join(self.page.locator("main").inner_text().split())
        return all(each in shown for each in words)

    def ask_for_mail(self, installation: Installation, email: str) -> Mail:
        """From the front page to the page that waits for the mail; returns the mail."""
        self.page.goto(installation.live.base_url + "/")
        for way in ("/first-time", "/migrated-account"):
            follow(self.page.locator(f"main a[href='{way}']"))
            self.look()
        self.press(email=email)
        (mail,) = installation.deliver()
        assert (mail.to, mail.code is None) == (email, False)
        self.steps = self.steps[-1:]
        return mail


@pytest.fixture
def installation(installation: Installation) -> Installation:
    """One that names the old portal on its way in."""
    with_settings(installation.live.app, migrated_from="Harbour Portal")
    return installation


def test_a_reader_of_a_country_office_on_a_small_screen(installation: Installation, new_computer: NewComputer) -> None:
    person = moved(installation.live.app, AMINA)
    visitor = Visitor(new_computer(viewport=(320, 640)))
    page = visitor.page
    code = visitor.ask_for_mail(installation, AMINA).code
    assert code is not None
    visitor.press(code=f"{code[:3]} {code[3:]}")
    assert visitor.says("Harbour Aid", "Niger", "Reader", "You see this office only: Niger.")
    visitor.press(new_password=PASSWORD)
    assert visitor.steps == TO_THE_SECOND_STEP[:3]
    page.locator("main details summary").click()
    press(page, display_name="www.harbour.example", family_name="Keïta")
    assert refused(page) == "not-a-name"
    assert page.locator("[name=family_name]").is_visible(), "What was corrected stays in sight."
    visitor.press(display_name="Amina")
    assert visitor.steps == TO_THE_SECOND_STEP
    visitor.press("code-app")
    app = scanned(visitor.computer)
    visitor.press(code=app.at(installation.live.clock.now()))
    visitor.press("skip")
    assert visitor.steps[4:] == ["enter-code", "keep-recovery-codes", "finish"]
    assert visitor.says("This is your organisation", "Harbour Aid", "You see this office only: Niger.")
    visitor.press("portal")
    assert (page_of(page), is_signed_in(page)) == ("account", True)

    account = row_of(installation.live.app, Account, id=person.account_id)
    assert (account.display_name, account.family_name) == ("Amina", "Keita"), "The old spelling stays until accepted."
    assert row_of(installation.live.app, NameCorrection, account_id=person.account_id).family_name == "Keïta"
    sign_out(page)
    page.goto(installation.live.base_url + "/sign-in")
    follow(page.locator("button[name=known]", has_text=AMINA))
    press(page, password=PASSWORD)
    installation.live.clock.advance(seconds=30)
    press(page, code=app.at(installation.live.clock.now()))
    assert is_signed_in(page), "The next morning the address, the password and a code are enough."


def test_an_administrator_of_the_headquarters_in_french_with_a_phone(
    installation: Installation, new_computer: NewComputer
) -> None:
    person = moved(
        installation.live.app, AMINA, office=HEADQUARTERS, role="administrator", username=None, language="fr"
    )
    computer, phone = new_computer(locale="fr"), new_phone(new_computer, locale="fr")
    visitor = Visitor(computer)
    mail = visitor.ask_for_mail(installation, AMINA)
    assert mail.language == "fr"
    visitor.press(code=mail.code)
    visitor.press(new_password=PASSWORD)
    visitor.press()
    assert visitor.steps == TO_THE_SECOND_STEP
    press(visitor.page, "phone")
    arrives(visitor.page, "/migrated-account/scan-qr")
    visitor.look()
    scan(phone, computer)
    on_phone = Visitor(phone)
    on_phone.look()
    link(phone)
    number = number_on(visitor.page)
    visitor.look()
    open_request(phone.page)
    on_phone.look()
    answer(phone.page, number=number)
    on_phone.look()
    arrives(visitor.page, "/migrated-account/keep-recovery-codes")
    visitor.press()
    assert visitor.steps[4:] == ["scan-qr", "match-number", "finish"]
    assert visitor.says("Harbour Aid", HEADQUARTERS)
    assert visitor.page.locator("html").get_attribute("lang") == "fr"
    visitor.press("portal")
    assert is_signed_in(visitor.page)
    bound = row_of(installation.live.app, Authenticator, account_id=person.account_id)
    assert bound.device_id is not None
    assert row_of(installation.live.app, Account, id=person.account_id).language == "fr"


def test_by_the_button_in_another_browser_without_scripts(
    installation: Installation, new_computer: NewComputer
) -> None:
    moved(installation.live.app, AMINA)
    first = Visitor(new_computer())
    second = Visitor(new_computer(viewport=(390, 844), java_script=False), scripts=False)
    mail = first.ask_for_mail(installation, AMINA)
    assert mail.button is not None
    second.page.goto(mail.button)
    assert page_of(second.page) == "invitation"
    assert second.says(AMINA, "Harbour Aid", "Niger")
    second.look()
    second.press("yes")
    second.press(new_password=PASSWORD)
    assert step_of(second.page) == "check-details"

    look_again(first.page)
    assert first.says("You went on in another window or on another device at")
    first.look()
    assert [mail.code for mail in installation.deliver() if mail.code] == [], "Nobody has asked for another mail."
    second.press()
    second.press("code-app")
    second.press(code=scanned(second.computer).at(installation.live.clock.now()))
    second.press("skip")
    assert second.says("This is your organisation", "You see this office only: Niger.")
    second.press("portal")
    assert (is_signed_in(second.page), is_signed_in(first.page)) == (True, False)


def test_an_address_without_an_account_in_spanish(installation: Installation, new_computer: NewComputer) -> None:
    moved(installation.live.app, AMINA)
    visitor = Visitor(new_computer(locale="es"))
    page = visitor.page
    mail = visitor.ask_for_mail(installation, NOBODY)
    assert (mail.language, page.locator("html").get_attribute("lang")) == ("es", "es")
    visitor.press(code=mail.code)
    assert step_of(page) == "no-account"
    assert not visitor.says("Harbour Aid"), "No organisation is named."
    visitor.press()
    assert refused(page) == "missing"
    follow_summary(page)
    page.keyboard.press("Space")
    visitor.press()
    request = row_of(installation.live.app, DeskRequest)
    assert (request.address, request.kind, request.organisation_kind) == (NOBODY, "no-account", "national-ngo")
    page.reload()
    assert page.locator("[name=organisation_kind]").count() == 0, "One message is enough."
    visitor.press("other")
    assert path_of(page) == "/migrated-account/enter-email"
    visitor.press(email=AMINA)
    assert step_of(page) == "verify-email", "Another address needs a proof of its own."


def look_again(page: Page) -> None:
    """Come back to the window: it looks by itself whether anything has happened."""
    with page.expect_navigation():
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def follow_summary(page: Page) -> None:
    """Press the message in the summary of errors, which leads to the first radio."""
    page.locator("[data-error-summary] a").click()
    assert page.evaluate("document.activeElement.name") == "organisation_kind"
