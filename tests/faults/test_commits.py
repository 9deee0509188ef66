"""A commit that fails, at each point of each step: the answer is 503, the browser is told nothing new, and the same press works
afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.faults.commits import failing_commit
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    PASSWORD,
    clock_of,
    code_of,
    completed,
    invite,
    mailed_code,
    next_code,
    place_at,
)
from tests.support.rows import NOTES_OF_POSTS, tables
from tests.support.windows import cookie_of

Press = Callable[[Page], Page]
MOST = 12


def press_through_failures(page: Page, press: Press, monkeypatch: pytest.MonkeyPatch) -> tuple[Page, int]:
    """Press with the first commit failing, then with the second … until none fails; returns that answer and how many failed."""
    app, browser = page.client.app, page.client
    for number in range(1, MOST):
        before, cookie = tables(app, NOTES_OF_POSTS), cookie_of(browser)
        with failing_commit(monkeypatch, number) as disk:
            answer = press(page)
        if not disk.failed:
            return answer, number - 1
        assert (answer.status, answer.problem, answer.headers["Retry-After"]) == (503, "service", "5")
        assert cookie_of(browser) == cookie, f"Commit {number} failed and the browser got a cookie."
        assert tables(app, NOTES_OF_POSTS) == before, f"Commit {number} failed and something stayed."
    raise AssertionError(f"{MOST} commits of one press have failed.")


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("prepare", {}),
        ("enter-username", {"username": "amina.keita"}),
        ("enter-password", {"password": None}),
        ("choose-authenticator", {"choice": "code-app"}),
        ("change-password", {"new_password": PASSWORD}),
    ],
)
def test_each_step_of_the_first_connection_survives_failing_commits(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch, step: str, fields: dict[str, str | None]
) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", step, person)
    filled = {name: value or person.temporary_password for name, value in fields.items()}
    answer, failed = press_through_failures(page, lambda page: page.press(follow=False, **filled), monkeypatch)
    assert failed >= 1
    assert answer.status == 303
    assert answer.follow().step not in {None, step}


def test_binding_a_code_app_survives_failing_commits(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = place_at(client, "first-connection", "enter-code", invite(app))
    secret = page.said("[data-secret]").replace(" ", "")
    client.secrets[secret] = ("enter-code",)
    code = code_of(secret, clock_of(app))
    answer, failed = press_through_failures(page, lambda page: page.press(code=code, follow=False), monkeypatch)
    assert failed >= 3  # the source, the try, the work
    assert answer.follow().step == "change-password"


def test_signing_in_by_a_code_survives_failing_commits(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    assert person.secret is not None
    code = next_code(person.secret, clock_of(app))
    answer, failed = press_through_failures(page, lambda page: page.press(code=code, follow=False), monkeypatch)
    assert failed >= 3
    assert answer.follow().signed_in


def test_a_mailed_code_survives_failing_commits(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    code = mailed_code(app, person)
    answer, failed = press_through_failures(page, lambda page: page.press(code=code, follow=False), monkeypatch)
    assert failed >= 3
    assert answer.follow().step == "enter-code"


def test_the_button_of_a_mail_survives_failing_commits(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = client.get(invite(app).button)
    answer, failed = press_through_failures(page, lambda page: page.press("yes", follow=False), monkeypatch)
    assert failed >= 2
    assert answer.follow().journey == "first-connection"


def test_a_new_password_survives_failing_commits(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "change-password", person)
    answer, failed = press_through_failures(
        page, lambda page: page.press(new_password=NEW_PASSWORD, follow=False), monkeypatch
    )
    assert failed >= 1
    assert answer.follow().step == "finish"


def test_signing_out_survives_failing_commits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = PageClient(app)
    page = place_at(browser, "first-connection", "choose-authenticator", invite(app))
    token = browser.csrf_token()
    answer, failed = press_through_failures(
        page, lambda _page: browser.post("/sign-out", {"csrf_token": token}), monkeypatch
    )
    assert failed == 1
    assert answer.status == 200
    assert "t" not in browser.cookie()


def test_a_mail_that_could_not_be_written_is_written_at_the_next_look(
    app: Flask, client: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "enter-username", person).press(
        username=person.username, follow=False
    )
    for number in range(1, 4):
        with failing_commit(monkeypatch, number) as disk:
            answer = client.get(str(page.location))
        if disk.failed:
            assert answer.status == 503
    assert client.get(str(page.location)).step == "verify-email"
    assert mailed_code(app, person).isdigit()
