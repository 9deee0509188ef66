"""Looks at a page in every form that it is shown in, and collects what is wrong by subject."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

from tests.support.chromium import Computer

Scheme = Literal["light", "dark"]
LOOK = (Path(__file__).parent / "look.js").read_text(encoding="utf-8")
WIDE, NARROW = 1280, 320
FORMS: tuple[tuple[int, Scheme], ...] = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "light"), (NARROW, "dark"))

# What a reader who needs more room sets (WCAG 2.2, 1.4.12). A constructed sheet, because the policy stops inline styles.
OWN_SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
PRINTED = """() => {
  const shown = element => element.checkVisibility() && !element.closest(".hidden-text");
  const controls = [...document.querySelectorAll(".button, button, input, select, textarea, summary, .skip, .others")];
  return {
    left: controls.filter(shown).map(each => each.outerHTML.slice(0, 80)),
    lost: ["main h1", ".street h2", ".street .tel"].filter(what => !document.querySelector(what)?.checkVisibility()),
    wider: document.scrollingElement.scrollWidth - document.documentElement.clientWidth,
  };
}"""


@dataclass
class Gallery:
    """What was seen on a walk: the places, and the faults of each subject in sentences."""

    places: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, subject: str, place: str, faults: list[str]) -> None:
        self.faults[subject] += [f"{place}: {fault}" for fault in faults]

    def look(self, place: str, computer: Computer) -> None:
        """Look at the page that `computer` shows, in all its forms, and leave it as it was."""
        page = computer.page
        self.places.append(place)
        self.note("heading", place, _heading(page))
        self.note("focus", place, _focus(page))
        open_details(page)
        page.keyboard.press("Tab")  # the browser shows outlines to those who go by keyboard
        page.evaluate("document.activeElement.blur()")
        for width, scheme in FORMS:
            show(page, width, scheme)
            here = f"{place} ({width}, {scheme})"
            for subject, faults in page.evaluate(LOOK).items():
                self.note(subject, here, faults)
            if (width == WIDE) == (scheme == "light"):
                self.note("axe", here, computer.axe_faults())
        self._look_mirrored_and_spaced(place, page)
        self._look_printed(place, page)
        show(page, WIDE, "light")

    def _look_mirrored_and_spaced(self, place: str, page: Page) -> None:
        for width in (WIDE, NARROW):
            show(page, width, "light")
            with mirrored(page):
                self.note("sideways", f"{place} ({width}, right to left)", page.evaluate(LOOK)["sideways"])
        page.evaluate(OWN_SPACING)
        self.note("sideways", f"{place} ({NARROW}, own spacing)", page.evaluate(LOOK)["sideways"])
        page.evaluate("document.adoptedStyleSheets = []")

    def _look_printed(self, place: str, page: Page) -> None:
        page.emulate_media(media="print")
        seen = page.evaluate(PRINTED)
        self.note("print", place, [f"{each} is printed" for each in seen["left"]])
        self.note("print", place, [f"{each} is not printed" for each in seen["lost"]])
        self.note("print", place, ["the paper is too narrow"] if seen["wider"] > 0 else [])
        page.emulate_media(media="screen")


def show(page: Page, width: int, scheme: Scheme) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)


@contextmanager
def mirrored(page: Page) -> Iterator[None]:
    """The page as a language that is written from right to left would have it."""
    was = page.locator("html").get_attribute("dir") or "ltr"
    page.evaluate("document.documentElement.dir = 'rtl'")
    yield
    page.evaluate("was => { document.documentElement.dir = was; }", was)


def open_details(page: Page) -> None:
    """Open everything that can be unfolded but the menu, which lies over the page."""
    page.evaluate("document.querySelectorAll('details:not(.menu)').forEach(each => { each.open = true; })")


def _heading(page: Page) -> list[str]:
    heading = " ".join(page.locator("h1").inner_text().split())
    title = " ".join(page.title().split())
    return [] if heading == title else [f"the heading {heading!r} is not the title {title!r}"]


def _focus(page: Page) -> list[str]:
    summary = page.locator("[data-error-summary]")
    if summary.count() == 0:
        was_refused = page.locator("main[data-refused]:not([data-problem])").count()
        return ["a refusal without a summary"] if was_refused else []
    has_focus = summary.evaluate("element => element === document.activeElement")
    return [] if has_focus else ["the summary of errors has not got the focus"]
