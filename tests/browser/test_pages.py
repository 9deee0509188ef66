"""Every page that there is, wide and narrow, by day and by night, in both languages, mirrored and printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.browser.looks import Gallery
from tests.browser.places import STRICT, demonstration, walk
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.clock import MovableClock
from tests.support.databases import close
from tests.support.served import live
from tests.support.settings import make_settings
from wizard import create_app
from wizard.cli import cli

WALKS: tuple[tuple[Callable[[Page, LiveApp], Iterator[str]], dict[str, Any]], ...] = (
    (walk, STRICT),
    (demonstration, {"demo": True, "mail_server": ""}),
)
FEWEST = 45  # places that both walks pass
SUBJECTS = {
    "heading": "the title of the window is the heading of the page",
    "focus": "after a refusal the summary of errors has the focus",
    "sideways": "nothing scrolls sideways and nothing is cut off, whatever the width, the direction and the spacing",
    "text": "text has a contrast of 4.5",
    "borders": "borders of fields and buttons have a contrast of 3",
    "outlines": "the focus can be seen, with a contrast of 3",
    "targets": "what is to be pressed is at least 24 pixels high and wide",
    "axe": "axe finds nothing",
    "print": "on paper there is nothing to press, and the help stands below",
}


@pytest.fixture(scope="module", params=["en", "fr"])
def gallery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Gallery:
    """What was seen on the walks past all pages in one language."""
    seen = Gallery()
    with closing(chromium.new_context(locale=request.param, reduced_motion="reduce")) as context:
        computer = Computer(context)
        for walked, settings in WALKS:
            with served(tmp_path_factory.mktemp("installation"), **settings) as site:
                for place in walked(computer.page, site):
                    seen.look(place, computer)
    stopped = [problem for problem in computer.problems if problem.startswith("500 for GET")]
    assert len(stopped) == 1, "The clock was stopped for one page."
    seen.note("console", "all", [problem for problem in computer.problems if problem not in stopped])
    return seen


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[LiveApp]:
    """An installation for all the tests of this file; its mails have been delivered."""
    with closing(create_server(("127.0.0.1", 0))) as door:
        base_url = f"http://localhost:{door.getsockname()[1]}"
        made = create_app(make_settings(folder, public_url=base_url, **settings))
        # From the machine's own time on: a demonstration has been filled at that time, and its mails are due.
        clock = made.extensions["perron"].clock = MovableClock(datetime.now(UTC))
        command(made, "init")
        command(made, "mail", "deliver")
        with live(made, door):
            yield LiveApp(made, base_url, clock)
        close(made)


def command(app: Flask, *words: str) -> None:
    result = app.test_cli_runner().invoke(cli, list(words))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("subject", SUBJECTS, ids=SUBJECTS.values())
def test_on_every_page(gallery: Gallery, subject: str) -> None:
    assert len(gallery.places) >= FEWEST
    faults = gallery.faults[subject]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(f"  - {fault}" for fault in faults)


def test_the_browser_met_no_problem_on_any_page(gallery: Gallery) -> None:
    assert not gallery.faults["console"]
