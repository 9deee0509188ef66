"""The card in a real browser: its frame, its keys, and that it looks again by itself while nobody types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page as Window
from playwright.sync_api import expect

from tests.browser.looks import FORMS, LOOK, WIDE, show
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.page_client import PageClient
from tests.support.people import InvitedPerson, completed, invite, place_at, sign_in
from tests.support.rows import beside
from wizard.models import write
from wizard.services import staff
from wizard.services.staff import Scope

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "js" / "console.js"


@dataclass
class Console:
    """An agent's browser on a running installation, and somebody who stands at a step."""

    live: LiveApp
    computer: Computer
    person: InvitedPerson
    client: PageClient

    @property
    def window(self) -> Window:
        return self.computer.page

    def open(self, path: str) -> None:
        self.window.goto(f"{self.live.base_url}{path}")

    def open_card(self) -> None:
        self.open(f"/helpdesk/people/{self.person.account_id}")


def forget_the_frame(console: Console) -> None:
    """The moved clock is a script for every frame; in the sandbox none runs, and the browser says so."""
    told = console.computer.problems
    told[:] = [each for each in told if "Blocked script execution" not in each]


@pytest.fixture
def console(live_app: Callable[..., LiveApp], new_computer: Callable[..., Computer]) -> Console:
    live = live_app()
    person = invite(live.app, "amadou.sani", "fr", given_name="Amadou", family_name="Sani")
    client = PageClient(live.app)
    place_at(client, "first-connection", "choose-authenticator", person)
    computer = new_computer()
    name = live.app.config["SESSION_COOKIE_NAME"]
    cookie = _agent(live.app).raw.get_cookie(name, domain="localhost")
    assert cookie is not None
    computer.context.add_cookies([{"name": name, "value": cookie.value, "url": live.base_url}])
    return Console(live, computer, person, client)


def _agent(app: Flask) -> PageClient:
    person = completed(app, "ines.kouma", given_name="Ines", family_name="Kouma")

    def appoint() -> None:
        with write():
            staff.appoint(person.account_id, "supervise", Scope(), "operator")

    beside(app, appoint)
    browser = PageClient(app)
    sign_in(browser, person)
    return browser


def test_the_frame_shows_the_page_and_nothing_in_it_can_be_pressed(console: Console) -> None:
    console.open_card()
    frame = console.window.frame_locator(".frame iframe")
    expect(frame.locator("main[data-step=choose-authenticator]")).to_be_visible()
    assert frame.locator("html").get_attribute("lang") == "fr"
    assert frame.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        frame.locator(".wall").first.evaluate("wall => getComputedStyle(wall).backgroundColor") == "rgb(241, 238, 232)"
    )
    seen = len(console.window.context.pages), console.window.url
    console.window.mouse.click(*_middle(console.window, ".frame"))
    assert (len(console.window.context.pages), console.window.url) == seen
    assert not console.computer.problems


def _middle(window: Window, selector: str) -> tuple[float, float]:
    box = window.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_card_looks_again_when_something_has_changed(console: Console) -> None:
    console.window.clock.install()
    console.open_card()
    expect(console.window.locator(".tag")).to_contain_text("Way to confirm")
    console.client.get("/first-connection", follow=True).press("code-app")
    console.window.clock.run_for(10_500)
    expect(console.window.locator(".tag")).to_contain_text("Code")
    forget_the_frame(console)
    assert not console.computer.problems


def test_the_card_never_takes_away_what_is_typed(console: Console) -> None:
    console.window.clock.install()
    console.open_card()
    console.window.locator("#q").fill("half a na")
    console.client.get("/first-connection", follow=True).press("code-app")
    with console.window.expect_response("**/state"):
        console.window.clock.run_for(10_500)
    expect(console.window.locator("#q")).to_have_value("half a na")
    expect(console.window.locator(".tag")).to_contain_text("Way to confirm")
    console.window.locator("#q").fill("")
    console.window.locator("#q").blur()
    console.window.clock.run_for(10_500)
    expect(console.window.locator(".tag")).to_contain_text("Code")
    forget_the_frame(console)


def test_times_go_on_while_somebody_types_and_say_of_when_they_are(console: Console) -> None:
    """As long as nothing else has changed; then the card stays as it was, and says when that was."""
    console.window.clock.install()
    console.open_card()
    tag, drawn = console.window.locator(".tag"), console.window.locator("[data-time=drawn]")
    expect(tag).to_contain_text("for less than a minute")
    console.window.locator("#q").fill("half a na")
    console.live.clock.advance(minutes=1)
    console.window.clock.run_for(10_500)
    expect(tag).to_have_text("Waits at Way to confirm for 1 minute")
    told = f"{console.live.clock.now():%-H:%M}."
    expect(drawn).to_contain_text(told)
    expect(console.window.locator("#q")).to_have_value("half a na")

    console.client.get("/first-connection", follow=True).press("code-app")
    console.live.clock.advance(minutes=1)
    with console.window.expect_response("**/state"):
        console.window.clock.run_for(10_500)
    expect(tag).to_have_text("Waits at Way to confirm for 1 minute")
    expect(drawn).to_contain_text(told)
    forget_the_frame(console)
    assert not console.computer.problems


def test_the_search_is_reached_by_a_key_and_its_rows_by_arrows(console: Console) -> None:
    rows = """<ul data-results><li><a href="#1">One</a></li><li><a href="#2">Two</a></li></ul>"""
    console.open("/helpdesk/people")
    console.window.keyboard.press("/")
    expect(console.window.locator("#q")).to_be_focused()
    console.window.keyboard.type("sani/")
    expect(console.window.locator("#q")).to_have_value("sani/")
    # The rows are put in by hand: which people are found is another matter than how one walks along them.
    console.window.locator(".console").evaluate("(main, rows) => { main.innerHTML = rows; }", rows)
    console.window.evaluate(SCRIPT.read_text(encoding="utf-8"))
    for key, text in (("ArrowDown", "One"), ("ArrowDown", "Two"), ("ArrowDown", "Two"), ("ArrowUp", "One")):
        console.window.keyboard.press(key)
        expect(console.window.locator("a:focus")).to_have_text(text)
    console.window.keyboard.press("Enter")
    assert console.window.url.endswith("#1")
    console.window.keyboard.press("ArrowUp")
    expect(console.window.locator("#q")).to_be_focused()


def test_the_card_can_be_read_in_every_form(console: Console) -> None:
    found: dict[str, list[str]] = {}
    console.open_card()
    for width, scheme in (*FORMS[:2], (390, "light"), (390, "dark")):
        show(console.window, width, scheme)  # type: ignore[arg-type]
        assert console.computer.overflow() == 0
        for subject, faults in console.window.evaluate(LOOK).items():
            if faults and not (subject == "sideways" and width < WIDE):  # the stair is moved sideways in its own box
                found[f"{subject} ({width}, {scheme})"] = faults
    assert console.computer.axe_faults() == []
    assert found == {}
