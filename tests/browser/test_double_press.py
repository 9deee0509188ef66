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
from tests.support.outbox import Mailbox
from tests.support.people import PASSWORD, Person, completed, invite, mailed_button, mailed_code, next_code
from tests.support.rows import rows_of
from wizard.models import Outcome, Session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NewComputer = Callable[..., Computer]
PATIENCE = 10  # seconds
OVERTAKEN = pytest.mark.parametrize("overtaken", [False, True], ids=["in order", "second first"])


class SlowLine:
    """Lets every post do its work, the first one last when it is `overtaken`, and holds the answers back until `release`.

    `posts` counts what has come in.
    """

    def __init__(self, inner: Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]], *, overtaken: bool) -> None:
        self.inner = inner
        self.posts = 0
        self._overtaken = overtaken
        self._state = threading.Condition()
        self._done: set[int] = set()
        self._released = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST":
            return self.inner(environ, start_response)
        with self._state:
            self.posts += 1
            number = self.posts
            self._state.notify_all()
            if number == (1 if self._overtaken else 2):
                self._state.wait_for(lambda: 3 - number in self._done, PATIENCE)
        answer = self.inner(environ, start_response)
        with self._state:
            self._done.add(number)
            self._state.notify_all()
        self._released.wait(PATIENCE)
        return answer

    def wait_for(self, posts: int) -> None:
        with self._state:
            came = self._state.wait_for(lambda: self.posts >= posts, PATIENCE)
        assert came, f"{self.posts} posts have come in, not {posts}."

    def wait_until_done(self, posts: int) -> None:
        with self._state:
            assert self._state.wait_for(lambda: len(self._done) >= posts, PATIENCE), "The posts have not been done."

    def release(self) -> None:
        self._released.set()


@contextmanager
def slow_line(app: Flask, *, overtaken: bool = False) -> Iterator[SlowLine]:
    before = app.wsgi_app
    line = app.wsgi_app = SlowLine(before, overtaken=overtaken)  # type: ignore[method-assign]
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


@OVERTAKEN
def test_without_the_script_a_sign_in_survives(live: LiveApp, new_computer: NewComputer, overtaken: bool) -> None:
    person = completed(live.app)
    page = new_computer(java_script=False).page
    at_password(page, live, person.username)
    press_twice(page, live, "[data-step=enter-code]", overtaken, password=PASSWORD)
    press_twice(page, live, "[data-page=account]", overtaken, code=next_code(str(person.secret), live.clock))
    assert is_signed_in(page)
    assert len(alive(live, person)) == 1, "One browser, one session."


@OVERTAKEN
def test_without_the_script_the_button_of_an_invitation_survives(
    live: LiveApp, new_computer: NewComputer, overtaken: bool
) -> None:
    person = invite(live.app)
    page = new_computer(java_script=False).page
    page.goto(live.base_url + person.button)
    press_twice(page, live, "[data-step=prepare]", overtaken)
    press(page)
    assert step_of(page) == "choose-authenticator"
    assert len(alive(live, person)) == 1
    assert Mailbox(live.app).count("issue_taken_over") == 0, "Nobody else has taken the invitation over."


@OVERTAKEN
@pytest.mark.parametrize("way", ["code", "button"])
def test_without_the_script_a_mailed_code_and_its_button_survive(
    live: LiveApp, new_computer: NewComputer, way: str, overtaken: bool
) -> None:
    person = completed(live.app)
    page = new_computer(java_script=False).page
    page.goto(live.base_url + "/forgotten-password")
    press(page, username=person.username)
    fields = {"code": mailed_code(live.app, person)} if way == "code" else {}
    if way == "button":
        page.goto(live.base_url + mailed_button(live.app, person))
    press_twice(page, live, "[data-step=enter-code]", overtaken, **fields)
    press(page, code=next_code(str(person.secret), live.clock))
    assert step_of(page) == "change-password"


def test_a_mailed_code_pressed_twice_is_good_in_one_browser_only(live: LiveApp, new_computer: NewComputer) -> None:
    person = completed(live.app)
    first, second = new_computer().page, new_computer().page
    for page in (first, second):
        page.goto(live.base_url + "/forgotten-password")
        press(page, username=person.username)
        if page is first:
            code = mailed_code(live.app, person)
    press(first, code=code)
    press(second, code=code)
    assert (step_of(first), refused(second)) == ("enter-code", "wrong-code")


def press_twice(page: Page, live: LiveApp, leads_to: str, overtaken: bool, **fields: str) -> None:
    """Press twice, so that both posts have done their work before the first answer reaches the browser."""
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    with slow_line(live.app, overtaken=overtaken) as line:
        for number, click in enumerate(clicks(page, 2), 1):
            click()
            line.wait_for(number)
        line.wait_until_done(2)
        line.release()
        page.locator(f"main{leads_to}").wait_for()
    page.reload()
    assert page.locator(f"main{leads_to}").count() == 1, "The page stays after it has been loaded again."


def alive(live: LiveApp, person: Person) -> list[Session]:
    return [row for row in rows_of(live.app, Session, account_id=person.account_id) if row.revoked_at is None]


def clicks(page: Page, number: int) -> list[Callable[[], None]]:
    """Clicks on the main way on that wait for nothing: a person does not either."""
    button(page).scroll_into_view_if_needed()
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
