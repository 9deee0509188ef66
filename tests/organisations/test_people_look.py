"""The pages about colleagues in a real browser: wide and narrow, by day and by night, mirrored, spaced and printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playwright.sync_api import Page

from tests.browser.looks import Gallery
from tests.organisations.colleagues import INVITE, LIST, administrator, invite
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.clock import MovableClock
from tests.support.moved import HEADQUARTERS, NIGER, add_office, arrived, moved
from tests.support.page_client import PageClient
from tests.support.rows import beside, row_of
from tests.support.windows import cookie_of
from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Account, Membership, NameCorrection, write

LONG = "association-pour-le-developpement-rural@fédération-des-organisations-du-sahel.example"
ADMINISTRATOR = "amina.keita@harbour.example"


def test_the_pages_about_colleagues(
    live_app: Callable[..., LiveApp], new_computer: Callable[..., Computer], clock: MovableClock
) -> None:
    live, computer, gallery = live_app(), new_computer(reduced_motion="reduce"), Gallery()
    for place in walk(computer, live, clock):
        gallery.look(place, computer)
    assert {subject: faults for subject, faults in gallery.faults.items() if faults} == {}
    assert computer.problems == []
    assert len(gallery.places) >= 8


def walk(computer: Computer, live: LiveApp, clock: MovableClock) -> Iterator[str]:
    """Every page, with somebody in each state that the list knows."""
    browser, page = furnish(live, clock), computer.page
    enter(computer, browser, live)
    page.goto(live.base_url + LIST)
    yield "list"
    page.goto(live.base_url + f"{LIST}/{membership(live, 'sana@harbour.example')}")
    yield "colleague, arrived"
    page.goto(live.base_url + f"{LIST}/{membership(live, ADMINISTRATOR)}")
    yield "colleague, oneself"
    page.goto(live.base_url + f"{LIST}/{membership(live, LONG)}")
    yield "colleague, invited"
    page.goto(live.base_url + INVITE)
    yield "invite"
    press(page)
    yield "invite, refused"
    page.locator("[name=email]").fill(LONG)
    page.locator("[name=given_name]").fill("Ibrahim")
    page.locator("[name=role]").first.check()
    page.locator("[name=office]").select_option(label=NIGER)
    press(page)
    yield "invite, already here"
    page.locator("[name=email]").fill("ibou@harbour.example")
    press(page)
    yield "invited"
    for _ in range(4):
        page.goto(live.base_url + LIST)
        page.locator(f"form[action$='{membership(live, LONG)}/resend'] button").click()
    yield "list, refused"
    enter(computer, person_with_offer(live, browser), live)
    page.goto(live.base_url + "/organisation")
    yield "offer"


def furnish(live: LiveApp, clock: MovableClock) -> PageClient:
    """An organisation with people in each state; returns the administrator's browser."""
    app = live.app
    beside(app, lambda: [add_office(name) for name in (HEADQUARTERS, NIGER)])
    invite(administrator(app, "earlier@harbour.example"), "ended@harbour.example", office=NIGER)
    clock.advance(days=8)
    browser = administrator(app, ADMINISTRATOR)
    for address in (LONG, "begun@harbour.example"):
        invite(browser, address, office=NIGER, given_name="Ibrahim")
    person = arrived(app, "sana@harbour.example", office=NIGER, given_name="Sana", role="editor")
    moved(app, "imported@harbour.example", office=NIGER, given_name="Moussa")
    moved(app, "closed@harbour.example", office=NIGER, given_name="Ada", disabled_at=clock.now())

    def correct() -> None:
        with write() as session:
            begun = session.scalars(Account.__table__.select().where(Account.email == "begun@harbour.example")).one()
            session.get_one(Account, begun).password_hash = "x"
            session.add(
                NameCorrection(
                    id=new_id(),
                    account_id=person.account_id,
                    given_name="Sána",
                    family_name="Keïta",
                    created_at=tools().clock.now(),
                )
            )

    beside(app, correct)
    return browser


def person_with_offer(live: LiveApp, browser: PageClient) -> PageClient:
    elsewhere = administrator(live.app, "sana@river.example", organisation="River Trust")
    invite(browser, "sana@river.example", office=NIGER)
    return elsewhere


def enter(computer: Computer, browser: PageClient, live: LiveApp) -> None:
    """Go on in the browser with the session of `browser`."""
    name = live.app.config["SESSION_COOKIE_NAME"]
    computer.context.add_cookies([{"name": name, "value": cookie_of(browser), "url": live.base_url}])


def membership(live: LiveApp, email: str) -> str:
    """The membership of the person with this address, as stored."""
    return row_of(live.app, Membership, account_id=row_of(live.app, Account, email=email).id).id


def press(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form[method=post] button").last.click()
