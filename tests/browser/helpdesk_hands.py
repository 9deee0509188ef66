"""An agent of the helpdesk at a real browser, which counts the presses: of the mouse, and of Enter. Typing is no press."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.browser.hands import follow
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.page_client import PageClient
from tests.support.people import Person, completed, sign_in
from tests.support.rows import beside
from wizard.models import write
from wizard.services import staff
from wizard.services.staff import Scope

NewComputer = Callable[..., Computer]

# Kept by the tab, so that it outlives the pages. A frame of the card is another page, which runs no script.
COUNT_PRESSES = """
  if (window === window.top) {
    const press = () => sessionStorage.setItem("presses", 1 + Number(sessionStorage.getItem("presses")));
    addEventListener("pointerdown", event => event.isTrusted && press(), true);
    addEventListener("keydown", event => event.isTrusted && event.key === "Enter" && press(), true);
  }
"""
FRAME_WITHOUT_SCRIPTS = "Blocked script execution"


@dataclass
class Agent:
    """Somebody of the helpdesk at a browser that is signed in with the second step."""

    live: LiveApp
    computer: Computer
    account_id: str

    @property
    def page(self) -> Page:
        return self.computer.page

    @property
    def presses(self) -> int:
        """How often the agent has pressed since `begin`."""
        return int(self.page.evaluate("Number(sessionStorage.getItem('presses'))"))

    def begin(self) -> None:
        """Count from here on."""
        self.page.evaluate("sessionStorage.removeItem('presses')")

    def open(self, path: str) -> None:
        self.page.goto(self.live.base_url + path)

    def open_card(self, person: Person) -> None:
        """The card of this person, as a call begins: from here on presses count."""
        self.open(f"/helpdesk/people/{person.account_id}")
        self.begin()

    def choose(self, act: str, step: str = "") -> None:
        """Press an act of the card."""
        wanted = f"[data-act={act}]" + (f"[data-step={step}]" if step else "")
        follow(self.page.locator(wanted))

    def confirm(self, checked: str = "") -> None:
        """Say how the caller was checked, where it is asked, and press the button of the act's page."""
        if checked:
            self.page.locator(f"label:has([value={checked}]), .check:has([value={checked}]) label").first.click()
        follow(self.button)

    @property
    def button(self) -> Locator:
        """The one button of an act's page."""
        return self.page.locator("main form[novalidate] button")

    def said(self) -> str:
        """What the card says of the agent's last press."""
        return self.page.locator("[data-act-notice]").inner_text()

    def forget_frames(self) -> None:
        """The counter is a script for every frame; in the sandbox of the card none runs, and the browser says so."""
        told = self.computer.problems
        told[:] = [each for each in told if FRAME_WITHOUT_SCRIPTS not in each]


def at_the_desk(
    live: LiveApp, computer: Computer, username: str = "ines.kouma", role: str = "supervise", name: str = "Ines Kouma"
) -> Agent:
    """Appoint an agent who sees everybody, and sit them down, signed in, at `computer`."""
    given, family = name.split(" ", 1)
    person = completed(live.app, username, given_name=given, family_name=family)

    def appoint() -> None:
        with write():
            staff.appoint(person.account_id, role, Scope(), "operator")

    beside(live.app, appoint)
    client = PageClient(live.app)
    sign_in(client, person)
    cookie_name = live.app.config["SESSION_COOKIE_NAME"]
    cookie = client.raw.get_cookie(cookie_name, domain="localhost")
    assert cookie is not None
    computer.context.add_cookies([{"name": cookie_name, "value": cookie.value, "url": live.base_url}])
    computer.context.add_init_script(COUNT_PRESSES)
    return Agent(live, computer, person.account_id)
