"""The console in a window as narrow as a telephone: what is wider is moved sideways, and what matters is in sight at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.helpdesk_hands import NewComputer, at_the_desk
from tests.browser.looks import show
from tests.support.app import LiveApp
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at

NARROW = 390
TWO_LINES = 48  # pixels
FIGURE = 16
ROOM = 40  # below the longest words of a stair
HEADS = "[...document.querySelectorAll('thead')].map(head => head.getBoundingClientRect().height)"
PAPER = """() => {
  const bottoms = what => [...document.querySelectorAll(what)].map(each => each.getBoundingClientRect().bottom);
  return Math.max(...bottoms(".labelled")) - Math.max(...bottoms(".labelled .under"));
}"""
CROWD = """() => {
  const crowd = document.querySelector(".worst .crowd").getBoundingClientRect();
  const drawn = document.querySelector(".worst .crowd").viewBox.baseVal;
  const words = document.querySelector(".worst .under b").getBoundingClientRect();
  return {left: crowd.left, right: words.right, figure: crowd.height / ((drawn.height + 2) / 26), width: innerWidth};
}"""
GAPS = """() => {
  const acts = [...document.querySelectorAll(".acts > li")];
  return acts.slice(1).map((act, before) => [
    !!act.querySelector(".no"), act.getBoundingClientRect().top - acts[before].getBoundingClientRect().bottom]);
}"""

Desk = Callable[[str], Page]


@pytest.fixture
def live(live_app: Callable[..., LiveApp]) -> LiveApp:
    return live_app()


@pytest.fixture
def at(live: LiveApp, new_computer: NewComputer) -> Desk:
    """Opens a page of the console for an agent whose window is narrow."""
    agent = at_the_desk(live, new_computer())

    def opened(path: str) -> Page:
        show(agent.page, NARROW, "light")
        agent.open(path)
        return agent.page

    return opened


def test_of_the_funnel_the_crowd_is_seen_first(live: LiveApp, at: Desk) -> None:
    for number in range(3):
        place_at(PageClient(live.app), "first-connection", "enter-code", invite(live.app, f"adama.{number}"))
    page = at("/helpdesk/funnel")
    seen = page.evaluate(CROWD)
    assert seen["figure"] >= FIGURE
    assert seen["left"] >= 0
    assert seen["right"] <= seen["width"]
    assert max(page.evaluate(HEADS)) <= TWO_LINES, "Heads that are out of sight leave a hole above those in sight."
    assert page.evaluate(PAPER) <= ROOM


def test_the_cards_stair_is_as_high_as_its_words(live: LiveApp, at: Desk) -> None:
    person = invite(live.app)
    place_at(PageClient(live.app), "first-connection", "enter-code", person)
    page = at(f"/helpdesk/people/{person.account_id}")
    assert 0 <= page.evaluate(PAPER) <= ROOM


def test_somebody_inside_is_seen_at_the_door(live: LiveApp, at: Desk) -> None:
    person = completed(live.app)
    door = at(f"/helpdesk/people/{person.account_id}").locator(".labelled .door").bounding_box()
    assert door is not None
    assert 0 <= door["x"] <= NARROW - door["width"]


def test_dangerous_acts_stand_apart(live: LiveApp, at: Desk) -> None:
    gaps = at(f"/helpdesk/people/{completed(live.app).account_id}").evaluate(GAPS)
    plain = [gap for dangerous, gap in gaps if not dangerous]
    apart = [gap for dangerous, gap in gaps if dangerous]
    assert plain
    assert apart
    assert min(apart) > 1.5 * max(plain)
