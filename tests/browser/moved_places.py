"""A walk past every page that people of a moved account meet: addresses that lead nowhere, refusals, long names of organisations.

Each walk yields the name of a place and the browser that stands there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Page

from tests.browser.hands import follow, press
from tests.browser.looks import open_details
from tests.browser.places import secret_shown
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.moved import HEADQUARTERS, MovedPerson, add_office, moved
from tests.support.outbox import Mailbox
from tests.support.people import PASSWORD, code_of
from tests.support.rows import beside
from wizard.extensions import tools
from wizard.models import write
from wizard.services import invitations, memberships

ROOMY = {
    "mailed_code_tries": 2,
    "mailed_sends": 3,
    "migrated_from": "Harbour Portal",
    "mail_on_behalf_of": "Harbour Aid",
}
"""Settings by which a walk soon meets the end of codes and mails, of an installation that names the old portal."""
LONG_NAME = "International Alliance of Harbour, River and Coastal Communities for Mutual Help"
LONG_WORD = "Küstengemeinschaftshafenwiederaufbauhilfsgesellschaftsverband"
AMINA, SHARED, TWICE, NOBODY = (
    f"{name}@harbour.example" for name in ("amina.keita", "info", "ousmane.and.fatou", "nobody")
)
Places = Iterator[tuple[str, Computer]]


@dataclass
class Scene:
    """A computer and another browser, at one installation."""

    live: LiveApp
    computer: Computer
    other: Computer

    def mailed(self, email: str = AMINA) -> tuple[str, str]:
        """Code and button, an address, of the newest mail that proves `email`."""
        mail = Mailbox(self.live.app).newest("mailed_code", to=email)
        assert mail.code is not None
        assert mail.button is not None
        return mail.code, mail.button

    def start(self, email: str) -> Page:
        """A fresh browser, as far as the page that waits for the mail to `email`."""
        self.computer.context.clear_cookies()
        page = self.computer.page
        page.goto(self.live.base_url + "/migrated-account")
        press(page, email=email)
        return page

    def prove(self, email: str) -> Page:
        page = self.start(email)
        press(page, code=self.mailed(email)[0])
        return page


def walk(scene: Scene) -> Places:
    """Every page of migrated-account that no other journey has, in the language of the browsers."""
    person = people(scene)
    yield from entering(scene)
    yield from waiting(scene)
    yield from without_account(scene)
    yield from the_other_browser(scene, person)
    yield from to_the_end(scene)


def people(scene: Scene) -> MovedPerson:
    """Somebody of two organisations with long names, and two whom an address alone does not tell apart."""
    app, language = scene.live.app, str(scene.computer.page.evaluate("navigator.language"))
    person = moved(app, AMINA, organisation=LONG_NAME, office=HEADQUARTERS, role="administrator", language=language)
    moved(app, SHARED)
    moved(app, TWICE)
    moved(app, TWICE, given_name="Fatou")

    def act() -> None:
        office = add_office("Niger", LONG_WORD)
        with write():
            memberships.add(person.account_id, office, "reader", tools().clock.now() - timedelta(days=1))
        assert invitations.send_to([person.account_id]) == 1

    beside(app, act)
    return person


def entering(scene: Scene) -> Places:
    page = scene.computer.page
    page.goto(scene.live.base_url + "/first-time")
    yield "first time, two ways", scene.computer
    follow(page.locator("main a[href='/migrated-account']"))
    yield "enter-email", scene.computer
    press(page)
    yield "enter-email, empty", scene.computer
    press(page, email="amina.keita.harbour.example")
    yield "enter-email, refused", scene.computer


def waiting(scene: Scene) -> Places:
    page = scene.start(AMINA)
    yield "verify-email", scene.computer
    scene.other.page.goto(scene.mailed()[1])
    yield "button of the mailed code", scene.other
    press(scene.other.page, "yes")
    page.reload()
    yield "verify-email, went on elsewhere", scene.computer
    press(page, "resend")
    press(page, code="12")
    yield "verify-email, two digits", scene.computer
    press(page, code="000000")
    yield "verify-email, wrong code", scene.computer
    press(page, "resend")
    press(page, code="000001")
    yield "verify-email, by the button only", scene.computer
    scene.live.clock.advance(days=1)


def without_account(scene: Scene) -> Places:
    page = scene.prove(NOBODY)
    yield "no-account", scene.computer
    press(page)
    yield "no-account, nothing selected", scene.computer
    page.locator("[value=international-ngo]").check()
    press(page)
    yield "no-account, message sent", scene.computer
    scene.prove(SHARED)
    yield "no-account, shared mailbox", scene.computer
    scene.prove(TWICE)
    yield "no-account, several accounts", scene.computer


def the_other_browser(scene: Scene, person: MovedPerson) -> Places:
    invitation = Mailbox(scene.live.app).newest(to=person.email, kind="migrated_invitation")
    assert invitation.button is not None
    scene.other.context.clear_cookies()
    scene.other.page.goto(invitation.button)
    yield "button of the invitation", scene.other


def to_the_end(scene: Scene) -> Places:
    page = scene.prove(AMINA)
    yield "create-password", scene.computer
    page.fill("[name=new_password]", "Rabot 3")
    yield "create-password, while typing", scene.computer
    press(page)
    yield "create-password, refused", scene.computer
    press(page, new_password=PASSWORD)
    yield "check-details", scene.computer
    open_details(page)
    page.fill("[name=family_name]", "Keïta")
    scene.live.clock.advance(minutes=16)
    press(page)
    press(page, password=PASSWORD)
    yield "check-details, typed before the password was asked for again", scene.computer
    press(page, family_name="", display_name="www.harbour.example")
    yield "check-details, web address", scene.computer
    press(page, family_name="", display_name="Amina Keita")
    yield "check-details, no family name", scene.computer
    press(page, family_name="Keïta")
    press(page, "code-app")
    press(page, code=code_of(secret_shown(page), scene.live.clock))
    press(page, "skip")
    yield "finish", scene.computer
