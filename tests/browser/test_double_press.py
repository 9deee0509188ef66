"""A button is pressed twice while the line is slow: one post with the script, no harm without it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.hands import button, is_signed_in, press, refused, step_of
from tests.support.app import LiveApp
from tests.support.chromium import Computer
from tests.support.people import PASSWORD, completed, next_code
from tests.support.rows import rows_of
from wizard.models import Outcome, Session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NewComputer = Callable[..., Computer]
PATIENCE = 10  # seconds


class SlowLine:
    """Lets every post do its work and holds the answers back until `release`. `posts` counts what has come in."""

    def __init__(self, inner: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]) -> None:
        self.inner = inner
        self.posts = 0
        self._arrived = threading.Condition()
        self._released = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            return self.inner(environ, start_response)
        with self._arrived:
            self.posts += 1
            self._arrived.notify_all()
        answer = self.inner(environ, start_response)
        self._released.wait(PATIENCE)
        return answer

    def wait_for(self, posts: int) -> None:
        with self._arrived:
            came = self._arrived.wait_for(lambda: self.posts >= posts, PATIENCE)
        assert came, f"{self.posts} posts have come in, not {posts}."

    def release(self) -> None:
        self._released.set()


@contextmanager
def slow_line(app: Flask) -> Iterator[SlowLine]:
    before = app.wsgi_app
    line = app.wsgi_app = SlowLine(before)  # type: ignore[method-assign]
    yield line
    line.release()
    app.wsgi_app = before  # type: ignore[method-assign]


@pytest.fixture
def live(live_app: Callable[..., LiveApp]) -> LiveApp:
    return live_app()


def test_with_the_script_a_double_click_is_one_post(live: LiveApp, new_computer: NewComputer) -> None:
    person = completed(live.app)
    page = new_computer().page
    at_password(page, live, person.username)
    before = outcomes(live, "enter-password")
    page.fill("[name=password]", "not this one")
    with slow_line(live.app) as line:
        with page.expect_navigation():
            for click in clicks(page, 2):
                click()
                line.wait_for(1)
            line.release()
        assert (refused(page), line.posts) == ("wrong-password", 1)
    assert outcomes(live, "enter-password") == [*before, "wrong-password"]


def test_after_the_answer_the_button_works_again(live: LiveApp, new_computer: NewComputer) -> None:
    person = completed(live.app)
    page = new_computer().page
    at_password(page, live, person.username)
    press(page, password=PASSWORD)
    assert step_of(page) == "enter-code"
    page.go_back()
    page.go_forward()
    press(page, code=next_code(str(person.secret), live.clock))
    assert is_signed_in(page)


def test_without_the_script_both_posts_come_in_and_nobody_is_lost(live: LiveApp, new_computer: NewComputer) -> None:
    person = completed(live.app)
    page = new_computer(java_script=False).page
    at_password(page, live, person.username)
    press_twice(page, live, "[data-step=enter-code]", password=PASSWORD)
    press_twice(page, live, "[data-page=account]", code=next_code(str(person.secret), live.clock))
    assert is_signed_in(page)
    page.reload()
    assert is_signed_in(page)
    alive = [row for row in rows_of(live.app, Session, account_id=person.account_id) if row.revoked_at is None]
    assert len(alive) <= 2, "The first connection has left one session, this sign-in no more than one."


def press_twice(page: Page, live: LiveApp, leads_to: str, **fields: str) -> None:
    """Press twice, so that both posts have reached the server before the first answer reaches the browser."""
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    with slow_line(live.app) as line:
        for number, click in enumerate(clicks(page, 2), 1):
            click()
            line.wait_for(number)
        line.release()
        page.locator(f"main{leads_to}").wait_for()


def clicks(page: Page, number: int) -> list[Callable[[], None]]:
    """Clicks on the main way on that wait for nothing: a person does not either."""
    box = button(page).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    return [lambda: page.mouse.click(x, y)] * number


def at_password(page: Page, live: LiveApp, username: str) -> None:
    page.goto(live.base_url + "/sign-in")
    press(page, username=username)
    assert step_of(page) == "enter-password"


def outcomes(live: LiveApp, step: str) -> list[str | None]:
    return [row.reason for row in rows_of(live.app, Outcome, step=step)]
