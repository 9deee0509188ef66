"""Everything by keyboard: a whole sign-in, a mistake and its mending, the menu of languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.hands import is_signed_in, page_of, refused, step_of
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.people import PASSWORD, completed, next_code

FARTHEST = 25  # presses of Tab
FOCUSED = """wanted => {
  const here = document.activeElement;
  const box = here.getClientRects()[0]; // of a link over two lines the first
  return {
    there: here.matches(wanted),
    name: here.outerHTML.slice(0, 90),
    seen: box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth
      && getComputedStyle(here).outlineStyle === "solid"
      && here.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)),
  };
}"""


@pytest.fixture
def live(live_app: Callable[..., LiveApp]) -> LiveApp:
    return live_app()


@pytest.mark.parametrize("viewport", [(1280, 800), (320, 640)])
def test_a_whole_sign_in(live: LiveApp, new_computer: Callable[..., Computer], viewport: tuple[int, int]) -> None:
    person = completed(live.app)
    page = new_computer(viewport=viewport, reduced_motion="reduce").page
    page.goto(live.base_url + "/")
    tab_to(page, "a.skip", at_most=1)
    page.keyboard.press("Enter")
    tab_to(page, "main a[href='/sign-in']", at_most=1)
    enter(page)

    tab_to(page, "[name=username]")
    page.keyboard.type(person.username)
    enter(page)
    assert step_of(page) == "enter-password"

    tab_to(page, "[name=password]")
    page.keyboard.type("not this one")
    enter(page)
    assert refused(page) == "wrong-password"
    tab_to(page, ".summary a", at_most=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "password", "The summary leads to the field."

    page.keyboard.type(PASSWORD)
    tab_to(page, "[data-show]", at_most=1)
    page.keyboard.press("Space")
    assert page.locator("[name=password]").get_attribute("type") == "text"
    tab_to(page, "[name=shared]", at_most=1)
    page.keyboard.press("Space")
    assert page.locator("[name=shared]").is_checked()
    tab_to(page, "main form .button:not([type=button])", at_most=1)
    enter(page)

    tab_to(page, "[name=code]")
    page.keyboard.type(next_code(str(person.secret), live.clock))
    enter(page)
    assert (page_of(page), is_signed_in(page)) == ("account", True)

    tab_to(page, ".tools .link")
    enter(page)
    assert (page_of(page), is_signed_in(page)) == ("signed-out", False)


def test_the_menu_of_languages(live: LiveApp, new_computer: Callable[..., Computer]) -> None:
    page = new_computer().page
    page.goto(live.base_url + "/first-time")
    menu = page.locator("details.menu")
    tab_to(page, ".menu summary")
    page.keyboard.press("Enter")
    assert menu.evaluate("each => each.open")
    tab_to(page, ".menu [lang=en]", at_most=1)
    page.keyboard.press("Escape")
    assert not menu.evaluate("each => each.open")
    page.keyboard.press("Enter")
    tab_to(page, ".menu [lang=fr]", at_most=2)
    enter(page)
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.url == live.base_url + "/first-time", "The menu keeps the page."


def tab_to(page: Page, wanted: str, at_most: int = FARTHEST) -> None:
    """Press Tab until the focus is on `wanted`; wherever it comes on the way it must be seen."""
    passed = []
    for _ in range(at_most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUSED, wanted)
        assert focus["seen"], f"The focus is where nobody sees it: {focus['name']}"
        if focus["there"]:
            return
        passed.append(focus["name"])
    raise AssertionError(f"{at_most} times Tab and not at {wanted}, but past {passed}")


def enter(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")
