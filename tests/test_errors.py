"""Problem pages: what happened, what to do, whom to call; in the person's language, whatever has failed."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from werkzeug.exceptions import ImATeapot

from tests.support.page_client import PageClient
from tests.support.people import completed, place_at, sign_in
from wizard.models.database import DatabaseBusy
from wizard.services.hashing import HashingBusy
from wizard.settings import Settings


def break_with(app: Flask, error: Exception, *, show: bool = True) -> None:
    """Add a page that fails with `error`; its problem page is shown as in production."""
    app.testing = not show

    def fail() -> str:
        raise error

    app.view_functions["front"] = fail


@pytest.mark.parametrize(
    ("method", "path", "status", "problem"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/first-connection/no-step", 404, "not-found"),
        ("GET", "/guide/no-journey", 404, "not-found"),
        ("GET", "/sign-out", 405, "not-understood"),
        ("POST", "/sign-out", 403, "form-expired"),
        ("POST", "/language", 403, "form-expired"),
    ],
)
def test_each_problem_has_its_page(client: PageClient, method: str, path: str, status: int, problem: str) -> None:
    client.get("/")
    page = client.get(path) if method == "GET" else client.post(path, csrf=False)
    assert (page.status, page.page, page.problem) == (status, "problem", problem)
    assert page.has("a.button")


@pytest.mark.parametrize("path", ["/nowhere", "/sign-in"])
def test_every_problem_page_says_whom_to_call_and_the_help_code(
    client: PageClient, settings: Settings, path: str
) -> None:
    page = client.get(path, follow=True)
    assert settings.support_phone in page.html
    assert len(page.said("[data-help-code]")) >= 4


def test_what_is_too_large_is_refused_before_it_is_read(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person)
    fields = page.form_values() | {"password": "x" * (64 * 1024)}
    answer = client.post(page.path, fields)
    assert (answer.status, answer.problem) == (413, "too-large")
    assert page.press(password=person.password).step == "enter-code"


def test_many_parts_are_too_large_as_well(client: PageClient) -> None:
    page = client.get("/sign-in", follow=True)
    answer = client.post(
        page.path, page.form_values() | {f"f{n}": "1" for n in range(200)}, content_type="multipart/form-data"
    )
    assert (answer.status, answer.problem) == (413, "too-large")


@pytest.mark.parametrize(
    "error", [DatabaseBusy("queue"), HashingBusy(), OperationalError("SELECT", {}, Exception("locked"))]
)
def test_who_is_too_busy_says_when_to_come_again(app: Flask, client: PageClient, error: Exception) -> None:
    sign_in(client, completed(app))
    break_with(app, error)
    page = client.get("/")
    assert (page.status, page.problem, page.headers["Retry-After"]) == (503, "service", "5")
    assert client.get("/account").status == 200


def test_a_defect_shows_a_page_without_its_cause_and_the_log_has_it(app: Flask, client: PageClient) -> None:
    break_with(app, RuntimeError("the secret cause"))
    with capture_logs() as lines:
        page = client.get("/")
    assert (page.status, page.problem) == (500, "service")
    assert "secret cause" not in page.html
    assert "Traceback" not in page.html
    assert ["the secret cause" in line["trace"] for line in lines if line["log_level"] == "error"] == [True]


@pytest.mark.parametrize("error", [RuntimeError("x"), DatabaseBusy("x")])
def test_the_last_page_speaks_the_persons_language(app: Flask, error: Exception) -> None:
    break_with(app, error)
    page = PageClient(app, language="fr").get("/")
    assert page.find("html")["lang"] == "fr"


def test_an_unusual_status_gets_a_page_too(app: Flask, client: PageClient) -> None:
    break_with(app, ImATeapot())
    page = client.get("/")
    assert (page.status, page.problem) == (418, "not-understood")


def test_a_problem_page_tells_nothing_that_was_typed(client: PageClient) -> None:
    page = client.get("/nowhere?<script>alert(1)</script>")
    assert "<script>alert" not in page.html
