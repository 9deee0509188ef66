"""Every page of the phone, at the computer and on the phone: wide and narrow, by day and by night, mirrored, printed."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import Browser

from tests.browser.looks import Gallery
from tests.browser.phone_places import ROOMY, Scene, walk
from tests.browser.phones import PHONE_SIZE
from tests.browser.test_pages import SUBJECTS, served
from tests.support.chromium import Computer

FEWEST = 42  # places of the walk
FOLDED = ("phone: request", "phone: link")
BELOW = """() => [...document.querySelectorAll("main #number, main button.button")]
  .filter(each => each.getBoundingClientRect().bottom > innerHeight).map(each => each.textContent || each.id)"""
LOUDEST = """() => [...document.querySelectorAll("body *")]
  .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .sort((a, b) => parseFloat(getComputedStyle(b).fontSize) - parseFloat(getComputedStyle(a).fontSize))[0]
  .matches("[data-number]")"""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Gallery:
    """What was seen on the walk."""
    seen = Gallery()
    with served(tmp_path_factory.mktemp("installation"), **ROOMY) as site:
        contexts = [chromium.new_context(locale="en", reduced_motion="reduce") for _ in range(3)]
        browsers = [Computer(context) for context in contexts]
        for place, browser in walk(Scene(site, *browsers)):
            _measure(seen, place, browser)
            seen.look(place, browser)
        for browser in browsers:
            with closing(browser.context):
                seen.note("console", "all", browser.problems)
    return seen


def _measure(seen: Gallery, place: str, browser: Computer) -> None:
    """What only the phone's pages promise: no scrolling before the buttons, and a number louder than all else."""
    page = browser.page
    page.set_viewport_size({"width": PHONE_SIZE[0], "height": PHONE_SIZE[1]})
    if place.startswith(FOLDED) and "refused" not in place:
        seen.note("fold", place, [f"{what!r} is below the fold" for what in page.evaluate(BELOW)])
    if page.locator("[data-number]").count():
        seen.note("number", place, [] if page.evaluate(LOUDEST) else ["the number is not the loudest thing"])


@pytest.mark.parametrize("subject", SUBJECTS, ids=SUBJECTS.values())
def test_on_every_page_of_the_phone(gallery: Gallery, subject: str) -> None:
    assert len(gallery.places) >= FEWEST
    faults = gallery.faults[subject]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(f"  - {fault}" for fault in faults)


def test_number_and_both_buttons_are_seen_without_scrolling(gallery: Gallery) -> None:
    assert sum(place.startswith(FOLDED) for place in gallery.places) >= len(FOLDED)
    assert not gallery.faults["fold"]


def test_the_number_is_the_loudest_thing(gallery: Gallery) -> None:
    assert any(place.startswith("match-number") for place in gallery.places)
    assert not gallery.faults["number"]


def test_the_browsers_met_no_problem(gallery: Gallery) -> None:
    assert not gallery.faults["console"]
