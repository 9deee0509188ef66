"""Every page of the console: wide and narrow, by day and by night, looked over by axe and measured."""

from __future__ import annotations

from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.helpdesk_hands import at_the_desk
from tests.browser.helpdesk_places import walk
from tests.browser.looks import LOOK, WIDE, Gallery, Scheme, show
from tests.browser.test_pages import served
from tests.support.chromium import Computer

NARROW = 390  # a telephone held upright; the console is made for more, and must still be usable there
FORMS: tuple[tuple[int, Scheme], ...] = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark"))
FEWEST = 26  # places of the walk
SUBJECTS = ("sideways", "text", "borders", "outlines", "targets", "axe", "focus", "console")
BOXES = ".climb .labelled, .sideways, .scrolls"
"""What is wider than a narrow window is moved sideways in a box of its own; the page around it is not."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Gallery:
    """What was seen on the walk."""
    seen = Gallery()
    with (
        served(tmp_path_factory.mktemp("installation")) as live,
        closing(chromium.new_context(reduced_motion="reduce")) as one,
        closing(chromium.new_context()) as two,
    ):
        agent = at_the_desk(live, Computer(one))
        second = at_the_desk(live, Computer(two), "moussa.diop", "supervise", "Moussa Diop")
        for place in walk(agent, second):
            _look(seen, place, agent.computer)
        for desk in (agent, second):
            desk.forget_frames()
            seen.note("console", "all", desk.computer.problems)
    return seen


def _look(seen: Gallery, place: str, computer: Computer) -> None:
    page = computer.page
    seen.places.append(place)
    summary = page.locator("[data-error-summary]")
    if summary.count() and not summary.evaluate("element => element === document.activeElement"):
        seen.note("focus", place, ["the summary of errors has not got the focus"])
    page.keyboard.press("Tab")  # the browser shows outlines to those who go by keyboard
    page.evaluate("document.activeElement.blur()")
    for width, scheme in FORMS:
        show(page, width, scheme)
        here = f"{place} ({width}, {scheme})"
        for subject, faults in page.evaluate(LOOK).items():
            seen.note(subject, here, _but_boxes(page, width, faults) if subject == "sideways" else faults)
        if (width == WIDE) == (scheme == "light"):
            seen.note("axe", here, computer.axe_faults())
    show(page, WIDE, "light")


def _but_boxes(page: Page, width: int, faults: list[str]) -> list[str]:
    has_boxes = width == NARROW and page.locator(BOXES).count() > 0
    return [fault for fault in faults if not has_boxes or fault.startswith("the page is")]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_on_every_page_of_the_console(gallery: Gallery, subject: str) -> None:
    assert len(gallery.places) >= FEWEST
    faults = gallery.faults[subject]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(f"  - {fault}" for fault in faults)
