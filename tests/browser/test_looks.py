"""The eyes of the browser tests see what is wrong, each fault under its own subject."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.looks import LOOK, Gallery
from tests.support.chromium import Computer

GOOD = """<!doctype html><html lang="en"><head><title>Hello</title><style>
  body { margin: 0; background: #fff; color: #333; font: 16px/1.5 sans-serif; }
  a, button, input { color: #005; }
  .tel { display: inline-block; padding: 6px 0; }
  button, input { min-height: 40px; border: 2px solid #777; background: #fff; }
  :focus-visible { outline: 3px solid #005; }
  @media print { button, input { display: none; } }
</style></head><body><main><h1>Hello</h1><p>Words with <a href="#x">a link</a> among them.</p>
<label for="x">Field</label> <input id="x" value="typed"> <button>Press</button></main>
<footer class="street"><h2>Help</h2><a class="tel" href="tel:1">+41 22 555 01 23</a></footer></body></html>"""

FAULTS = {
    "text": ("p { color: #999; }", "Words with"),
    "borders": ("input { border-color: #ccc; }", "its border has"),
    "outlines": (":focus-visible { outline-color: #ddd; }", "its focus has"),
    "targets": ("button { min-height: 0; padding: 0; border: 0; font-size: 12px; }", "Press"),
    "sideways": ("h1 { width: 1400px; }", "wider than its window"),
    "print": ("@media print { button { display: block; } }", "is printed"),
    "heading": ("h1 { text-transform: uppercase; }", "HELLO"),
    "axe": ("", "image-alt"),
}


@pytest.fixture
def computer(new_computer: Callable[..., Computer]) -> Computer:
    return new_computer()


def test_a_good_page_has_no_fault(computer: Computer) -> None:
    assert seen(computer, GOOD) == {}


@pytest.mark.parametrize("subject", FAULTS)
def test_a_fault_is_seen(computer: Computer, subject: str) -> None:
    rule, words = FAULTS[subject]
    page = GOOD.replace("</style>", f"{rule}</style>")
    if subject == "axe":
        page = page.replace("</h1>", "</h1><img src='data:,'>")
    faults = seen(computer, page)
    assert any(words in fault for fault in faults[subject]), faults


def test_a_summary_without_the_focus_is_seen(computer: Computer) -> None:
    without = GOOD.replace("<main>", "<main data-refused='wrong-code'>")
    assert seen(computer, without)["focus"]
    unfocused = without.replace("<h1>", "<div data-error-summary tabindex='-1'>No</div><h1>")
    assert seen(computer, unfocused)["focus"]


@pytest.mark.parametrize(
    "style",
    ["p { color: rgb(0 0 0 / 40%); }", "p { color: color-mix(in srgb, #000 30%, #fff); }", "p { background: #777; }"],
)
def test_colours_are_read_in_every_form(computer: Computer, style: str) -> None:
    computer.page.set_content(GOOD.replace("</style>", f"{style}</style>"))
    assert computer.page.evaluate(LOOK)["text"]


def seen(computer: Computer, page: str) -> dict[str, list[str]]:
    computer.page.set_content(page)
    gallery = Gallery()
    gallery.look("here", computer)
    return {subject: faults for subject, faults in gallery.faults.items() if faults}
