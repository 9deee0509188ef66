"""Every form with everything that no person means: a sentence at the field or a plain page, and nothing half done."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, reset, sign_in
from tests.support.rows import NOTES_OF_POSTS, tables

Place = Callable[[Flask, PageClient], Page]


@dataclass(frozen=True)
class Form:
    """One form: how to get to it, what is typed in it, and which of its buttons is the main one."""

    place: Place
    fields: tuple[str, ...] = ()
    choice: str = "continue"


def step(journey: str, slug: str) -> Place:
    def place(app: Flask, client: PageClient) -> Page:
        person = invite(app) if journey == "first-connection" else completed(app)
        if journey == "replace-phone":
            reset(app, person, "enter-code")
        return place_at(client, journey, slug, person)

    return place


def invitation(app: Flask, client: PageClient) -> Page:
    return client.get(invite(app).button)


def account_password(app: Flask, client: PageClient) -> Page:
    sign_in(client, completed(app))
    return client.get("/account/password")


FORMS = {
    "prepare": Form(step("first-connection", "prepare")),
    "enter-username": Form(step("sign-in", "enter-username"), ("username", "known")),
    "enter-password": Form(step("first-connection", "enter-password"), ("password", "shared")),
    "own password": Form(step("sign-in", "enter-password"), ("password", "shared")),
    "choose-authenticator": Form(step("first-connection", "choose-authenticator"), choice="code-app"),
    "set up code": Form(step("first-connection", "enter-code"), ("code",)),
    "enter-code": Form(step("sign-in", "enter-code"), ("code",)),
    "verify-email": Form(step("forgotten-password", "verify-email"), ("code",)),
    "address for a new app": Form(step("replace-phone", "verify-email"), ("code",)),
    "change-password": Form(step("first-connection", "change-password"), ("new_password",)),
    "renewed password": Form(step("forgotten-password", "change-password"), ("new_password",)),
    "finish": Form(step("first-connection", "finish"), choice="portal"),
    "invitation": Form(invitation, choice="yes"),
    "account password": Form(account_password, ("current_password", "new_password")),
}
ASKING = {name: form for name, form in FORMS.items() if form.fields}

TEXTS = {
    "blanks": " \t \u00a0\u2003",
    "control characters": "a\x00b\x07\x7f",
    "line ends": "a\r\n\r\nb",
    "bidi marks": "\u202eamina\u2066\u200f\u061c",
    "foreign digits": "\u0661\u0662\u0663\u0664\u0665\u0666",
    "digits that have no value": "\u00b2\u00b3\u00b9\u2074\u2075",
    "markup": "<script>alert(1)</script>{{ 7 * 7 }}%(name)s%s",
    "sql": "' or ''='' --",
    "emoji": "\U0001f469\u200d\U0001f680" * 30,
    "long": "x" * 5000,
    "as long as a form may be": "9" * 30_000,
    "long in bytes": "\U0001f9d1" * 2000,
    "marks upon marks": "e" + "\u0301" * 3000,
}
BYTES = ("%ED%A0", "%FF%FE", "%C0%80", "%", "%00")


def everything(app: Flask) -> object:
    return tables(app, besides=NOTES_OF_POSTS)


def filled(form: Form, value: object) -> dict[str, Any]:
    return {"choice": form.choice, **dict.fromkeys(form.fields, value)}


@pytest.mark.settings(password_tries=100)
@pytest.mark.parametrize("name", ASKING)
def test_whatever_is_typed_gets_a_sentence_at_its_field_and_changes_nothing(
    app: Flask, client: PageClient, name: str
) -> None:
    form = FORMS[name]
    page = form.place(app, client)
    before = everything(app)
    for nothing in ({"choice": form.choice}, filled(form, ""), filled(form, "   ")):
        answer = client.post(page.path, nothing)
        assert (answer.status, len(answer.errors)) == (422, 1)
        assert answer.has(f"[name={next(iter(answer.errors))}]")
    for what, text in TEXTS.items():
        if what == "markup" and form.fields == ("new_password",):
            continue  # a good password like any other
        answer = client.post(page.path, filled(form, text))
        assert answer.status == 422 or (answer.status, name) == (303, "enter-username"), f"{what}: {answer!r}"
        assert everything(app) == before, f"{what} has changed something."
    sent = {"content_type": "application/x-www-form-urlencoded", "base_url": client.home}
    for wrong in BYTES:
        fields = "&".join(f"{field}={wrong}" for field in form.fields)
        body = f"csrf_token={client.csrf_token()}&choice={form.choice}&{fields}"
        status = client.raw.post(page.path, data=body, headers={"Referer": page.url}, **sent).status_code
        assert status == 422 or (status, name) == (303, "enter-username"), wrong
        assert everything(app) == before, f"{wrong} has changed something."


@pytest.mark.parametrize("name", FORMS)
def test_what_the_page_cannot_send_is_refused_and_changes_nothing(app: Flask, client: PageClient, name: str) -> None:
    form = FORMS[name]
    page = form.place(app, client)
    before = tables(app)
    too_large(client, page, form)
    other_sites(client, page, form)
    without_token(client, page, form, foreign=token_of(PageClient(app)))
    assert tables(app) == before
    before = everything(app)
    twice_or_as_files(client, page, form)
    choices_not_offered(client, page, form)
    assert everything(app) == before


def token_of(client: PageClient) -> str:
    return str(client.get("/sign-in", follow=True).form_values()["csrf_token"])


def too_large(client: PageClient, page: Page, form: Form) -> None:
    for field in (*form.fields, "anything"):
        answer = client.post(page.path, {"csrf_token": page.form_values()["csrf_token"], field: "x" * 10_000_000})
        assert (answer.status, answer.problem) == (413, "too-large")


def other_sites(client: PageClient, page: Page, form: Form) -> None:
    fields = {**filled(form, "a"), "csrf_token": page.form_values()["csrf_token"]}
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert client.post(page.path, fields, headers=headers).status == 403


def without_token(client: PageClient, page: Page, form: Form, foreign: str) -> None:
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}, {"csrf_token": foreign}):
        answer = client.post(page.path, {**filled(form, "a"), **token}, csrf=False)
        assert (answer.status, answer.problem) == (403, "form-expired")
        assert answer.link("Load the page anew") == page.path


def twice_or_as_files(client: PageClient, page: Page, form: Form) -> None:
    for field in (*form.fields, "choice"):
        for make in (lambda: ["a", "b"], lambda: ["a", "a"], lambda: (io.BytesIO(b"a"), "a.txt")):
            fields = {**filled(form, "a"), field: make(), "csrf_token": page.form_values()["csrf_token"]}
            answer = client.post(page.path, fields)
            assert (answer.status, answer.problem) == (400, "not-understood"), field


def choices_not_offered(client: PageClient, page: Page, form: Form) -> None:
    for choice in ("fly", "continue\x00", "x" * 5000, "CONTINUE"):
        fields = {**filled(form, "a"), "choice": choice, "csrf_token": page.form_values()["csrf_token"]}
        answer = client.post(page.path, fields)
        assert (answer.status, answer.problem) == (400, "not-understood"), choice


@pytest.mark.parametrize("address", ["/language", "/sign-out"])
def test_the_small_forms_of_every_page_need_their_token_too(app: Flask, client: PageClient, address: str) -> None:
    sign_in(client, completed(app))
    before = tables(app)
    answer = client.post(address, {"language": "fr"}, csrf=False)
    assert (answer.status, answer.problem) == (403, "form-expired")
    assert tables(app) == before
    assert client.get("/account").signed_in


@pytest.mark.parametrize(
    "fields", [{}, {"language": "xx"}, {"language": "en\x00"}, {"language": ["fr", "en"]}, {"language": "x" * 9000}]
)
def test_a_language_that_is_not_there_is_not_chosen(client: PageClient, fields: dict[str, Any]) -> None:
    client.get("/sign-in", follow=True)
    answer = client.post("/language", fields)
    assert (answer.status, answer.problem) == (400, "not-understood")
    assert "language" not in client.cookie()


@pytest.mark.parametrize("place", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "javascript:1"])
def test_after_choosing_a_language_nobody_is_led_elsewhere(client: PageClient, place: str) -> None:
    client.get("/sign-in", follow=True)
    assert client.post("/language", {"language": "fr", "next": place}).location == "/"


@pytest.mark.parametrize("kind", ["emoji", "chinese", "latin"])
def test_the_longest_user_name_still_fits_into_the_cookie(app: Flask, client: PageClient, kind: str) -> None:
    first = {"emoji": 0x1F600, "chinese": 0x4E00, "latin": 0x61}[kind]
    many = {"emoji": 80, "chinese": 20_000, "latin": 26}[kind]
    chosen = random.Random(7)
    name = "".join(chr(first + chosen.randrange(many)) for _ in range(320))
    page = client.get("/sign-in", follow=True).press(username=name)
    assert page.step == "enter-password"
    assert page.press(password="not the password").refused == "wrong-password"
