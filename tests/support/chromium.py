"""A real browser. Each `new_computer` is a browser of its own: fresh cookies, fresh storage, its faults collected."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import zxingcpp
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, Response, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = "apt-get install chromium, or name a browser in CHROMIUM"
# Without these Chromium asks its maker's servers for updates, which a closed network refuses many times over.
FLAGS = [
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Only what is wrong is carried out of the browser: most of what axe tells is what it found right.
RUN_AXE = "options => axe.run(options).then(results => results.violations)"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 10_000  # milliseconds that a browser test waits for anything
HERE = {"localhost", "127.0.0.1"}


class Computer:
    """A browser window and what went wrong in it: console errors, failed requests, answers of 500 and above, calls to
    outside.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.problems: list[str] = []
        context.set_default_timeout(PATIENCE)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.problems.append(f"Script error: {error.error}"))
        context.on("request", self._on_request)
        context.on("requestfailed", self._on_failed)
        context.on("response", self._on_response)
        self.page: Page = context.new_page()

    def axe_faults(self, page: Page | None = None) -> list[str]:
        """What axe finds wrong on the page: rule, how bad, where."""
        looked_at = page or self.page
        if not looked_at.evaluate("'axe' in window"):
            looked_at.evaluate(AXE_SCRIPT)
        violations = looked_at.evaluate(RUN_AXE, {"runOnly": AXE_RULES, "resultTypes": ["violations"]})
        return [
            f"{fault['id']} ({fault['impact']}): {fault['help']} at {node['target']}"
            for fault in violations
            for node in fault["nodes"]
        ]

    def overflow(self, page: Page | None = None) -> int:
        """How many pixels the page is wider than its window; 0 when nobody has to scroll sideways."""
        script = "() => Math.max(0, document.scrollingElement.scrollWidth - document.documentElement.clientWidth)"
        return int((page or self.page).evaluate(script))

    def qr_address(self, page: Page | None = None) -> str:
        """What the QR code on the screen says, read from a picture of the screen."""
        return decode_qr((page or self.page).screenshot(full_page=True))

    def _on_console(self, message: ConsoleMessage) -> None:
        # A refused post is 422 by contract, which Chromium reports as a failed load; _on_response judges answers by
        # their kind.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"Console: {message.text} ({message.location.get('url', '')})")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in HERE:
            self.problems.append(f"A call to outside: {request.url}")

    def _on_failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # what a person's next click interrupts did not fail
            self.problems.append(f"Failed: {request.method} {request.url} ({request.failure})")

    def _on_response(self, response: Response) -> None:
        worst = 500 if response.request.resource_type == "document" else 400
        if response.status >= worst:
            self.problems.append(f"{response.status} for {response.request.method} {response.url}")


def find_chromium() -> str | None:
    """The browser's program: the one named in CHROMIUM, or the first known name on PATH."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((found for found in map(shutil.which, NAMES) if found), None)


def decode_qr(picture: bytes) -> str:
    """The text of the one QR code in a PNG; fails when there is none or more than one."""
    import io

    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        found = zxingcpp.read_barcodes(image.convert("RGB"), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1, f"There are {len(found)} QR codes in the picture, not one."
    return str(found[0].text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running Chromium; without one the test is skipped with the reason, or fails under --require-all."""
    program = find_chromium()
    if program is None:
        pytest.skip(f"No Chromium ({', '.join(NAMES)}) on PATH. To get it: {HOW_TO_GET_IT}.")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        except Error as error:
            pytest.fail(f"{program} does not start: {error.message}")
        yield browser
        browser.close()


@pytest.fixture
def new_computer(chromium: Browser) -> Iterator[Callable[..., Computer]]:
    """Opens a browser; at the end of the test each one must have had no problem (a test that means one clears
    `problems`).
    """
    opened: list[Computer] = []

    def open_one(
        viewport: tuple[int, int] = (1280, 800), locale: str = "en", java_script: bool = True, **options: Any
    ) -> Computer:
        size = {"width": viewport[0], "height": viewport[1]}
        context = chromium.new_context(viewport=size, locale=locale, java_script_enabled=java_script, **options)  # type: ignore[arg-type]
        opened.append(Computer(context))
        return opened[-1]

    yield open_one
    problems = [problem for computer in opened for problem in computer.problems]
    for computer in opened:
        computer.context.close()
    assert not problems, "The browser met problems:\n" + "\n".join(f"  - {problem}" for problem in problems)
