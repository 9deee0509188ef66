"""Every page of a moved account: wide and narrow, by day and by night, mirrored, printed, with long names of organisations."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.looks import NARROW, WIDE, Gallery, open_details, show
from tests.browser.moved_places import ROOMY, Scene, walk
from tests.browser.test_pages import SUBJECTS, served
from tests.support.chromium import Computer

FEWEST = 24  # places of the walk
ROW = 44  # CSS pixels that a row with a radio is high at least
LOW_ROWS = """least => [...document.querySelectorAll("main .check")].filter(row => {
  const parts = [...row.children].map(each => each.getBoundingClientRect());
  const gap = Math.max(...parts.map(box => box.left)) - Math.min(...parts.map(box => box.right));
  return row.getBoundingClientRect().height < least || gap > 0.5;
}).map(row => row.textContent)"""
CROOKED = """() => [...document.querySelectorAll("main .facts")].flatMap(list => {
  const starts = [...list.querySelectorAll("dd")].map(each => Math.round(each.getBoundingClientRect().left));
  return new Set(starts).size > 1 ? [list.textContent.trim().replace(/\\s+/g, " ")] : [];
})"""


@dataclass
class MovedGallery(Gallery):
    """Counts besides what there was to measure, so that nothing is praised that was never seen."""

    radios: int = 0
    lists: int = 0


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> MovedGallery:
    """What was seen on the walk."""
    seen = MovedGallery()
    with served(tmp_path_factory.mktemp("installation"), **ROOMY) as site:
        browsers = [Computer(chromium.new_context(locale="fr", reduced_motion="reduce")) for _ in range(2)]
        for place, browser in walk(Scene(site, *browsers)):
            seen.look(place, browser)
            _measure(seen, place, browser.page)
        for browser in browsers:
            with closing(browser.context):
                seen.note("console", "all", browser.problems)
    return seen


def _measure(seen: MovedGallery, place: str, page: Page) -> None:
    """What only these pages have: radios in rows, and lists of facts."""
    open_details(page)
    for width in (WIDE, NARROW):
        show(page, width, "light")
        low = [f"{row!r} is too low, or has a gap" for row in page.evaluate(LOW_ROWS, ROW)]
        seen.note("rows", f"{place} ({width})", low)
        seen.note("facts", f"{place} ({width})", page.evaluate(CROOKED))
    seen.radios += page.locator("main fieldset [type=radio]").count()
    seen.lists += page.locator("main .facts").count()
    show(page, WIDE, "light")


@pytest.mark.parametrize("subject", SUBJECTS, ids=SUBJECTS.values())
def test_on_every_page_of_a_moved_account(gallery: Gallery, subject: str) -> None:
    assert len(gallery.places) >= FEWEST
    faults = gallery.faults[subject]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(f"  - {fault}" for fault in faults)


def test_a_radio_and_its_words_are_one_row_that_a_thumb_meets(gallery: MovedGallery) -> None:
    assert gallery.radios > 0
    assert not gallery.faults["rows"]


def test_the_values_of_a_list_of_facts_begin_in_one_line(gallery: MovedGallery) -> None:
    assert gallery.lists > 0
    assert not gallery.faults["facts"]


def test_the_browsers_met_no_problem(gallery: Gallery) -> None:
    assert not gallery.faults["console"]
